"""How far a language model's voice counts, with voices planted that are good, empty or hostile."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot.core.history import PastIssue
from triagebot.core.lessons import Heard
from triagebot.memory import voices
from triagebot.memory.voices import Voices, with_voices
from triagebot.memory.voices_fit import FEWEST, fit
from triagebot.ports import LabelOpinion, LabelOpinions

LABELS = ("bug", "feature", "question")
Speak = Callable[[random.Random, str, str], float]


def good(draw: random.Random, label: str, truth: str) -> float:
    """Names the right label nine times of ten, another one otherwise."""
    named = truth if draw.random() < 0.9 else draw.choice(LABELS)
    return 0.9 if label == named else 0.0


def empty(draw: random.Random, label: str, truth: str) -> float:
    return draw.random()


def hostile(draw: random.Random, label: str, truth: str) -> float:
    return 0.0 if label == truth else 1.0


def learned(speak: Speak, issues: int, *, seed: int = 1, model: str = "one") -> Voices | None:
    """Return what is learned from so many issues whose label model is right about half of the time."""
    return fit(*spoken(speak, issues, seed=seed, model=model))


def spoken(speak: Speak, issues: int, *, seed: int = 1, model: str = "one"):
    draw = random.Random(seed)
    heard, past = [], {}
    for number in range(1, issues + 1):
        truth, guessed = draw.choice(LABELS), draw.choice(LABELS)
        guess = truth if draw.random() < 0.4 else guessed
        before = {label: 0.6 if label == guess else 0.2 for label in LABELS}
        voice = {label: speak(draw, label, truth) for label in LABELS}
        heard.append((number, Heard(model=model, voices=voice, before=before)))
        past[number] = PastIssue(number, "t", "b", datetime(2026, 1, 1, tzinfo=UTC), (truth,))
    return heard, past


def opinion(probability: float = 0.6, precision: float = 0.6) -> LabelOpinions:
    return LabelOpinions(100, "v", (LabelOpinion("bug", probability, precision),))


def test_a_good_voice_earns_weight_and_lifts_a_label_to_what_was_shown():
    found = learned(good, 300)
    assert found is not None
    assert found.model == "one"
    [lifted] = with_voices(opinion(), {"bug": 0.9}, found).opinions
    assert lifted.probability > 0.8
    assert 0.8 < lifted.precision < lifted.right / lifted.of
    [lowered] = with_voices(opinion(), {"feature": 0.9}, found).opinions
    assert lowered.probability < 0.5
    assert lowered.precision < 0.6


@pytest.mark.parametrize("speak", [empty, hostile])
@pytest.mark.parametrize("seed", range(5))
def test_an_empty_or_hostile_voice_earns_nothing(speak: Speak, seed: int):
    assert learned(speak, 300, seed=seed) is None


def test_too_few_judged_labels_teach_nothing():
    assert learned(good, FEWEST // len(LABELS) - 1) is None


def test_labels_that_were_never_in_question_are_no_test_of_a_voice():
    heard, past = spoken(good, FEWEST // len(LABELS) - 1)
    many = {f"never/{at}": 0.001 for at in range(200)}
    padded = [(number, one.model_copy(update={"before": one.before | many})) for number, one in heard]
    assert fit(padded, past) is None


def test_what_people_did_not_judge_does_not_count():
    heard, past = spoken(good, 300)
    unjudged = {
        number: PastIssue(number, "t", "b", one.created_at, one.labels, changes=())
        for number, one in past.items()
    }
    assert fit(heard, {}) is None
    silent = {number: PastIssue(number, "t", "b", one.created_at) for number, one in past.items()}
    assert fit(heard, silent) is None
    assert fit(heard, unjudged) is not None  # nobody's change was seen, so they came with the issue


def test_another_model_starts_at_nothing():
    heard, past = spoken(good, 300)
    assert fit([*heard, (1, heard[0][1].model_copy(update={"model": "two"}))], past) is None


def test_without_weights_a_voice_changes_nothing():
    assert with_voices(opinion(), {"bug": 1.0}, None) == opinion()


@given(
    weights=st.tuples(*[st.floats(-50, 50)] * 3),
    before=st.floats(0, 1),
    precision=st.floats(0, 1),
    said=st.dictionaries(st.sampled_from([*LABELS, "made-up"]), st.floats(-10, 10)),
)
def test_no_voice_brings_a_label_in_or_lifts_one_above_what_was_shown(weights, before, precision, said):
    curve = ((0.9, 30, 30), (0.5, 70, 90), (0.1, 80, 200))
    found = with_voices(opinion(before, precision), said, Voices("m", *weights, curve))
    [one] = found.opinions
    assert one.label == "bug"
    assert 0 <= one.probability <= 1
    assert one.precision <= max(precision, 0.89)  # 30 of 30 promises no more
    assert not math.isnan(one.precision)


def test_it_is_stored_and_read_back():
    found = learned(good, 300)
    assert found is not None
    assert voices.from_bytes(voices.to_bytes(found)) == found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        voices.NOTHING,
        b'{"format": 1, "curve": 3}',
        json.dumps({"format": 0}).encode(),
    ],
)
def test_what_cannot_be_read_changes_nothing(body: bytes):
    assert voices.from_bytes(body) is None
