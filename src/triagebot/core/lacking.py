"""Tell what a report lacks: the form's required fields, or for a bug without a form what it takes to see it.

Only what is really absent and matters is named, as items: a particular ("steps") or a form's field
("field:Version"). Precision goes before recall; see docs/adr/0010.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triagebot.core import cues, forms
from triagebot.core.cues import Kind
from triagebot.core.forms import Template
from triagebot.core.language import SPOKEN, language
from triagebot.core.particulars import (
    PARTICULARS,
    Particular,
    asked_by,
    for_insiders,
    given,
    says_it_fails,
)
from triagebot.core.sections import code_apart, key
from triagebot.core.text import strip_hidden
from triagebot.core.values import Issue, Label

FIELD = "field:"

CORE: frozenset[Particular] = frozenset({"steps", "version", "actual"})
"""What a bug report without a form must give; asked for only where at least two are absent."""

DETAILED = 1_200
"""Characters of the author's own prose from which a report without a form is left to people."""

MOST, MOST_FIELDS = 4, 6
"""So many particulars, or so many of a form's fields, are asked for; a longer list is read by nobody."""

MOST_REPLIES, LONGEST_REPLY = 50, 10_000
"""So many of its author's latest replies, and so many characters of each, are read for an answer."""

BELIEVED = 0.75
"""How sure the rules must be that an issue without label and template is a bug."""

_KINDS = [Label("bug"), Label("enhancement"), Label("question")]


@dataclass(frozen=True, slots=True)
class Report:
    """An issue and the template it was written from, if any; `words` is what its author wrote."""

    title: str
    body: str
    labels: tuple[str, ...]
    template: Template | None
    words: str


def report(issue: Issue, templates: Iterable[Template]) -> Report:
    """Return the issue with the one of `templates` that it was written from."""
    template = forms.matching(issue.body, templates)
    title = strip_hidden(issue.title)[0]
    return Report(title, issue.body, issue.labels, template, forms.written(issue.body, template))


def lacks(subject: Report) -> tuple[str, ...]:
    """Return the items that a report lacks; nothing for what is no report of a bug."""
    template = subject.template
    kind = kind_of(subject)
    if not any(char.isalnum() for char in subject.title + subject.words):  # somebody only tried the button
        return ()
    if kind in ("feature", "question", "other") or (template is None and kind != "bug"):
        return ()
    known = given(subject.title, subject.words)
    if template is not None and template.form:
        return _fields(_blank(subject, template), known)
    return _lacking(subject, template, known) if kind == "bug" else ()


def left(items: Sequence[str], subject: Report, replies: Sequence[str]) -> tuple[str, ...]:
    """Return which of the items asked for are still open, after an edit of the issue and its author's replies."""
    known = given(subject.title, subject.words)
    blank = set(_blank(subject, subject.template)) if subject.template else set()
    said = [_reply(text[:LONGEST_REPLY]) for text in replies[-MOST_REPLIES:]]
    if subject.template is None:
        said.append(_reply(subject.words))
    return tuple(
        item
        for item in items
        if not _there(item, known, blank, subject) and not any(_answers(item, text, items) for text in said)
    )


def kind_of(subject: Report) -> Kind | str | None:
    """Return what the issue is: by its labels, its template, what the form's own question says, its words."""
    labelled = {kind for name in subject.labels if (kind := cues.kind_of(name))}
    if labelled:
        return "bug" if "bug" in labelled else min(labelled)
    if subject.template:
        chosen = {
            said
            for answer in forms.answers(subject.body, subject.template)
            if answer.field.type == "dropdown" and (said := _chosen(answer.text))
        }
        if chosen - {"bug"}:
            return "other"
        if subject.template.kind or subject.template.form:
            return "bug" if chosen else subject.template.kind
    best = next(iter(cues.supports(subject.title, subject.words, _KINDS)), None)
    if best is None or best.confidence < BELIEVED:
        return "bug" if says_it_fails(subject.title) else None
    return cues.kind_of(best.label)


def _chosen(answer: str) -> Kind | str | None:
    """Return the kind that one of a form's options names: "Feature Request" and "Support" are no bugs."""
    return cues.kind_of(answer) or (
        "other" if key(answer) in ("support", "other", "others", "help") else None
    )


def _blank(subject: Report, template: Template | None) -> list[str]:
    """Return the labels of the required fields without an answer. Boxes to tick are not worth a comment."""
    if template is None or not template.form:
        return []
    return [
        answer.field.label
        for answer in forms.answers(subject.body, template)
        if answer.field.required and answer.field.type not in ("checkboxes", "other")
        if answer.state != "answered"
    ]


def _fields(blank: Sequence[str], known: frozenset[Particular]) -> tuple[str, ...]:
    """Return the blank fields as items, unless it is a single one that does not matter to every bug.

    A lone "Cloud provider" is left out by a third of Kubernetes' reports, and nobody misses it there.
    """
    absent = [label for label in blank if not _covered(label, known)]
    matters = any(asked_by(label) & CORE for label in absent)
    return tuple(FIELD + label for label in absent[:MOST_FIELDS]) if matters or len(absent) >= 2 else ()


def _covered(label: str, known: frozenset[Particular]) -> bool:
    """Return True if what a field asks for stands elsewhere in the report."""
    wanted = asked_by(label)
    return bool(wanted) and wanted <= known


def _lacking(
    subject: Report, template: Template | None, known: frozenset[Particular]
) -> tuple[Particular, ...]:
    wanted = CORE
    if template is not None:
        wanted = frozenset().union(*(asked_by(field.label) for field in template.fields))
    missing = [name for name in PARTICULARS if name in wanted and name not in known]
    if len(missing) < 2 or not CORE.intersection(missing):
        return ()
    if len(code_apart(subject.words)[0]) > DETAILED or for_insiders(f"{subject.title}\n{subject.words}"):
        return ()
    if language(f"{subject.title}\n{subject.words}") not in SPOKEN:  # its words are not known here
        return ()
    return tuple(missing[:MOST])


def _there(item: str, known: frozenset[Particular], blank: set[str], subject: Report) -> bool:
    if not item.startswith(FIELD):
        return item in known
    label = item.removeprefix(FIELD)
    if _covered(label, known):
        return True
    return subject.template is not None and subject.template.form and label not in blank


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    words: int
    numbers: bool
    gives: frozenset[Particular]


_MUCH, _SOME = 25, 6  # words of a reply


def _reply(text: str) -> _Reply:
    """Return what somebody replied, without what they quoted."""
    own = "\n".join(line for line in strip_hidden(text)[0].split("\n") if not line.lstrip().startswith(">"))
    words = len(own.split()) + sum(char > "\u3000" for char in own) // 2
    return _Reply(key(own), words, any(char.isdigit() for char in own), given("", own))


def _answers(item: str, reply: _Reply, items: Sequence[str]) -> bool:
    """Return True if a reply answers an item, generously: nobody is pressed who has said something to it."""
    if not item.startswith(FIELD):
        if item == "version" and reply.numbers:
            return True
        return item in reply.gives or (item not in ("version", "environment") and reply.words >= _MUCH)
    label = item.removeprefix(FIELD)
    if _covered(label, reply.gives) or reply.words >= 2 * _MUCH:
        return True
    named = set(key(label).split())
    if named and len(named & set(reply.text.split())) * 2 > len(named) and reply.words > len(named):
        return True
    return len(items) == 1 and (reply.numbers or reply.words >= _SOME)
