"""What triage decides about labels, from the issue, its history, what was learned, and what a model says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from inline_snapshot import snapshot

from triagebot.core.actions import AddLabels
from triagebot.core.values import Actor, Issue, IssueEvent, Label
from triagebot.handlers.triage import duplicates
from triagebot.handlers.triage.comment import compose
from triagebot.handlers.triage.labels import Known, LabelConfig, decide, taken_off, worth_asking
from triagebot.handlers.triage.part import Part
from triagebot.handlers.triage.voice import LabelVoice, TriageAnswer, Voice, said
from triagebot.ports import Acceptance, LabelOpinion, LabelOpinions, Similar

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, OTHER = 9, 8
LABELS = [
    Label("bug"),
    Label("enhancement"),
    Label("documentation"),
    Label("area/parser"),
    Label("good first issue"),
]
ANN = Actor(1, "ann")
BOT = Actor(2, "triagebot[bot]", "Bot")
URL = "https://github.com/octo/parser/issues/40"


def issue(title: str, body: str = "", labels: tuple[str, ...] = ()) -> Issue:
    return Issue(40, "I_40", title, body, "open", ANN, labels, (), False, NOW, NOW, url=URL)


def event(kind: str, label: str, app_id: int | None = None) -> IssueEvent:
    return IssueEvent(1, kind, BOT if app_id else ANN, NOW, app_id=app_id, label=label)


def opinion(label: str, precision: float, *, of: int = 50, **more) -> LabelOpinion:
    return LabelOpinion(label, precision, precision, round(precision * of), of, **more)


def known(subject: Issue, *opinions: LabelOpinion, events=(), record=None) -> Known:
    learned = LabelOpinions(1204, "v1", opinions) if opinions else None
    return Known(subject, LABELS, events, learned, record or {}, US)


def run(state: Known, config: LabelConfig | None = None, heard: Voice | None = None):
    """Return the labels added and the comment."""
    part = decide(state, config or LabelConfig(), heard or Voice())
    added = [label for action in part.actions if isinstance(action, AddLabels) for label in action.labels]
    return added, compose([part], taken_off=taken_off(state.events, US), prefix="/bot")


FEATURE = issue("Feature request: support for TOML", "It would be nice to read TOML in the parser.")
SURE = opinion("enhancement", 0.94, words=("feature request", "it would be nice"), like=(12, 31))


def test_a_sure_label_is_put_on_and_explained():
    added, comment = run(known(FEATURE, SURE, opinion("area/parser", 0.7), opinion("bug", 0.1)))
    assert added == ["enhancement"]
    assert comment.create
    assert comment.body == snapshot("""\
- Added `enhancement`: right 47 of 50 times
- Perhaps `area/parser`: right 35 of 50 times

<details><summary>Why</summary>

