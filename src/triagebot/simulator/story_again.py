"""The part of the story that is about memory: what has been reported before, and what only sounds like it.

Written after the past (`past_*.py`) and in other words; nobody in it has read the earlier issue.
"""

from __future__ import annotations

from triagebot.simulator.story import OpenIssue, Step

TIDEMARK = "saltmarsh-tools/tidemark"
CREASEPAD = "paperfold-club/creasepad"

# --- reported before ---

NO_31ST = """\
I put the whole of next year into the kayak club's calendar with `tidemark year oban --ics`, and 31 January is empty. \
The file goes from 30 January to 1 February, and so in March, May and on: whatever the month, its last day is missing. \
`tidemark week` has them.

tidemark 0.9.1, Python 3.13, macOS.
"""

SAMOA = """\
`tidemark today apia` prints what the harbour office has for tomorrow. I compared a week: always one day too early. \
My cousin says it is the same in Pago Pago. Perhaps the date line moved and you did not notice?
"""

A4_SIDEWAYS = """\
If I choose A4 and turn the page sideways, the printed sheet ends about 1 cm before the drawing does: the creases at \
the right-hand side are simply not there. Upright everything fits, and with US Letter I see no problem either.
"""

PINCH = """\
Steps to reproduce:
1. open any drawing on a MacBook
2. pinch or scroll with two fingers to zoom

Expected: it zooms in where the pointer is.
Actual: with every step I am thrown to the top left of the paper and have to look for my place again. An ordinary \
mouse does not do this. creasepad 2.3.0, Chrome 143.
"""

# --- sounds like it, and is not ---

ISO_DATES = """\
The heading of each day in `tidemark week` says "Sat 21 November". For sorting my log I would like 2026-11-21, as an \
option.
"""

HELSINKI = """\
There is no station between Hanko and Kotka. The Finnish institute publishes water levels for Helsinki, and although \
the tide there is only a few centimetres, my sauna's jetty would like to know.
"""

A3_ROLL = """\
Could the PDF export offer A3, and a roll of 61 cm width? Our plotter takes both, and at the moment I scale the A4 \
page by hand.
"""

WHOLE_SHEET = """\
Zooming in and out all day: could there be a key that brings back the whole sheet in one go?
"""

STEPS_TIDEMARK: tuple[Step, ...] = (
    OpenIssue(
        key="no-31st",
        repo=TIDEMARK,
        by="kayak-oban",
        title="[Bug]: final day of every month missing from year export",
        body=NO_31ST,
        fit=frozenset({"bug", "area/calendar"}),
        repeats="The last day of a month is missing from the year export",
    ),
    OpenIssue(
        key="samoa",
        repo=TIDEMARK,
        by="upolu-tide",
        title="Apia: tides are under the wrong date",
        body=SAMOA,
        fit=frozenset({"bug", "area/stations"}),
        repeats="Apia and Pago Pago: tomorrow's tides under today's date",
    ),
    OpenIssue(
        key="iso-dates",
        repo=TIDEMARK,
        by="logbook-lin",
        title="Week view with dates as numbers",
        body=ISO_DATES,
        fit=frozenset({"enhancement"}),
    ),
    OpenIssue(
        key="helsinki",
        repo=TIDEMARK,
        by="saunalautta",
        title="Please add Helsinki",
        body=HELSINKI,
        fit=frozenset({"enhancement", "area/stations"}),
    ),
)

STEPS_CREASEPAD: tuple[Step, ...] = (
    OpenIssue(
        key="a4-sideways",
        repo=CREASEPAD,
        by="frog-base",
        title="A4 landscape: the right side of my pattern is cut off in the PDF",
        body=A4_SIDEWAYS,
        fit=frozenset({"type: bug", "area: export"}),
        repeats="PDF: the right edge is cut off on A4 landscape",
    ),
    OpenIssue(
        key="pinch",
        repo=CREASEPAD,
        by="little-crane",
        title="Trackpad: zooming throws me into the corner (MacBook)",
        body=PINCH,
        fit=frozenset({"type: bug", "area: editor"}),
        repeats="Zooming with the trackpad throws me into the corner of the sheet",
    ),
    OpenIssue(
        key="a3-roll",
        repo=CREASEPAD,
        by="plotter-pat",
        title="More paper sizes for the PDF",
        body=A3_ROLL,
        fit=frozenset({"type: feature", "area: export"}),
    ),
    OpenIssue(
        key="whole-sheet",
        repo=CREASEPAD,
        by="zsofi",
        title="A shortcut that shows the whole sheet",
        body=WHOLE_SHEET,
        fit=frozenset({"type: feature", "area: editor"}),
    ),
)
