"""Links into a repository, and what files are for."""

import pytest
from tests.support.rendered import render

from triagebot.core.file_kinds import ORDER, kind_of
from triagebot.core.links import lines, reference, repository

NEAR = "https://github.com/octo/parser/pull/7"


def test_issues_are_linked_without_telling_them():
    assert reference(12, NEAR) == "[#12](https://redirect.github.com/octo/parser/issues/12)"
    assert reference(12, "https://ghe.example/octo/parser/issues/1") == (
        "[#12](https://ghe.example/octo/parser/issues/12)"
    )
    assert reference(12, "") == "`#12`"


def test_lines_are_linked_at_a_commit():
    assert repository(NEAR) == "https://github.com/octo/parser"
    assert lines(NEAR, "abc", "src/a b.py", 3, 9) == (
        "[`src/a b.py:3-9`](https://github.com/octo/parser/blob/abc/src/a%20b.py#L3-L9)"
    )
    assert lines(NEAR, "abc", "a.py", 3, 3) == "[`a.py:3`](https://github.com/octo/parser/blob/abc/a.py#L3)"
    assert lines(NEAR, "abc", "a.py") == "[`a.py`](https://github.com/octo/parser/blob/abc/a.py)"
    assert lines("", "abc", "a.py", 3) == "`a.py:3`"


@pytest.mark.parametrize(
    "path", ["a](https://evil.example)b.py", "`@octo/admins` #1.py", "<img src=x>.md", "x\n\n# y", "a)b(c"]
)
def test_a_hostile_name_is_only_a_name(path):
    page = render(f"See {lines(NEAR, 'abc', path, 1)} there.")
    assert page.effects == []
    assert not page.tags & {"img", "h1"}
    assert len(page.links) == 1
    assert page.links[0].startswith("https://github.com/octo/parser/blob/abc/")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/parser.py", "code"),
        ("web/app/index.tsx", "code"),
        ("src/testament.py", "code"),
        ("tests/test_parser.py", "tests"),
        ("src/parser.test.ts", "tests"),
        ("pkg/parser_test.go", "tests"),
        ("docs/guide.md", "docs"),
        ("README", "docs"),
        ("CHANGELOG.rst", "docs"),
        ("requirements-dev.txt", "dependencies"),
        ("package.json", "dependencies"),
        ("go.mod", "dependencies"),
        ("package-lock.json", "lock"),
        ("uv.lock", "lock"),
        ("db/migrations/0003_add.py", "schema"),
        ("api/v1/service.proto", "schema"),
        (".github/workflows/ci.yml", "ci"),
        ("config/settings.toml", "settings"),
        ("Dockerfile", "settings"),
        ("vendor/lib/x.go", "generated"),
        ("static/app.min.js", "generated"),
        ("logo.png", "other"),
    ],
)
def test_a_file_is_told_by_its_path(path, kind):
    assert kind_of(path) == kind
    assert kind in ORDER


def test_a_path_that_is_no_utf8_is_linked_as_far_as_it_can_be():
    assert "/blob/abc/%3F.py" in lines(NEAR, "abc", "\ud800.py")
