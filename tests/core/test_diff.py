"""Diffs as git and GitHub write them: read, commented on, searched, suggested on, undone."""

import pytest

from triagebot.core.diff import (
    Anchor,
    DiffError,
    FileDiff,
    Line,
    base_of,
    from_pull_file,
    locate,
    parse,
    parse_hunk,
    replace_lines,
    suggestion_block,
)
from triagebot.core.values import PullFile

CHANGE = """\
diff --git a/src/app.py b/src/app.py
index 1f2e3d4..5a6b7c8 100644
--- a/src/app.py
+++ b/src/app.py
@@ -2,4 +2,5 @@ class Cache:
 two
-three
+THREE
+and a half
 four
 five
@@ -20 +21,0 @@ def last():
-twenty
"""
NO_NEWLINE = "\\ No newline at end of file"


def one(text: str) -> FileDiff:
    (file,) = parse(text)
    return file


def patch(text: str | None, status: str = "modified", changes: tuple[int, int] = (0, 0)) -> FileDiff:
    return from_pull_file(PullFile("a.txt", status, *changes, patch=text))


def test_lines_carry_their_numbers_on_both_sides():
    first, second = one(CHANGE).hunks
    assert first.section == "class Cache:"
    assert first.lines == (
        Line(" ", 2, 2, "two"),
        Line("-", 3, None, "three"),
        Line("+", None, 3, "THREE"),
        Line("+", None, 4, "and a half"),
        Line(" ", 4, 5, "four"),
        Line(" ", 5, 6, "five"),
    )
    assert (second.old_start, second.old_count, second.new_start, second.new_count) == (20, 1, 21, 0)
    assert second.lines == (Line("-", 20, None, "twenty"),)
    assert (one(CHANGE).old_mode, one(CHANGE).new_mode) == ("100644", "100644")
    assert one(CHANGE).changed("RIGHT") == {3, 4}
    assert one(CHANGE).changed("LEFT") == {3, 20}


@pytest.mark.parametrize(
    ("side", "line", "start", "accepted"),
    [
        ("RIGHT", 3, None, True),
        ("RIGHT", 2, None, True),  # an unchanged line that the hunk shows, on either side
        ("LEFT", 2, None, True),
        ("LEFT", 5, None, True),
        ("LEFT", 6, None, False),
        ("RIGHT", 6, None, True),
        ("RIGHT", 1, None, False),  # above the hunk
        ("RIGHT", 7, None, False),
        ("LEFT", 20, None, True),
        ("RIGHT", 21, None, False),  # the second hunk has no line on this side
        ("RIGHT", 22, None, False),
        ("RIGHT", 0, None, False),
        ("RIGHT", -3, None, False),
        ("RIGHT", 6, 2, True),
        ("RIGHT", 3, 3, False),  # GitHub: start_line must precede line
        ("RIGHT", 2, 6, False),
        ("RIGHT", 6, 1, False),
        ("LEFT", 20, 5, False),  # across hunks
        ("LEFT", 5, 2, True),
    ],
)
def test_which_lines_take_a_comment(side, line, start, accepted):
    expected = Anchor("src/app.py", side, line, start) if accepted else None
    assert one(CHANGE).anchor(side, line, start) == expected


def test_an_anchor_covers_the_lines_of_its_side_only():
    file = one(CHANGE)
    assert [line.text for line in file.lines(Anchor("src/app.py", "RIGHT", 5, 2))] == [
        "two",
        "THREE",
        "and a half",
        "four",
    ]
    assert [line.text for line in file.lines(Anchor("src/app.py", "LEFT", 4, 2))] == ["two", "three", "four"]


