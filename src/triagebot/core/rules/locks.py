"""A manifest whose dependencies changed, while the lock file beside it did not."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triagebot.core.findings import Finding
from triagebot.core.markdown import code_span
from triagebot.core.rules.change import Change

SOURCE = "lock-file"
LONGEST = 400_000
LONGEST_LINE = 2_000
"""Of TOML: reading a key with many dots takes quadratic time."""
MOST = 50
"""Changed dependencies that are looked for in the diff."""
MOST_MANIFESTS = 20
"""Of one change: reading one made to be slow takes seconds."""

Dependencies = Mapping[str, str]
"""What is depended on, by its name, to what is asked of it (a version, mostly), in any spelling that can be compared."""


@dataclass(frozen=True, slots=True)
class _Ecosystem:
    """A manifest's name, the lock files it may have with what brings them up to date, and how to read it."""

    manifest: str
    locks: Mapping[str, str]
    read: Callable[[str], Dependencies | None]


def look(changes: Sequence[Change], paths: Collection[str]) -> list[Finding]:
    """Return a finding for each manifest whose lock file, which is among `paths`, the change leaves as it was."""
    touched = {change.diff.path for change in changes}
    known = frozenset(paths)
    manifests = [
        (change, ecosystem)
        for change in changes
        if (ecosystem := _ECOSYSTEMS.get(change.diff.path.rpartition("/")[2])) is not None
        and not change.is_example
        and not change.is_test
        and not change.is_foreign
    ]
    found = (_look(*one, touched, known) for one in manifests[:MOST_MANIFESTS])
    return [finding for finding in found if finding is not None]


def _look(change: Change, ecosystem: _Ecosystem, touched: set[str], known: frozenset[str]) -> Finding | None:
    if change.head is None or change.base is None or max(len(change.head), len(change.base)) > LONGEST:
        return None
    folder = change.diff.path[: -len(ecosystem.manifest)]
    beside = [name for name in ecosystem.locks if folder + name in known]
    if not beside or any(folder + name in touched for name in ecosystem.locks):
        return None
    before, after = ecosystem.read(change.base), ecosystem.read(change.head)
    if before is None or after is None:
        return None
    changed = [name for name in after if before.get(name) != after[name]]
    place = next((at for name in changed[:MOST] if (at := _line(change, name)) is not None), None)
    if place is None:
        return None
    name, number, text = place
    mend = ecosystem.locks[beside[0]].replace("NAME", name[:80])
    return Finding(
        path=change.diff.path,
        quote=text[:4_000],
        line=number,
        kind="bug",
        severity="warning",
        confidence=0.9,
        title=f"{code_span(beside[0])} was not updated"[:160],
        body=f"The dependency {code_span(name[:80])} changed here, and {code_span(folder + beside[0])} does not know it:"
        f" run {code_span(mend)} and commit the result.",
        source=SOURCE,
    )


def _line(change: Change, name: str) -> tuple[str, int, str] | None:
    """Return the added line on which a dependency stands; without one, it is not sure enough that it changed."""
    last = name.rpartition("\0")[2]
    whole = re.compile(rf"(?<![\w@/.-]){re.escape(last)}(?![\w/.-])", re.IGNORECASE)
    for number, line in change.added():
        if whole.search(line.text[:1_000]):
            return last, number, line.text
    return None


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _tables(value: Any, *names: str) -> dict[str, str]:
    """Return the entries of these tables of a parsed manifest."""
    found: dict[str, str] = {}
    for name in names:
        table = value
        for part in name.split("."):
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict):
            found |= {f"{name}\0{key}": _text(entry) for key, entry in table.items()}
    return found


def _json(*tables: str) -> Callable[[str], Dependencies | None]:
    def read(text: str) -> Dependencies | None:
        try:
            return _tables(json.loads(text), *tables)
        except (ValueError, RecursionError):
            return None

    return read


def _toml(text: str) -> Any:
    if any(len(line) > LONGEST_LINE for line in text.split("\n")):
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


def _pyproject(text: str) -> Dependencies | None:
    value = _toml(text)
    if value is None:
        return None
    found = _tables(value, "tool.poetry.dependencies", "tool.poetry.dev-dependencies")
    found.pop("tool.poetry.dependencies\0python", None)
    for name, group in _dict(_dict(_dict(value.get("tool")).get("poetry")).get("group")).items():
        found |= {
            f"{name}\0{key}": _text(one) for key, one in _dict(_dict(group).get("dependencies")).items()
        }
    project = _dict(value.get("project"))
    lists = [("", project.get("dependencies")), *_dict(project.get("optional-dependencies")).items()]
    lists += _dict(value.get("dependency-groups")).items()
    for group_name, entries in lists:
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, str) and (name_found := _REQUIREMENT.match(entry)):
                found[f"{group_name}\0{name_found[1]}"] = "".join(entry.split())
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _cargo(text: str) -> Dependencies | None:
    value = _toml(text)
    if value is None:
        return None
    kinds = ("dependencies", "dev-dependencies", "build-dependencies", "workspace.dependencies")
    found = _tables(value, *kinds)
    for name, target in _dict(value.get("target")).items():
        found |= {f"{name}\0{key}": entry for key, entry in _tables(target, *kinds[:3]).items()}
    # Features and paths leave the lock as it is, mostly.
    return {name: entry for name, entry in found.items() if not _is_path(entry)}


def _is_path(entry: str) -> bool:
    value = json.loads(entry)
    return isinstance(value, dict) and ("path" in value or "workspace" in value)


def _go(text: str) -> Dependencies | None:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, version, *_ = [*line.removeprefix("require").split(maxsplit=2), "", ""]
        if "." in name.partition("/")[0] and "/" in name and version.startswith("v"):
            found[name] = version
    return found


_GEM = re.compile(r"""^[ \t]*gem[ (]\s*["']([\w.-]+)["'](.*)$""", re.MULTILINE)


def _gems(text: str) -> Dependencies | None:
    return {found[1]: "".join(found[2].split("#")[0].split()) for found in _GEM.finditer(text)}


_ECOSYSTEMS = {
    one.manifest: one
    for one in (
        _Ecosystem(
            "package.json",
            {
                "pnpm-lock.yaml": "pnpm install",
                "yarn.lock": "yarn install",
                "package-lock.json": "npm install",
                "npm-shrinkwrap.json": "npm install",
                "bun.lock": "bun install",
                "bun.lockb": "bun install",
            },
            _json("dependencies", "devDependencies", "optionalDependencies"),
        ),
        _Ecosystem(
            "pyproject.toml",
            {"uv.lock": "uv lock", "poetry.lock": "poetry lock", "pdm.lock": "pdm lock"},
            _pyproject,
        ),
        _Ecosystem("Cargo.toml", {"Cargo.lock": "cargo check"}, _cargo),
        _Ecosystem("go.mod", {"go.sum": "go mod tidy"}, _go),
        _Ecosystem("Gemfile", {"Gemfile.lock": "bundle install"}, _gems),
        _Ecosystem(
            "composer.json", {"composer.lock": "composer update NAME"}, _json("require", "require-dev")
        ),
    )
}
