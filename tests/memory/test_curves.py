"""How a replay is counted: what is right, what is wrong, and at which promise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triagebot.memory.curves import PROMISES, Said, Tally, at_promise, count
from triagebot.ports import LabelOpinion

LABELS = ("bug", "docs", "question")


def opinion(label: str, precision: float, probability: float | None = None) -> LabelOpinion:
    return LabelOpinion(label, precision if probability is None else probability, precision)


def said(number: int, people: str, *opinions: LabelOpinion, promise: float = 0.9, **fields) -> Said:
    """What the default settings say of an issue on which people put the labels in `people`."""
    auto = frozenset(one.label for one in opinions if one.precision >= promise)
    suggested = frozenset(one.label for one in opinions if 0.6 <= one.precision < promise)
    return Said(number, opinions, auto, suggested, frozenset(people.split()), **fields)


def counted(*issues: Said, mistakes: int = 12):
    return count(issues, usable=lambda _label: True, at_most=5, mistakes=mistakes)


def test_a_label_is_right_where_people_chose_it():
    found = counted(
        said(1, "bug", opinion("bug", 0.95), opinion("docs", 0.92)),
        said(2, "docs", opinion("docs", 0.7), opinion("bug", 0.65)),
        said(3, "question"),
    )
    assert (found.issues, found.labelled, found.helped) == (3, 1, 2)
    assert found.auto == Tally(1, 2)
    assert found.suggested == Tally(1, 2)
    bug, docs, question = (next(one for one in found.labels if one.label == name) for name in LABELS)
    assert (bug.people, bug.auto, bug.suggested, bug.silent) == (1, Tally(1, 1), Tally(0, 1), 0)
    assert (docs.people, docs.auto, docs.suggested, docs.silent) == (1, Tally(0, 1), Tally(1, 1), 0)
    assert (question.people, question.silent) == (1, 1)


def test_issues_that_nobody_labelled_are_counted_apart():
    found = counted(said(1, "bug", opinion("bug", 0.95)), said(2, "", opinion("bug", 0.95), judged=False))
    assert (found.issues, found.unjudged, found.unjudged_labelled) == (1, 1, 1)
    assert found.auto == Tally(1, 1)


def test_the_worst_mistakes_are_the_surest():
    found = counted(
        said(1, "docs", opinion("bug", 0.91)),
        said(2, "docs", opinion("bug", 0.97), opinion("docs", 0.95)),
        said(3, "", opinion("bug", 0.8)),
        mistakes=5,
    )
    assert [(one.number, one.opinion.label, one.people) for one in found.mistakes] == [
        (2, "bug", ("docs",)),
        (1, "bug", ("docs",)),
    ]


def test_another_promise_puts_on_what_reaches_it_within_the_settings():
    issues = [said(1, "bug", opinion("bug", 0.95), opinion("docs", 0.85), opinion("question", 0.81))]
    all_of_it = at_promise(issues, 0.8, usable=lambda _label: True, at_most=5)
    assert (all_of_it.issues, all_of_it.labels) == (1, Tally(1, 3))
    assert at_promise(issues, 0.8, usable=lambda _label: True, at_most=2).labels == Tally(1, 2)
    assert at_promise(issues, 0.8, usable=lambda label: label != "bug", at_most=5).labels == Tally(0, 2)
    assert at_promise(issues, 0.99, usable=lambda _label: True, at_most=5).issues == 0


def test_a_labels_curve_goes_from_the_surest_on():
    found = counted(
        said(1, "bug", opinion("bug", 0.95)),
        said(2, "docs", opinion("bug", 0.8)),
        said(3, "bug", opinion("bug", 0.8, 0.7)),
        said(4, "bug", opinion("bug", 0.5)),
    )
    bug = next(one for one in found.labels if one.label == "bug")
    assert [(round(point.found, 2), point.right, point.of) for point in bug.curve] == [
        (0.33, 1, 1),
        (0.33, 1, 2),
        (0.67, 2, 3),
        (1.0, 3, 4),
    ]


def test_the_interval_is_wilsons():
    low, high = Tally(9, 10).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.5958, 0.9821)  # Agresti & Coull 1998's formula
    assert Tally(0, 0).interval is None
    assert Tally(0, 0).precision is None


opinions = st.builds(opinion, st.sampled_from(LABELS), st.floats(0, 1), st.floats(0, 1))
issues = st.builds(
    lambda number, people, found, judged: said(
        number, " ".join(people), *{one.label: one for one in found}.values(), judged=judged
    ),
    st.integers(1, 50),
    st.sets(st.sampled_from(LABELS)),
    st.lists(opinions, max_size=3),
    st.booleans(),
)


@given(st.lists(issues, max_size=20))
def test_whatever_was_said_the_figures_agree_with_each_other(replayed: list[Said]):
    found = count(replayed, usable=lambda _label: True, at_most=5)
    assert found.issues + found.unjudged == len(replayed)
    assert found.labelled <= found.helped <= found.issues
    assert sum(one.auto.of for one in found.labels) == found.auto.of
    assert sum(one.auto.right for one in found.labels) == found.auto.right
    for one in found.labels:
        assert one.people == one.auto.right + one.suggested.right + one.silent
        assert all(a.of < b.of and a.found <= b.found for a, b in zip(one.curve, one.curve[1:], strict=False))
    assert [at.promise for at in found.curve] == list(PROMISES)
    assert all(a.labels.of >= b.labels.of for a, b in zip(found.curve, found.curve[1:], strict=False))
    assert found.curve[PROMISES.index(0.9)].labels == found.auto
    for tally in (found.auto, found.suggested):
        assert tally.interval is None or tally.interval[0] <= (tally.precision or 0) <= tally.interval[1]
