"""The part of the story that is about commands: a pull request with mistakes in it, a question, a why and an undo.

What is wrong with the pull request can be told without a model, since the demo's own is too small to judge:
a debugger call was left in, and a function got another name that one file was not told of.
"""

from __future__ import annotations

from triagebot.simulator.story import Commit, OpenPull, Say, Step

REPO = "saltmarsh-tools/tidemark"

DAYLIGHT = '''\
"""How long the day is."""


def daylight_minutes(sunrise, sunset):
    """Return the minutes between sunrise and sunset of one day."""
    return int((sunset - sunrise).total_seconds() // 60)


def hours_and_minutes(minutes):
    return f"{minutes // 60}:{minutes % 60:02d}"
'''

ALMANAC = '''\
"""The line below the tides: sun, moon and how long it is light."""

from tidemark.daylight import daylight_minutes, hours_and_minutes


def line(day, sun, moon):
    """Return the almanac's line for one day."""
    light = hours_and_minutes(daylight_minutes(sun.rise, sun.set))
    return f"{day:%a %d %B}  light {light}  moon {moon.phase}"
'''

FILES = {"tidemark/daylight.py": DAYLIGHT, "tidemark/almanac.py": ALMANAC}
"""What the project has before the pull request."""

LEFT_IN = '''\
"""How long the day is."""

from datetime import timedelta


def minutes_of_daylight(sunrise, sunset):
    """Return the minutes between sunrise and sunset; a sunset after midnight counts for the day before."""
    if sunset < sunrise:
        breakpoint()
        sunset += timedelta(days=1)
    return int((sunset - sunrise).total_seconds() // 60)


def hours_and_minutes(minutes):
    return f"{minutes // 60}:{minutes % 60:02d}"
'''

MENDED = LEFT_IN.replace("        breakpoint()\n", "")

STEPS: tuple[Step, ...] = (
    OpenPull(
        key="light-pull",
        repo=REPO,
        by="hallway-display",
        title="fix: daylight is negative where the sun sets after midnight",
        body="In Tromsø in May the sun sets at 00:40, and `tidemark today` says that it is light for -1 hours. I gave "
        "the function a clearer name on the way.",
        files={"tidemark/daylight.py": LEFT_IN},
        fit=frozenset({"bug"}),
    ),
    Say(
        key="light-review",
        repo=REPO,
        by="dana-oyelaran",
        after=("light-pull",),
        on="light-pull",
        text="Nice catch, and I had no idea. Let's see what the bot says before I have my coffee.\n\n/bot review",
    ),
    Say(
        key="light-describe",
        repo=REPO,
        by="dana-oyelaran",
        after=("light-review",),
        on="light-pull",
        text="/bot describe",
    ),
    Commit(
        key="light-mended",
        repo=REPO,
        by="hallway-display",
        after=("light-review",),
        on="light-pull",
        message="Take the breakpoint out",
        files={"tidemark/daylight.py": MENDED},
    ),
    Say(
        key="light-again",
        repo=REPO,
        by="dana-oyelaran",
        after=("light-mended",),
        on="light-pull",
        text="/bot review",
    ),
    Say(
        key="ics-ask",
        repo=REPO,
        by="mika-ferro",
        after=("winter-triage",),
        on="winter",
        text="/bot ask Where is the iCalendar event made, and what is its UID?",
    ),
    Say(
        key="station-why",
        repo=REPO,
        by="dana-oyelaran",
        after=("own-station",),
        on="own-station",
        text="/bot why",
    ),
    Say(
        key="station-undo",
        repo=REPO,
        by="dana-oyelaran",
        after=("station-why",),
        on="own-station",
        text="A question it is, but I would rather sort this one by hand.\n\n/bot undo triage",
    ),
)
