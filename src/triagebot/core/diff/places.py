"""Find the lines that somebody quotes in a diff: a model's answer gives text, and its line numbers are a hint."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from triagebot.core.diff.shapes import Anchor, FileDiff, Shown
from triagebot.core.values import Side

_BETWEEN_HUNKS = " "
"""No line of a quote looks like this, since white space at line ends is gone: no quote spans two hunks."""


def locate(diff: FileDiff, quote: str, *, near: int | None = None, side: Side = "RIGHT") -> Anchor | None:
    """Return where the quoted whole lines stand in one hunk of the diff, or None.

    Blank lines around the quote and white space at line ends do not count; if it stands nowhere, white space
    at the lines' beginnings does not count either. Of several places, it is the nearest to line `near`, and
    None where that tells no two of them apart.
    """
    for indented in (True, False):
        wanted = _form(quote.split("\n"), indented=indented).strip("\n")
        if not wanted:
            return None
        if places := _places(_shown(diff, side, indented=indented), wanted, near):
            return _nearest(diff, side, places, near)
    return None


def _form(lines: list[str], *, indented: bool) -> str:
    """Return the lines in the form in which they are compared."""
    return "\n".join(line.rstrip() if indented else line.strip() for line in lines)


def _shown(diff: FileDiff, side: Side, *, indented: bool) -> Shown:
    """Return the lines of one side that the diff shows; made once, since a review looks for many quotes."""
    known = diff.shown.get((side, indented))
    if known is None:
        numbers: list[int] = []
        lines: list[str] = []
        for hunk in diff.hunks:
            inside = hunk.numbers(side)
            numbers += [*inside, inside.stop - 1]
            texts = [line.text for line in hunk.lines if line.number(side) is not None]
            lines += [*_form(texts, indented=indented).split("\n")[: len(texts)], _BETWEEN_HUNKS]
        starts = tuple(accumulate((len(line) + 1 for line in lines), initial=0))
        text = "".join(f"\n{line}" for line in lines) + "\n"
        known = diff.shown[side, indented] = Shown(tuple(numbers), starts, text, text[::-1])
    return known


def _places(shown: Shown, wanted: str, near: int | None) -> list[range]:
    """Return the places next to `near` where the lines stand, before and behind; without it, the first two.

    It looks only twice: whoever quotes what stands everywhere gets no quadratic work out of it.
    """
    needle = f"\n{wanted}\n"
    if near is None:
        first = shown.text.find(needle)
        found = [first, shown.text.find(needle, first + 1) if first >= 0 else -1]
    else:
        here = shown.starts[bisect_left(shown.numbers, near)]
        # Backwards by the same search: `rfind` is quadratic for some texts.
        behind = shown.reversed.find(needle[::-1], max(0, len(shown.text) - here - len(needle) + 1))
        found = [shown.text.find(needle, here), len(shown.text) - behind - len(needle) if behind >= 0 else -1]
    height = wanted.count("\n") + 1
    starts = [shown.numbers[bisect_right(shown.starts, at) - 1] for at in found if at >= 0]
    return [range(start, start + height) for start in starts]


def _nearest(diff: FileDiff, side: Side, places: list[range], near: int | None) -> Anchor | None:
    def distance(place: range) -> tuple[int, int]:
        if near is None:
            return 0, 0
        return min(abs(near - place[0]), abs(near - place[-1])), abs(near - place[0])

    places.sort(key=distance)
    if len(places) > 1 and distance(places[0]) == distance(places[1]):
        return None
    start, last = places[0][0], places[0][-1]
    return diff.anchor(side, last, start if start < last else None)
