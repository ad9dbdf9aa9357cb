"""Read prompt files and render them: static instructions first, what changes most last.

A prompt is `prompts/NAME.md`: YAML front matter (`Header`), a `# System` part without any variable,
and a `# User` part in Jinja. The system part is the same for every call, so prefix caches hit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

import jinja2
import yaml
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import triagebot
from triagebot.core.errors import PromptError
from triagebot.llm.untrusted import Untrusted, clean, fence_for, shorten, unwrap

_PARTIAL = "_untrusted.md"
_GLOBALS = frozenset({"fence_tag"})
_LEAST = 400
"""Characters to which no variable is scaled down."""


class Variable(BaseModel):
    """One variable of a prompt. `limit` is in characters of each text in it, `items` in list entries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(ge=20)
    items: int | None = Field(default=None, ge=1)
    untrusted: bool = False
    cut: Literal["middle", "end"] = "end"


class Header(BaseModel):
    """A prompt file's front matter. `schema` names the answer's type, for readers.

    `judgement` is set where the answer is worth nothing unless the model can judge.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    version: int = Field(ge=1)
    answer: str = Field(alias="schema", pattern=r"^[A-Z][A-Za-z0-9]{0,63}$")
    max_output_tokens: int = Field(ge=1, le=32_000)
    temperature: float = Field(default=0, ge=0, le=2)
    judgement: bool = False
    variables: dict[str, Variable]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt ready to send. `hidden` tells that somebody hid text in a variable; it is not in here."""

    name: str
    version: str
    system: str
    user: str
    max_output_tokens: int
    temperature: float
    hidden: bool
    judgement: bool = False


@dataclass(frozen=True, slots=True)
class _Prompt:
    header: Header
    version: str
    system: str
    user: jinja2.Template


def directory() -> Path:
    """Return where the prompts lie: inside an installed package, else in the source tree."""
    package = Path(triagebot.__file__).parent
    installed = package / "_prompts"
    return installed if installed.is_dir() else package.parents[1] / "prompts"


class Prompts:
    """The prompt files of one directory, each read once."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or directory()
        self._prompts: dict[str, _Prompt] = {}
        self._jinja = ImmutableSandboxedEnvironment(
            loader=jinja2.FileSystemLoader(self._root),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # the result is a prompt, not HTML
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters |= {"fenced": _fenced, "one_line": _one_line}

    def names(self) -> list[str]:
        """Return the prompts there are; a file whose name begins with `_` is a part of others."""
        return sorted(path.stem for path in self._root.glob("[!_]*.md"))

    def render(self, name: str, variables: Mapping[str, object], *, scale: float = 1) -> Rendered:
        """Fill the prompt `name`; raise `PromptError` for any variable unknown, missing or misused.

        `scale` shrinks all limits, for a model with a short context.
        """
        prompt = self._load(name)
        declared = prompt.header.variables
        if declared.keys() != variables.keys():
            odd = ", ".join(sorted(declared.keys() ^ variables.keys()))
            raise PromptError(f"prompt {name}: these variables are missing or unknown: {odd}")
        preparation = _Preparation()
        values = {key: preparation.prepare(variables[key], spec, scale) for key, spec in declared.items()}
        try:
            user = prompt.user.render(values, fence_tag=fence_for(preparation.untrusted))
        except jinja2.TemplateError as error:
            raise PromptError(f"prompt {name}: {error}") from None
        return Rendered(
            name=name,
            version=prompt.version,
            system=prompt.system,
            user=user.strip(),
            max_output_tokens=prompt.header.max_output_tokens,
            temperature=prompt.header.temperature,
            hidden=preparation.hidden,
            judgement=prompt.header.judgement,
        )

    def _load(self, name: str) -> _Prompt:
        if name not in self._prompts:
            self._prompts[name] = self._read(name)
        return self._prompts[name]

    def _read(self, name: str) -> _Prompt:
        try:
            source = (self._root / f"{name}.md").read_text(encoding="utf-8")
            partial = (self._root / _PARTIAL).read_text(encoding="utf-8")
        except OSError as error:
            raise PromptError(f"prompt {name}: the file cannot be read: {error.strerror}") from None
        try:
            start, front, rest = source.split("---\n", 2)
            system, user = rest.split("\n# User\n", 1)
            head, system = system.split("# System\n", 1)
        except ValueError:
            start = head = "something else"
        if start or head.strip():
            raise PromptError(f"prompt {name}: wants front matter between ---, then # System, then # User")
        if "{{" in system or "{%" in system:
            raise PromptError(
                f"prompt {name}: the system part must not have variables, or no cache would hit"
            )
        header = _header(name, front)
        try:
            used = meta.find_undeclared_variables(self._jinja.parse(user)) - _GLOBALS
            template = self._jinja.from_string(user)
        except jinja2.TemplateError as error:
            raise PromptError(f"prompt {name}: {error}") from None
        if used != header.variables.keys():
            odd = ", ".join(sorted(used ^ header.variables.keys()))
            raise PromptError(f"prompt {name}: declared but not used, or used but not declared: {odd}")
        digest = hashlib.sha256((source + partial).encode()).hexdigest()[:8]
        return _Prompt(header, f"{header.version}-{digest}", system.strip(), template)


def _header(name: str, front: str) -> Header:
    try:
        return Header.model_validate(yaml.safe_load(front))
    except (yaml.YAMLError, ValidationError) as error:
        raise PromptError(f"prompt {name}: its front matter is wrong: {error}") from None


class _Preparation:
    """Clean the variables of one rendering, remembering what the fence must not contain."""

    def __init__(self) -> None:
        self.untrusted: list[str] = []
        self.hidden = False

    def prepare(self, value: object, spec: Variable, scale: float) -> Any:
        if isinstance(value, str):
            return self._text(value, spec, scale)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, Mapping):
            return {str(key): self.prepare(item, spec, scale) for key, item in value.items()}
        if isinstance(value, BaseModel):
            return self.prepare(dict(value), spec, scale)
        if is_dataclass(value) and not isinstance(value, type):
            return {f.name: self.prepare(getattr(value, f.name), spec, scale) for f in fields(value)}
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
            kept = value[: spec.items] if spec.items else value
            return [self.prepare(item, spec, scale) for item in kept]
        raise PromptError(f"a prompt cannot show a {type(value).__name__}")

    def _text(self, value: str, spec: Variable, scale: float) -> str | Untrusted:
        text, hidden = clean(value)
        self.hidden = self.hidden or hidden
        limit = max(min(spec.limit, _LEAST), int(spec.limit * scale))
        text = shorten(text, limit, spec.cut)
        if not spec.untrusted:
            return text
        self.untrusted.append(text)
        return Untrusted(text)


def _fenced(value: Untrusted | Sequence[Untrusted]) -> str:
    """Return what stands between the fences; a list becomes one line for each of its texts."""
    if isinstance(value, Untrusted):
        return unwrap(value).strip("\n")
    return "\n".join(f"- {_one_line(unwrap(item))}" for item in value)


def _one_line(text: str) -> str:
    return " ".join(text.split())
