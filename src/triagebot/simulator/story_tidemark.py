"""The demo's first project: a tide table for the terminal, kept by people who live by the water."""

from __future__ import annotations

from triagebot.simulator import past_tidemark, past_tidemark_later, story_review
from triagebot.simulator.story import (
    Close,
    Edit,
    OpenIssue,
    OpenPull,
    Project,
    Push,
    PutLabel,
    Reopen,
    Say,
    Star,
    Step,
    TakeLabel,
)
from triagebot.simulator.story_past import read

REPO = "saltmarsh-tools/tidemark"

README = """\
# tidemark

Tides, moon and daylight for your bit of coast, in the terminal. No network, no account, no cloud:
2,114 stations travel with the package.

    $ tidemark today galway
    Galway Harbour                Sat 21 November
      low   04:12   1.3 m         sunrise 08:14
      high  10:27   4.6 m         sunset  16:33
      low   16:49   1.1 m         moon    waxing, 2 days to first quarter
      high  22:58   4.4 m

Run `tidemark tomorow` for the day after, `tidemark week` for seven days, and
`tidemark year --ics > tides.ics` for your calendar.

**Not for navigation.** If your keel depends on it, ask your hydrographic office.
"""

CLI = '''\
"""The command line."""

import argparse
from datetime import date, timedelta

from tidemark import harmonics, stations


def main(argv=None):
    parser = argparse.ArgumentParser(prog="tidemark")
    parser.add_argument("when", choices=["today", "tomorrow", "week", "year"])
    parser.add_argument("station")
    args = parser.parse_args(argv)
    station = stations.find(args.station)
    for day in days(args.when):
        print(harmonics.table(station, day))


def days(when, start=None):
    start = start or date.today()
    count = {"today": 1, "tomorrow": 1, "week": 7, "year": 365}[when]
    first = start + timedelta(days=when == "tomorrow")
    return [first + timedelta(days=n) for n in range(count)]
'''

CALENDAR = '''\
"""iCalendar export."""


def event(tide, station):
    return "\\r\\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{station.id}-{tide.at:%Y%m%dT%H%M}@tidemark",
            f"DTSTART:{tide.at:%Y%m%dT%H%M%S}",
            f"SUMMARY:{tide.kind} {tide.height:.1f} m",
            "END:VEVENT",
        ]
    )
'''

CONFIG = """\
# What the triage bot may do here. `triagebot config check` checks this file.
triage:
  labels:
    mode: auto
    precision: 0.84               # we would rather take one off than put twenty on
    per_label:
      platform/windows: suggest   # none of us has one to try it on
commands:
  triage: triage
budget:
  tokens_per_day: 500000
"""

PROJECT = Project(
    name=REPO,
    description="Tides, moon and daylight for your bit of coast, in the terminal. No network needed.",
    language="Python",
    labels=(
        ("bug", "d73a4a", "It does something it should not"),
        ("enhancement", "a2eeef", "Something new, or better than before"),
        ("question", "d876e3", "Somebody needs a hand, not a fix"),
        ("documentation", "0075ca", "README, man page, docstrings"),
        ("performance", "fbca04", "Slow, or hungry"),
        ("area/stations", "c5def5", "The catalogue of stations and their offsets"),
        ("area/calendar", "c5def5", "The iCalendar export"),
        ("area/moon", "c5def5", "Phases, rise and set"),
        ("platform/windows", "e99695", "Happens only there"),
        ("good first issue", "7057ff", "A small one to start with"),
        ("duplicate", "cfd3d7", "We have this one already"),
        ("wontfix", "ffffff", "Considered, and no"),
    ),
    roles={"dana-oyelaran": "admin", "mika-ferro": "triage"},
    files={
        "README.md": README,
        "CHANGELOG.md": "# Changelog\n\n## 0.9.1\n- 41 new stations, most of them in Chile.\n",
        "tidemark/__init__.py": '__version__ = "0.9.1"\n',
        "tidemark/cli.py": CLI,
        "tidemark/calendar.py": CALENDAR,
        **story_review.FILES,
        ".github/triagebot.yml": CONFIG,
    },
    past=read(past_tidemark.FIRST_YEAR + past_tidemark_later.SECOND_YEAR),
)

