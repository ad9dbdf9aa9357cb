"""Print the centre of the local embedder's fifth layer, for `src/triagebot/memory/minilm_centre.json`.

    .venv/bin/python scripts/embedder_centre.py DIR/rust_7000_issues.jsonl.gz > src/triagebot/memory/minilm_centre.json

It is the mean over the bodies of 300 issues spread evenly over a file of issue records, which `duplicate_pairs.py` makes.
Another centre means other vectors: the embedder's name must change with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from triagebot.memory import embedded, minilm, records

ISSUES = 300

if __name__ == "__main__":
    issues = [issue for of_repo in records.issues(Path(sys.argv[1])).values() for issue in of_repo]
    some = np.linspace(0, len(issues) - 1, ISSUES).astype(int)
    loaded = minilm._load(1)  # noqa: SLF001 - of the vectors only their sum is for anybody else
    texts = [embedded.texts(issues[at].title, issues[at].body)[1] for at in some]
    centre = np.mean([loaded.layers([loaded.tokens(text)])[1][0] for text in texts], axis=0)
    print("[" + ",\n".join(f"{number:.4f}" for number in centre.tolist()) + "]")
