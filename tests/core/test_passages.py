"""Which passages a question finds, and what a search costs."""

from triagebot.core.passages import KEPT, OVERFULL, Search, telling_line, terms
from triagebot.core.passages.cutting import code_passages, prose_passages

GUIDE = """Guide
=====

Welcome.

Install
-------

Run pip.

```
# not a heading
```

### Windows ###

Use the installer.
"""

CODE = '''"""A parser."""

import os

LIMIT = 64


# Turns text into tokens.
def tokenise(text):
    return text.split()


class Parser:
    """Parses."""

    def parse(self, text):
        return tokenise(text)
'''


def found(question: str, files: dict[str, str]) -> list[tuple[str, int, str]]:
    search = Search(question)
    for path, text in files.items():
        search.add(path, text.encode())
    return [(one.passage.path, one.passage.start, one.passage.title) for one in search.best(5)]


def test_documents_are_cut_at_headings_of_every_style():
    cut = [(one.title, one.start, one.end) for one in prose_passages("guide.md", GUIDE)]
    assert cut == [("Guide", 1, 4), ("Guide › Install", 6, 13), ("Install › Windows", 15, 17)]


def test_code_is_cut_into_definitions_with_their_comments():
    cut = {one.title: (one.start, one.end) for one in code_passages("p.py", CODE, parse=True)}
    assert cut["tokenise"] == (8, 10)
    assert cut["Parser"] == (13, 17)


def test_without_a_grammar_blocks_are_cut():
    cut = list(code_passages("p.unknown", "a\n" * 10 + "\n" + "b\n" * 10, parse=True))
    assert [(one.start, one.end) for one in cut] == [(1, 10), (12, 21)]


def test_a_heading_and_a_name_count_more_than_a_mention():
    files = {
        "docs/guide.md": "# Guide\n\n## Limits of nesting\n\nSee there.\n\n## Other\n\nlimits\n",
        "src/parser.py": CODE,
        "CHANGELOG.md": "# 1.0\n\nLimits of nesting. Nesting limits.\n",
        "tests/test_parser.py": "def test_nesting_limits():\n    assert nesting.limits\n",
    }
    assert found("What are the limits of nesting?", files)[0] == (
        "docs/guide.md",
        3,
        "Guide › Limits of nesting",
    )
    assert found("what does tokenise do", files)[0][2] == "tokenise"
    assert found("where is `Parser.parse` defined?", files)[0][2] == "Parser"


def test_a_heading_says_more_than_two_mentions():
    guide = "# Guide\n\n## Caching\n\nTurn it on with a switch there.\n\n## Other\n\nOf caching, and caching again.\n"
    assert found("caching", {"docs/guide.md": guide})[0][2] == "Guide › Caching"


def test_data_binaries_and_generated_files_are_not_read():
    assert found("nesting", {
        "package-lock.json": "nesting", "a.bin": "nesting\0", "app.min.js": "nesting",
        "big.txt": "nesting " * 60_000, "data.csv": "nesting\n" * 9_000, "one.js": "nesting" * 5_000,
    }) == []  # fmt: skip


def test_a_word_that_is_everywhere_says_little():
    files = {f"src/m{n}.py": f"def parser_{n}():\n    return parser\n" for n in range(40)}
    files["docs/a.md"] = "# Parser\n\nThe parser and the xylophone.\n"
    assert found("parser xylophone", files)[0][0] == "docs/a.md"


def test_memory_is_bounded_and_copies_are_shown_once():
    search = Search("limit")
    for n in range(2_000):
        search.add(f"docs/{n}.md", f"# Limit\n\nlimit {n % 700}\n".encode())
    assert len(search._candidates) <= OVERFULL
    assert len(search.best(KEPT)) > 100
    assert len({one.passage.text for one in search.best(KEPT)}) == len(search.best(KEPT))


def test_a_question_is_its_telling_words():
    assert list(terms("How do I use the lexer_state in Python?")) == ["lexer_stat", "lexer", "stat", "python"]
    assert terms("read_settings python")["read_sett"] == 2
    assert terms("how does it do this?") == {}
    assert len(terms(" ".join(f"word{n}" for n in range(500)))) <= 40


def test_the_line_that_says_most_is_shown():
    passage = next(iter(prose_passages("a.md", "# A\n\nNothing.\n\nThe limit of nesting.\n")))
    assert telling_line(passage, terms("limit nesting")) == "The limit of nesting."


def test_files_that_break_the_parser_cost_it_its_life_three_times_and_are_cut_all_the_same(monkeypatch):
    broken: list[bytes] = []

    def breaks(process: object, request: bytes) -> object:
        broken.append(request)
        raise EOFError

    monkeypatch.setattr("triagebot.core.code.apart._exchange", breaks)
    search = Search("How is the archive unpacked?")
    for number in range(8):
        search.add(f"src/part_{number}.py", f"def unpack_archive_{number}():\n    return {number}\n".encode())
    assert len(broken) == 3
    assert len(search.best(12)) == 8
