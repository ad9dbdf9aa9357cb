"""Diffs that nobody's git wrote: an error or a reading that holds together, in linear time, and nothing else."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triagebot.core.diff import (
    Anchor,
    DiffError,
    FileDiff,
    base_of,
    from_pull_file,
    locate,
    parse,
    parse_hunk,
)
from triagebot.core.values import PullFile
from triagebot.simulator import diffs as simulated

PIECES = [
    "diff --git a/x b/x", 'diff --git "a/\\t" "b/\\t"', "diff --git a/x b/y", "diff --cc x", "index 1..2 100644", "old mode 100644",
    "new mode 100755", "new file mode 100644", "deleted file mode 100644", "rename from x", "rename to y", "copy from x",
    "copy to y", "similarity index 50%", "--- a/x", "+++ b/x", "--- /dev/null", "+++ /dev/null", "@@ -1 +1 @@", "@@ -1,2 +1,2 @@ f",
    "@@ -0,0 +1 @@", "@@ -3,0 +4,2 @@", "@@ -9,99999999 +9,99999999 @@", "@@@ -1 -1 +1 @@@", "@@", " a", "-a", "+a", "", "\\ No newline",
    "Binary files a/x and b/x differ", "GIT binary patch", "literal 3", "Kcmb", "\x0c", "+\r", "+\u2028", "\\",
]  # fmt: skip
GOOD = """\
diff --git a/x b/x
index 1f2e3d4..5a6b7c8 100644
--- a/x
+++ b/x
@@ -1,4 +1,4 @@
 a
-b
+c
 d
