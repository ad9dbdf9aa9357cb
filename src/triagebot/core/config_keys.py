"""A repository's configuration key by key: each value in effect, and which file it is from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from triagebot.core.repo_config import merged

OWN, SHARED, DEFAULT = "repository", "organisation", "default"


@dataclass(frozen=True, slots=True)
class Key:
    """One key with dots between its levels, its value in effect, and which file that is from."""

    key: str
    value: Any
    source: str

    @property
    def written(self) -> str:
        """The value as a person would say it, on one line."""
        if isinstance(self.value, list):
            return ", ".join(map(str, self.value)) or "none"
        return "none" if self.value in ({}, "") else str(self.value)


def keys(own: BaseModel, shared: BaseModel) -> list[Key]:
    """Return every key of the repository's configuration over its organisation's over the defaults, in order."""
    sources = (
        (OWN, own.model_dump(mode="json", exclude_unset=True)),
        (SHARED, shared.model_dump(mode="json", exclude_unset=True)),
    )
    values = merged(own, shared).model_dump(mode="json")
    return [Key(".".join(path), value, _source(path, sources)) for path, value in _leaves(values)]


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each key's path and value; an empty section is a value."""
    if not isinstance(value, dict) or (not value and path):
        yield path, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, (*path, str(key)))


def _source(path: tuple[str, ...], sources: tuple[tuple[str, Any], ...]) -> str:
    """Return the first of the files that has this key."""
    return next((name for name, value in sources if _has(value, path)), DEFAULT)


def _has(value: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])
