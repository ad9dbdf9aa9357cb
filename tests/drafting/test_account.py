"""What a draft's comment claims was checked is what was looked at, and no more."""

from __future__ import annotations

import pytest

from triagebot.core.patch import FileEdit, Patch, extent
from triagebot.drafting.checking import checks

GO, JS, PY, RB = "package a\n", "let a = 1;\n", "A = 1\n", "a = 1\n"


@pytest.mark.parametrize(
    ("files", "parses", "resolves"),
    [
        ({"a.py": PY}, "each file still parses", "its imports and names are known"),
        (
            {"a.js": JS},
            "each file still parses",
            "what it imports from here exists (other imports and names are looked up in Python only)",
        ),
        (
            {"a.py": PY, "b.go": GO},
            "each file still parses",
            "its imports and names are known (of `b.go` only that what it imports from here exists)",
        ),
        (
            {"a.py": PY, "b.rb": RB},
            "each file still parses",
            "its imports and names are known, `b.rb` apart",
        ),
        ({"a.toml": "a = 1\n"}, "each file still parses", None),
        ({"a.md": "Words.\n"}, None, None),
        (
            {"a.sh": "echo a\n"},
            "- that cannot be told here of `a.sh`",
            "- that cannot be told here of `a.sh`",
        ),
        (
            {"a.py": PY, "a.sh": "a\n"},
            "each file still parses, `a.sh` apart",
            "its imports and names are known, `a.sh` apart",
        ),
    ],
)
def test_it_claims_no_more_than_was_looked_at(
    files: dict[str, str], parses: str | None, resolves: str | None
) -> None:
    patch = Patch(tuple(FileEdit(path, text, f"{text}\n") for path, text in files.items()))
    found = checks(patch, extent(patch), (), (None, None), "a" * 40)
    account = {one.name: f"{'- ' * (one.outcome != 'passed')}{one.says}" for one in found}
    assert (account.get("parses"), account.get("resolves")) == (parses, resolves)