HEADERS = [
    ("new file mode 100755\nindex 0000000..e69de29\n", ("x", None, "added", None, "100755")),
    ("deleted file mode 100644\nindex e69de29..0000000\n", ("x", None, "removed", "100644", None)),
    ("old mode 100644\nnew mode 100755\n", ("x", None, "modified", "100644", "100755")),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_files_without_lines(header, expected):
    file = one("diff --git a/x b/x\n" + header)
    assert (file.path, file.old_path, file.status, file.old_mode, file.new_mode) == expected
    assert file.hunks == ()
    assert (file.binary, file.missing) == (False, False)


@pytest.mark.parametrize("word", ["rename", "copy"])
def test_a_moved_file_with_a_change(word):
    file = one(
        "diff --git a/old name b/new name\nold mode 100644\nnew mode 100755\nsimilarity index 66%\n"
        f"{word} from old name\n{word} to new name\nindex 1f2e3d4..5a6b7c8\n"
        "--- a/old name\t\n+++ b/new name\t\n@@ -1 +1 @@\n-a\n+b\n"
    )
    assert (file.path, file.old_path) == ("new name", "old name")
    assert file.status == {"rename": "renamed", "copy": "copied"}[word]
    assert base_of("b\n", file) == "a\n"


BINARY = """\
diff --git a/x.png b/x.png
index 1f2e3d4..5a6b7c8 100644
GIT binary patch
literal 14
VcmZQzWMXDvWn<^y<l^Sx<pCfP0V)6h

delta 6
NcmZQ!%+9>{djJM<0jdB1

diff --git a/y.png b/y.png
new file mode 100644
index 0000000..5a6b7c8
Binary files /dev/null and b/y.png differ
"""


def test_binary_files():
    patched, told = parse(BINARY)
    assert (patched.path, patched.binary, patched.status) == ("x.png", True, "modified")
    assert (told.path, told.binary, told.status) == ("y.png", True, "added")
    assert patched.anchor("RIGHT", 1) is None
    assert base_of("", patched) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("a/x b/x", "x"),
        ("a/x y b/x y", "x y"),
        ("a/x b/x b/x b/x", "x b/x"),
        ("a/ b/ b/ b/", " b/"),
        ('"a/tab\\there" "b/tab\\there"', "tab\there"),
        ('"a/\\"quoted\\" \\\\ it" "b/\\"quoted\\" \\\\ it"', '"quoted" \\ it'),
        ('"a/\\303\\251t\\303\\251" "b/\\303\\251t\\303\\251"', "été"),
        ('"a/line\\nbreak\\001" "b/line\\nbreak\\001"', "line\nbreak\x01"),
        ('"a/é\\t" "b/é\\t"', "é\t"),  # core.quotePath=false
        ('"a/\\377" "b/\\377"', "\ufffd"),
        ("a/naïve\u2028.txt b/naïve\u2028.txt", "naïve\u2028.txt"),
    ],
)
def test_names(line, path):
    assert one(f"diff --git {line}\nold mode 100644\nnew mode 100755\n").path == path


def test_a_moved_file_with_an_odd_name():
    file = one(
        'diff --git "a/\\tx" b/y b/z\nsimilarity index 100%\nrename from "\\tx"\nrename to y b/z\n',
    )
    assert (file.old_path, file.path) == ("\tx", "y b/z")


def test_a_link_that_becomes_a_file_is_removed_and_added():
    text = (
        "diff --git a/x b/x\ndeleted file mode 120000\nindex 1f2e3d4..0000000\n--- a/x\n+++ /dev/null\n"
        f"@@ -1 +0,0 @@\n-target\n{NO_NEWLINE}\n"
        "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..5a6b7c8\n--- /dev/null\n+++ b/x\n"
        "@@ -0,0 +1 @@\n+text\n"
    )
    assert [(file.status, file.path) for file in parse(text)] == [("removed", "x"), ("added", "x")]


def test_a_missing_newline_is_known_on_each_side():
    was, now = parse_hunk(f"@@ -1 +1 @@\n-a\n{NO_NEWLINE}\n+a").lines
    assert (was.newline, now.newline) == (False, True)
    was, now = parse_hunk(f"@@ -1 +1 @@\n-a\n+a\n{NO_NEWLINE}").lines
    assert (was.newline, now.newline) == (True, False)
    (both,) = parse_hunk(f"@@ -1 +1 @@\n a\n{NO_NEWLINE}").lines
    assert not both.newline


def test_what_looks_like_a_line_end_or_a_header_is_text():
    odd = [
        "x\r",
        "\x0cx",
        "x\u2028y",
        "x\ry",
        "\x1c\x85\x0b",
        "-- a/x",
        "++ b/x",
        "@@ -1 +1 @@",
        "diff --git a/x b/x",
    ]
    added = "".join(f"+{line}\n" for line in odd)
    (hunk,) = one(f"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,{len(odd)} @@\n{added}").hunks
    assert [line.text for line in hunk.lines] == odd


