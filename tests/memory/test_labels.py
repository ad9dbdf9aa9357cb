"""What the label model learns from a small planted past, and what it may promise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import Label
from triagebot.memory.labels import LabelModel, UnreadableModel, fit
from triagebot.ports import Vectors

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = {
    "bug": "crash traceback error broken segfault",
    "feature": "please add support option wish",
    "docs": "typo readme tutorial page sentence",
}
FILLER = [
    "the",
    "window",
    "file",
    "editor",
    "line",
    "button",
    "network",
    "user",
    "list",
    "when",
    "opening",
    "again",
]
LABELS = tuple(Label(name=name, description="") for name in WORDS)


def past(count: int, *, noise: float = 0.0, seed: int = 0) -> list[PastIssue]:
    """Return a past in which the words tell the label, but for a share `noise` where they do not."""
    chance = random.Random(seed)
    found = []
    for number in range(1, count + 1):
        told = chance.choice(list(WORDS))
        label = chance.choice(list(WORDS)) if chance.random() < noise else told
        body = " ".join(chance.sample(WORDS[told].split(), 3) + chance.choices(FILLER, k=12))
        title = f"{chance.choice(WORDS[told].split())} {chance.choice(FILLER)}"
        found.append(PastIssue(number, title, body, START + timedelta(hours=number), labels=(label,)))
    return found


def new(title: str, body: str = "", number: int = 9999) -> PastIssue:
    return PastIssue(number, title, body, START + timedelta(days=400))


@pytest.fixture(scope="module")
def model() -> LabelModel:
    learned = fit(past(150), None, LABELS)
    assert learned is not None
    return learned


def test_what_was_planted_is_learned_and_explained(model):
    first = model.opinions(new("Segfault and traceback", "error when opening the file"), None, None)[0]
    assert first.label == "bug"
    assert first.precision >= 0.9
    assert first.right == first.of
    assert {word.lower() for word in first.words} <= {"segfault", "traceback", "error"}
    assert len(first.like) == 3
    assert model.learned_from == 150


def test_words_are_quoted_as_they_stand(model):
    said = model.opinions(new("SEGFAULT", "a TrAceBack here"), None, None)[0].words
    assert "SEGFAULT" in said


def test_too_little_history_teaches_nothing():
    assert fit(past(20), None, LABELS) is None
    assert fit([new("Something", number=number) for number in range(100)], None, LABELS) is None


def test_labels_given_at_random_are_never_promised():
    learned = fit(past(240, noise=1.0), None, LABELS)
    assert learned is not None
    promised = [
        opinion
        for issue in past(60, seed=5)
        for opinion in learned.opinions(issue, None, None)
        if opinion.precision >= 0.9
    ]
    assert promised == []


def test_a_few_lucky_hits_are_no_promise():
    rows = past(150)
    lucky = [1, 3, 4, 9, 20, 33, 41, 55, 90, 110]
    for row in lucky:
        rows[row] = PastIssue(
            row + 1, "zebra", "zebra stripes", START + timedelta(hours=row), labels=("rare",)
        )
    learned = fit(rows, None, (*LABELS, Label(name="rare", description="")))
    assert learned is not None
    rare = next(o for o in learned.opinions(new("zebra", "zebra stripes"), None, None) if o.label == "rare")
    assert rare.of <= 5
    assert rare.precision < 0.9


def test_what_only_bots_put_on_teaches_nothing():
    rows = [
        PastIssue(
            issue.number,
            issue.title,
            issue.body,
            issue.created_at,
            labels=(*issue.labels, "stale"),
            changes=tuple(
                LabelChange("labeled", label, issue.created_at, by_bot=label == "stale")
                for label in (*issue.labels, "stale")
            ),
        )
        for issue in past(90)
    ]
    assert fit(rows, None, (Label(name="stale", description=""),)) is None


def test_a_label_without_history_is_never_put_on():
    learned = fit(past(150), None, (*LABELS, Label(name="area/tutorial", description="The tutorial")))
    assert learned is not None
    said = learned.opinions(new("typo in the tutorial", "the tutorial page"), None, None)
    assert next(opinion for opinion in said if opinion.label == "area/tutorial").precision < 0.9


def test_pull_requests_are_told_from_issues_that_read_like_them():
    issues = past(100)
    pulls = [
        replace(
            issue,
            number=issue.number + 500,
            created_at=issue.created_at + timedelta(minutes=1),
            labels=(),
            is_pull_request=True,
        )
        for issue in past(100, seed=1)
    ]
    learned = fit(issues + pulls, None, LABELS)
    assert learned is not None
    issue = new("Crash and traceback", "broken error again")
    assert learned.opinions(issue, None, None)[0].precision >= 0.9
    pull = learned.opinions(replace(issue, is_pull_request=True), None, None)[0]
    assert pull.probability < 0.5
    assert pull.precision <= 0.5, "less likely than not, however often it was right where it was likelier"


def test_other_writing_is_learned_too():
    rows = past(100)
    chinese = ("程序崩溃了无法启动", "请增加新的功能支持")
    for row in range(0, 100, 2):
        text, label = chinese[row // 2 % 2], ("bug", "feature")[row // 2 % 2]
        rows[row] = PastIssue(
            row + 1, text[: 4 + row % 5], text, START + timedelta(hours=row), labels=(label,)
        )
    learned = fit(rows, None, LABELS)
    assert learned is not None
    assert learned.opinions(new("窗口崩溃", "程序无法启动"), None, None)[0].label == "bug"


def test_one_huge_issue_does_not_outweigh_the_rest():
    rows = past(150)
    rows.append(new("crash " * 50, "segfault please add " * 100_000))
    rows[-1] = PastIssue(151, rows[-1].title, rows[-1].body, rows[-1].created_at, labels=("docs",))
    learned = fit(rows, None, LABELS)
    assert learned is not None
    assert learned.opinions(new("crash", "segfault error"), None, None)[0].label == "bug"


def test_vectors_count_and_may_be_missing():
    rows = [PastIssue(i.number, "same", "same", i.created_at, labels=i.labels) for i in past(150)]
    places = {name: np.eye(8, dtype=np.float32)[at] for at, name in enumerate(WORDS)}
    shown = rows[:-10]
    matrix = np.array([places[issue.labels[0]] for issue in shown])
    vectors = Vectors("eye", np.array([issue.number for issue in shown]), matrix, matrix)
    learned = fit(rows, vectors, LABELS)
    assert learned is not None
    for name, place in places.items():
        assert learned.opinions(new("same", "same"), place, place)[0].label == name
    assert len(learned.opinions(new("same", "same"), None, None)) == 3


def test_a_model_is_kept_as_bytes(model):
    again = LabelModel.from_bytes(model.to_bytes())
    assert again.version == model.version
    assert again.labels == model.labels
    with pytest.raises(UnreadableModel):
        LabelModel.from_bytes(model.to_bytes()[:-300])
    with pytest.raises(UnreadableModel):
        LabelModel.from_bytes(b"not a model")


def test_the_version_tells_models_apart(model):
    other = fit(past(150, seed=1), None, LABELS)
    same = fit(list(reversed(past(150))), None, LABELS)
    assert other is not None
    assert same is not None
    assert other.version != model.version == same.version


@settings(max_examples=40, deadline=None)
@given(title=st.text(max_size=80), body=st.text(max_size=400))
def test_opinions_of_any_text(model, title, body):
    issue = new(title, body)
    said = model.opinions(issue, None, None)
    assert {opinion.label for opinion in said} == set(WORDS)
    assert [o.precision for o in said] == sorted((o.precision for o in said), reverse=True)
    assert all(0 <= o.probability <= 1 and 0 <= o.precision <= 1 and o.right <= o.of for o in said)
    assert LabelModel.from_bytes(model.to_bytes()).opinions(issue, None, None) == said


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "security", "pwn"]), max_size=4, unique=True))
def test_poisoned_issues_bring_in_no_label(extra):
    rows = [
        PastIssue(i.number, i.title, "label: pwn\n" + i.body, i.created_at, labels=(*i.labels, *extra))
        for i in past(60)
    ]
    learned = fit(rows, None, LABELS)
    if learned is not None:
        assert {opinion.label for opinion in learned.opinions(rows[0], None, None)} <= set(WORDS)


def test_a_label_that_hardly_anybody_uses_lately_is_hardly_promised_any_more() -> None:
    every = past(600, noise=0.02)
    late = [issue for issue in past(900, noise=0.02)[600:] if issue.labels != ("bug",)]
    asked = new("crash error", "segfault traceback broken")
    before, after = (fit(issues, None, LABELS) for issues in (every, [*every, *late]))
    assert before is not None
    assert after is not None
    promises = [
        next(one.precision for one in model.opinions(asked, None, None) if one.label == "bug")
        for model in (before, after)
    ]
    assert promises[0] >= 0.9
    assert promises[1] < 0.5


def test_our_own_labels_do_not_speak_against_themselves() -> None:
    asked = new("crash error", "segfault traceback broken")
    every = past(400, noise=0.02)
    ours = [
        replace(
            issue, number=issue.number + 5000, created_at=issue.created_at + timedelta(days=90),
            changes=(LabelChange("labeled", "bug", issue.created_at, by_bot=True, app_id=9),),
        )
        for issue in every
        if issue.labels == ("bug",)
    ]  # fmt: skip
    noted = [replace(issue, labels=()) for issue in ours]  # before the issue is seen again
    for issues in (every, [*every, *ours], [*every, *noted]):
        learned = fit(issues, None, LABELS)
        assert learned is not None
        assert (
            next(one.precision for one in learned.opinions(asked, None, None) if one.label == "bug") >= 0.85
        )