ZONE_CRASH = """\
Fresh container, first command, straight onto the rocks:

```
$ docker run -it python:3.13-slim bash
# pip install tidemark
# tidemark today galway
Traceback (most recent call last):
  File "/usr/local/bin/tidemark", line 8, in <module>
    sys.exit(main())
  File "/usr/local/lib/python3.13/site-packages/tidemark/cli.py", line 14, in main
    station = stations.find(args.station)
  File "/usr/local/lib/python3.13/site-packages/tidemark/stations.py", line 61, in find
    return Station(row, ZoneInfo(row["zone"]))
zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Dublin'
```

`apt-get install tzdata` mends it, and so would a dependency on the `tzdata` package. tidemark 0.9.1.
"""

CLOCKS_BACK = """\
### What happened
On the Sunday the clocks went back, `tidemark today plymouth` printed high water at 01:38 twice and left out \
the low water at 07:51. On Monday everything was in order again.

### Steps to reproduce
1. `tidemark today plymouth --date 2026-10-25`
2. Count the lines. There are five.

### What I expected
Four lines, and the hour that happens twice marked as GMT or BST.

### Version
tidemark 0.9.1, Python 3.12, Fedora 43

### Anything else
I rowed out on the strength of that second 01:38 and sat on the mud for a while. No harm done, the birds were \
lovely.
"""

WINTER = """\
Hello! First: thank you. I run the slipway at a small sailing school and tidemark has been on the screen by the \
kettle since last autumn, so what follows is a winter's worth of notes written down in one go while it rains. \
Feel free to tell me to split it up.

The thing I keep wanting is a threshold. Our slip is usable when there is at least 1.9 m of water over it, so \
every morning somebody runs `tidemark today`, reads four times and four heights, and works out in their head \
from when until when we can launch. They are teachers and they are cold and they get it wrong about once a \
fortnight. If `tidemark today padstow --above 1.9` printed "08:05 to 12:50" and "20:31 to 23:59" I would print \
it on a sign and never do sums again. I think you already interpolate between high and low water for the little \
graph, so the numbers must be in there somewhere.

Smaller things, in no order. The graph draws its dots with a character that our old terminal shows as a box; \
the README does not mention `--plain`, which I found by guessing. When two stations have the same name (there \
are two Newports, at least) it takes the first without a word, and ours was the second, so for the whole of \
February the times were forty minutes out and I blamed the wind. A line saying which Newport it chose would \
have saved me. And in the week view the heights do not line up once one of them reaches 10 m, which does not \
happen to us, but our friends on the Severn send me pictures of it and laugh.

Last: a colleague would like the same thing as a widget on her watch. I told her no. I am telling you only so \
that you know somebody asked.

Thanks again from everyone at the slip, and from the dog, who has learned what "slack water" means.
"""

YEAR_SLOW = """\
`tidemark year galway > /dev/null` takes 41 seconds here, and took 1.4 s with 0.8.2. That makes it 29x slower. \
The profiler puts nearly everything into one line: `Station.offsets` reads and parses the whole catalogue each \
time it is asked, and `year` asks 365 times.

```
   ncalls  tottime  cumtime  filename:lineno(function)
     1460   38.114   40.020  stations.py:88(offsets)
      365    0.402   40.711  harmonics.py:31(table)
```

Caching it for the run brings it back to 1.5 s. Happy to send that.
"""

MOON_LATER = """\
Details, as promised. South of about 66° it is not a wrong time but no time at all:

```
>>> from tidemark import moon
>>> moon.rise(lat=-67.6, lon=62.9, day=date(2026, 6, 21))
ValueError: math domain error
```

The moon simply does not rise there on that day, so I would expect `None`. It fails for 112 days of the year at \
Mawson, which is where I am, and where there is not much else to look at in June.
"""

HEIGHTS = """\
tidemark gives 5.2 m for Brest this morning, the printed table on my wall gives 5.0 m, and the table is from the \
people who measure it. Heights are wrong by about 20 cm everywhere I tried in Brittany, always too much. \
Expected: what the table says.
"""

HEIGHTS_LATER = (
    HEIGHTS
    + """
Edit: same at Roscoff (9.1 instead of 8.9) and Saint-Malo (12.4 instead of 12.2). Barometer 1031 hPa, if that tells \
you anything.
"""
)

JSON_FLAG = """\
It would be great to have `tidemark week --json`. I'd like to feed a small e-paper display in the hallway, and \
at the moment I cut the table apart with `awk`, which works until a station has a space in its name.

One object a tide would do: `{"at": "2026-11-21T10:27:00+00:00", "kind": "high", "height": 4.6}`. Times with \
their offset, please, so that nobody has to guess.
"""

