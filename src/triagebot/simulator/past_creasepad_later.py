"""What people wrote to the demo's second project in its second year, before the bot came: see `story_past`."""

SECOND_YEAR = """\
[type: bug, area: editor] Cutting and pasting changes mountains into valleys
Cut with Ctrl+X, pasted with Ctrl+V: all the reds are blue. Copying keeps them. Version 2.1.0, Chrome.
[type: feature, area: export] Choose the line width for the export
For projecting onto a wall I need 3 mm, for folding 0.1 mm.
[question] Does anybody have a pattern for a hedgehog?
Not a bug, sorry. My class asks for it.
[type: bug, area: editor] Pen stays down after leaving the window
I draw over the edge of the browser, let go outside, and come back: the line still follows me.
[type: bug, area: solver] Flat-foldability is green for an empty sheet and red for one crease through the middle
One straight fold is the simplest thing there is.
[docs] Explain how the gallery moderates
My pattern waited for a week. Who looks at them, and what is not allowed?
[performance, area: solver] Memory grows with every check
After fifty checks of the same pattern the tab holds 1.5 GB. The heap snapshot is full of `Face` objects.
[a11y] Tooltips disappear before I have read them
Half a second is too short for me. They should stay as long as the pointer is there.
[type: feature, area: editor] Circles for circle packing
I design with circles and rivers. Drawing them beside the creases, not to be exported, would save me a second program.
[type: bug, area: export] Nothing happens when I click on "Save as FOLD" in Firefox
No dialog, no file. The console has "NS_ERROR_FAILURE". It worked before the update to 2.2.0.
[type: bug, area: editor] The eraser removes what lies below the toolbar
If the toolbar covers the sheet, a click on it goes through to the paper.
[question, area: editor] How do I divide an edge into sevenths?
I know the trick with paper. Is there something in the editor for it?
[dependencies] Update vite, please
6.0.1 has a known hole in its development server. The fix is in 6.0.9.
[type: feature, area: solver] Tell me which vertex to fix first
With forty red dots I do not know where to begin. Sorting by how wrong they are would help.
[type: bug] The page asks to be installed again on every visit
The banner "Install creasepad" comes back although I have closed it for good.
[type: bug, area: editor] Snapping to 22.5° is off by one step after flipping the sheet
After "turn over" lines go to 11.25, 33.75 and so on.
[type: feature, area: export] Put the title and my name on the printed sheet
In a corner, small. People pass the sheets on and nobody knows who made them.
[needs info, type: bug, area: editor | not planned] Sometimes it is slow and sometimes things vanish
I cannot say when. Perhaps it is my computer.
[performance, area: export] The thumbnail for the gallery is drawn at 8,000 pixels
And then made smaller. Publishing takes half a minute on a phone because of it.
[help wanted, type: feature, a11y] Sounds when a crease is placed
For my blind pupil: a high note for mountain, a low one for valley, and the angle spoken.
[type: bug, area: solver] The solver marks the same vertex twice
In the list at the right vertex 14 comes two times, once with Kawasaki and once with nothing.
[docs, area: editor] List of the keyboard shortcuts
There are some, I found V and M by accident. Is there a list of all?
[type: bug, area: editor | open] Wrong vertex is selected where two are closer than three pixels
The lower one always wins, although the upper one is drawn bigger. Zooming in helps.
[question] Can I install it on our school's server?
The children may not visit pages outside. Is it enough to copy the `dist` folder?
[type: bug, area: export] The colours are missing in the printed PDF on a black and white printer
Everything is the same grey. Line styles should differ as well.
[type: feature, area: editor] Curved arrows for instructions
Showing how to fold is the other half of a pattern. Arrows and a few symbols would do.
[dependencies] Two copies of the geometry library in the bundle
gl-matrix 3.3 and 3.4, one of them through the PDF package.
[type: bug, area: editor | same as Pen stays down after leaving the window] Line keeps following the mouse when released outside the page
Button released over the address bar, and back on the paper it draws on without a button pressed.
[a11y, area: solver] The red and green ticks need text
My reader says nothing at all there, so I never know whether the pattern is fine.
[type: feature, area: solver] Check only the selected part
While I work at one corner the rest may be as wrong as it likes.
[type: bug] The browser's Back button leaves the editor without a question
One swipe too many on the trackpad, and I am on the search page and my work is gone.
[question, area: solver] Why does it say "unknown" for the layer order?
The condition at all points is fulfilled. Does it give up at a certain size?
[performance, area: editor] Selecting all of 3,000 creases hangs for a while
About eight seconds, each one gets a DOM element of its own for the handles.
[type: bug, area: export] Page size "Letter" is printed as A4
The preview is right, the PDF is 210 mm wide.
[docs] The README's link to the gallery leads to 404
It moved to another domain, I think.
[type: feature, area: editor] Lock creases that are finished
I move them by mistake all the time. A padlock, as in drawing programs.
[type: bug, area: editor] Numbers with a comma are not accepted in the size field
On a German keyboard I type 17,5 and it becomes 17.
[needs info, type: bug | not planned] error
TypeError
[type: feature] Group my drawings into folders
There are eighty in the list by now, sorted by date only.
[type: bug, area: solver] Symmetric pattern, asymmetric result
The left half is green and the right half is red, and one is the mirror image of the other. Version 2.2.1.
[question, area: export] Which program opens FOLD files?
My friend got one from me and does not know what to do with it.
[a11y, type: bug] Zooming the page to 200 % hides the Save button
It is pushed out at the bottom and the page cannot be scrolled.
[type: bug, area: editor] Text labels cannot be moved once placed
Selecting them works, dragging does nothing. Deleting and writing again is the only way.
[performance] The battery of my tablet lasts an hour with creasepad open
It repaints sixty times a second although nothing moves. Other pages do not do that.
[type: feature, area: export] Export only the selected creases
I want to send a detail of a big pattern to a friend.
[type: bug, area: editor] Grid is drawn above the creases
The thin grey lines cut through mine, most of all when zoomed in.
[dependencies, docs] The licence list of the packages is out of date
It names three that are not used any more and misses the PDF writer.
[type: bug, area: solver] Crash: "Maximum call stack size exceeded" in a twist fold
RangeError, again and again, with any pattern in which the faces go around in a circle. The attached one has six creases.
[type: feature, area: editor] Show the number of the references
I fold from the printed sheet and would like every reference point numbered in the order of construction.
[question] Will there be a desktop version?
I do not like to have everything in the browser.
[type: bug, area: export | same as Exported SVG has each line twice] Laser burns all the folds two times
In the SVG every path is there twice, one exactly over the other. I delete half of them in Inkscape.
[docs, a11y] Say in the handbook what works with a screen reader and what does not
It would have saved me a whole afternoon of trying.
[type: bug, area: editor] Mirroring twice does not give the original
Some points are off by a pixel, and after ten times the sheet is visibly crooked.
[type: feature, area: solver] Estimate how hard it is to fold
From the number of layers, perhaps. Beginners choose the dragon and then cry.
[type: bug] The gallery shows my drafts to others
A friend could open the link of one that I had not published. I hope that it was only him.
[performance, area: solver] Checking takes longer the more often I undo
It looks as if it checked all states of the history, not only the present one.
[help wanted, dependencies] Move from the abandoned PDF writer to another
The one in use has had no release since 2021 and cannot embed fonts.
[type: bug, area: editor] Middle mouse button pastes text into the title
On Linux. I wanted to move the sheet.
[type: feature] Comments of others beside a pattern
In the gallery, so that folders can say where they got stuck.
[question, area: editor] Can a sheet be a hexagon?
Everything is square. Did I overlook where to change it?
[type: bug, area: export] Fonts are replaced by Times in the PDF
Labels in Japanese become empty boxes.
[type: bug, area: editor | open] Tablet pen: pressure is read as a right click
With a Wacom under Linux, pressing hard opens the context menu in the middle of a line.
[a11y, area: editor] Shortcuts cannot be changed
M and V need two hands for me. I would like to choose my own.
[docs, help wanted] "Maekawa" is written in three different ways
Maekawa, Maekawas, Meakawa. In the sidebar and the handbook.
[type: feature, area: export] Remember the last export settings
I choose A3, no margin, black every single time.
[type: bug, area: solver] Border creases count as mountain
A pattern with a free edge is marked as wrong by Maekawa's condition because of it.
[needs info, question | not planned] how
how do i do the thing with the paper
[type: bug, area: editor] Coordinates jump by half a pixel on screens with scaling
At 125 % in Windows nothing lies exactly on the grid.
[type: feature, area: editor] Snap to the middle of an edge
Corners are easy, middles I have to guess.
[performance, area: editor] Hovering over a dense area freezes the pointer
Looking up the nearest crease goes through all of them for each pixel.
"""
