"""Who owns a path, by the rules of GitHub's documentation, and which paths a text names."""

import pytest

from triagebot.core.codeowners import MAX_BYTES, owners, parse, paths

DOCUMENTED = b"""
# This is a comment.
*       @global-owner1 @global-owner2

*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com @docs-owner
apps/ @octocat
/docs/ @doctocat2
/scripts/ @doctocat @octocat
**/logs @octocat3
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/deep/app.js", ("@js-owner",)),
        ("cmd/main.go", ()),  # a mail address names no account
        ("notes/a.txt", ("@octo-org/octocats",)),
        ("build/logs/today", ("@octocat3",)),  # the last one that matches wins
        ("deeply/nested/logs/x", ("@octocat3",)),
        ("docs/getting-started.md", ("@doctocat2",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat2",)),
        ("scripts/run.sh", ("@doctocat", "@octocat")),
        ("my/apps/tool.py", ("@octocat",)),
        ("apps/web/index.html", ("@octocat",)),
        ("apps/github", ()),  # no owners: taken out
        ("apps/github/x.py", ()),
    ],
)
def test_the_documented_example(path, expected):
    rule = owners(parse(DOCUMENTED), path)
    assert rule is not None
    assert rule.owners == expected


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/deep/a.md", False),
        ("docs/*", "other/docs/a.md", False),
        ("docs/", "other/docs/a.md", True),
        ("/docs/", "other/docs/a.md", False),
        ("/docs", "docs/deep/a.md", True),
        ("docs/", "docs", False),
        ("src/**/test_*.py", "src/a/b/test_x.py", True),
        ("src/**/test_*.py", "src/test_x.py", True),
        ("src/**", "src/a/b", True),
        ("Makefile", "deep/down/Makefile", True),
        ("makefile", "Makefile", False),
        ("a?c.py", "abc.py", True),
        ("a?c.py", "ac.py", False),
        ("*.py", "pyproject.toml", False),
        (r"my\ docs/", "my docs/a.md", True),
        ("**/a/**/b/**", "x/a/y/z/b/c", True),
        ("**/a/**/b/**", "x/b/y/z/a/c", False),
    ],
)
def test_a_pattern(pattern, path, matches):
    assert (owners(parse(f"{pattern} @mona".encode()), path) is not None) is matches


@pytest.mark.parametrize(
    "line", ["", "   ", "# *.py @mona", "!*.py @mona", "[Section] @mona", "*.[ch] @mona", r"\#x @m"]
)
def test_what_github_does_not_understand_is_skipped(line):
    assert parse(line.encode()) == []


def test_an_odd_file_is_read_as_far_as_it_goes():
    rules = parse(
        b"\xff\xfe*.py @mona\r\n\n\t/src/\t@octo/parsers\t# theirs\nx @@no @-no @o/.. @" + b"a" * 50
    )
    assert [(rule.pattern, rule.owners) for rule in rules][1:] == [("/src/", ("@octo/parsers",)), ("x", ())]


def test_a_file_that_github_would_not_load_has_no_rules():
    assert parse(b"* @mona\n" * (MAX_BYTES // 8 + 1)) == []


@pytest.mark.parametrize("pattern", ["*", "/*", "**", "**/*", "/**"])
def test_a_pattern_for_everything_says_so(pattern):
    assert parse(f"{pattern} @mona".encode())[0].everything
    assert not parse(b"*.py @mona")[0].everything


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fails in src/parser/lexer.py somewhere.", ["src/parser/lexer.py"]),
        ('File "./src/parser/lexer.py", line 3, in scan', ["src/parser/lexer.py"]),
        ("    at scan (src/lexer.ts:10:5)", ["src/lexer.ts"]),
        ("    at run (node:internal/main/run:28:49)", []),
        ("see https://github.com/octo/parser/blob/main/src/a.py#L3 please", ["src/a.py"]),
        ("see https://github.com/evil/parser/blob/main/src/a.py", []),
        ("https://example.com/docs/index.html", []),
        ('File "/home/x/lib/python3.12/site-packages/parser/lexer.py", line 1', ["parser/lexer.py"]),
        ("client/server and/or TCP/IP on 3.11/3.12", []),
        ("the folder docs/ and Makefile.am", ["docs/", "Makefile.am"]),
        ("../../etc/passwd.txt /etc/hosts.conf", []),
        ("@octo/parsers/x.py me@example.com", ["@octo/parsers/x.py", "me@example.com"]),
        ("a/b/c", ["a/b/c"]),
    ],
)
def test_the_paths_of_a_text(text, expected):
    assert paths(text, "octo/parser") == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a/" * 35_000, 0),
        ("a" * 70_000, 0),
        ("+a" * 35_000, 0),
        ("https://" * 8_000, 0),
        ("a/b.c " * 9_000, 1),
    ],
)
def test_a_text_made_to_stall_is_read(text, found):
    assert len(paths(text, "octo/parser")) == found


def test_patterns_made_to_stall_are_matched():
    assert owners(parse(b"/" + b"*a" * 190 + b"b @mona\n"), "a" * 3000) is None
    assert owners(parse(b"/" + b"**/a/" * 75 + b"b @mona\n"), "a/" * 3000) is None