OWN_STATION = """\
Our harbour is not in the list. How do I add my own station? I have the constants from the port authority (37 of \
them, in a spreadsheet), and I am new to all this: is there a file that tidemark reads, or do I have to change \
the package? Thanks in advance from a very small harbour.
"""

ACORES = """\
Bom dia. Em Ponta Delgada a baixa-mar aparece uma hora mais cedo do que na tabela do Instituto Hidrográfico, e só \
desde o fim de outubro. Em Lisboa está tudo bem. Uso a versão 0.9.1.

Desculpem o português, o meu inglês só chega para pedir café.
"""

AIR_PRESSURE = """\
That is the air pressure: a high like this one pushes the sea down by a hand's breadth, and no table knows the \
weather. So the prediction is right and the sea is too. I'll write that into the README.
"""

WIND = """\
The tide is only half of it: whether I go out depends on the wind, and on whether the glass is falling. Please add \
both to `tidemark today`, from whatever service you like.
"""

WIND_LATER = (
    WIND
    + """
Edit: understood about the network. It would be nice to have it as an option that is off, then? I wish I had less \
weather and more time.
"""
)

NO_WEATHER = """\
No weather, and on purpose: it would need a network, and having none is the one promise that we make. So this is not \
an enhancement that anybody will get to, and I am taking the label off. I leave it open for a while so that the next \
person finds the answer.
"""

ZONE_ALPINE = """\
Alpine 3.22, tidemark 0.9.1 from the index:

```
/ # tidemark week vigo
Traceback (most recent call last):
  File "/usr/bin/tidemark", line 8, in <module>
    sys.exit(main())
zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Madrid'
```

Works on my laptop.
"""

FIXED_README = README.replace("tidemark tomorow", "tidemark tomorrow")
ABOVE_CLI = CLI.replace(
    "    args = parser.parse_args(argv)\n",
    '    parser.add_argument("--above", type=float, metavar="METRES", help="print only when it is higher")\n'
    "    args = parser.parse_args(argv)\n",
)

