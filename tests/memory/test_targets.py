"""Which earlier issues may be named, whatever people and GitHub said about which are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.clock import START

from triagebot.core.history import PastIssue
from triagebot.memory.targets import linked, links, targets
from triagebot.ports import Pairing


def issue(number: int, **fields) -> PastIssue:
    return PastIssue(number, f"Issue {number}", "", START + timedelta(hours=number), **fields)


def named(*known: PastIssue, said: tuple[Pairing, ...] = (), ranked=None, new: int = 100) -> list[int]:
    """Return the numbers that a new issue is compared to, all equally likely unless said otherwise."""
    ranked = ranked or [(one.number, 0.5) for one in known]
    found = targets(issue(new), ranked, {one.number: one for one in known}, said)
    return [one.number for one, _ in found]


def same(number: int, of: int) -> Pairing:
    return Pairing(number, of, same=True)


def apart(number: int, of: int) -> Pairing:
    return Pairing(number, of, same=False)


def test_a_duplicate_stands_for_its_root_with_the_best_chance():
    known = {one.number: one for one in (issue(1), issue(2), issue(3))}
    found = targets(issue(100), [(3, 0.9), (2, 0.8)], known, (same(3, 1),))
    assert [(one.number, chance) for one, chance in found] == [(1, 0.9), (2, 0.8)]


def test_a_cluster_is_named_once():
    assert named(issue(1), issue(2), issue(3), said=(same(3, 2), same(2, 1))) == [1]


def test_what_github_shows_counts_and_a_person_overrules_it():
    marked = issue(3, duplicate_of=1)
    assert named(issue(1), marked, ranked=[(3, 0.9)]) == [1]
    assert named(issue(1), marked, ranked=[(3, 0.9)], said=(apart(3, 1),)) == [3]


def test_only_older_issues_are_named():
    assert named(issue(1), issue(101), issue(100)) == [1]


def test_a_root_that_is_newer_or_unknown_is_not_named():
    assert named(issue(3, duplicate_of=200), issue(200), ranked=[(3, 0.9)]) == [
        3
    ]  # the older one is the root
    assert named(issue(3, duplicate_of=77), ranked=[(3, 0.9)]) == [3]


def test_a_duplicate_of_nobody_knows_what_is_not_named():
    assert named(issue(1, state="closed", state_reason="duplicate"), issue(2)) == [2]


def test_issues_are_not_the_same_as_pull_requests():
    assert named(issue(1, is_pull_request=True), issue(2)) == [2]
    assert named(issue(3, duplicate_of=1), issue(1, is_pull_request=True), ranked=[(3, 0.9)]) == []


def test_nothing_is_named_for_an_issue_that_is_a_duplicate_of_nothing():
    none = apart(100, 0)
    assert named(issue(1), issue(2), said=(none,)) == []
    assert named(issue(1), issue(2), said=(none, apart(100, 2))) == []


def test_nothing_is_named_beside_what_a_person_named():
    assert named(issue(1), issue(2), said=(same(100, 2),)) == []
    assert named(issue(1), issue(2), said=(same(100, 77),)) == []  # also where it is in another repository
    assert named(issue(1), issue(2), said=(same(100, 2), apart(100, 2))) == [1]  # taken back
    assert named(issue(1), issue(2), said=(same(200, 100),)) == [1, 2]  # said of another issue


def test_a_veto_covers_whatever_is_the_same_as_the_vetoed():
    assert named(issue(1), issue(2), issue(3), said=(same(2, 1), apart(100, 2))) == [3]
    assert named(issue(1), said=(apart(100, 1), same(1, 100))) == [1]


def test_links_are_followed_over_any_steps():
    assert set(linked([5], [same(5, 4), same(3, 4), same(3, 1), same(9, 8), apart(1, 0)])) == {5, 4, 3, 1}


PAIRINGS = st.lists(
    st.builds(Pairing, st.integers(1, 12), st.integers(0, 12), st.booleans()), max_size=25
).map(tuple)
KNOWN = st.dictionaries(
    st.integers(1, 12), st.tuples(st.none() | st.integers(-3, 15), st.booleans()), max_size=12
)


@given(known=KNOWN, said=PAIRINGS, new=st.integers(1, 13))
def test_whatever_was_said_a_target_is_older_known_once_and_not_vetoed(known, said, new):
    issues = {
        number: issue(number, duplicate_of=of, is_pull_request=is_pull)
        for number, (of, is_pull) in known.items()
    }
    mine = replace(issue(new), body="x")
    found = targets(mine, [(number, number / 13) for number in issues], issues, said)
    numbers = [one.number for one, _ in found]
    assert len(numbers) == len(set(numbers))
    for one, chance in found:
        assert issues[one.number] is one
        assert one.number < new
        assert not one.is_pull_request
        assert 0 <= chance <= 1
        last = [pair for pair in said if {pair.number, pair.of} == {new, one.number}]
        assert not last or last[-1].same
    again = [one.number for one, _ in targets(mine, [(n, 0.5) for n in numbers], issues, said)]
    assert sorted(again) == sorted(numbers)  # a root is its own root
    assert len(links(said, issues.values())) >= len(said)