def test_an_empty_line_without_its_space_is_unchanged():
    assert [line.kind for line in parse_hunk("@@ -1,3 +1,2 @@\n a\n\n-b").lines] == [" ", " ", "-"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("garbage", 1, "garbage"),
        ("\n", 1, "''"),
        ("@@ -1 +1 @@\n-a\n+b\n", 1, "did not expect"),
        ("diff --git a/x b/y\n", 1, "name"),
        ("diff --git a/x b/x extra\n", 1, "name"),
        ("diff --git c/x b/x\n", 1, "name"),
        ("diff --git x x\n", 1, "name"),  # --no-prefix
        ("diff --git a/ b/\n", 1, "name"),
        ('diff --git "a/\\9" "b/\\9"\n', 1, "name"),
        ('diff --git a/x b/y\nrename to "y\n', 2, "name"),
        ("diff --git a/x b/y\nrename to y\n", 1, "name"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n", 2, "--- a/x"),
        ("diff --git a/x b/x\nsurprise\n", 2, "surprise"),
        ("diff --cc x\nindex 1,2..3\n", 1, "combined"),
        ("diff --combined x\n", 1, "combined"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n", 4, "combined"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n@@ -1 +1 @@\n-a\n+b\n", 3, "did not expect"),
        (CHANGE + "more\n", 14, "more"),
        (CHANGE.removesuffix("-twenty\n"), 12, "ends before"),
        (CHANGE.replace("@@ -20 +21,0 @@", "@@ -3 +21,0 @@"), 12, "behind"),
        (CHANGE.replace("@@ -20 +21,0 @@", "@@ -20 +3,0 @@"), 12, "behind"),
        (CHANGE.replace(" five\n", f" five\n{NO_NEWLINE}\n"), 13, "behind"),
        (CHANGE.replace(" five\n", f" five\n{NO_NEWLINE}\n{NO_NEWLINE}\n"), 13, "ends a file"),
        (CHANGE.replace("-2,4 +2,5", "-2,3 +2,5"), 11, "more lines"),
        (CHANGE.replace("-2,4 +2,5", "-0,4 +2,5"), 5, "from 1"),
        (CHANGE.replace("-2,4 +2,5", "-2,4 +2,55555555555"), 5, "@@ -2,4"),
        (CHANGE.replace("-2,4 +2,5", "-2,999999999 +2,999999999"), 5, "ends before"),
        (CHANGE.replace("-2,4 +2,5", "-٢,4 +2,5"), 5, "@@ -"),
        (CHANGE.replace("+THREE\n", f"+THREE\n{NO_NEWLINE}\n"), 9, "ends a file"),
        (CHANGE.replace(" two\n", f"{NO_NEWLINE}\n two\n"), 6, "ends a file"),
        (CHANGE.replace("\n", "\r\n"), 2, "index"),
    ],
)
def test_what_git_does_not_write_is_an_error_with_its_line(text, line, word):
    with pytest.raises(DiffError, match=word) as caught:
        parse(text)
    assert caught.value.line == line


def test_no_diff_is_no_files():
    assert parse("") == ()


@pytest.mark.parametrize(
    ("file", "status", "binary", "missing"),
    [
        (PullFile("x", "modified", 9_000, 3, None), "modified", False, True),
        (PullFile("x", "modified", 0, 0, None), "modified", True, False),
        (PullFile("x", "added", 0, 0, None), "added", True, False),
        (PullFile("x", "added", 0, 0, ""), "added", True, False),
        (PullFile("x", "removed", 0, 7, None), "removed", False, True),
        (PullFile("x", "renamed", 0, 0, None, "y"), "renamed", False, False),
        (PullFile("x", "copied", 0, 0, "", "y"), "copied", False, False),
        (PullFile("x", "changed", 0, 0, None), "modified", False, False),
    ],
)
def test_a_file_of_the_api_without_a_patch(file, status, binary, missing):
    diff = from_pull_file(file)
    assert (diff.status, diff.binary, diff.missing, diff.hunks) == (status, binary, missing, ())
    assert diff.old_path == file.previous_path