- `enhancement`: the words `feature request`, `it would be nice`; like [#12](https://redirect.github.com/octo/parser/issues/12), [#31](https://redirect.github.com/octo/parser/issues/31)

</details>

<sub>Learned from 1,204 issues here; the counts say how often it was right on later ones. Wrong? Take the label off and it stays off; `/bot undo` takes all of it back.</sub>\
""")


def test_the_whole_comment_is_one_list_and_then_what_the_author_is_asked():
    earlier = Similar(12, "TOML tables", URL, "open", None, 0.72, "read TOML in the parser", "read TOML", "")
    config = duplicates.DuplicateConfig()
    parts = [
        decide(known(FEATURE, opinion("area/parser", 0.94)), LabelConfig(), Voice()),
        duplicates.decide(FEATURE, config, [earlier], duplicates.Verdict({}), prefix="/bot"),
        Part(lines="- Perhaps for `mona`, who looks after `area/parser`"),
        Part(lines="A little more is needed:\n- Which version do you use?"),
    ]
    assert compose(parts, taken_off=(), prefix="/bot").body == snapshot("""\
- Added `area/parser`: right 47 of 50 times
- Possibly related: [#12](https://redirect.github.com/octo/parser/issues/12) `TOML tables`
- Perhaps for `mona`, who looks after `area/parser`

A little more is needed:
- Which version do you use?

<details><summary>Why</summary>

- [#12](https://redirect.github.com/octo/parser/issues/12): here `read TOML in the parser`, there `read TOML`; more likely the same than not

</details>

<sub>Learned from 1,204 issues here; the counts say how often it was right on later ones. Wrong? Take the label off and it stays off; `/bot duplicate none` says it is a duplicate of nothing; `/bot undo` takes all of it back.</sub>\
""")


def test_below_the_promise_it_is_only_suggested():
    added, comment = run(known(FEATURE, opinion("enhancement", 0.86)))
    assert added == []
    assert comment.create
    assert comment.body == snapshot("""\
- Perhaps `enhancement`: right 43 of 50 times

<sub>Learned from 1,204 issues here; the counts say how often it was right on later ones. Nothing was changed.</sub>\
""")


def test_few_cases_are_called_few():
    few = replace(SURE, right=10, of=10)
    assert "- Added `enhancement`: right 10 of 10 times, which is few\n" in run(known(FEATURE, few))[1].body


def test_words_that_explain_nothing_are_not_shown():
    said = run(known(FEATURE, replace(SURE, words=("on the", "4", "E", "how do I", "ös"), like=())))[1].body
    assert "- `enhancement`: the words `how do I`, `ös`\n" in said


def test_further_below_nothing_is_said_but_an_old_comment_is_taken_back():
    added, comment = run(known(FEATURE, opinion("enhancement", 0.69)))
    assert added == []
    assert not comment.create


def test_before_anything_was_learned_rules_suggest_and_never_more():
    added, comment = run(known(FEATURE), LabelConfig(precision=0.5))
    assert added == []
    assert comment.body == snapshot("""\
- Perhaps `enhancement`: the text says `It would be nice to read TOML` and `Feature request: support for TOML`

<sub>By rules, from the words alone. Nothing was changed.</sub>\
""")


def test_what_rules_do_not_see_is_not_said():
    assert not run(known(issue("Hello", "Just saying hello.")))[1].create


def test_a_label_that_people_keep_taking_off_is_only_suggested_and_says_so():
    added, comment = run(known(FEATURE, SURE, record={"enhancement": Acceptance(8, 4)}))
    assert added == []
    assert "only suggested: people took it off 4 of the last 12 times" in comment.body
    assert run(known(FEATURE, SURE, record={"enhancement": Acceptance(9, 1)}))[0] == ["enhancement"]


@pytest.mark.parametrize("by", [None, US], ids=["by a person", "by us, as a person told us"])
def test_what_was_taken_off_stays_off(by):
    events = [event("labeled", "enhancement", US), event("unlabeled", "enhancement", by)]
    for state in (known(FEATURE, SURE, events=events), known(FEATURE, events=events)):
        added, comment = run(state)
        assert added == []
        assert not comment.create
        assert comment.body == "`enhancement`: taken off by a person, so it stays off."


def test_what_another_bot_takes_off_is_not_said_to_be_put_back():
    events = [event("labeled", "enhancement", US), event("unlabeled", "enhancement", OTHER)]
    added, comment = run(known(FEATURE, SURE, events=events))
    assert added == []
    assert not comment.create
    assert "by a person" not in comment.body


@pytest.mark.parametrize("by", [None, OTHER], ids=["a person", "another bot"])
def test_what_others_put_on_needs_no_comment(by):
    on = issue(FEATURE.title, FEATURE.body, ("enhancement",))
    added, comment = run(known(on, SURE, events=[event("labeled", "enhancement", by)]))
    assert added == []
    assert not comment.create


def test_a_second_run_says_the_same_as_the_first():
    after = issue(FEATURE.title, FEATURE.body, ("enhancement",))
    state = known(after, SURE, events=[event("labeled", "enhancement", US)])
    assert run(state) == run(known(FEATURE, SURE))


def test_a_label_of_ours_that_is_less_sure_by_now_is_left_alone():
    after = issue(FEATURE.title, FEATURE.body, ("enhancement",))
    events = [event("labeled", "enhancement", US)]
    assert not run(known(after, opinion("enhancement", 0.7), events=events))[1].create


@pytest.mark.parametrize(
    "config",
    [
        LabelConfig(mode="off"),
        LabelConfig(allow=("area/*",)),
        LabelConfig(per_label={"enhancement": "off"}),
    ],
    ids=["off", "not allowed", "this label off"],
)
def test_a_label_that_is_off_is_neither_added_nor_named(config):
    for state in (known(FEATURE, SURE), known(FEATURE)):
        added, comment = run(state, config)
        assert added == []
        assert "enhancement" not in comment.body


@pytest.mark.parametrize(
    "config",
    [
        LabelConfig(mode="suggest"),
        LabelConfig(precision=0.95),
        LabelConfig(per_label={"enhancement": "suggest"}),
    ],
    ids=["suggest", "a higher promise", "this label suggest"],
)
def test_below_its_bar_a_label_is_suggested(config):
    added, comment = run(known(FEATURE, SURE), config)
    assert added == []
    assert "Perhaps `enhancement`" in comment.body


def test_a_label_that_was_deleted_since_it_was_learned_does_not_come_back():
    assert not run(known(FEATURE, opinion("kind/feature", 0.99)))[1].create


def test_a_few_suggestions_are_enough():
    names = [f"area/{name}" for name in "abcdefgh"]
    state = Known(FEATURE, [Label(name) for name in names], opinions=None)
    sure = LabelOpinions(10, "v", tuple(opinion(name, 0.95) for name in names))
    likely = LabelOpinions(10, "v", tuple(opinion(name, 0.7) for name in names))
    assert len(run(Known(state.issue, state.labels, opinions=sure))[0]) == 5
    assert run(Known(state.issue, state.labels, opinions=likely))[1].body.count("Perhaps") == 3


def voice(*labels: tuple[str, str], summary: str = "") -> TriageAnswer:
    named = [LabelVoice(name=name, confidence=0.8, quote=quote) for name, quote in labels]
    return TriageAnswer(summary=summary, kind="bug", labels=named)


def test_of_a_models_voice_counts_what_it_quotes_and_what_was_learned_of():
    answer = voice(
        ("enhancement", "nice to read TOML"), ("bug", "segmentation fault"), ("admin", "nice to read TOML")
    )
    opinions = LabelOpinions(1, "v", (opinion("enhancement", 0.5), opinion("bug", 0.5)))
    assert said(answer, opinions, FEATURE) == {"enhancement": 0.8}


def test_a_voice_that_made_the_difference_is_named_and_another_is_not():
    before, after = known(FEATURE, opinion("enhancement", 0.55)), known(FEATURE, SURE)
    heard = Voice(voice(), model="m")
    assert "`m` had a voice in it." in decide(after, LabelConfig(), heard, before=before).origin
    assert "`m`" not in decide(after, LabelConfig(), heard, before=after).origin


LONG = issue(
    "Feature request: support for TOML",
    "Our team keeps its settings in TOML files. " * 12
    + "The loader only reads YAML, so we convert every file by hand before each deploy. " * 3,
)


def test_a_grounded_summary_of_a_long_issue_is_shown():
    summary = "The team keeps its settings in TOML files, but the loader only reads YAML, so they convert every file by hand."
    _, comment = run(known(LONG, SURE), heard=Voice(voice(summary=summary), model="m"))
    assert comment.body.startswith(f"> {summary}\n\n- Added `enhancement`")
    assert "Summary by `m`, checked against the text." in comment.body


@pytest.mark.parametrize(
    "summary",
    ["", "This was fixed in version 2.1 last week.", "[click](https://evil.example) @everyone Fixes #1"],
    ids=["empty", "invented", "hostile"],
)
def test_any_other_summary_is_left_out(summary):
    body = run(known(LONG, SURE), heard=Voice(voice(summary=summary), model="m"))[1].body
    assert "Summary" not in body
    assert "evil" not in body


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (known(issue("Hello", "Just saying hello. " * 100)), False),
        (known(FEATURE), False),
        (known(LONG), True),
        (known(FEATURE, opinion("bug", 0.2)), False),
        (known(FEATURE, opinion("bug", 0.4)), True),
        (known(FEATURE, opinion("bug", 0.8)), True),
        (known(FEATURE, SURE), False),
        (known(LONG, SURE), True),
        (known(FEATURE, opinion("bug", 0.8), events=[event("unlabeled", "bug")]), False),
    ],
    ids=[
        "rules see nothing",
        "rules, short",
        "rules, long",
        "hopeless",
        "hardly",
        "nearly",
        "sure and short",
        "sure and long",
        "decided by a person",
    ],
)
def test_a_model_is_asked_only_where_it_could_change_what_is_posted(state, asked):
    assert worth_asking(state, LabelConfig(), judges=True) == asked


def test_a_model_that_cannot_judge_is_asked_for_summaries_only():
    assert not worth_asking(known(FEATURE, opinion("bug", 0.8)), LabelConfig(), judges=False)
    assert worth_asking(known(LONG, SURE), LabelConfig(), judges=False)
