"""Which issues are the same, from what people said."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from triagebot.memory.clusters import roots
from triagebot.ports import Pairing

START = datetime(2026, 1, 1, tzinfo=UTC)
CREATED = {number: START + timedelta(days=number) for number in range(1, 9)}


def same(number, of):
    return Pairing(number, of, True)


def differs(number, of):
    return Pairing(number, of, False)


def test_a_chain_has_its_oldest_as_the_root():
    assert roots([same(5, 3), same(3, 2)], CREATED) == {5: 2, 3: 2, 2: 2}


def test_a_pair_named_the_wrong_way_round_has_the_older_as_the_root():
    assert roots([same(2, 7)], CREATED) == {2: 2, 7: 2}


def test_the_date_counts_not_the_number():
    created = {1: START + timedelta(days=9), 8: START}
    assert roots([same(8, 1)], created) == {1: 8, 8: 8}


def test_a_circle_has_one_root():
    assert roots([same(3, 2), same(2, 4), same(4, 3)], CREATED) == {2: 2, 3: 2, 4: 2}


def test_the_last_word_on_two_issues_counts():
    assert roots([same(3, 2), differs(3, 2)], CREATED) == {3: 3, 2: 2}
    assert roots([differs(3, 2), same(2, 3)], CREATED) == {3: 2, 2: 2}


def test_a_veto_splits_where_the_oldest_word_gives_way():
    assert roots([same(5, 4), same(4, 2), differs(5, 2)], CREATED) == {5: 5, 4: 2, 2: 2}
    assert roots([same(4, 2), same(5, 4), differs(5, 2)], CREATED) == {5: 4, 4: 4, 2: 2}


def test_the_same_as_none_undoes_what_was_said_before_and_not_what_is_said_after():
    assert roots([same(5, 2), Pairing(5, 0, False)], CREATED) == {5: 5, 2: 2}
    assert roots([Pairing(5, 0, False), same(5, 2)], CREATED) == {5: 2, 2: 2}


def test_who_names_an_older_issue_the_same_as_one_that_was_none_has_the_last_word():
    assert roots([Pairing(2, 0, False), same(1, 2)], CREATED) == {1: 1, 2: 1}
    assert roots([same(1, 2), Pairing(2, 0, False)], CREATED) == {1: 1, 2: 2}
    # a newer one, and what an author says of their own issue, change nothing about it
    assert roots([Pairing(2, 0, False), same(3, 1), same(3, 2)], CREATED) == {1: 1, 2: 2, 3: 2}
    assert roots([Pairing(2, 0, False), Pairing(1, 2, True, own=True)], CREATED) == {1: 1, 2: 2}


def test_an_issue_is_a_duplicate_of_what_was_said_last():
    assert roots([same(5, 2), same(5, 3)], CREATED) == {5: 3, 3: 3, 2: 2}


def test_two_that_name_each_other_may_both_take_it_back():
    both = [same(1, 2), same(2, 1)]
    assert roots([*both, Pairing(2, 0, False), Pairing(1, 0, False)], CREATED) == {1: 1, 2: 2}
    assert roots([*both, same(2, 3), same(1, 4)], CREATED) == {1: 1, 4: 1, 2: 2, 3: 2}


def test_nobody_can_join_two_issues_by_one_of_their_own():
    honest = [same(6, 4)]
    for hostile in ([same(8, 4), same(8, 1)], [same(8, 1), same(8, 4)], [same(7, 1), same(8, 7), same(8, 4)]):
        assert roots([*honest, *hostile], CREATED)[6] == 4


def test_an_authors_word_moves_that_issue_alone_and_gives_way():
    author = Pairing(4, 1, True, own=True)
    assert roots([author], CREATED) == {4: 1, 1: 1}
    assert roots([same(6, 4), author], CREATED) == {6: 4, 4: 4, 1: 1}
    assert roots([author, same(6, 4)], CREATED) == {6: 4, 4: 4, 1: 1}
    for several in ([same(4, 2), author], [author, same(4, 2)]):
        assert roots(several, CREATED)[4] == 2
    assert roots([author, Pairing(4, 0, False)], CREATED)[4] == 4
    assert roots([author, Pairing(6, 4, True, own=True)], CREATED) == {6: 1, 4: 1, 1: 1}
    assert roots([same(4, 2), Pairing(4, 0, False, own=True)], CREATED)[4] == 2


def test_newer_issues_may_be_the_same_as_one_that_is_the_same_as_none():
    assert roots([Pairing(3, 0, False), same(6, 3)], CREATED) == {3: 3, 6: 3}


def test_an_unknown_issue_is_no_root_of_a_known_one():
    assert roots([same(5, 99)], CREATED) == {5: 5, 99: 5}


NUMBERS = st.integers(1, 8)
PAIRINGS = st.lists(st.builds(Pairing, NUMBERS, st.integers(0, 8), st.booleans()), max_size=25)
KNOWN = st.dictionaries(NUMBERS, st.integers(0, 3).map(lambda days: START + timedelta(days=days)))


@given(PAIRINGS, KNOWN)
def test_whatever_people_say_there_are_no_circles_and_vetoes_hold(pairings, created):
    found = roots(pairings, created)
    for number, root in found.items():
        assert found[root] == root
        if number in created:
            assert root in created
            assert (created[root], root) <= (created[number], number)
    last = {}
    for pairing in pairings:
        last[frozenset((pairing.number, pairing.of))] = pairing.same
    for pair, is_same in last.items():
        if not is_same and len(pair) == 2 and 0 not in pair:
            assert len({found[number] for number in pair}) == 2


@given(PAIRINGS, KNOWN)
def test_the_last_pairing_always_has_its_effect(pairings, created):
    if not pairings or not pairings[-1].same or pairings[-1].of in (0, pairings[-1].number):
        return
    found = roots(pairings, created)
    assert found[pairings[-1].number] == found[pairings[-1].of]