def test_a_patch_of_the_api_has_no_header_and_no_last_newline():
    diff = patch("@@ -1,2 +1,2 @@\n-a\n+b\n \n@@ -9 +9 @@ f()\n-c\n+d", changes=(2, 2))
    assert [hunk.section for hunk in diff.hunks] == ["", "f()"]
    assert not diff.cut
    assert base_of("b\n\n3\n4\n5\n6\n7\n8\nd\n", diff) == "a\n\n3\n4\n5\n6\n7\n8\nc\n"


def test_a_cut_patch_keeps_what_is_there_and_says_so():
    diff = patch("@@ -1,9 +1,9 @@\n a\n-b\n+c")
    assert diff.cut
    assert diff.anchor("RIGHT", 2)
    assert diff.anchor("RIGHT", 3) is None
    assert base_of("a\nc\n", diff) is None
    assert patch("@@ -1 +1 @@\n-b\n+c", changes=(7, 1)).cut
    assert patch("@@ -1 +1 @@\n-b\n+c", changes=(1, 7)).cut
    assert not patch("@@ -1 +1 @@\n-b\n+c", changes=(1, 1)).cut


def test_a_cut_hunk_without_a_line_of_one_side_starts_before_it():
    hunk = parse_hunk("@@ -5,3 +5,9 @@\n+a\n+b")
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (4, 0, 5, 2)


@pytest.mark.parametrize(
    "text", ["Binary files differ", "@@@ -1 -1 +1 @@@\n  a", "@@ -1 +1 @@\n-a\n+b\nmore"]
)
def test_a_patch_that_is_none(text):
    with pytest.raises(DiffError):
        patch(text)


def test_a_comment_on_a_file_has_no_hunk():
    with pytest.raises(DiffError, match="found 0"):
        parse_hunk("")


REPEATS = """\
diff --git a/r b/r
--- a/r
+++ b/r
@@ -1,6 +1,7 @@
 if a:
     return 1
 if b:
-    return 2
+    return 1
+
 if c:
     return 1
@@ -50,2 +51,3 @@
 end
+    return 1
 end
"""


@pytest.mark.parametrize(
    ("quote", "near", "side", "found"),
    [
        ("if b:", None, "RIGHT", (3, None)),
        ("if b:\n    return 1", None, "RIGHT", (4, 3)),
        ("if b:\r\n    return 1  ", None, "RIGHT", (4, 3)),
        ("\n\nif b:\n    return 1\n\n", None, "RIGHT", (4, 3)),
        ("if b:\nreturn 1", None, "RIGHT", (4, 3)),  # only without its indentation
        ("    return 1\n\nif c:", None, "RIGHT", (6, 4)),
        ("if b:\n    return 2", None, "RIGHT", None),  # gone from this side
        ("if b:\n    return 2", None, "LEFT", (4, 3)),
        ("    return 1", None, "RIGHT", None),  # four of them
        ("    return 1", 2, "RIGHT", (2, None)),
        ("    return 1", 1, "RIGHT", (2, None)),
        ("    return 1", 3, "RIGHT", None),  # as far from either
        ("    return 1", 5, "RIGHT", (4, None)),
        ("    return 1", 29, "RIGHT", (7, None)),
        ("    return 1", 30, "RIGHT", (52, None)),
        ("    return 1", 10_000, "RIGHT", (52, None)),
        ("    return 1", -5, "RIGHT", (2, None)),
        ("if a:\n    return 1\nif b:\n    return 1", 3, "RIGHT", (4, 1)),
        ("    return 1\nend", 1, "RIGHT", (53, 52)),
        ("    return 1\n \nend", 1, "RIGHT", None),  # no quote spans hunks
        ("    return", 1, "RIGHT", None),  # whole lines only
        ("f a:", 1, "RIGHT", None),
        ("", 1, "RIGHT", None),
        (" \n\t\n", 1, "RIGHT", None),
    ],
)
def test_where_a_quote_stands(quote, near, side, found):
    anchor = locate(one(REPEATS), quote, near=near, side=side)
    assert (anchor and (anchor.line, anchor.start_line)) == found


