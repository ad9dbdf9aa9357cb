"""Read issue forms and Markdown templates, and tell what somebody who wrote from one left out.

GitHub writes an answered form as `### Label` and the answer, `_No response_` where there is none; a form's
`value` and a Markdown template's words stand in the text until somebody replaces them. So a line that the
template wrote itself is no answer, nor is a comment, an empty fence or a lone dash. See "Syntax for issue
forms" and "Syntax for GitHub's form schema" in GitHub's documentation. Files are bounded; what is no
template is None, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from triagebot.core.cues import Kind, kind_of
from triagebot.core.errors import ConfigError
from triagebot.core.repo_config import plain
from triagebot.core.sections import Part, key, parts
from triagebot.core.text import strip_hidden

MAX_BYTES = 48_000
MOST_FIELDS = 60
LONGEST_LABEL = 200
MATCH = 0.6
"""This share of a template's headings stands in a text that was written from it."""

FieldType = Literal["input", "textarea", "dropdown", "checkboxes", "other"]
State: TypeAlias = Literal["answered", "empty", "no response", "unchanged", "deleted"]

_TYPES: tuple[FieldType, ...] = ("input", "textarea", "dropdown", "checkboxes")
_FRONT = re.compile(r"\A\s*---[ \t]*\n(.{0,4000}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_BUG = re.compile(r"(?<![a-z])(?:bugs?|crash(?:es)?|defects?|regressions?|problems?)(?![a-z])", re.IGNORECASE)
_WISH = re.compile(
    r"(?<![a-z])(?:features?|enhancements?|requests?|proposals?|ideas?|questions?|support|help|discussions?|"
    r"docs?|documentation|blank|rfc|security|tasks?|epics?|stories|tracking|release)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a template asks for. `own` are the lines that the template writes itself, by `_bare`."""

    label: str
    type: FieldType = "textarea"
    required: bool = False
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Template:
    """A form (`form`) or a Markdown template. `labels` are what it puts on, `own` its lines outside of every field."""

    path: str
    name: str
    labels: tuple[str, ...]
    fields: tuple[Field, ...]
    form: bool
    own: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind | Literal["other"] | None:
        """What the template is for: a bug, something else than a bug, or None where it does not say.

        Its labels say it best, then its file's name, its own name last.
        """
        for label in self.labels:
            if kind := kind_of(label):
                return kind
        for words in (self.path.rpartition("/")[2].replace("_", "-"), self.name):
            if _BUG.search(words):
                return "bug"
            if _WISH.search(words):
                return "other"
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a text says to one field: its state, and the written words, without the template's own lines."""

    field: Field
    state: State
    text: str = ""


@lru_cache(maxsize=128)
def read(content: bytes, path: str) -> Template | None:
    """Return the form or template in a file of `.github/ISSUE_TEMPLATE`, or None if it is none."""
    name = path.rpartition("/")[2].lower()
    if len(content) > MAX_BYTES or name in ("config.yml", "config.yaml"):
        return None
    if name.endswith((".yml", ".yaml")):
        return _form(_yaml(content, path), path)
    return _markdown(content.decode("utf-8", "replace"), path) if name.endswith(".md") else None


def matching(body: str, templates: Iterable[Template]) -> Template | None:
    """Return the template that `body` was written from: the one most of whose headings stand in it."""
    present = {key(part.heading) for part in parts(strip_hidden(body)[0]) if part.heading}
    best: tuple[float, int, Template] | None = None
    for template in templates:
        wanted = {key(field.label) for field in template.fields}
        common = len(wanted & present)
        share = common / len(wanted) if wanted else 0.0
        if share >= MATCH and (best is None or (share, common) > best[:2]):
            best = (share, common, template)
    return best[2] if best else None


def answers(body: str, template: Template) -> list[Answer]:
    """Return what `body`, written from `template`, says to each of its fields.

    A heading that is none of the template's belongs to the answer it stands in.
    """
    wanted = {key(field.label) for field in template.fields}
    given: dict[str, list[str]] = {}
    current = ""
    for part in parts(strip_hidden(body)[0]):
        name = key(part.heading)
        if name in wanted:
            current = name
            given.setdefault(name, []).extend(part.lines)
        elif current:
            given[current] += [part.line, *part.lines]
    return [_answer(field, given.get(key(field.label))) for field in template.fields]


def written(body: str, template: Template | None) -> str:
    """Return the part of `body` that its author wrote: without comments and the template's own lines.

    Headings stay where something is written under them.
    """
    own = template.own.union(*(field.own for field in template.fields)) if template else frozenset[str]()
    kept: list[str] = []
    for part in parts(strip_hidden(body)[0]):
        lines = _apart(part.lines, own)
        if substance(lines):
            kept += [part.line] if part.heading else []
            kept += lines
    return "\n".join(kept).strip("\n")


def substance(lines: Iterable[str]) -> bool:
    """Return True if the lines hold an answer: a letter or digit outside of markup."""
    return any(any(char.isalnum() for char in _MARKUP.sub("", line)) for line in lines)


_MARKUP = re.compile(r"</?(?:details|summary|br|p|div|hr)[^<>]{0,200}>|^[ \t]{0,8}(?:`{3,}|~{3,}).{0,100}$")
_NOTHING = frozenset({"no response", "none given"})
_BULLET = re.compile(r"^[ \t>]{0,20}(?:[-*+]|\d{1,3}[.)])?[ \t]{0,8}")


def _bare(line: str) -> str:
    """Return a line for comparison: without bullet, emphasis and spacing."""
    return " ".join(
        _BULLET.sub("", line).replace("*", "").replace("_", " ").replace("`", "").split()
    ).casefold()


def _own(*texts: str) -> frozenset[str]:
    """Return the lines of a template's texts, and of `Name: example` the `Name:` that is left without it."""
    lines = {_bare(line) for text in texts for line in strip_hidden(text)[0].split("\n")}
    labels = {line.split(":", 1)[0].rstrip() + ":" for line in lines if ":" in line}
    return frozenset((lines | labels) - {""})


def _apart(lines: Iterable[str], own: frozenset[str]) -> list[str]:
    return [line for line in lines if _bare(line) not in own and _bare(line) not in _NOTHING]


def _answer(field: Field, lines: Sequence[str] | None) -> Answer:
    if lines is None:
        return Answer(field, "deleted")
    if field.type in ("checkboxes", "other"):
        return Answer(field, "answered")
    left = _apart(lines, field.own)
    if substance(left):
        return Answer(field, "answered", "\n".join(left).strip())
    if any(_bare(line) in _NOTHING for line in lines):
        return Answer(field, "no response")
    return Answer(field, "unchanged" if substance(lines) else "empty")


def _yaml(content: bytes, path: str) -> Any:
    try:
        return plain(content, path=path, max_bytes=MAX_BYTES)
    except ConfigError:
        return None


def _form(root: Any, path: str) -> Template | None:
    if not isinstance(root, dict) or not isinstance(root.get("body"), list):
        return None
    fields = [field for item in root["body"][:MOST_FIELDS] if (field := _field(item))]
    if not fields:
        return None
    labels = _labels(root.get("labels")) + _labels(root.get("type"))  # the organisation's type of issue
    return Template(path, _word(root.get("name")), labels, tuple(fields), form=True)


def _field(item: Any) -> Field | None:
    if not isinstance(item, dict):
        return None
    attributes, validations = item.get("attributes"), item.get("validations")
    kind: FieldType = next((kind for kind in _TYPES if kind == item.get("type")), "other")
    label = _word(attributes.get("label")) if isinstance(attributes, dict) else ""
    if not label or not isinstance(attributes, dict):  # `markdown` has no label: it is not sent
        return None
    own = _own(_word(attributes.get("value"), MAX_BYTES))  # who writes what a placeholder says means it
    required = isinstance(validations, dict) and validations.get("required") is True
    return Field(label, kind, required, own if kind in ("input", "textarea") else frozenset())


def _markdown(text: str, path: str) -> Template | None:
    text = text.replace("\r\n", "\n")
    match = _FRONT.match(text)
    front = _yaml(match[1].encode(), path) if match else None
    front = front if isinstance(front, dict) else {}
    before, *rest = parts(strip_hidden(text[match.end() :] if match else text)[0])
    fields = tuple(_markdown_field(part) for part in rest[:MOST_FIELDS])
    if not fields:
        return None
    labels = _labels(front.get("labels"))
    return Template(path, _word(front.get("name")), labels, fields, False, _own("\n".join(before.lines)))


def _markdown_field(part: Part) -> Field:
    return Field(part.heading[:LONGEST_LABEL], own=_own("\n".join(part.lines)))


def _labels(value: Any) -> tuple[str, ...]:
    """Return label names, which GitHub takes as a list or as words with commas between."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(name.strip()[:50] for name in names[:20] if isinstance(name, str) and name.strip())


def _word(value: Any, longest: int = LONGEST_LABEL) -> str:
    return value.strip()[:longest] if isinstance(value, str) else ""
