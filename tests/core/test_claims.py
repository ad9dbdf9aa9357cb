"""What a model says is checked against what it was shown."""

import pytest

from triagebot.core.claims import covered, hostile, invented, one_line

SOURCE = (
    "src/parser.py\n+def read_file(path, strict):\n+    return Parser(path).run()  # since 2.14\n--max-depth"
)


@pytest.mark.parametrize(
    "claim",
    [
        "`read_file` takes a `strict` flag.",
        "It calls Parser.run() since 2.14, see src/parser.py.",
        "read_file() reads a path and/or fails, e.g. twice.",
        "The option --max-depth is read.",
        "`def read_file(path, strict)` is new.",
        "Plain words about anything at all.",
    ],
)
def test_what_names_only_what_is_there_holds(claim):
    assert invented(claim, SOURCE) == []


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("`write_file` is new.", "write_file"),
        ("It calls flush_cache().", "flush_cache()"),
        ("See src/other.py for more.", "src/other.py"),
        ("Since 3.99 it works.", "3.99"),
        ("The option --min-depth is read.", "--min-depth"),
        ("The ParserFactory makes it.", "ParserFactory"),
        ("It waits 4096 ms.", "4096"),
        ("std::vec::Vec is used", "std::vec::Vec"),
        ("`read` is new, says other.py.", "read"),
        ("It is in path.py now.", "path.py"),
        ("`Parser.stop` is called.", "Parser.stop"),
    ],
)
def test_what_names_something_else_is_found(claim, name):
    assert invented(claim, SOURCE)[0] == name


def test_a_claim_is_covered_by_the_words_it_shares():
    assert covered("The default depth is 64.", "depth: the default is 64") == 1
    assert covered("It was removed by the maintainers yesterday.", "depth: the default is 64") == 0
    assert covered("", "anything") == 0


@pytest.mark.parametrize(
    "claim",
    ["see https://x.example", "[a](b)", "![a](b)", "<img src=x>", "ask @mona", "as in #12", "www.x.example", "x" * 5_000],
)  # fmt: skip
def test_what_no_statement_needs_is_hostile(claim):
    assert hostile(claim)


def test_prose_is_not_hostile():
    assert not hostile("`Vec<T>` and List<T> take a T; mail me at home, number 12, C# and a < b.")


def test_a_sentence_is_one_harmless_line():
    assert one_line("# A `b`\n\n- @mona\n") == "A `b` - `@mona`"
    assert one_line("a # b - c") == "a # b - c"


def test_long_claims_take_no_time():
    assert invented("a_" * 200_000, "a") != []
    assert invented("`" * 100_000 + "a." * 100_000 + "::" * 100_000, "") is not None
