"""What triage decides, from an issue, its history and whatever a model says."""

from datetime import UTC, datetime

import pytest
from inline_snapshot import snapshot

from triagebot.core.actions import AddLabels, UpsertComment
from triagebot.core.values import Actor, Issue, IssueEvent, Label
from triagebot.handlers.triage import (
    LabelConfig,
    LabelVoice,
    TriageAnswer,
    TriageConfig,
    Voice,
    decide,
    supported,
    worth_asking,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LABELS = [
    Label("bug"),
    Label("enhancement"),
    Label("documentation"),
    Label("area/parser"),
    Label("good first issue"),
]
SILENT = Voice(None, silence="no model is configured")
ANN = Actor(1, "ann")
BOT = Actor(2, "triagebot[bot]", "Bot")


def issue(title: str, body: str = "", labels: tuple[str, ...] = ()) -> Issue:
    return Issue(1, "I_1", title, body, "open", ANN, labels, (), False, NOW, NOW)


def event(kind: str, label: str, actor: Actor) -> IssueEvent:
    return IssueEvent(1, kind, actor, NOW, app_id=9 if actor is BOT else None, label=label)


def run(subject: Issue, *, events=(), config=None, voice=SILENT):
    actions = decide(subject, LABELS, events, config or TriageConfig(), voice).actions
    added = [label for action in actions if isinstance(action, AddLabels) for label in action.labels]
    comments = [action for action in actions if isinstance(action, UpsertComment)]
    return added, comments[0]


FEATURE = issue("Feature request: support for TOML", "It would be nice to read TOML in the parser.")


def test_a_clear_case_is_labelled_and_explained():
    added, comment = run(FEATURE)
    assert added == ["enhancement"]
    assert comment.body == snapshot("""\
- Added `enhancement` (clear): the text says `It would be nice to read TOML` and `Feature request: support for TOML`

<sub>By rules, from the words alone. Wrong? Take the label off and it stays off.</sub>\
""")


def test_an_unsure_case_is_suggested_only():
    added, comment = run(issue("Add an option to sort the keys", "They come in any order."))
    assert added == []
    assert comment.create
    assert comment.body == snapshot("""\
- Perhaps `enhancement` (likely): the text says `Add an option to sort the`

<sub>By rules, from the words alone. Nothing was changed.</sub>\
""")


def test_nothing_to_say_makes_no_comment_but_takes_an_old_one_back():
    added, comment = run(issue("Hello", "Just saying hello."))
    assert added == []
    assert not comment.create


def test_what_a_person_took_off_stays_off():
    events = [event("labeled", "enhancement", BOT), event("unlabeled", "enhancement", ANN)]
    added, comment = run(FEATURE, events=events)
    assert added == []
    assert not comment.create
    assert comment.body == "`enhancement`: taken off by a person, so it stays off."


def test_what_a_person_took_off_is_not_replaced_by_the_next_best():
    asking = issue("Add support for TOML?", "Is it possible to read TOML? Thanks in advance for any help.")
    kinds = [*LABELS, Label("question")]
    [best] = supported(asking, kinds, (), TriageConfig())
    assert supported(asking, kinds, [event("unlabeled", best.label, ANN)], TriageConfig()) == []


def test_what_a_person_put_on_needs_no_comment():
    added, comment = run(
        issue(FEATURE.title, "", ("enhancement",)), events=[event("labeled", "enhancement", ANN)]
    )
    assert added == []
    assert not comment.create


def test_a_second_run_says_the_same_as_the_first():
    after = issue(FEATURE.title, FEATURE.body, ("enhancement",))
    assert run(after, events=[event("labeled", "enhancement", BOT)]) == run(FEATURE)


@pytest.mark.parametrize(
    "labels",
    [
        LabelConfig(mode="off"),
        LabelConfig(allow=("area/*",)),
        LabelConfig(per_label={"enhancement": "off"}),
    ],
    ids=["off", "not allowed", "this label off"],
)
def test_a_label_that_is_off_is_neither_added_nor_named(labels):
    added, comment = run(issue(FEATURE.title), config=TriageConfig(labels=labels))
    assert added == []
    assert "enhancement" not in comment.body


@pytest.mark.parametrize(
    "labels", [LabelConfig(mode="suggest"), LabelConfig(precision=1.0)], ids=["suggest", "precision 1"]
)
def test_below_its_bar_a_label_is_suggested(labels):
    added, comment = run(FEATURE, config=TriageConfig(labels=labels))
    assert added == []
    assert "Perhaps `enhancement`" in comment.body


def voice(*labels: tuple[str, str], summary: str = "") -> Voice:
    said = [LabelVoice(name=name, confidence=1.0, quote=quote) for name, quote in labels]
    return Voice(TriageAnswer(summary=summary, kind="bug", labels=said), model="m")


def test_a_model_alone_brings_no_label_in():
    hostile = voice(("bug", "Just saying hello."), ("good first issue", "hello"), ("admin", "hello"))
    added, comment = run(issue("Hello", "Just saying hello."), voice=hostile)
    assert added == []
    assert not comment.create


def test_a_model_that_quotes_the_issue_lifts_a_supported_label_to_a_suggestion():
    subject = issue("The tutorial is odd", "It opens the parser tables twice.")
    assert not run(subject)[1].create
    heard = run(subject, voice=voice(("documentation", "opens the parser tables")))[1]
    invented = run(subject, voice=voice(("documentation", "the parser segfaults at night")))[1]
    assert "Perhaps `documentation` (likely)" in heard.body
    assert "; `m` agreed." in heard.body
    assert not invented.create


LONG = issue(
    "Feature request: support for TOML",
    "Our team keeps its settings in TOML files. " * 12
    + "The loader only reads YAML, so we convert every file by hand before each deploy. " * 3,
)


def test_a_grounded_summary_of_a_long_issue_is_shown():
    summary = "The team keeps its settings in TOML files, but the loader only reads YAML, so they convert every file by hand."
    assert summary in run(LONG, voice=voice(summary=summary))[1].body.replace("> ", "").replace("\n", " ")


@pytest.mark.parametrize(
    "summary",
    ["", "This was fixed in version 2.1 last week.", "[click](https://evil.example) @everyone Fixes #1"],
    ids=["empty", "invented", "hostile"],
)
def test_any_other_summary_is_left_out(summary):
    body = run(LONG, voice=voice(summary=summary))[1].body
    assert "summary" not in body
    assert "evil" not in body


@pytest.mark.parametrize(
    ("subject", "asked"),
    [
        (issue("Hello", "Just saying hello."), False),
        (issue("Hello", "Just saying hello. " * 100), False),
        (FEATURE, False),
        (issue("The tutorial is odd", "Sometimes."), True),
        (LONG, True),
    ],
    ids=["nothing supported", "nothing supported, long", "sure and short", "unsure", "sure and long"],
)
def test_a_model_is_asked_only_where_it_could_change_what_is_posted(subject, asked):
    config = TriageConfig()
    assert worth_asking(subject, supported(subject, LABELS, (), config), config) == asked
