"""What becomes of texts when edits are applied to them, and what an edit's author is told if it cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triagebot.core.patch import Edit, apply, path_problem

PYTHON = "def f(x):\n    if x:\n        return 1\n    return 2\n"


def edited(text: str | None, *pairs: tuple[str, str], path: str = "f") -> tuple[str | None, list[str]]:
    """Return what the file reads afterwards, and the kinds of problems."""
    texts = {} if text is None else {path: text}
    patch, problems = apply([Edit(path=path, search=a, replace=b) for a, b in pairs], texts)
    for file in patch.files:
        assert (file.path, file.before) == (path, text)
        assert file.before != file.after
    return (patch.files[0].after if patch.files else text), [problem.kind for problem in problems]


@pytest.mark.parametrize(
    ("text", "search", "replace", "after"),
    [
        ("a\nb\nc\n", "b\n", "B\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "b", "B", "a\nB\nc\n"),
        ("a\nb\nc\n", "b\n", "", "a\nc\n"),
        ("a\nb\nc\n", "b\n", "\n", "a\n\nc\n"),
        ("a\n\nc\n", "\n", "", "a\nc\n"),
        ("a\nb\nc\n", "a\nb\nc\n", "", ""),
        ("a\nb\nc", "c", "d", "a\nb\nd"),
        ("a\nb\nc", "c\n", "d\n", "a\nb\nd"),
        ("a\nb\nc", "b\nc", "b\nc\nd", "a\nb\nc\nd"),
        ("a\nb\nc", "b\nc", "b", "a\nb\n"),
        ("a\nb\nc", "a", "x\na", "x\na\nb\nc"),
        ("a\r\nb\r\nc\r\n", "b\n", "x\ny\n", "a\r\nx\r\ny\r\nc\r\n"),
        ("a\r\nb\r\nc", "b\nc", "b\nc\nd", "a\r\nb\r\nc\r\nd"),
        ("a\r\nb\r\nc", "c", "d\ne", "a\r\nb\r\nd\r\ne"),
        ("a\nb\r\nc\n", "c", "c\nd", "a\nb\r\nc\nd\n"),
        ("a\nb\r\nc\n", "b", "x", "a\nx\r\nc\n"),
        ("\ufeffa\nb\n", "b", "c", "\ufeffa\nc\n"),
        ("a\tb\n\tc\n", "\tc", "\td", "a\tb\n\td\n"),
        ("a\x0cb\u2028c\nd\n", "d", "e", "a\x0cb\u2028c\ne\n"),
        # white space at line ends
        ("a  \nb\nc\n", "a\nb\n", "a\nx\n", "a  \nx\nc\n"),
        ("a\nb\n", "a \nb\t", "a \nx", "a\nx\n"),
        # indentation
        (PYTHON, "if x:\n    return 1", "if not x:\n    return 3", "def f(x):\n    if not x:\n        return 3\n    return 2\n"),
        ("a\n  b\n\n  c\n", "b\n\nc", "b\n\nx\n  y", "a\n  b\n\n  x\n    y\n"),
        ("\tb\n", "b", "b\nc\n", "\tb\n\tc\n"),
        ("b\n  c\n", "    b\n      c", "    b\n      d", "b\n  d\n"),
        # the white space that a text begins with is lost, the rest is as in the file
        (PYTHON, "if x:\n        return 1", "if y:\n        return 3", "def f(x):\n    if y:\n        return 3\n    return 2\n"),
        (PYTHON, "return 2", "y = x\n    return y", "def f(x):\n    if x:\n        return 1\n    y = x\n    return y\n"),
        (PYTHON, "if x:", "if x:\n        y = x", "def f(x):\n    if x:\n        y = x\n        return 1\n    return 2\n"),
        (PYTHON, "if x:", "if x:\n    y = x", "def f(x):\n    if x:\n        y = x\n        return 1\n    return 2\n"),
        ("if (a) {\n  go(a);\n}\n", "go(a);", "go(\n    a);", "if (a) {\n  go(\n    a);\n}\n"),
        # a part of lines
        ("x = first(second(third), 1)\ny\n", "second(third)", "fourth", "x = first(fourth, 1)\ny\n"),
        ("x = first(\r\n    second)\r\ny", "first(\n    second", "b(\n    c", "x = b(\r\n    c)\r\ny"),
        ("a\n  first second\nb c\n", "first second\nb c", "", "a\n"),
        ("a\nfirst, secondly\n", ", secondly\n", "", "a\nfirst\n"),
        ("", "", "new\n", "new\n"),
        (" \n", "", "new", "new\n"),
        (None, "", "new", "new\n"),
        (None, "", "a\r\nb", "a\r\nb\n"),
        (None, "", "", ""),
    ],
)  # fmt: skip
def test_an_edit_is_applied(text, search, replace, after):
    assert edited(text, (search, replace)) == (after, [])


@pytest.mark.parametrize(
    ("text", "search", "replace", "kind"),
    [
        ("a\nb\na\n", "a", "x", "ambiguous"),
        ("a\na\na\n", "a\na", "x", "ambiguous"),
        ("a \na\t\n", "a  ", "x", "ambiguous"),
        ("  a\n    a\n", "a", "x", "ambiguous"),
        ("x\n" * 50_000, "  x", "y", "ambiguous"),
        ("a\nb\n", "c", "x", "absent"),
        ("return 1\n", "return", "yield", "absent"),
        ("a\nb\n", "a\nb\nc", "x", "absent"),
        (PYTHON, "if x:\n  return 1", "x", "absent"),
        ("b\n  c\n", "    b\n      c", "b", "absent"),
        ("first second; first second\n", "first second", "x", "ambiguous"),
        ("firstly second\n", "first second", "x", "absent"),
        ("unfirst second\n", "first second", "x", "absent"),
        ("a = b\n", "= b", "= c", "absent"),
        ("ab ab " * 1_000 + "\n", "ab ab ab ab", "x", "ambiguous"),
        ("a" * 100_000 + "\n", "a" * 50_000, "x", "absent"),
        ("\ta\n  b\n", "a\nb", "x", "absent"),
        ("a\n\n\n\n", "\t\n ", "x", "ambiguous"),
        ("a\nb\n", "b", "b", "unchanged"),
        ("a\nb\n", "b", "b\n", "unchanged"),
        ("a\n", "", "b", "ambiguous"),
        ("", "", "", "unchanged"),
        (None, "a", "b", "absent"),
        ("a\n", "a", "\0", "binary"),
        ("a\n", "a", "\ud800", "binary"),
        ("a\n", "a", "x" * 1_000_001, "size"),
    ],
)
def test_an_edit_is_refused(text, search, replace, kind):
    assert edited(text, (search, replace)) == (text, [kind])


def test_an_exact_place_is_taken_before_a_nearly_exact_one():
    assert edited("  a\na \na\n", ("a", "x")) == ("  a\na \nx\n", [])


def test_edits_of_one_file_see_what_the_ones_before_made():
    assert edited("a\nb\n", ("a", "c\nd"), ("d\nb", "e")) == ("c\ne\n", [])
    assert edited("a\nb\nc\n", ("a", "x\ny"), ("b", "B"), ("x", "")) == ("y\nB\nc\n", [])
    assert edited("a\nb\n", ("a", "x"), ("a", "y")) == ("x\nb\n", ["absent"])
    assert edited(None, ("", "a\nb\n"), ("b", "c")) == ("a\nc\n", [])
    assert edited(None, ("", "a"), ("", "b")) == ("a\n", ["ambiguous"])


def test_edits_that_undo_each_other_change_nothing():
    assert edited("a\n", ("a", "b"), ("b", "a")) == ("a\n", ["unchanged"])


def test_what_can_be_applied_is():
    edits = [
        Edit(path="b", search="x", replace="y"),
        Edit(path="a", search="no", replace="y"),
        Edit(path="a", search="x", replace="y"),
    ]
    patch, problems = apply(edits, {"a": "x\n", "b": "x\n"})
    assert [(file.path, file.after) for file in patch.files] == [("a", "y\n"), ("b", "y\n")]
    assert [(problem.kind, problem.path) for problem in problems] == [("absent", "a")]


@pytest.mark.parametrize("path", ["../x", ".git/config", "/x", ".gitmodules", "GIT~1/x"])
def test_no_edit_makes_a_file_that_nobody_may_write(path):
    patch, problems = apply([Edit(path=path, search="", replace="x")], {})
    assert patch.files == ()
    assert [(problem.kind, problem.person) for problem in problems] == [("path", False)]


def test_a_file_that_is_no_text_is_left_alone():
    edits = [Edit(path="logo.png", search="", replace="x"), Edit(path="logo.png", search="x", replace="y")]
    patch, problems = apply(edits, {"logo.png": None})
    assert patch.files == ()
    assert [problem.kind for problem in problems] == ["binary", "binary"]


@pytest.mark.parametrize(
    ("text", "search", "says"),
    [
        (PYTHON, "    if x:\n        return 3\n", "It nearly is at line 2: `return 3` reads `return 1` in line 3."),
        (PYTHON, "return", "Search for whole lines: line 3 is `return 1`."),
        (PYTHON, "  if x:\n     return 1", "It nearly is at line 2, but its lines are indented differently, first in line 2."),
        (PYTHON, "    return 2\n    return 3", "It would begin at line 4, and `return 3` would stand behind its last line."),
        (PYTHON, "def f(y, x):", "None of its lines is there; nearest to `def f(y, x):` is line 1, `def f(x):`."),
        (PYTHON, "import os", "None of its lines is there."),
        ("key = 'ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xYz" + "'\nx\n", "key = 1\nx", "It nearly is at line 1: `key = 1` reads `key = '[redacted:github-token]'` in line 1."),
    ],
)  # fmt: skip
def test_the_author_is_told_where_it_nearly_is(text, search, says):
    _, problems = apply([Edit(path="f.py", search=search, replace="x")], {"f.py": text})
    assert problems[0].says == f"The text that an edit of `f.py` searches for is not in it. {says}"


def test_the_author_is_told_where_it_stands_more_than_once():
    _, problems = apply([Edit(path="f", search="a", replace="x")], {"f": "a\nb\na\na\n"})
    assert "(from lines 1, 3)" in problems[0].says
    assert problems[0].line == 1


def test_the_author_is_told_of_a_file_of_that_name_elsewhere():
    _, problems = apply([Edit(path="b.py", search="a", replace="x")], {"src/b.py": "a\n"})
    assert problems[0].says == "There is no file `b.py`. There is `src/b.py`."


def test_what_is_said_is_short_and_on_one_line_whatever_the_file_is():
    line = "`@octocat` " * 10_000
    _, problems = apply([Edit(path="f", search=line + "x", replace="x")], {"f": line + "\n" + line + "\n"})
    assert len(problems[0].says) < 500
    assert "\n" not in problems[0].says


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("a\n" * 400_000, "a\n" * 200_000 + "b"),
        ("a" * 900_000, "a" * 450_000 + "b"),
        ("ab\n" * 100_000, "ba\n" * 50_000),
        (" a\n" * 300_000, "a\n" * 100 + "b"),
        ("\n" * 300_000, "\n" * 150_000 + "x"),
        ("a\nb\n" * 200_000, "b\na\n" * 100_000 + "a"),
    ],
    ids=["lines", "one line", "near", "indented", "blank", "twos"],
)
def test_what_matches_nearly_everywhere_takes_no_longer(text, search):
    """Quadratic time would be hours here."""
    assert edited(text, (search, "x"))[1] in (["absent"], ["ambiguous"])


def test_very_many_edits_of_a_large_file_come_to_an_end():
    text = "".join(f"line {n}\n" for n in range(80_000))
    edits = [Edit(path="f", search=f"line {n}", replace=f" line {n}") for n in range(10_000)]
    patch, problems = apply(edits, {"f": text})
    assert {problem.kind for problem in problems} == {"size"}
    changed = [line for line in patch.files[0].after.split("\n") if line.startswith(" ")]
    assert changed == [f" line {n}" for n in range(len(changed))]
    assert len(changed) + len(problems) == 201
    assert len(changed) < 200, "the work of all edits together is bounded"


LINES = st.lists(st.sampled_from(["a", "b", "  a", "  b", "a ", "", "\tb", "    a", " "]), max_size=9)


@settings(max_examples=300, deadline=None)
@given(lines=LINES, search=LINES, replace=LINES, closed=st.booleans(), carriage=st.booleans())
def test_it_is_what_a_slow_and_simple_reading_of_the_rules_gives(lines, search, replace, closed, carriage):
    end = "\r\n" if carriage else "\n"
    text = end.join(lines) + (end if closed and lines else "")
    wanted = "\n".join(search) + "\n"
    after, kinds = edited(text, (wanted, "\n".join(replace) + "\n" if replace else ""))
    held = text.split(end)[:-1] if text.endswith(end) else text.split(end)
    search = search or [""]
    if not text or search == replace:
        assert kinds in (["unchanged"], ["absent"])
        return
    for same in (lambda a, b: a == b, lambda a, b: a.rstrip() == b.rstrip(), None):
        places = _places(held, search, same)
        if places:
            break
    if len(places) != 1:
        assert kinds == (["ambiguous"] if places else ["absent"])
        return
    if not kinds:
        start = places[0]
        kept = after.split(end)
        assert kept[:start] == held[:start]
        behind = held[start + len(search) :]
        whole = [line for line in kept if line] if not behind else kept[: len(kept) - after.endswith(end)]
        assert whole[len(whole) - len(behind) :] == behind or not behind
        if replace and behind:
            fresh = kept[start : len(whole) - len(behind)]
            assert [line.strip() for line in fresh] == [line.strip() for line in replace]


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(["alpha", "beta", "(", "=", "\n", "\n    ", "\n        ", " "]), max_size=20
    ),
    fresh=st.lists(st.sampled_from(["gamma", "delta", "\n    ", " + "]), min_size=1, max_size=4),
    above=st.integers(0, 20),
)
def test_a_part_that_stands_once_is_replaced_where_it_stands_and_nothing_else_is(words, fresh, above):
    before, behind = "".join(words[:above]), "".join(words[above:])
    text = f"{before}x(once_only, 1){behind}\n"
    after, kinds = edited(text, ("once_only, 1)", "".join(fresh)))
    assert (after, kinds) == (f"{before}x({''.join(fresh)}{behind}\n", [])


def _places(held, search, same) -> list[int]:
    found = []
    for start in range(len(held) - len(search) + 1):
        pairs = list(zip(held[start : start + len(search)], search, strict=True))
        fits = all(same(a, b) for a, b in pairs) if same is not None else _shifted(pairs)
        if fits:
            found.append(start)
    return found


def _shifted(pairs) -> bool:
    full = [(a, b) for a, b in pairs if b.strip()]
    if not full or any(a.strip() != b.strip() for a, b in pairs):
        return False
    for more in ("", " ", "  ", "\t", "    ", "   "):
        if all(a.rstrip() == more + b.rstrip() for a, b in full) or all(
            more + a.rstrip() == b.rstrip() for a, b in full
        ):
            return True
    return False


EDITS = st.builds(
    Edit,
    path=st.sampled_from(["f", "g", "new", "../x", ".git/x", "bin", "AUX", "a\x00"]) | st.text(max_size=5),
    search=st.sampled_from(["", "a", "a\n", "\n", " a", "b\n\n", "\r\n", "a\nb"]) | st.text(max_size=6),
    replace=st.sampled_from(["", "a", "\n", "\r", "x\ny"]) | st.text(st.characters(), max_size=6),
)


@settings(max_examples=300, deadline=None)
@given(edits=st.lists(EDITS, max_size=6), text=st.text(st.sampled_from("ab \t\r\n"), max_size=12))
def test_whatever_the_edits_are_there_is_a_patch_and_problems(edits, text):
    texts = {"f": text, "g": "a\nb", "bin": None}
    patch, problems = apply(edits, texts)
    for file in patch.files:
        assert file.before == texts.get(file.path)
        assert file.after is not None
        assert file.before != file.after
        assert path_problem(file.path) is None or path_problem(file.path).person
    assert all(problem.says for problem in problems)