STEPS: tuple[Step, ...] = (
    OpenIssue(
        key="zone",
        repo=REPO,
        by="corrib-rower",
        title="`tidemark today` crashes with ZoneInfoNotFoundError in a slim container",
        body=ZONE_CRASH,
        fit=frozenset({"bug"}),
    ),
    OpenIssue(
        key="clocks-back",
        repo=REPO,
        by="wembury-jo",
        title="[Bug]: a high water too many on the night the clocks go back",
        body=CLOCKS_BACK,
        fit=frozenset({"bug"}),
    ),
    OpenIssue(
        key="windows",
        repo=REPO,
        by="kptn-uwe",
        title="doesn't work on windows",
        body="as the title says",
        fit=frozenset({"bug", "platform/windows"}),
    ),
    OpenIssue(
        key="winter",
        repo=REPO,
        by="slipway-bea",
        title="Feature request, with a winter's notes: tell us when there is water on our slip",
        body=WINTER,
        fit=frozenset({"enhancement"}),
    ),
    Star(key="star", repo=REPO, by="wembury-jo"),
    OpenIssue(
        key="json",
        repo=REPO,
        by="hallway-display",
        title="Add `--json` to `tidemark week`",
        body=JSON_FLAG,
        fit=frozenset({"enhancement"}),
    ),
    OpenIssue(
        key="own-station",
        repo=REPO,
        by="petit-port",
        title="How do I add a station that is not in the list?",
        body=OWN_STATION,
        fit=frozenset({"area/stations", "question"}),
    ),
    OpenIssue(
        key="slow",
        repo=REPO,
        by="tjark-n",
        title="`tidemark year` is 29x slower since 0.9.0",
        body=YEAR_SLOW,
        fit=frozenset({"area/stations", "bug", "performance"}),
    ),
    OpenIssue(
        key="moon",
        repo=REPO,
        by="mawson-winterer",
        title="Moonrise",
        body="Something is off with it down here. Details tonight, the satellite link is about to go.",
        fit=frozenset({"area/moon", "bug"}),
        related="Sunrise crashes north of the polar circle in December",
    ),
    OpenIssue(
        key="height",
        repo=REPO,
        by="gwenn-le-b",
        title="Wrong heights in Brittany, always 20 cm too much",
        body=HEIGHTS,
        fit=frozenset({"bug"}),
    ),
    OpenIssue(
        key="wind",
        repo=REPO,
        by="tjark-n",
        title="Feature request: wind and air pressure beside the tides",
        body=WIND,
        fit=frozenset({"enhancement", "wontfix"}),
    ),
    OpenIssue(
        key="zone-alpine",
        repo=REPO,
        by="ria-de-vigo",
        after=("zone",),
        title="ZoneInfoNotFoundError in an Alpine container (Europe/Madrid)",
        body=ZONE_ALPINE,
        fit=frozenset({"bug"}),
        repeats="`tidemark today` crashes with ZoneInfoNotFoundError in a slim container",
    ),
    OpenPull(
        key="typo-pull",
        repo=REPO,
        by="hallway-display",
        title="docs: fix a typo in the README",
        body="`tomorow` → `tomorrow`. The command was right all along, only the README could not spell it.",
        files={"README.md": FIXED_README},
        fit=frozenset({"documentation"}),
    ),
    Edit(
        key="moon-details",
        repo=REPO,
        by="mawson-winterer",
        after=("moon",),
        on="moon",
        title="Moonrise fails with ValueError: math domain error where the moon does not rise",
        body=MOON_LATER,
    ),
    OpenIssue(
        key="acores",
        repo=REPO,
        by="mare-baixa",
        title="Ponta Delgada: baixa-mar uma hora mais cedo desde outubro",
        body=ACORES,
        fit=frozenset({"area/stations", "bug"}),
    ),
    TakeLabel(
        key="wind-unlabel", repo=REPO, by="dana-oyelaran", after=("wind",), on="wind", label="enhancement"
    ),
    Say(key="wind-why", repo=REPO, by="dana-oyelaran", after=("wind-unlabel",), on="wind", text=NO_WEATHER),
    Edit(key="wind-more", repo=REPO, by="tjark-n", after=("wind-why",), on="wind", body=WIND_LATER),
    Say(key="height-why", repo=REPO, by="dana-oyelaran", after=("height",), on="height", text=AIR_PRESSURE),
    Edit(
        key="height-more",
        repo=REPO,
        by="gwenn-le-b",
        after=("height-why",),
        on="height",
        body=HEIGHTS_LATER,
    ),
    Say(
        key="own-station-help",
        repo=REPO,
        by="petit-port",
        after=("own-station",),
        on="own-station",
        text="/bot help",
    ),
    Say(
        key="windows-ask",
        repo=REPO,
        by="mika-ferro",
        after=("windows",),
        on="windows",
        text="Could you tell us what you typed and what it said? A photo of the screen is fine too.",
    ),
    Edit(
        key="windows-more",
        repo=REPO,
        by="kptn-uwe",
        after=("windows-ask",),
        on="windows",
        body="as the title says\n\nok: I type `tidemark today cuxhaven` in the command prompt and it says\n\n"
        "    UnicodeEncodeError: 'charmap' codec can't encode character '\\u25cf' in position 14\n\n"
        "and then nothing. In the new Terminal app it works.",
    ),
    Say(
        key="winter-triage",
        repo=REPO,
        by="dana-oyelaran",
        after=("winter",),
        on="winter",
        text="What a lovely letter, thank you. `--above` it is. I'll split the small things off at the weekend.\n\n"
        "/bot triage",
    ),
    PutLabel(key="typo-first", repo=REPO, by="mika-ferro", on="own-station", label="good first issue"),
    Close(key="zone-close", repo=REPO, by="dana-oyelaran", after=("zone",), on="zone"),
    Say(
        key="zone-still",
        repo=REPO,
        by="corrib-rower",
        after=("zone-close",),
        on="zone",
        text="Still the same on 0.9.1 from the index, so I suppose the fix is not released yet?",
    ),
    Reopen(key="zone-reopen", repo=REPO, by="dana-oyelaran", after=("zone-still",), on="zone"),
    OpenPull(
        key="above-pull",
        repo=REPO,
        by="mika-ferro",
        after=("winter-triage",),
        fit=frozenset({"enhancement"}),
        title="feat: `--above METRES` prints when a slip can be used",
        body="Adds the option and its help; the interpolation follows in a second commit.\n\n"
        "I'd like to know whether `--below` should come along at once, for people who dig for bait.",
        files={"tidemark/cli.py": ABOVE_CLI},
        branch="above",
    ),
    Push(
        key="changelog",
        repo=REPO,
        by="dana-oyelaran",
        message="Say where the tzdata dependency went",
        files={
            "CHANGELOG.md": "# Changelog\n\n## Unreleased\n- Depends on `tzdata`, for machines without it.\n\n"
            "## 0.9.1\n- 41 new stations, most of them in Chile.\n"
        },
    ),
)
