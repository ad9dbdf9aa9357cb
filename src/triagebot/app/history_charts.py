"""Where the lines and dots of the history report's charts go. Coordinates only; the page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triagebot.memory.curves import AtPromise, LabelCount, LabelPoint

MOST_POINTS = 160
MARKED = (0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and its name."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot; `now` is the setting that the report is about."""

    x: float
    y: float
    text: str
    now: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot's place in the picture, and the shares (0 to 1) at its edges."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    lowest: float = 0.0
    widest: float = 1.0

    def x(self, share: float) -> float:
        """Return where a share lies from left to right."""
        return round(self.left + (self.right - self.left) * share / self.widest, 1)

    def y(self, share: float) -> float:
        """Return where a share lies from bottom to top; what is under the lowest is on the edge."""
        over = (max(share, self.lowest) - self.lowest) / (1 - self.lowest)
        return round(self.bottom - (self.bottom - self.top) * over, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn curve. `text` says the same in words."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    line: str
    promise: float
    marks: tuple[Mark, ...]
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]
    text: str
    band: str = ""
    name: str = ""
    note: str = ""


def overall(curve: Sequence[AtPromise], issues: int, now: AtPromise) -> Chart | None:
    """Return the chart of all labels, or None where no promise would have put any on."""
    drawn = [one for one in curve if one.labels.of]
    if not drawn or not issues:
        return None
    lows = [one.labels.interval[0] for one in drawn if one.labels.interval]
    widest = max(one.issues for one in drawn) / issues
    frame = Frame(520, 330, 52, 504, 34, 270, _floor(min([now.promise, *lows])), _ceiling(widest))
    shown = {one.promise: one for one in drawn if one.promise in MARKED}
    if now.labels.of:
        shown[now.promise] = now
    marks = [
        Mark(
            frame.x(one.issues / issues),
            frame.y(one.labels.precision or 0),
            f"{promise:.2f}",
            promise == now.promise,
        )
        for promise, one in sorted(shown.items())
    ]
    return _chart(
        frame,
        [(one.issues / issues, one.labels.precision or 0) for one in drawn],
        now.promise,
        marks=_apart(marks),
        band=_band(frame, drawn, issues),
        xs=tuple(Tick(frame.x(share), f"{share:.0%}") for share in _steps(0, frame.widest, 5)),
        ys=tuple(Tick(frame.y(share), f"{share:.0%}") for share in _steps(frame.lowest, 1, 6)),
        text=_overall_text(drawn, issues),
    )


def of_label(count: LabelCount, promise: float) -> Chart | None:
    """Return the small chart of one label, or None where no right one was ever thought of."""
    points = _telling(count.curve)
    if not points:
        return None
    frame = Frame(200, 130, 34, 192, 8, 104)
    marks = []
    precision = count.auto.precision
    if precision is not None and count.people:
        marks = [Mark(frame.x(count.auto.right / count.people), frame.y(precision), "", now=True)]
    put_on = f"{count.auto.right} of {count.auto.of} put on are right" if count.auto.of else "never put on"
    return _chart(
        frame,
        [(point.found, point.right / point.of) for point in _thinned(points)],
        promise,
        marks=marks,
        xs=(Tick(frame.left, "0", "start"), Tick(frame.right, "all found", "end")),
        ys=(Tick(frame.y(0), "0%"), Tick(frame.y(1), "100%")),
        text=f"{count.label}: {put_on}; people chose it {count.people} times.",
        name=count.label,
        note=put_on,
    )


def _chart(
    frame: Frame,
    points: Sequence[tuple[float, float]],
    promise: float,
    *,
    marks: Sequence[Mark],
    xs: tuple[Tick, ...],
    ys: tuple[Tick, ...],
    text: str,
    band: str = "",
    name: str = "",
    note: str = "",
) -> Chart:
    line = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in points)
    return Chart(
        frame.width,
        frame.height,
        frame.left,
        frame.right,
        frame.top,
        frame.bottom,
        line,
        frame.y(promise),
        tuple(marks),
        xs,
        ys,
        text,
        band,
        name,
        note,
    )


def _band(frame: Frame, drawn: Sequence[AtPromise], issues: int) -> str:
    edges = [(frame.x(one.issues / issues), one.labels.interval) for one in drawn]
    upper = [f"{x},{frame.y(interval[1])}" for x, interval in edges if interval]
    lower = [f"{x},{frame.y(interval[0])}" for x, interval in reversed(edges) if interval]
    return " ".join(upper + lower)


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks without those whose names would cover another's; the setting's own stays."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda one: not one.now):
        if all(abs(mark.x - other.x) > 34 or abs(mark.y - other.y) > 16 for other in kept):
            kept.append(mark)
    return kept


def _telling(curve: Sequence[LabelPoint]) -> Sequence[LabelPoint]:
    """Return the curve up to where all is found that ever is; empty if nothing is."""
    if not curve or not curve[-1].right:
        return ()
    last = next(at for at, point in enumerate(curve) if point.right == curve[-1].right)
    return curve[: last + 1]


def _thinned(curve: Sequence[LabelPoint]) -> Sequence[LabelPoint]:
    step = max(1, len(curve) // MOST_POINTS)
    return [*curve[::step], curve[-1]]


def _floor(share: float) -> float:
    """Return a round share at or below, from which even steps lead to 100 %."""
    return max((low for low in (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8) if low <= share), default=0.0)


def _ceiling(share: float) -> float:
    return min(1.0, -(-int(share * 100 + 1) // 10) / 10)


def _steps(first: float, last: float, most: int) -> list[float]:
    """Return round shares from `first` to `last`, about `most` of them."""
    step = next(
        size for size in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if (last - first) / size <= most or size == 0.5
    )
    count = int((last - first) / step + 1e-9)
    return [round(first + step * at, 4) for at in range(count + 1)]


def _overall_text(drawn: Sequence[AtPromise], issues: int) -> str:
    first, last = drawn[0], drawn[-1]
    return (
        f"With precision {first.promise:.2f}, {first.issues / issues:.0%} of the issues get a label and "
        f"{first.labels.precision or 0:.0%} of the labels are right; with {last.promise:.2f}, {last.issues / issues:.0%} "
        f"and {last.labels.precision or 0:.0%}."
    )
