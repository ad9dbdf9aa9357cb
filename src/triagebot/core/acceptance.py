"""When a label that we put on by ourselves has lost that trust."""

from __future__ import annotations

from math import comb

FEWEST = 10
"""Cases before there is anything to conclude."""
EVIDENCE = 0.1
"""How unlikely so few kept ones must be if the promise held. At 0.9 that is 7 of 10, 15 of 20 or 41 of 50."""


def demoted(kept: int, taken_off: int, precision: float) -> bool:
    """Return True if people took the label off too often to believe that `precision` of them are right.

    A one-sided binomial test: the label is demoted where, if each were right with probability
    `precision`, no more than `kept` of them would be kept less than one time in ten.
    """
    cases = kept + taken_off
    if cases < FEWEST:
        return False
    so_few = sum(comb(cases, k) * precision**k * (1 - precision) ** (cases - k) for k in range(kept + 1))
    return so_few < EVIDENCE
