"""Whether a file that uses a name means a certain definition of it: what its imports and its own words say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from triagebot.core.code import Definition, Use, language

FAMILIES = {
    "python": "python",
    "javascript": "script",
    "typescript": "script",
    "tsx": "script",
    "go": "go",
    "rust": "rust",
    "java": "jvm",
    "kotlin": "jvm",
    "scala": "jvm",
    "csharp": "csharp",
    "php": "php",
    "lua": "lua",
    "c": "c",
    "cpp": "c",
}
"""Languages whose files use each other's names. In the others, a name says too little about what is meant."""

_INDEXES = frozenset({"__init__", "index", "mod", "lib", "main", "init"})
_SAME_FOLDER = frozenset({"go", "jvm", "csharp"})


@dataclass(frozen=True, slots=True)
class Home:
    """What other files call the place of a definition: its module's name, or its folder's."""

    names: frozenset[str]
    folder: str

    @classmethod
    def of(cls, path: str) -> Home:
        """Return what `path` is called by those who import it."""
        place = PurePosixPath(path)
        stem = place.name.split(".", 1)[0]
        parent = place.parent.name
        names = {parent} if stem in _INDEXES else {stem}
        if FAMILIES.get(language(path) or "") in ("go", "jvm", "csharp", "php"):
            names.add(parent)
        return cls(frozenset(name for name in names if len(name) > 1), str(place.parent))


def means(what: Definition, home_path: str, path: str, source: str, used: Sequence[Use]) -> list[Use]:
    """Return those of a file's uses that mean `what`, which `home_path` defined."""
    family = FAMILIES.get(language(home_path) or "", "")
    home = Home.of(home_path)
    imports = [use for use in used if use.role == "import"]
    if what.kind == "method":
        return _of_its_class(what, source, used)
    if path == home_path:
        return [use for use in used if use.role == "call" or (use.role == "other" and not use.name.islower())]
    if imports:
        aware = family == "python" and "ImportError" in source  # it knows that the name may be missing
        return (
            [] if aware or not all(_names(use.of, home.names | {what.parent}) for use in imports) else [*used]
        )
    if qualified := [use for use in used if use.role == "member" and use.of in home.names | {what.parent}]:
        return qualified
    if family in _SAME_FOLDER and home.folder == str(PurePosixPath(path).parent):
        return [use for use in used if use.role in ("call", "other")]
    distinct = family == "c" and what.kind == "function" and len(what.name) >= 6 and "_" in what.name
    return [use for use in used if use.role == "call"] if distinct else []


def _of_its_class(what: Definition, source: str, used: Sequence[Use]) -> list[Use]:
    """Return the uses behind a dot, where the file speaks of the class and the name is not an everyday one."""
    distinct = len(what.name) >= 8 and re.search(r"[a-z][A-Z]|[a-z]_[a-z]", what.name)
    if not distinct or not what.parent or not re.search(rf"\b{re.escape(what.parent)}\b", source):
        return []
    return [use for use in used if use.role == "member"]


def _names(statement: str, homes: frozenset[str]) -> bool:
    """Return True if an import's statement names one of the places."""
    return not homes.isdisjoint(re.findall(r"\w+", statement))