def test_only_places_inside_a_hunk_count():
    diff = patch("@@ -1 +1 @@\n-a\n+x\n@@ -9 +9,4 @@\n-b\n+y\n+x\n+\n+y")
    assert locate(diff, "x\n\ny") == Anchor("a.txt", "RIGHT", 12, 10)


def test_the_same_line_twice_in_a_row_is_two_places():
    diff = patch("@@ -0,0 +1,3 @@\n+a\n+a\n+b")
    assert locate(diff, "a") is None
    assert locate(diff, "a\nb") == Anchor("a.txt", "RIGHT", 3, 2)
    assert locate(diff, "a", near=2) == Anchor("a.txt", "RIGHT", 2)


def test_a_quote_in_a_file_without_lines_stands_nowhere():
    assert locate(FileDiff("x", None, "modified"), "a", near=1) is None


@pytest.mark.parametrize(
    ("content", "start", "end", "replacement", "result"),
    [
        ("a\nb\nc\n", 2, 2, "B", "a\nB\nc\n"),
        ("a\nb\nc\n", 2, 2, "B\n", "a\nB\nc\n"),
        ("a\nb\nc\n", 2, 2, "B\n\n", "a\nB\n\nc\n"),
        ("a\nb\nc\n", 2, 2, "\n", "a\n\nc\n"),
        ("a\nb\nc\n", 2, 2, "", "a\nc\n"),
        ("a\nb\nc\n", 1, 3, "x\ny", "x\ny\n"),
        ("a\nb\nc\n", 1, 3, "", ""),
        ("a\nb", 2, 2, "B", "a\nB"),
        ("a\nb", 2, 2, "B\n", "a\nB"),
        ("a\nb", 1, 1, "A", "A\nb"),
        ("a\nb", 2, 2, "", "a\n"),
        ("a", 1, 1, "", ""),
        ("a", 1, 1, "b\nc", "b\nc"),
        ("a\r\nb\r\n", 1, 1, "x\ny", "x\r\ny\r\nb\r\n"),
        ("a\r\nb\r\n", 2, 2, "x\r\ny", "a\r\nx\r\ny\r\n"),
        ("a\r\nb", 2, 2, "x\ny", "a\r\nx\r\ny"),
        ("a\r\nb\r\n", 1, 2, "", ""),
        ("a\x0c\u2028b\nc\n", 2, 2, "x", "a\x0c\u2028b\nx\n"),
        ("\n\n", 2, 2, "x", "\nx\n"),
    ],
)
def test_a_suggestion_replaces_exactly_its_lines(content, start, end, replacement, result):
    assert replace_lines(content, start, end, replacement) == result


@pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 3), (2, 1), (1, 3), (-1, -1)])
def test_there_are_no_such_lines(start, end):
    with pytest.raises(ValueError, match="no lines"):
        replace_lines("a\nb\n", start, end, "x")


@pytest.mark.parametrize(
    ("replacement", "block"),
    [
        ("x", "```suggestion\nx\n```"),
        ("x\r\ny\n", "```suggestion\nx\ny\n```"),
        ("", "```suggestion\n```"),
        ("\n", "```suggestion\n\n```"),
        ("``` a\n````", "`````suggestion\n``` a\n````\n`````"),
    ],
)
def test_a_suggestion_block(replacement, block):
    assert suggestion_block(replacement) == block


@pytest.mark.parametrize("head", ["two\nTHREE\n", "", "1\ntwo\nthree\nand a half\nfour\nfive\n"])
def test_a_diff_that_does_not_fit_is_not_undone(head):
    assert base_of(head, one(CHANGE)) is None


def test_a_diff_is_undone_where_a_newline_was_missing():
    diff = patch(f"@@ -1,2 +1,2 @@\n a\r\n-b\n{NO_NEWLINE}\n+b")
    assert base_of("a\r\nb\n", diff) == "a\r\nb"
    assert base_of("a\r\nb", diff) is None


def test_a_diff_whose_old_lines_lie_elsewhere_is_not_undone():
    assert base_of("b\n", patch("@@ -5 +1 @@\n-a\n+b")) is None
