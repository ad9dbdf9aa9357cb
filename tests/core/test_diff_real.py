"""Real review comments: the hunk they were made on is read, and the line they are on takes a comment."""

from tests.support.rendered import records

from triagebot.core.diff import FileDiff, parse_hunk

ON_A_WHOLE_FILE = {
    (1249, "cmake/AllTargetsCompileOptions.cmake"),
    (1348, "src/group_impl.h"),
    (1380, "tools/check-abi.sh"),
    (1479, "src/modules/musig/session_impl.h"),
    (1729, "src/hash_impl.h"),
}
"""Comments that are on no line: GitHub gives them an empty `diff_hunk`, and the line 1."""


def comments() -> list[dict]:
    return [
        {**comment, "number": pull["number"]}
        for pull in records("review/secp256k1_dev")
        for comment in pull["comments"]
    ]


def shown(comment: dict) -> FileDiff:
    return FileDiff(comment["path"], None, "modified", (parse_hunk(comment["diff_hunk"]),), cut=True)


def test_every_commented_line_takes_a_comment():
    on_lines = [comment for comment in comments() if comment["diff_hunk"]]
    assert len(on_lines) > 1_300
    for comment in on_lines:
        diff = shown(comment)
        last = diff.hunks[0].lines[-1]  # GitHub cuts the hunk below the commented line
        assert last.kind in ("-", " ") if comment["side"] == "LEFT" else last.kind in ("+", " ")
        anchor = diff.anchor(comment["side"], last.number(comment["side"]))
        assert anchor is not None
        assert diff.lines(anchor) == (last,)


def test_the_few_without_a_hunk_are_on_a_whole_file():
    without = [comment for comment in comments() if not comment["diff_hunk"]]
    assert {(comment["number"], comment["path"]) for comment in without} == ON_A_WHOLE_FILE
    assert {comment["original_line"] for comment in without} == {1}


def test_where_the_hunk_is_of_the_same_version_the_number_is_the_lines():
    """`diff_hunk` stays as it was; the numbers move on when the comment was on one commit, or commits followed.

    Read with the repository's history, all 383 comments that still have a `line` are, in the head's diff, at that
    line and on the text that their hunk ends with, also the 211 whose hunk gives that text another number. The
    other 152 that differ are outdated: the version that their `original_line` counts in is not among the records.
    """
    on_lines = [comment for comment in comments() if comment["diff_hunk"]]
    same = [
        comment
        for comment in on_lines
        if shown(comment).hunks[0].lines[-1].number(comment["side"]) == comment["original_line"]
    ]
    assert (len(same), len(on_lines)) == (997, 1_360)
    # `start_line` counts in the version of `line`, so it lies above `original_line` only where that is the same.
    several = [
        comment
        for comment in same
        if comment["start_line"] and comment["line"] in (None, comment["original_line"])
    ]
    assert len(several) == 42
    for comment in several:
        diff = shown(comment)
        anchor = diff.anchor(comment["side"], comment["original_line"], comment["start_line"])
        assert anchor is not None
        assert diff.lines(anchor)[-1] == diff.hunks[0].lines[-1]
