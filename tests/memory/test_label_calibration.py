"""When a label's score may promise something, from what was right on later issues."""

from __future__ import annotations

import numpy as np
import pytest

from triagebot.memory.calibration import Ladder, at, doubt, ladders, lowered, rarer


def promised(scores, hits, score, others=()):
    given = {"it": (scores, hits), **{f"other{number}": other for number, other in enumerate(others)}}
    found = ladders(
        {name: np.array(pair[0], float) for name, pair in given.items()},
        {name: np.array(pair[1], bool) for name, pair in given.items()},
    )
    return at(found["it"], score)


def test_much_seen_and_always_right_is_promised():
    scores = [0.9] * 100 + [0.1] * 300
    step = promised(scores, [True] * 100 + [False] * 300, 0.95)
    assert (step.right, step.of) == (100, 100)
    assert step.precision >= 0.95


@pytest.mark.parametrize(("right", "of"), [(4, 4), (9, 9), (12, 12), (46, 50)])
def test_a_share_above_nine_in_ten_is_no_promise_where_little_was_seen(right, of):
    step = promised([0.9] * of + [0.1] * 300, [True] * right + [False] * (of - right + 300), 0.9)
    assert step.of == of
    assert right / of >= 0.9 > step.precision


def test_borrowing_from_sure_labels_alone_promises_nothing():
    sure = ([0.9] * 200 + [0.1] * 300, [True] * 200 + [False] * 300)
    assert promised([0.9] * 5 + [0.1] * 495, [True] * 5 + [False] * 495, 0.9, others=[sure]).precision < 0.9


def test_a_doubtful_group_lowers_a_label():
    rows = ([0.9] * 40 + [0.1] * 300, [True] * 39 + [False] * 301)
    doubtful = ([0.9] * 200 + [0.1] * 300, [True, False] * 100 + [False] * 300)
    assert promised(*rows, 0.9, others=[doubtful]).precision < promised(*rows, 0.9).precision


def test_a_label_that_nearly_all_carry_is_right_by_being_common_only():
    hits = [True] * 95 + [False] * 5
    assert promised([0.9] * 95 + [0.1] * 5, hits, 0.9).precision < 0.9


def test_a_higher_score_never_promises_less():
    chance = np.random.default_rng(0)
    scores = chance.random(500)
    hits = chance.random(500) < scores
    steps = [promised(scores, hits, score).precision for score in np.linspace(0, 1, 50)]
    assert steps == sorted(steps)


def sure() -> Ladder:
    return ladders({"it": np.repeat([0.9, 0.1], [100, 300])}, {"it": np.repeat([True, False], [100, 300])})[
        "it"
    ]


def test_promises_that_were_broken_before_lower_the_next():
    assert doubt([]) == 0
    assert doubt([(0.95, True)] * 100) == 0
    off = doubt([(0.95, True)] * 50 + [(0.95, False)] * 50)
    assert lowered(sure(), off)[-1].precision < 0.9 < sure()[-1].precision
    assert lowered(sure(), 0)[-1].precision == pytest.approx(sure()[-1].precision)


def test_low_promises_broken_a_little_leave_the_surest_standing():
    off = doubt([(0.5, True)] * 45 + [(0.5, False)] * 55)
    before = sure()[-1].precision
    assert 0.95 * before < lowered(sure(), off)[-1].precision < before


def test_nothing_but_broken_promises_is_answered():
    assert 0 < doubt([(1.0, False), (0.9999, False)] * 300) <= 50


def test_a_score_below_all_that_was_seen_promises_nothing():
    assert promised([0.9] * 50 + [0.5] * 50, [True] * 50 + [False] * 50, 0.2).precision == 0


def test_a_label_that_became_rarer_loses_what_its_odds_fell_by():
    off = rarer((500, 1000), (100, 1000))
    assert off == pytest.approx(np.log(9), abs=0.01)  # from even odds to one in nine
    assert at(lowered(sure(), off), 0.9).precision < 0.95


@pytest.mark.parametrize(
    ("before", "lately"),
    [
        ((100, 1000), (500, 1000)),  # more common
        ((500, 1000), (500, 1000)),
        ((50, 100), (4, 10)),  # rarer, perhaps by chance
        ((0, 1000), (0, 100)),
        ((0, 0), (3, 10)),
        ((3, 10), (0, 0)),
    ],
)
def test_a_label_that_did_not_surely_become_rarer_loses_nothing(before, lately):
    assert rarer(before, lately) == 0.0
