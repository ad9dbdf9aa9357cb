"""Learn `memory/kinds.json`: the directions in which bug reports, feature requests and questions lie.

    git clone https://github.com/ChristianBirchler/ticket-tagger-analysis
    .venv/bin/python scripts/train_kinds.py ticket-tagger-analysis

Two of its files hold issues of thousands of repositories, from before 2021, with the label that each had: "bug", "enhancement"
or "question" (drawn from those of Kallis et al., "Predicting issue types on GitHub", 2021). Titles and bodies are one text
there, with blanks for line ends, so each is read twice: as it stands, and with its first words once more as its title.
A multinomial logistic regression over the local embedder's vectors; what it says of texts that it did not see is
printed. Another embedder, or another cut of its texts, means other directions.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from triagebot.memory import embedded, kinds
from triagebot.memory.minilm import MiniLM

FILES = "datasets/preprocessing/balancing/rafaels-rebalanced-dataset-{}-english.txt"
NAMED = {"__label__bug": "bug", "__label__enhancement": "feature", "__label__question": "question"}
TITLE = 60
"""Characters of a text that serve as its title."""
STRENGTH = 30.0
WRITTEN = Path("src/triagebot/memory/kinds.json")


def texts(archive: Path) -> dict[str, str]:
    """Return each text of the archive, once, with its kind."""
    found: dict[str, str] = {}
    for part in ("only", "partial"):
        lines = (archive / FILES.format(part)).read_text("utf-8", errors="replace").splitlines()
        for named, _, text in (line.partition(" ") for line in lines):
            found.setdefault(text.strip().strip('"').strip().replace("  ", "\n"), NAMED[named])
    return found


def _title(text: str) -> str:
    return text[:TITLE].rsplit(" ", 1)[0]


def main() -> None:
    """Learn, print what the held-out texts say, and write the directions."""
    labelled = texts(Path(sys.argv[1]))
    embedder = MiniLM(threads=2)
    seen = [embedded.texts(title, text)[1] for text in labelled for title in ("", _title(text))]
    vectors = embedder.encode(seen)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    named = np.repeat([kinds.KINDS.index(kind) for kind in labelled.values()], 2)
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    groups = np.repeat(np.arange(len(labelled)), 2)
    told = cross_val_predict(model, vectors, named, cv=GroupKFold(5), groups=groups)
    score = f1_score(named, told, average="macro")
    sys.stdout.write(f"{len(labelled)} texts, macro-F1 {score:.3f} held out in 5 folds\n")
    model.fit(vectors, named)
    directions = {
        kind: [round(float(number), 2) for number in row]
        for kind, row in zip(kinds.KINDS, model.coef_, strict=True)
    }
    WRITTEN.write_text(json.dumps({"embedder": embedder.name, "directions": directions}) + "\n", "utf-8")


if __name__ == "__main__":
    main()
