"""When a label loses the trust to be put on without asking."""

import pytest

from triagebot.core.acceptance import demoted


@pytest.mark.parametrize(
    ("kept", "taken_off", "lost"),
    [(0, 9, False), (7, 3, True), (8, 2, False), (8, 4, True), (41, 9, True), (42, 8, False), (50, 0, False)],
)
def test_a_label_is_demoted_on_evidence_and_not_on_a_few_cases(kept: int, taken_off: int, lost: bool):
    assert demoted(kept, taken_off, 0.9) == lost


def test_a_smaller_promise_is_kept_by_less():
    assert not demoted(7, 3, 0.7)
    assert demoted(9, 1, 1.0)
