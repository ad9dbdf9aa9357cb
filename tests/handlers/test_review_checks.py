"""What stands between a finding and its posting: each check, by a finding that fails just that one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from triagebot.core.diff import from_pull_file
from triagebot.core.findings import Finding
from triagebot.core.values import Actor, DiffComment, PullFile
from triagebot.handlers.review import earlier
from triagebot.handlers.review.checks import Dropped, Ground, Tally, importance, sieve
from triagebot.handlers.review.parts import MOST_PARTS, View, pack
from triagebot.handlers.review.scope import Left
from triagebot.handlers.review.since import Fresh, fresh
from triagebot.handlers.review.writing import Account, verdict

HEAD = """\
import json


def total(items):
    check(items)
    return sum(items) / len(items)


def read(path):
    return json.load(open(path))
"""
PATCH = "\n".join(
    [
        "@@ -1,5 +1,10 @@",
        " import json",
        " ",
        " ",
        " def total(items):",
        "-    return sum(items)",
        "+    check(items)",
        "+    return sum(items) / len(items)",
        "+",
        "+",
        "+def read(path):",
        "+    return json.load(open(path))",
    ]
)
FILE = PullFile("src/app.py", "modified", 6, 1, PATCH)
VIEW = View(from_pull_file(FILE), HEAD)
BUG = "    return sum(items) / len(items)"


def finding(**changes: Any) -> Finding:
    """Return a finding that passes every check."""
    return Finding(
        **{
            "path": "src/app.py",
            "quote": BUG,
            "kind": "bug",
            "severity": "error",
            "confidence": 0.9,
            "title": "Divides by zero for an empty list",
            "body": "With no items the length is zero, so this raises ZeroDivisionError.",
        }
        | changes
    )


def said(body: str, *, line: int | None = 6, ours: bool = False, **more: Any) -> DiffComment:
    author = Actor(9, "triagebot[bot]", "Bot") if ours else Actor(1, "ann")
    hunk = PATCH[: PATCH.index("len(items)") + len("len(items)")]
    when = datetime(2026, 11, 22, tzinfo=UTC)
    return DiffComment(
        7, "src/app.py", "RIGHT", line, 6, body, author, when, diff_hunk=hunk, ours=ours, **more
    )


def run(
    *found: Finding, comments: tuple[DiffComment, ...] = (), view: View = VIEW, style: bool = False
) -> tuple[list[Finding], dict[Dropped, int], int]:
    tally = Tally()
    ground = Ground({view.path: view}, earlier.read(comments), style)
    return sieve(found, ground, tally), dict(tally.dropped), tally.suggestions


def test_a_good_finding_is_anchored_at_its_quote_whatever_line_it_names() -> None:
    for line in (None, 1, 6, 4_000):
        kept, dropped, _ = run(finding(line=line))
        assert [(one.side, one.start_line, one.line, one.quote) for one in kept] == [("RIGHT", None, 6, BUG)]
        assert not dropped


def test_lines_copied_with_their_numbers_and_signs_are_found_too() -> None:
    (one,) = run(
        finding(quote="        5 +     check(items)\n        6 +     return sum(items) / len(items)")
    )[0]
    assert (one.start_line, one.line) == (5, 6)


def test_a_removed_line_takes_a_comment_on_its_own_side() -> None:
    (one,) = run(finding(quote="    return sum(items)"))[0]
    assert (one.side, one.line) == ("LEFT", 5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"path": "src/other.py"}, Dropped.OTHER_FILE),
        ({"path": "../../etc/passwd"}, Dropped.OTHER_FILE),
        ({"quote": "    return sum(items) / count(items)"}, Dropped.NO_QUOTE),
        ({"quote": ""}, Dropped.NO_QUOTE),
        ({"quote": " \n\n"}, Dropped.NO_QUOTE),
        ({"quote": "def total(items):"}, Dropped.UNCHANGED),
        ({"kind": "style"}, Dropped.STYLE),
        ({"confidence": 0.5}, Dropped.UNSURE),
        ({"severity": "note", "confidence": 0.7}, Dropped.UNSURE),
        ({"suggestion": "    return (", "body": "Mend it."}, Dropped.HOLLOW),
    ],
    ids=lambda value: value.name if isinstance(value, Dropped) else "",
)
def test_each_check_drops_what_fails_it_and_counts_it(change: dict[str, Any], reason: Dropped) -> None:
    kept, dropped, _ = run(finding(**change))
    assert (kept, dropped) == ([], {reason: 1})


def test_style_is_told_where_it_is_wanted() -> None:
    assert len(run(finding(kind="style"), style=True)[0]) == 1


def test_only_what_changed_since_the_last_review_is_told() -> None:
    new = View(VIEW.diff, HEAD, Fresh(frozenset({10}), frozenset()))
    kept, dropped, _ = run(finding(), finding(quote="    return json.load(open(path))"), view=new)
    assert [one.line for one in kept] == [10]
    assert dropped == {Dropped.SEEN: 1}


@pytest.mark.parametrize(
    "suggestion",
    [
        "    return (sum(items",
        BUG,
        BUG + "   ",
        "    return 0  # \u202etxet neddih",
        "    key = 'ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'",
        "    pass\n" * 60,
    ],
    ids=["does not parse", "the same", "the same but for blanks", "hidden text", "a secret", "endless"],
)
def test_a_bad_suggestion_is_dropped_and_the_finding_stays_where_it_stands_without(suggestion: str) -> None:
    (one,), dropped, bad = run(finding(suggestion=suggestion))
    assert (one.suggestion, dropped, bad) == (None, {}, 1)


def test_a_good_suggestion_stays() -> None:
    good = "    return sum(items) / len(items) if items else 0"
    (one,), _, bad = run(finding(suggestion=good))
    assert (one.suggestion, bad) == (good, 0)


def test_a_suggestion_that_breaks_the_parser_is_dropped() -> None:
    view = View(from_pull_file(PullFile("a.yml", "added", 1, 0, "@@ -0,0 +1 @@\n+- one")), "- one\n")
    nested = "- " * 400  # an assertion of the grammar's scanner ends the process
    (one,), _, bad = run(finding(path="a.yml", quote="- one", suggestion=nested), view=view)
    assert (one.suggestion, bad) == (None, 1)


def test_a_suggestion_is_dropped_where_the_file_is_not_known_or_not_the_one_of_the_diff() -> None:
    for head in (None, "x\n"):
        (one,), _, bad = run(finding(suggestion="    return 0"), view=View(VIEW.diff, head))
        assert (one.suggestion, bad) == (None, 1)


@pytest.mark.parametrize(
    ("quote", "suggestion", "fitted"),
    [
        ("return sum(items) / len(items)", "return 0", "    return 0"),
        ("return sum(items) / len(items)\r\n", "return (\n    0\n)", "    return (\n        0\n    )"),
        ("return sum(items) / len(items)", "    return 0", "    return 0"),
        ("\treturn sum(items) / len(items)", "\treturn 0", None),
        ("        return sum(items) / len(items)", "        return 0", None),
        (f"        6 + {BUG}", "        6 +     return 0", "    return 0"),
        (f"+{BUG}", "+    return 0", "    return 0"),
        (f"+ {BUG}", "return 0", "    return 0"),
        (BUG, "return 0", "    return 0"),
        (BUG, "  return 0", None),  # Python would not read it
    ],
)
def test_a_suggestion_is_indented_as_the_lines_are_or_dropped(
    quote: str, suggestion: str, fitted: str | None
) -> None:
    (one,), _, bad = run(finding(quote=quote, suggestion=suggestion))
    assert (one.line, one.suggestion, bad) == (6, fitted, fitted is None)


def test_the_same_twice_is_told_once_also_in_other_words() -> None:
    again = finding(
        kind="performance", title="Empty list divides by zero", body="An empty list: zero length."
    )
    kept, dropped, _ = run(finding(), finding(), again)
    assert len(kept) == 1
    assert dropped == {Dropped.TWICE: 2}


def test_what_a_person_said_is_not_said_again() -> None:
    near = said("What about an empty list here? It divides by zero length.", line=7)
    assert run(finding(), comments=(near,))[1] == {Dropped.SAID: 1}
    moved = said("What about an empty list here? It divides by zero length.", line=None)
    assert run(finding(), comments=(moved,))[1] == {Dropped.SAID: 1}


def test_what_a_person_said_of_something_else_hinders_nothing() -> None:
    other = said("Please rename this function to average.")
    assert len(run(finding(), comments=(other,))[0]) == 1


def test_what_we_said_is_not_said_again_in_any_words() -> None:
    mine = said(f"**Error:** text\n\n{earlier.naming(run(finding())[0][0])}", line=None, ours=True)
    assert run(finding(), comments=(mine,))[1] == {Dropped.SAID: 1}
    assert run(finding(), comments=(replace(mine, diff_hunk=""),))[1] == {Dropped.SAID: 1}
    assert run(finding(kind="performance", title="Slow", body="So slow."), comments=(mine,))[1] == {
        Dropped.SAID: 1
    }


def test_lines_that_only_read_like_ones_of_which_we_said_something_are_told() -> None:
    mine = said(
        f"**Error:** text\n\n{earlier.naming(run(finding(kind='style'), style=True)[0][0])}", ours=True
    )
    other = finding(kind="performance", title="Slow", body="So slow.")
    assert run(other, comments=(mine,))[1] == {Dropped.SAID: 1}
    assert len(run(other, comments=(replace(mine, line=60),))[0]) == 1


def test_a_hidden_line_in_a_suggestion_names_nothing() -> None:
    mine = run(finding())[0][0]
    forged = earlier.naming(mine.model_copy(update={"source": "secret"}))
    body = f"**Error:** text\n\n```suggestion\n{forged}\n```\n\n{earlier.naming(mine)}"
    (one,) = earlier.read([said(body, ours=True)])
    assert (one.source, one.fingerprint) == ("model", mine.fingerprint)


@pytest.mark.parametrize("hidden", ["\ufeff", "\u200b", "\u2060"])
def test_characters_that_nobody_sees_keep_no_finding_off_its_line(hidden: str) -> None:
    patch = PATCH.replace("len(items)", f"len({hidden}items)")
    view = View(from_pull_file(replace(FILE, patch=patch)), HEAD.replace("len(items)", f"len({hidden}items)"))
    (one,), dropped, bad = run(finding(suggestion="    return 0"), view=view)
    assert (one.line, one.suggestion, dropped, bad) == (6, None, {}, 1)


def test_a_stranger_who_copies_our_hidden_line_silences_nothing() -> None:
    forged = said(f"Nice work!\n\n{earlier.naming(run(finding())[0][0])}")
    assert len(run(finding(), comments=(forged,))[0]) == 1


def test_the_most_important_comes_first() -> None:
    found = [
        finding(severity="note"),
        finding(severity="warning", kind="performance"),
        finding(severity="warning", kind="security"),
        finding(confidence=0.7),
        finding(confidence=0.8),
    ]
    assert sorted(found, key=importance) == [found[4], found[3], found[2], found[1], found[0]]


def changed(patch: str, before: str | None) -> tuple[list[int], list[int]]:
    def diff(text: str) -> Any:
        return from_pull_file(PullFile("a.py", "modified", 1, 1, text))

    found = fresh(diff(patch), None if before is None else diff(before))
    return sorted(found.right), sorted(found.left)


def test_what_moved_is_not_new_and_what_was_added_is() -> None:
    before = "@@ -1,2 +1,4 @@\n a\n+one\n+two\n b"
    assert changed(before, None) == ([2, 3], [])
    assert changed(before, before) == ([], [])
    assert changed("@@ -40,2 +50,4 @@\n c\n+one\n+two\n d", before) == ([], [])
    assert changed("@@ -40,2 +50,5 @@\n c\n+one\n+three\n+two\n d", before) == ([52], [])
    assert changed("@@ -1,3 +1,4 @@\n a\n+one\n+two\n-gone\n b", before) == ([], [2])


def test_neighbours_of_a_line_that_went_again_count_as_changed() -> None:
    before = "@@ -1,2 +1,5 @@\n a\n+one\n+guard\n+two\n b"
    assert changed("@@ -1,2 +1,4 @@\n a\n+one\n+two\n b", before) == ([2, 3], [])


def test_very_long_files_are_compared_in_linear_time() -> None:
    rows = "\n".join(f"+{n % 7}" for n in range(3_000))
    more = rows.replace("+3\n", "+3\n+new\n", 3)
    new, _ = changed(f"@@ -0,0 +1,3004 @@\n+x\n{more}", f"@@ -0,0 +1,3001 @@\n+y\n{rows}")
    assert 4 <= len(new) <= 8


def test_a_part_never_outgrows_what_the_prompt_shows() -> None:
    name = "d/" * 2_000 + "x.py"
    long = "\u6f22" * 2_000
    rows = [f"def f{n}(): return '{long}'" for n in range(120)]
    patch = f"@@ -0,0 +1,{len(rows)} @@\n" + "\n".join(f"+{row}" for row in rows)
    wide = View(from_pull_file(PullFile(name, "added", 120, 0, patch)), "\n".join(rows))
    packed = pack([wide, VIEW])
    assert len(packed.parts) == MOST_PARTS
    assert all(len(part.text) < 14_000 for part in packed.parts)
    shown = sum(piece.lines for part in packed.parts for piece in part.pieces)
    assert shown + sum(packed.unread.values()) == 120 + 7


def test_of_many_removed_lines_the_first_and_the_last_are_shown_and_the_others_counted() -> None:
    gone = "".join(f"-    removed({n})\n" for n in range(300))
    file = PullFile(
        "a.py", "modified", 1, 300, f"@@ -1,302 +1,3 @@\n def f():\n{gone}+    mend()\n     return 1"
    )
    view = View(from_pull_file(file), "def f():\n    mend()\n    return 1\n")
    packed = pack([view])
    (part,) = packed.parts
    rows = part.text.split("\n")
    assert sum("- " in row for row in rows) == 18
    assert [row for row in rows if "282 more" in row] == ["            … 282 more removed lines …"]
    assert [row for row in rows if "+ " in row] == ["        2 +     mend()"]
    assert packed.unread == {"a.py": 282}
    for quote, line in (("    removed(299)", 301), ("    removed(0)", 2), ("    removed(150)", 152)):
        ((one,), _, _) = run(finding(path="a.py", quote=quote), view=view)
        assert (one.side, one.line) == ("LEFT", line)


def test_many_files_end_in_a_bounded_number_of_parts_and_none_is_forgotten() -> None:
    views = [View(from_pull_file(replace(FILE, path=f"src/{n}.py"))) for n in range(500)]
    packed = pack(views)
    paths = {path for part in packed.parts for path in part.views}
    assert len(packed.parts) == MOST_PARTS
    assert paths | packed.unread.keys() == {view.path for view in views}
    assert packed.unread["src/499.py"] == 7


def test_the_first_line_says_all_that_was_not_read() -> None:
    account = Account("f" * 40, files=40, lines=900, left={Left.ROOM: ("a.py", "b.py")}, all_listed=False)
    assert verdict((), (), account) == (
        "Nothing found in 40 files (900 lines); 2 files were not read in full and GitHub lists only the first 3,000 files."
    )
    placed = run(finding())[0]
    assert verdict(placed * 2, placed, account).startswith(
        "3 things to look at in 40 files, all of them serious; 2 files were not read in full and"
    )
