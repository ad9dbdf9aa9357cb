"""What people wrote to the demo's first project in its first year, before the bot came: see `story_past`."""

FIRST_YEAR = """\
[bug, area/stations] Lerwick's low water is an hour early all summer
Every low water since the end of March is one hour before the printed table. High water is right. Looks like the offset for low water was written down in GMT and the one for high water in BST.
[enhancement] Colour the next tide so that I find it at a glance
When I look at the table in the morning my eye has to search for the line that comes next. Bold would do.
[question] Which datum do the heights refer to?
Chart datum or mean sea level? My plotter says something else and I do not know which of the two to believe.
[bug] Crash when the station name is empty
`tidemark today ""` prints IndexError: string index out of range instead of saying that a name is missing.
[documentation, good first issue] README: the example for Galway is from 2023
The times in the example no longer come out when you type the command, which made me think that I had installed it wrongly.
[bug, area/calendar] Outlook refuses the exported file: line 3 is too long
RFC 5545 wants lines folded at 75 octets. Google does not care, Outlook does: "This file is not a valid Internet calendar file".
[enhancement, area/calendar] An alarm in the calendar, one hour before low water
I dig for lugworms. A VALARM in each event would get me out of bed. The lead time should be an option.
[bug, area/moon] The moon is "waxing" on the day after full moon
On 2024-12-16 it said waxing, 99 %. It was full on the 15th, so it was on its way down.
[question] Can I use this for a lake?
I live at Lake Geneva. There is hardly a tide, I know, but my daughter asked and now I want to know too.
[performance] Starting takes two seconds on a Raspberry Pi Zero
Nearly all of it is importing `argparse`, `zoneinfo` and the catalogue, before anything is printed. I run it every minute for a display.
[bug, platform/windows] Colours come out as ←[1m in the old command prompt
Everything is there but between the numbers there are arrows and brackets. Windows 10, cmd.exe, tidemark 0.7.2.
[enhancement, area/stations] Stations in Greenland, please
There are none at all between Iceland and Baffin Island. The Danish institute publishes constants for Nuuk, Sisimiut and Qaqortoq.
[bug, area/stations] Newport in Wales and Newport in Oregon swap their offsets
I ask for Newport, Gwent, and get heights of two metres. It should be nearly twelve. The other one gets ours.
[wontfix, enhancement | not planned] A web page with the same table
My mother cannot use a terminal. Could you host a small site where she types the name of the harbour?
[bug] `tidemark week` leaves out Sunday when it is run on a Monday
Six days instead of seven. On every other day of the week there are seven.
[documentation] Say in the man page what the arrow after the height means
There is a ↑ or ↓ behind some heights. I found out by reading the source that it is the trend of the neaps.
[question] How do I get yesterday?
There is today and tomorrow. I want to see when the water was at the wall last night.
[enhancement] Accept a date: `tidemark on 2025-05-01 galway`
For planning a trip I need a day that is neither today nor tomorrow, and reading through the whole year is tedious.
[bug, area/calendar] The export has no time zone, so my phone shows UTC
Times in the .ics are local but carry no TZID, and the phone moves them by two hours. Android, Etar.
[bug, area/stations] St. Malo is not found, Saint-Malo is
`tidemark today "St. Malo"` says no such station. So do St Ives and Ste-Anne. Abbreviations ought to be understood.
[performance] Memory grows to 400 MB while the year is computed
For a table of 1,460 lines. I let it run on a router with 256 MB and it was killed.
[bug] Typing Ctrl+C shows a traceback
It should simply stop. Thirty lines of KeyboardInterrupt frighten the volunteers.
[question, -bug] Why are there only three tides on some days?
On 12 March there is one low water missing. Is that a mistake or is it so?
[enhancement, area/moon] Show the moon's distance, because of spring tides at perigee
Perigee and apogee would explain why some springs are so much larger. One word in the line would be enough.
[bug, platform/windows] The command is not found after `pip install --user`
`tidemark` is not recognized as an internal or external command. The Scripts folder is not on PATH; the installer could at least say so.
[documentation] The docstring of `harmonics.table` names an argument that is gone
It still describes `step`, which was removed in 0.6.
[bug, area/stations] Hamburg has the same tides as Cuxhaven
Not similar, identical to the minute. The Elbe needs more than three hours between the two.
[enhancement] A quiet mode that prints only the four times
For a status bar I need `04:12 10:27 16:49 22:58` and nothing else.
[bug | same as Crash when the station name is empty] IndexError if I forget the harbour in quotes
I have a script with "$PLACE" and the variable was empty. It died with string index out of range.
[question] Is there a package for Debian?
I would rather not use pip on the server in the boat shed. Did anybody make a .deb of it?
[bug] The sunset is after midnight in Tromsø and the table breaks
In May the sun sets at 00:24 and the line says 24:24, which pushes the columns apart.
[enhancement, area/stations] Search for the nearest station by coordinates
`tidemark today 53.27,-9.05` could find Galway by itself. My GPS gives numbers, not names.
[bug, area/moon] Moonset is missing when it is shortly after midnight
At 00:03 local there was a moonset, I watched it. The table has an empty field for that day.
[documentation] Explain neaps and springs in one paragraph
People who come from inland do not know the words, and the README uses them in the first line.
[bug, area/calendar] Two events have the same UID when two tides fall into one minute of different days
Importing the year drops some events: the UID has the time but for two stations in one file it is not unique.
[enhancement] Say how long it is until the next high water
"in 2 h 14 min" behind the time. I never know what time it is when I am on holiday.
[question] What do I cite in a paper?
I used the predictions for a figure about barnacles and would like to name the software and its version properly.
[performance] `tidemark today` reads 2,000 files
strace shows an open() for every single station though I ask for one. On a network drive that is eleven seconds.
[bug, area/stations] Two stations in Chile lie in the middle of the Andes
Puerto Williams and Caleta Tortel have the longitude without the minus sign of a degree... in any case they are wrong on the map.
[bug] Negative heights lose their minus sign in the plain view
`--plain` prints 0.3 for -0.3 m. A boat sat on the sill because of that.
[wontfix, enhancement, area/stations | not planned] River levels for the Thames above Teddington
Above the lock it is not the tide but the rain. It would be lovely to have both in one tool.
[enhancement] Feet instead of metres
Everybody here thinks in feet. `--feet`, or from the locale?
[bug, platform/windows] Accented station names cannot be typed in PowerShell
`tidemark today Brønnøysund` says that there is no station Br?nn?ysund. Copy and paste does not help either.
[documentation, good first issue] There is no changelog entry for 0.7.1
The tag exists, the package exists, only CHANGELOG.md jumps from 0.7.0 to 0.7.2.
[question] Does it account for leap seconds?
Not that it matters for my dinghy. I teach physics and a pupil asked.
[bug, area/calendar] Exporting to a folder that does not exist deletes nothing but says "done"
I typed the path wrongly and believed that my calendar was written. It should fail loudly.
[enhancement, area/calendar] Only daylight tides in the calendar
High water at three in the morning is of no use to a school. An option that leaves out what is between sunset and sunrise.
[bug, area/moon] Phase names are a day early in New Zealand
First quarter is shown on the 5th, it is on the 6th here. I suppose the phase is computed for midnight UTC.
[bug] The graph is upside down for stations with a negative mean
At stations where the datum lies above mean level, the curve hangs from the ceiling like a bat.
[question] May I bundle it with my marina software?
We would ship it unchanged on a stick to our members. Is that fine with the licence?
[performance, area/stations] Looking up a name that does not exist takes ages
A misspelt harbour makes it compare with all names in all spellings, four seconds on my machine. Finding one is instant.
[bug] TypeError: can't compare offset-naive and offset-aware datetimes in `week`
Happens only if the environment variable TZ is set to an empty string. Full traceback:

    File "tidemark/harmonics.py", line 44, in table
    TypeError: can't compare offset-naive and offset-aware datetimes
[enhancement, good first issue] `tidemark --version`
There is no way to find out which version is installed, short of asking pip.
[bug, area/stations] Dover's secondary ports have the wrong sign
Folkestone should be 20 minutes before Dover and is 20 minutes after.
[documentation] The installation chapter forgets pipx
On current Ubuntu `pip install` outside an environment is refused. A line about pipx would help beginners.
[question] Where do the harmonic constants come from?
For my own peace of mind: which agencies, which year, and are they free to use?
[bug, area/calendar] Apple Calendar shows every tide as lasting all day
The events have a start and no end. Apple makes them an hour long on the Mac and all day on the watch.
[enhancement, area/stations] List all stations of a country
`tidemark stations --country pt` would spare me the guessing.
[bug | same as TypeError: can't compare offset-naive and offset-aware datetimes in `week`] Week view dies with a datetime comparison error in my Docker setup
We run it with TZ= in the compose file. can't compare offset-naive and offset-aware datetimes, every time, only `week`.
[wontfix, question | not planned] Will there be an app?
For Android, with a widget. I would pay for it.
[bug, platform/windows] The year export writes blank lines between all lines
In Notepad it looks fine, in the calendar import there is an empty line after each line: \\r\\r\\n.
[enhancement] Shell completion for station names
2,114 names and I have to type them. Completion for bash and fish would be wonderful.
[bug] Width of the table is computed in bytes
With Łeba or Ålesund in the title the right border is two columns too far left.
[question, area/moon] How exact is the moonrise?
To the minute, or worse? I photograph it behind a lighthouse and have about ninety seconds.
[performance] The curve redraws the whole screen ten times a second
`tidemark watch` keeps one core busy at 60 % although nothing changes for minutes.
[bug, area/stations] Apostrophes: L'Aber Wrac'h is unknown
It depends on the kind of apostrophe. The typographic one finds it, the one on my keyboard does not.
[documentation] Link to the hydrographic offices is dead
The last line of the README leads to a page of the French office that is not there any more.
[enhancement, area/moon] Eclipses in the year view
A note beside the day would be enough. There is one in August that people will travel for.
[bug] Rounding: 4.65 m is shown as 4.6 and the graph says 4.7
The table cuts and the graph rounds. Please let both do the same.
[question] How can I run it from cron without an environment?
It complains that HOME is not set. Which variables does it need at least?
[bug, area/calendar] Years before 1970 produce an empty export
I wanted the tides of the flood of 1953 for a museum. The command ends well and the file has no events.
[bug, area/calendar] The last day of a month is missing from the year export
tides.ics jumps from 30 January to 1 February, and from 30 March to 1 April. February is complete. All stations that I tried.
[enhancement] Mark the tides above a storm level
Our dyke warden wants to see days on which the predicted height passes 3.2 m, in red.
[bug, area/stations] Searching for "cork" finds Corkbeg and not Cork
The first station that begins with the letters wins. An exact match ought to win.
[documentation, area/calendar] Describe how to subscribe in Thunderbird
I can import the file once but I do not find how to have it renewed each year. A recipe in the docs would be kind.
[question] Can two stations be shown side by side?
We cross from Dover to Calais and I keep switching between the two windows.
[performance] Importing tidemark as a library parses the command line's help texts
30 ms of the 50 ms are spent in argparse although I only call `harmonics.table`.
[bug] "tomorrow" is the day after tomorrow near midnight
Between 23:00 and midnight local time in summer it skips a day. Probably UTC plays a part.
[enhancement, area/stations] Nicknames for stations in a settings file
I type "kirkcaldy-harbour-entrance" ten times a day and would like to call it home.
[bug, area/moon] Crescent symbol points the wrong way in the southern hemisphere
In Cape Town the young moon is lit on the left. The symbol shows it from the north.
[bug, platform/windows] It asks for a time zone database and pip cannot build it
The wheel for tzlocal fails to build without a compiler. Python 3.12 on Windows 11.
[question, -enhancement] Is it possible to print a month?
Something between week and year for the notice board. Perhaps I have overlooked an option.
"""
