"""What people wrote to the demo's first project in its second year, before the bot came: see `story_past`."""

SECOND_YEAR = """\
[bug, area/stations | open] Apia and Pago Pago: tomorrow's tides under today's date
On both sides of the date line the table is off by exactly one day. Samoa has been west of the line since 2011, the catalogue still thinks that it is east. Tokelau has it too.
[enhancement, area/stations] Add the 12 new gauges in Ireland's north-west
The Marine Institute has opened Aranmore, Killybegs and ten others. Constants are on their site under an open licence.
[bug] `tidemark watch` leaves the terminal without a cursor
When I quit with q the cursor is gone until I type `reset`. kitty and GNOME Terminal.
[question] What is the difference between `tidemark today` and the little graph?
The graph says that the water turns at ten, the table says 10:27. Which one do I follow?
[documentation] A page about how the prediction works
Thirty-seven constituents, what are they? A short explanation with one picture would help me to trust it.
[bug, platform/windows] Installing from the Microsoft Store Python gives a PermissionError
It wants to write its cache below Program Files. WinError 5: Access is denied.
[bug, area/calendar] Google Calendar shows question marks in the names of the events
"Low water Malm? 0.4 m". The file is in UTF-8 but nothing says so.
[enhancement, area/calendar] Put the station into the location field of the events
Then the phone offers the way there. At the moment LOCATION is empty.
[performance] Building the wheel takes ten minutes on ARM
It compiles all stations into one big Python file, and then compiles that. Could it be a data file?
[bug, area/stations] Bremerhaven: heights refer to another zero since 0.8.0
Everything is 2.1 m lower than before. It seems that the new catalogue has NHN there and chart datum everywhere else.
[enhancement] A heading with the week's highest and lowest water
For our notice: "highest 5.1 m on Thursday". I do it by hand with a ruler now.
[question] How do I update the stations without a new version?
You mentioned 41 corrections. Must I wait for a release or can I fetch only the catalogue?
[bug] Sunrise crashes north of the polar circle in December
There is none, and `tidemark today longyearbyen` ends with ValueError: math domain error in daylight.py. In March everything is fine.
[documentation, good first issue] Typo: "harmonic constitutents" all over the docs
Four times in the man page and once in the help text.
[bug, area/moon] New moon and full moon are exchanged in the calendar notes
Only in the .ics. The terminal has them right.
[wontfix, enhancement | not planned] Send me a text message before high water
With a phone number in the settings. Or by mail.
[bug, platform/windows | open] The graph is made of boxes in Windows Terminal with Consolas
All block characters that are not in the font come out as a box with a question mark. Cascadia Mono has them.
[bug, area/stations] `tidemark stations` prints the Faroes under Denmark and under Faroe Islands
Each of the six is listed twice, with different spelling.
[enhancement] Configuration file for the default station and units
I have an alias with three options in every shell. ~/.config/tidemark.toml would be more usual.
[question] Is a tide of 0.0 m dry land?
My son believes that at zero there is no water in the harbour. I could not explain it well.
[performance] The second call is as slow as the first
I expected that the parsed catalogue is kept somewhere. 900 ms each time on a fast laptop.
[bug] Traceback when the output is piped into `head`
BrokenPipeError: [Errno 32] Broken pipe, followed by "Exception ignored in".
[bug | same as Traceback when the output is piped into `head`] `tidemark year | less` and then q: BrokenPipeError
Errno 32 and an ignored exception, whenever I leave the pager before the end.
[enhancement, area/calendar] One calendar for several stations
`--station a --station b` into one file. We sail between four harbours.
[documentation, area/stations] Document the columns of the catalogue
I would like to prepare corrections, but stations.csv has 14 columns and five of them are called t1 to t5.
[bug, area/calendar] Events are a minute long and cannot be seen on my phone
DTSTART and DTEND differ by sixty seconds. In the month view the line has no height.
[bug] The locale changes the decimal point and the parser then fails
With LC_NUMERIC=de_DE `--plain` writes 4,6 and the companion script expects 4.6.
[question] Does anyone use it on an e-reader?
I would like to flash a Kobo with it and wonder whether the screen is wide enough.
[enhancement, area/moon] Sort the year view by moon phase
For planning night dives I look for dark nights with a late slack.
[bug, area/stations] Gibraltar uses the time of Madrid and has no summer time
Since 0.8.3 it is one hour off from April to October.
[bug, area/moon] Moonrise is on the wrong day for stations east of 150° E
In Auckland and Suva the rise of yesterday is shown. It is a day behind, always.
[enhancement] Show slack water, not only high and low
For divers the turn of the stream matters. I know that it is not the same moment, an estimate would do.
[wontfix, question | not planned] Can you recommend a boat?
I know that this is the wrong place. You seem nice.
[performance, area/calendar] The export of ten years needs an hour
`--years 10` is documented, but each year is slower than the one before. It looks as if all events are kept and sorted again.
[bug, platform/windows] Antivirus quarantines tidemark.exe
Defender says Trojan:Win32/Wacatac. It is the launcher that pip makes, I believe, and a false alarm.
[documentation] The screenshot in the README shows a version with a bug
The low water in it is higher than the high water.
[bug] Progress bar of `year` never reaches 100 %
It stops at 364 of 365 and in leap years at 365 of 366. The result is complete.
[bug, area/stations] Halifax, Nova Scotia, is in the zone of Halifax, England
Times are four hours off. The sun too.
[enhancement, good first issue] A short option for `--plain`
`-p` is free.
[question] Why do predictions differ from those of the Admiralty by five minutes?
Portsmouth, always about five minutes, sometimes more at neaps. Fewer constituents?
[bug, area/calendar] Alarms ring an hour late after the change to summer time
The VALARM has a fixed offset from January. Events themselves are right.
[bug, -area/calendar] `tidemark week` starts on a random day when LANG is ar_EG
The week is cut at Saturday but the names of days are not moved.
[enhancement] Show uncertainty for stations with few constituents
Small ports with four constants look as exact as those with sixty. A ~ before the time would be honest.
[documentation, platform/windows] How to set up a scheduled task on Windows
There is a chapter about cron. A few lines on the Task Scheduler would make it complete.
[bug, area/stations] Nothing is found when the name has two spaces
"St  Helier" (copied from a PDF) is not the same as "St Helier" for the search.
[performance] High CPU in `watch` after the laptop wakes up
It seems to work off all the minutes that it has slept through, one after the other.
[question, area/calendar] Can the export leave out the heights?
I only want "high" and "low" in the family calendar. Is there a format for the summary?
[bug] Heights above 9.99 m are printed without the space before the unit
"10.2m" next to "4.6 m". Only cosmetic.
[enhancement] Speak the next tide
For our blind harbour master: a sentence that a screen reader reads well, in the place of the table.
[bug, area/moon] Illumination is over 100 % on some nights
On 3 May it was 100.4 %. I did not know that it could.
[bug, area/stations | open] Port Stanley and Stanley, Falklands are two stations with different heights
30 cm apart. Nobody here knows which one is meant to be right.
[enhancement, area/stations] Keep retired stations under another name
Since the update our gauge is gone, because it was closed in 2022. The predictions are still good.
[question] Does it work without Python?
We have an embedded board with 8 MB. Is there a C version of the core?
[bug, area/calendar] Carriage returns are missing when the export goes to standard output
`tidemark year galway --ics -` has bare line feeds, which our calendar server refuses with 400.
[documentation] "Not for navigation" ought to stand in the help text too
I found it in the README only, and my crew never reads that.
[bug, platform/windows] `tidemark watch` flickers in ConEmu
It clears the whole screen each second.
[bug] Float in the title: "Galway Harbour, 53.269999999999996° N"
Since the coordinates are shown. Two digits would be plenty.
[enhancement | open] Remember the last station
`tidemark today` without a name could take the one from yesterday.
[bug, area/stations | same as Gibraltar uses the time of Madrid and has no summer time] Gibraltar is an hour off since spring
The tides at the Rock come an hour early. Algeciras, just across the bay, has them right.
[performance] `import tidemark` allocates 80 MB
Mostly strings of the station catalogue, twice: once as rows and once as objects.
[question, area/stations] How often are the offsets reviewed?
Harbours get dredged. I would like to know how old the numbers for Zeebrugge are.
[wontfix, bug | not planned] The tide was higher than predicted during the storm
Half a metre over the quay. The table should have warned us.
[enhancement, area/calendar] A title of my choice for the exported calendar
X-WR-CALNAME is always "tidemark". With three of them I cannot tell which is which.
[bug] The help text ends in the middle of a sentence
`tidemark week --help`: "print seven days, beginning with".
[bug, area/moon] Moon line overlaps the sunset on narrow terminals
Below 60 columns both are printed at the same place.
[documentation, good first issue] Say how to run the tests
CONTRIBUTING says "run the tests". With what? I tried unittest and pytest, one of them worked.
[bug, area/stations] Search ignores everything after a comma
"Newcastle, Australia" and "Newcastle, England" both give the first one.
[enhancement] Print two days when it is late in the evening
After the last tide of today the table is of no use to me. It could add the first ones of tomorrow.
[question] Who is behind this?
I would like to send you a postcard from every harbour where it was right.
[bug, platform/windows | open] `--ics tides.ics` writes to OneDrive and fails
The path is redirected to a folder in the cloud, and replacing the file there gives WinError 32: used by another process.
[bug, area/calendar] Two highs in one event
In the export for Southampton, which has double high waters, the second one overwrites the summary of the first.
[performance, area/stations] Sorting stations by distance computes every distance twice
`nearest` takes 1.1 s. A cheap bounding box first would do, I think; profile attached in the next comment.
[enhancement, area/moon] Moon symbols without emoji
They are two columns wide in some fonts and one in others. Plain letters as an option?
[bug] Exit status is 0 when the station is unknown
My script believes that all is well. It should be 1 or 2.
[documentation] German translation of the README
I have made one and would look after it. Where should the file go?
[question] Do I have to be online for the first start?
On the ship I cannot try. Does anything get downloaded?
[bug, area/stations] The Bay of Fundy is cut at 15 metres
The column for the graph has no place for more, and the number has no first digit: "5.9" for 15.9 m.
[enhancement] Week view: begin with a weekday of my choice
Our plan goes from Thursday to Wednesday.
[bug] Daylight line says "sunset 16:33" for the whole week
All seven days have the sunset of the first one. Sunrise changes as it should.
"""
