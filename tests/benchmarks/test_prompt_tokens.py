"""The token counts in bench/results are of the prompts as they are."""

from __future__ import annotations

import json

from bench.machine import RESULTS
from bench.prompts import SNAPSHOTS, counts


def test_every_prompt_was_counted_as_it_is() -> None:
    counted = json.loads((RESULTS / "prompts.json").read_text())["prompts"]
    now = {file.stem: file.read_text(encoding="utf-8").partition("\n")[0] for file in SNAPSHOTS.glob("*.txt")}
    assert {name: each["version"] for name, each in counted.items()} == now, "run `python -m bench.prompts`"


def test_counting_tells_the_fixed_part_from_the_rest() -> None:
    found = counts(lambda text: len(text.split()))
    assert found["triage"]["fixed"] < found["triage"]["tokens"] < found["triage-long"]["tokens"]
    assert found["triage"]["fixed"] == found["triage-bare"]["fixed"]
