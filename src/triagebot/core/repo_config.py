"""Read `.github/triagebot.yml`: errors name their line, and unknown keys get a "did you mean".

The file comes from people who may commit to the default branch, so it is trusted to configure but not
to be small: size, nesting and aliases are limited, and no YAML tag constructs anything.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from triagebot.core.errors import ConfigError

PATH = ".github/triagebot.yml"
ORGANISATION_PATH = "triagebot.yml"
MAX_BYTES = 16_000
MAX_ALIASES = 20
MAX_DEPTH = 20

_YAML = "tag:yaml.org,2002:"

Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's values: `off`, `010`, `1:30` and `2026-01-01` are words here, unlike in YAML 1.1."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class's table, minus YAML 1.1's values
        first: [pair for pair in pairs if pair[0] in (f"{_YAML}null", f"{_YAML}merge")]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


for _name, _pattern, _first in (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)\Z", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|\.(?:inf|nan|Inf|NaN|INF|NAN))\Z",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"{_YAML}{_name}", re.compile(_pattern), list(_first))


class Section(BaseModel):
    """Base of every section: frozen, and unknown keys are errors."""

    model_config = {"frozen": True, "extra": "forbid", "populate_by_name": True}


def load(content: bytes | None, model: type[Model], *, path: str = PATH) -> Model:
    """Return the configuration in `content` (None: all defaults).

    Raises `ConfigError` with one `FILE:LINE:COL: message` for each mistake.
    """
    if content is None or not content.strip():
        return model()
    root = _compose(content, path)
    if root is None:
        return model()
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError([f"{path}:1:1: expected `key: value` lines"])
    try:
        return model.model_validate(yaml.load(content, Loader=_Loader))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise ConfigError([f"{path}:1:1: {_first_line(error)}"]) from None
        raise ConfigError([_problem(item, root, model, path) for item in error.errors()]) from None


def plain(content: bytes, *, path: str, max_bytes: int) -> Any:
    """Return the dicts, lists and words that a YAML file holds, within the same limits but for its size.

    Raises `ConfigError`.
    """
    if _compose(content, path, max_bytes) is None:
        return None
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise ConfigError([f"{path}:1:1: {_first_line(error)}"]) from None


def merged(*layers: Model) -> Model:
    """Return one configuration from several, the first one's keys winning over the later ones'."""
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values = _overlay(values, layer.model_dump(exclude_unset=True))
    return type(layers[0]).model_validate(values)


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    return below | {
        key: _overlay(below[key], value)
        if isinstance(value, dict) and isinstance(below.get(key), dict)
        else value
        for key, value in above.items()
    }


def _compose(content: bytes, path: str, max_bytes: int = MAX_BYTES) -> yaml.Node | None:
    if len(content) > max_bytes:
        raise ConfigError([f"{path}:1:1: larger than {max_bytes:,} bytes"])
    try:
        text = content.decode("utf-8-sig")
        aliases = depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if aliases > MAX_ALIASES or depth > MAX_DEPTH:
                raise ConfigError([f"{path}:1:1: too many aliases or nested too deeply"])
            _check_tag(event, path)
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError:
        raise ConfigError([f"{path}:1:1: not UTF-8"]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ConfigError([f"{path}:{line}:{column}: {error.problem}"]) from None
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}:1:1: {_first_line(error)}"]) from None
    if node is not None:
        _check_keys(node, path, set())
    return node


def _check_tag(event: yaml.Event, path: str) -> None:
    """Raise `ConfigError` for a tag: it would build a value from a text that is none of its kind."""
    tag = event.tag if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) else None
    if tag is None:
        return
    line, column = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 1)
    written = tag.replace(_YAML, "!!")
    raise ConfigError([f"{path}:{line}:{column}: `{written}`: tags are not allowed here"])


def _check_keys(node: yaml.Node, path: str, visited: set[int]) -> None:
    """Raise `ConfigError` where a key stands twice: YAML would take the last one and say nothing."""
    if id(node) in visited:  # an alias may lead back
        return
    visited.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, mark = str(key.value), key.start_mark
            if name in seen:
                where = f"{path}:{mark.line + 1}:{mark.column + 1}"
                raise ConfigError([f"{where}: `{name}` stands twice, first in line {seen[name]}"])
            seen[name] = mark.line + 1
            _check_keys(value, path, visited)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, path, visited)


def _problem(item: Any, root: yaml.Node, model: type[BaseModel], path: str) -> str:
    location = item["loc"]
    line, column = _position(root, location)
    if item["type"] == "extra_forbidden":
        key = str(location[-1])
        message = f"unknown key `{key}`{_did_you_mean(key, _keys(model, location[:-1]))}"
    else:
        dotted = ".".join(str(part) for part in location)
        message = f"`{dotted}`: {item['msg'][:1].lower()}{item['msg'][1:]}"
    return f"{path}:{line}:{column}: {message}"


def _position(node: yaml.Node, location: Iterable[str | int]) -> tuple[int, int]:
    """Return the line and column of the key or item at `location`, as far as it leads into the file."""
    mark = node.start_mark
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            mark, node = found[-1][0].start_mark, found[-1][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return mark.line + 1, mark.column + 1


def _keys(model: type[BaseModel], location: Iterable[str | int]) -> list[str]:
    """Return the keys known at `location` below `model`."""
    current: type[BaseModel] = model
    for part in location:
        field = current.model_fields.get(str(part))
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


def _did_you_mean(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if close:
        return f", did you mean `{close[0]}`?"
    return f"; known here: {', '.join(f'`{name}`' for name in known)}" if known else ""


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
