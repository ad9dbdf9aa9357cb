"""What people wrote to the demo's second project in its first year, before the bot came: see `story_past`."""

FIRST_YEAR = """\
[type: bug, area: editor] Lines snap to a vertex that I have deleted
After deleting a point in the middle of the sheet the next line still jumps to where it was. Reloading helps.
[type: feature, area: editor] Mirror the drawing along a diagonal
Most bases are symmetric. I would like to draw one half and have the other one made.
[question] Which licence do the patterns have that I draw?
I want to print one in a magazine. Does anything I draw here belong to you?
[type: bug, area: export] PDF: the right edge is cut off on A4 landscape
About one centimetre of the sheet is missing on paper and in the file. Portrait is complete. Letter is fine in both directions.
[type: bug, area: solver] A single vertex with four creases is marked red although it folds
Angles 90, 45, 90, 135 with three mountains and a valley. I have it in front of me and it lies flat.
[docs] The handbook does not explain the colours of the dots
Some vertices get a red dot, some an orange one, some none. What is orange?
[performance, area: editor] Dragging a point stutters from 300 creases on
Each movement of the mouse redraws everything. On my old MacBook it is a slide show.
[type: feature, area: export] Export as PNG with a transparent background
For slides. At the moment I take screenshots and erase the white by hand.
[a11y, area: editor] Mountain and valley cannot be told apart by the colour-blind
Red and green are the same to me. Dashed and dotted, as in books, would solve it.
[type: bug, area: editor] The selection rectangle starts at the wrong place when the page is scrolled
It is shifted by exactly the scrolled distance.
[question] Can I use it offline on a train?
If I load the page at home and keep the tab open, does everything work without a network?
[type: bug, area: export] FOLD files from creasepad are refused by other programs
They say that `file_spec` is missing. The key is there but it is a string instead of a number.
[type: feature, area: editor] A grid of equilateral triangles
For tessellations I need 60 degrees, and 22.5 does not help me.
[dependencies] Vulnerability in a package below vitest
`npm audit` reports one high severity. It is only used for development, but our school's scanner stops the build.
[type: bug, area: editor] Pasting puts the creases outside of the paper
Copied from the lower right corner, pasted beyond it. One can select them only with Select all.
[help wanted, type: feature] Translate the buttons
I could do Polish and Portuguese with two friends. Is there a file with the texts?
[type: bug, area: solver] Maekawa's condition is checked at the border of the sheet
Vertices on the edge are marked as wrong. The theorem holds for inner vertices only.
[question, area: solver] What does "locally flat-foldable" mean?
There is a green tick and this word beside it. And yet I cannot fold it. Do I misunderstand?
[type: feature] Dark mode
I draw at night and the white sheet lights up the whole room.
[type: bug] White page in Safari 15
The console says "Unexpected token '{'. Expected an identifier" in the first script. Newer versions are fine.
[docs] Build instructions miss Node 22
With Node 20 `npm ci` ends with EBADENGINE. The README said nothing about it then.
[performance, area: export] Exporting a PDF of 5,000 creases takes two minutes
The tab is frozen all the time and Chrome asks whether it should be closed.
[type: bug, area: editor | open] Lines of zero length when I double-click
They cannot be seen but the counter in the corner grows, and they are in the exported file.
[type: feature, area: solver] Show me the angle that is wrong
When Kawasaki's condition fails I see a dot. The two sums of angles beside it would tell me how far off I am.
[needs info, type: bug | not planned] It does not work any more
Since yesterday. Please help!
[a11y] The toolbar buttons have no names for screen readers
VoiceOver reads "button, button, button". The icons need labels.
[type: bug, area: editor] Redo stays grey after an undo by the menu
With Ctrl+Z it works, with Edit > Undo the redo entry is not switched on.
[question] Is there a limit for the number of creases?
I plan a dragon. It will have some twelve thousand.
[type: feature, area: editor] Type the length and the angle of a line
While dragging, a small field with 45° and 120 mm that I could change with the digits.
[type: bug, area: export] The SVG has no units and opens at the wrong size
In the cutter's software the sheet of 15 cm is 15 px. Width and height should be in millimetres.
[type: bug, area: editor | same as Lines snap to a vertex that I have deleted] Ghost points: snapping to vertices that are gone
I removed a vertex, drew on, and the line jumped to the removed one. It is drawn nowhere, but it pulls.
[docs, help wanted] Spelling: "crese" in the tooltip of the pen
Hover over the third button.
[type: feature, area: export] Print a large pattern on several sheets
With marks for gluing. My plotter is an A4 printer and a lot of tape.
[performance] The page needs 40 MB of memory for an empty sheet
And 400 MB after an hour of work. Something is never let go.
[type: bug, area: solver] The tick turns green for a pattern that cuts itself
Two flaps would have to go through each other. I know that the general problem is hard, but this is the simplest case.
[type: bug, area: editor] Zooming with the trackpad throws me into the corner of the sheet
With two fingers on a MacBook the view jumps to the upper left corner at each step, in the place of zooming where the pointer is. The mouse wheel is fine.
[question, -type: bug] Why can I not draw over the edge?
The line stops at the border. Is this on purpose?
[a11y, type: feature] Larger handles for people with shaky hands
Points are six pixels wide. An option for double the size would let my pupils work by themselves.
[type: feature] Share a pattern by a link
Short ones could simply be in the address itself, without a server.
[type: bug, area: export] Valley folds are drawn as solid lines in the PDF
On the screen they are dashed. On paper they are the same as mountains, which is the whole point lost.
[dependencies] The colour picker's package is abandoned
No release for four years, and it brings jQuery with it.
[type: bug] Arabic names of files turn into underscores
When saving, every letter of the title becomes _. Downloading from the gallery keeps them.
[type: feature, area: editor] Layers, so that I can hide construction lines
I draw many helping lines and have to delete them before the export. A switch to hide them would be enough.
[question] How do I cite creasepad in my thesis?
It is about rigid origami in architecture. Is there a DOI?
[type: bug, area: editor] Ctrl+A selects the text of the whole page
In the place of all the creases. Only if the sheet was not clicked before.
[performance, area: solver] The check runs again when I only scroll
Each turn of the wheel starts it, one can hear the fan.
[docs, area: export] What do the colours in the FOLD export mean?
`edges_assignment` has letters I know and one, "J", that I do not know.
[type: feature, area: export] DXF for laser cutters
Our makerspace's machine takes nothing else. SVG to DXF by Inkscape loses the colours.
[needs info, question | not planned] Hello
is this the right place
[type: bug, area: editor] Touch: two fingers draw instead of moving the sheet
On an iPad each attempt to move the paper leaves two lines.
[a11y, area: editor] Focus is lost when a dialog closes
After saving I have to press Tab thirty times to be back where I was.
[type: bug, area: solver] NaN in the sidebar for parallel creases
Two lines on top of each other give "angle: NaN°" and the checks are off for the whole sheet.
[help wanted, docs] A tutorial with a simple boat
Newcomers in our club ask me the same ten questions. I could write the text if somebody made pictures.
[type: feature, area: solver] Fold it in 3D
Press a button and watch it fold. There are papers about it, I know that it is a lot of work.
[type: bug] Settings are forgotten after each visit
Snapping, grid and colours are back to the beginning every time. Firefox, cookies are allowed.
[question, area: export] Which paper is best for the printed patterns?
I used 80 g and the ink breaks at the folds.
[type: bug, area: editor] Deleting a line also deletes the points of its neighbour
Where three lines meet and I erase one, a gap opens between the other two.
[performance, area: editor | same as Dragging a point stutters from 300 creases on] Editor lags while moving vertices in larger drawings
From some hundred lines on, moving a vertex is jerky. 16 GB of memory, so that is not it.
[type: feature, area: editor] Rotate the selection by an angle
90 degrees is there. I need 22.5 and 36.
[dependencies, type: bug] The build breaks with TypeScript 5.6
Error TS2345 in pattern.ts, because the types of the canvas have changed.
[type: bug, area: export | open] Exported SVG has each line twice
The plotter goes over every crease two times and cuts through the paper.
[docs] Screenshots in the handbook are from version 1
The toolbar is on the other side now. My mother gave up.
[a11y, type: feature] High contrast theme
Grey on light grey is hard to read outside. Black on white, please, with thick lines.
[type: bug, area: editor] The ruler counts from the wrong corner
Zero is at the lower left in the ruler and at the upper left in the coordinates.
[question, -type: feature, area: solver] Does it check curved creases?
I fold curves. Is the theory behind it only for straight lines?
[type: feature] Keep the drawing when the tab is closed
I closed the wrong tab, and yesterday's lizard was gone. The browser has storage for this, hasn't it?
[type: bug, area: solver] Rounding: 22.5° is not recognised after rotating twice
The sums are 179.9999 and 180.0001 and the vertex turns red. There should be some tolerance.
[performance] First visit loads 9 MB of fonts
Three families with all weights for a page with twelve words.
[type: bug, area: export] The gallery's preview is mirrored
Left and right are exchanged in the small picture, not in the pattern itself.
[type: feature, area: editor] Measure a distance without drawing
A tool that tells how far two points are apart, as in CAD programs.
"""
