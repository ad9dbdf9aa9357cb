"""The pull requests that reviews are scored with are what they say, and the scoring tells found from missed."""

from pathlib import Path

import pytest
from bench.review_score import Remark, read, score

from triagebot.core import code

CASES = {case.name: case for case in read()}


def remark(path: str, line: int, *, first: int | None = None, side: str = "RIGHT") -> Remark:
    return Remark(path, side, first or line, line, "something")


def test_a_comment_on_or_near_the_planted_line_finds_it() -> None:
    case = CASES["py-off-by-one"]
    line = case.planted[0].line
    for comment in (
        remark("shop/cart.py", line),
        remark("shop/cart.py", line + 2),
        remark("shop/cart.py", line + 9, first=line),
    ):
        judged = score(case, [comment])
        assert (len(judged.found), judged.missed, judged.besides) == (1, [], [])


def test_a_comment_elsewhere_is_said_besides() -> None:
    case = CASES["py-off-by-one"]
    line = case.planted[0].line
    for comment in (
        remark("shop/cart.py", line + 3),
        remark("shop/other.py", line),
        remark("shop/cart.py", line, side="LEFT"),
    ):
        judged = score(case, [comment])
        assert (judged.found, len(judged.missed), judged.besides) == ([], 1, [comment])


def test_two_comments_on_one_mistake_find_it_once() -> None:
    case = CASES["py-syntax-and-leftover"]
    mistake = case.planted[0]
    judged = score(case, [remark(mistake.path, mistake.line), remark(mistake.path, mistake.line + 1)])
    assert (judged.found, judged.missed, judged.besides) == ([mistake], [case.planted[1]], [])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_code_parses_but_where_that_is_what_was_planted(case: object) -> None:
    broken = {
        mistake.path
        for mistake in case.planted
        if "parenthesis" in mistake.what or "conflict" in mistake.what
    }
    for path, text in {**case.before, **case.after}.items():
        language = code.language(path)
        problems = code.errors(text, language) if language else ()
        assert bool(problems) == (path in broken and path in case.after), path


def test_a_planted_line_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    text = (
        "title = 'x'\n[[files]]\npath = 'a'\nafter = 'b'\n[[planted]]\npath = 'a'\nquote = 'c'\nwhat = 'd'\n"
    )
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(ValueError, match="'c' does not stand in a just once"):
        read(tmp_path)