-e
\\ No newline at end of file
+e
diff --git a/y b/z
similarity index 50%
rename from y
rename to z
--- a/y
+++ b/z
@@ -5,0 +6,2 @@ f
+a
+b
"""


@st.composite
def damaged(draw) -> str:
    """Draw a good diff with some of its lines dropped, doubled or replaced, and its end cut off."""
    lines = GOOD.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at : at + draw(st.integers(0, 2))] = draw(
            st.lists(st.sampled_from([*PIECES, lines[at]]), max_size=2)
        )
        lines = lines or [""]
    text = "\n".join(lines)
    return text[: draw(st.integers(len(text) // 2, len(text)))]


SOUP = st.lists(st.sampled_from(PIECES), max_size=20).map("\n".join)
HUNKS = st.lists(st.sampled_from(PIECES[18:]), max_size=14).map(
    lambda lines: "@@ -1,3 +1,4 @@\n" + "\n".join(lines)
)


@settings(max_examples=400, deadline=None)
@given(text=st.text(max_size=60) | SOUP | damaged() | HUNKS)
def test_anything_is_read_or_refused(text):
    for file in readings(text):
        holds_together(file)


def readings(text: str) -> list[FileDiff]:
    found: list[FileDiff] = []
    for read in (
        parse,
        lambda patch: [from_pull_file(PullFile("x", "modified", 0, 0, patch))],
        lambda patch: [FileDiff("x", None, "modified", (parse_hunk(patch),))],
    ):
        with suppress(DiffError):
            found += read(text)
    return found


def holds_together(file: FileDiff) -> None:
    for hunk in file.hunks:
        for side in ("LEFT", "RIGHT"):
            numbers = [line.number(side) for line in hunk.lines if line.number(side) is not None]
            assert numbers == list(hunk.numbers(side))
            assert all(file.hunk(side, number) == hunk for number in numbers)
    for quote in ("a", "a\nb", "+a"):
        anchor = locate(file, quote, near=2)
        assert anchor is None or [line.text.strip() for line in file.lines(anchor)] == quote.split("\n")
    head = "".join(line.text + "\n" for hunk in file.hunks for line in hunk.lines if line.kind != "-")
    assert base_of(head, file) is None or not (file.cut or file.binary or file.missing)


MANY, FEWER = 100_000, 20_000


@pytest.mark.parametrize(
    "text",
    [
        "diff --git " + "a/" * MANY,
        "diff --git a/" + " b/" * MANY,
        'diff --git "' + "\\" * MANY,
        'diff --git "' + "\\303" * MANY + '" "' + "\\303" * MANY,
        "diff --git a/x b/x\n" + "old mode 100644\n" * MANY + "x",
        "diff --git a/x b/x\nGIT binary patch\n" + "literal 1\n" * MANY + "x\n",
        "diff --git a/x b/x\nGIT binary patch\n" + "z" * 10 * MANY + "\n\x00",
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n" + "@@ -1 +1 @@\n" * MANY,
        "diff --git a/x b/x\n@@ -1,999999999 +1,999999999 @@" + " " * MANY + "\n" + " a\n" * MANY,
        "diff --git a/x b/x\n@@ -1,999999999 +1,999999999 @@\n" + "\n" * MANY,
        "@@ -1" + "1" * MANY,
        "@@ -1,9 +1,9 @@\n a\n" + "\\\n" * MANY,
    ],
)
def test_no_text_takes_long(text):
    with pytest.raises(DiffError):
        parse(text)
    with pytest.raises(DiffError):
        from_pull_file(PullFile("x", "modified", 0, 0, text))


def test_many_hunks_lines_and_quotes_take_linear_time():
    """A quadratic search would be noticed: it takes minutes."""
    hunks = "".join(f"@@ -{at},0 +{2 * at + 1},2 @@\n+a\n+a\n" for at in range(1, FEWER))
    diff = from_pull_file(PullFile("x", "modified", 0, 0, hunks))
    for at in range(1, FEWER):
        assert diff.anchor("RIGHT", 2 * at + 2, 2 * at + 1)
        assert locate(diff, "a\na", near=2 * at + 1)
        assert 2 * at + 1 in diff.changed("RIGHT")
    (one,) = parse(f"diff --git a/x b/x\n@@ -0,0 +1,{FEWER} @@\n" + "+a\n" * FEWER)
    for quote in ("a\n" * 2_000 + "b", "b\n" + "a\n" * 2_000, "a\n" * 2_000):
        assert (locate(one, quote, near=FEWER // 2) is None) == ("b" in quote)
        assert locate(one, quote) is None
    for at in range(FEWER - 10, FEWER):
        assert len(one.lines(Anchor("x", "RIGHT", at, at - 5))) == 6


@settings(max_examples=150, deadline=None)
@given(
    old=st.lists(st.sampled_from("abc"), max_size=30),
    edits=st.integers(0, 2**32),
    ends=st.sampled_from(["\n", "", "\r\n"]),
)
def test_the_simulator_takes_comments_on_the_same_lines(old, edits, ends):
    """It has its own reading of patches, since it stands in for GitHub."""
    dice = random.Random(edits)
    new = [dice.choice("abcd") if dice.random() < 0.1 else line for line in old if dice.random() > 0.1]
    texts = ["".join(line + (ends or "\n") for line in lines) for lines in (old, new)]
    if not ends:
        texts = [text[:-1] for text in texts]
    patch = simulated.patch_of(*(text.encode() for text in texts)) or ""
    places = simulated.anchors(patch)
    diff = from_pull_file(PullFile("x", "modified", 0, 0, patch))
    for side in ("LEFT", "RIGHT"):
        for line in range(len(old) + len(new) + 3):
            assert (diff.anchor(side, line) is not None) == ((side, line) in places)
            for start in range(line):
                both = (side, start) in places and (side, line) in places
                together = both and places[side, start].hunk == places[side, line].hunk
                assert (diff.anchor(side, line, start) is not None) == together


@pytest.mark.parametrize("drop", [0, 1])
def test_the_simulators_diff_of_long_files_is_one(drop):
    lines = [f"{at}\n" for at in range(simulated.MAX_COMPARED + 10)]
    old, new = "".join(lines), "".join([*lines[:50], "more\n", *lines[50 + drop :]])
    diff = from_pull_file(PullFile("x", "modified", 1, drop, simulated.patch_of(old.encode(), new.encode())))
    assert base_of(new, diff) == old
