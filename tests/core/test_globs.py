"""Which paths a glob describes."""

import pytest

from triagebot.core.globs import matches, selects


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("docs/**", "docs/index.md", True),
        ("docs/**", "docs/a/b/c.md", True),
        ("docs/**", "src/docs/index.md", False),
        ("docs/*", "docs/a/b.md", False),
        ("docs/", "docs/a/b.md", True),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "README.md", True),
        ("**/*.md", "docs/a/README.md", True),
        ("src/**/test_?.py", "src/test_a.py", True),
        ("src/**/test_?.py", "src/x/y/test_ab.py", False),
        ("**", "anything/at/all", True),
        ("*", "a/b", False),
        (".github/**", ".github/workflows/ci.yml", True),
        ("**/*", ".github/.hidden", True),
        ("./src/*", "src/a.py", True),
        ("/src/*", "src/a.py", True),
        ("a[b].py", "a[b].py", True),
        ("", "a", False),
        ("x" * 500, "x" * 500, False),
    ],
)
def test_a_glob_describes_a_whole_path(pattern, path, expected):
    assert matches(pattern, path) is expected


def test_an_exclusion_wins_wherever_it_stands():
    patterns = ["!docs/internal/**", "docs/**", "*.md"]
    assert selects(patterns, "docs/guide.md")
    assert selects(patterns, "README.md")
    assert not selects(patterns, "docs/internal/notes.md")
    assert not selects(patterns, "src/a.py")


def test_with_exclusions_alone_everything_else_is_meant():
    assert selects(["!docs/**"], "src/a.py")
    assert not selects(["!docs/**"], "docs/a.md")
    assert not selects([], "docs/a.md")


def test_a_hostile_pattern_does_not_stall():
    assert not matches("*a" * 150 + "/" + "**/" * 20 + "b", ("a" * 200 + "/") * 20 + "c")
