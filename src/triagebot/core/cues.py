"""Tell which of a repository's labels an issue's own words support, and quote the words.

Rules only: no model, and no history of the repository. The three kinds of issue are told apart by naive
Bayes over a few signs, each with how many of 250 bugs, 250 feature requests and 250 questions showed it
(five public repositories). On other repositories that is right less often than it believes, so only what
an author states outright ("Feature request: …", "docs: …") counts as sure; see docs/adr/0005 for what was
measured. Labels that name a part of the project are left to a model that knows its history. Patterns are
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log, prod
from typing import Literal

from triagebot.core.values import Label

Where = Literal["title", "body", "both"]
Kind = Literal["bug", "feature", "question"]
KINDS: tuple[Kind, ...] = ("bug", "feature", "question")
SEEN_OF_EACH = 250


@dataclass(frozen=True, slots=True)
class Support:
    """How well the text supports a label, from 0 to 1, and the words that do, verbatim."""

    label: str
    confidence: float
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern, and in how many of 250 issues of each kind it was seen. `states`: the author says the kind."""

    where: Where
    seen: tuple[int, int, int]
    pattern: re.Pattern[str]
    states: Kind | None = None

    def weight(self, kind: Kind) -> float:
        """The log of how likely an issue of this kind shows the sign, smoothed."""
        return log((self.seen[KINDS.index(kind)] + 0.5) / (SEEN_OF_EACH + 1))


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for a label with a weight from 0 to 1, chosen by hand."""

    where: Where
    weight: float
    pattern: re.Pattern[str]


def _sign(where: Where, seen: tuple[int, int, int], pattern: str, states: Kind | None = None) -> Sign:
    return Sign(where, seen, re.compile(pattern, re.IGNORECASE | re.MULTILINE), states)


def _cue(where: Where, weight: float, pattern: str) -> Cue:
    return Cue(where, weight, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


KIND_NAMES: dict[Kind, re.Pattern[str]] = {
    "bug": re.compile(r"bugs?|defect|confirmed bug|regression", re.IGNORECASE),
    "feature": re.compile(
        r"enhancements?|features?|feature[ -]request|new feature|improvement", re.IGNORECASE
    ),
    "question": re.compile(r"questions?|questions? and help|usage", re.IGNORECASE),
}

SIGNS = (
    _sign("body", (11, 3, 4), r"^traceback \(most recent call last\)"),
    _sign("both", (21, 0, 2), r"^[^\S\n]+at [\w.$<>]+ ?\(.{1,120}:\d+(?::\d+)?\)"),
    _sign("both", (26, 5, 14), r"\b[A-Z]\w{2,40}(?:Error|Exception): [^\n]{1,80}"),
    _sign(
        "body", (101, 47, 80), r"\b(?:steps to reproduce|how to reproduce|reproduction steps|to reproduce)\b"
    ),
    _sign("title", (9, 0, 6), r"^(?:\[bug\]|\(bug\)|bug(?: report)?:)", "bug"),
    _sign(
        "title", (4, 0, 1), r"\b(?:crash(?:es|ed|ing)?|hangs?|deadlocks?|panics?|corrupt(?:s|ed)|leaks?)\b"
    ),
    _sign(
        "title", (17, 1, 12), r"\b(?:fails?|failing|broken|breaks|regression|incorrect(?:ly)?|wrong(?:ly)?)\b"
    ),
    _sign("title", (5, 3, 7), r"\b(?:does(?: not|n['’]t)|not) work(?:s|ing)?\b"),
    _sign(
        "title",
        (39, 6, 32),
        r"\b(?:error|exception|unexpected(?:ly)?|invalid|missing|ignored?|loses?|lost)\b",
    ),
    _sign("title", (0, 12, 0), r"^\W?(?:feature|enhancement)(?: request)?(?:[\])]|:| )", "feature"),
    _sign("both", (1, 57, 11), r"\bfeature request\b"),
    _sign("title", (4, 51, 2), r"^(?:please )?(?:add|support|allow|provide|implement|introduce|expose)\b"),
    _sign(
        "title", (0, 12, 0), r"\b(?:add|adding) (?:support|an? option|a way|ability)\b|\bsupport (?:for|of)\b"
    ),
    _sign("body", (1, 19, 0), r"\bit(?: would|['’]d) be (?:\w+ )?(?:nice|great|useful|helpful|good|handy)\b"),
    _sign(
        "body",
        (0, 16, 2),
        r"\b(?:describe the solution you|is your feature request related|proposed solution)\b",
    ),
    _sign(
        "body", (8, 22, 18), r"\b(?:would like to|i['’]d like to|i wish|please add|could you add|use case)\b"
    ),
    _sign("title", (0, 0, 7), r"^(?:\[question\]|\(question\)|question:)", "question"),
    _sign(
        "title",
        (1, 8, 20),
        r"^(?:how (?:to|do|can|should|does)|what(?:['’]s| is| are| does)|why (?:is|does|do))\b",
    ),
    _sign(
        "title",
        (0, 6, 1),
        r"^(?:is (?:it|there)|can (?:i|we|you)|should i|does anyone|where (?:is|can|do))\b",
    ),
    _sign("title", (4, 17, 34), r"\?\s*$"),
    _sign(
        "body",
        (1, 14, 23),
        r"\b(?:how (?:do|can|should) (?:i|we)|is it possible to|is there (?:a|any) way)\b",
    ),
    _sign(
        "body",
        (1, 2, 11),
        r"\b(?:any (?:help|ideas?|advice|pointers?)|thanks in advance|i(?:['’]m| am) new to)\b",
    ),
)

SURE, LIKELY = 0.92, 0.85
"""What a stated kind counts for, and the most that any number of other signs does."""

OTHER_LABELS: tuple[tuple[re.Pattern[str], tuple[Cue, ...]], ...] = (
    (
        re.compile(r"documentation|docs?", re.IGNORECASE),
        (
            _cue("title", SURE, r"^\W?(?:docs?|documentation)\b(?:\([\w-]+\))?[\])]?:"),
            _cue("title", 0.7, r"\b(?:documentation|docstrings?|readme(?:\.md)?|tutorials?|changelog)\b"),
            _cue("title", 0.6, r"\b(?:typos?|docs|misspell\w+|broken links?|dead links?|undocumented)\b"),
            _cue(
                "body",
                0.4,
                r"\b(?:the (?:docs|documentation|readme) (?:says?|states?|should|shows?)|in the docs)\b",
            ),
        ),
    ),
    (
        re.compile(r"performance|perf|slow", re.IGNORECASE),
        (
            _cue(
                "title",
                0.7,
                r"\b(?:performance|slow(?:er|ly|ness|down)?|latency|quadratic|memory (?:usage|use))\b",
            ),
            _cue("body", 0.5, r"\b\d+(?:\.\d+)?\s?(?:x|times) (?:slower|more memory)\b|\bO\(n(?:\^2|²)\)"),
            _cue(
                "body", 0.4, r"\b(?:profil(?:e|er|ing)|takes? (?:over |about )?\d+ (?:s|seconds|minutes))\b"
            ),
        ),
    ),
)


def kind_of(label: str) -> Kind | None:
    """Return which kind of issue a label of this name says: `bug`, `kind/bug` and `Type: Bug` say bug."""
    name = _last_part(label)
    return next((kind for kind, names in KIND_NAMES.items() if names.fullmatch(name)), None)


def supports(title: str, body: str, labels: Iterable[Label]) -> list[Support]:
    """Return the labels that the text supports, the best first; at most one of bug, feature, question."""
    found: list[Support] = []
    of_kind: dict[Kind, str] = {}
    for label in labels:
        name = _last_part(label.name)
        kind = kind_of(label.name)
        cues = next((cues for names, cues in OTHER_LABELS if names.fullmatch(name)), None)
        if kind:
            of_kind.setdefault(kind, label.name)
        elif cues:
            found.extend(_cue_support(label.name, cues, title, body))
    found.extend(_kind_support(of_kind, title, body))
    return sorted(found, key=lambda item: (-item.confidence, item.label))


def _last_part(name: str) -> str:
    return re.split(r"[/:]\s*", name.strip())[-1].strip()


def _texts(where: Where, title: str, body: str) -> tuple[str, ...]:
    return {"title": (title,), "body": (body,), "both": (title, body)}[where]


def _kind_support(of_kind: dict[Kind, str], title: str, body: str) -> list[Support]:
    """Return the likeliest kind that has a label, if any sign was seen.

    Signs are not independent, so all but the strongest count half. A kind that the repository has no
    label for competes all the same: its issues are not better described by another kind's label.
    """
    hits = [
        (sign, _around(match))
        for sign in SIGNS
        for text in _texts(sign.where, title, body)
        if (match := sign.pattern.search(text))
    ]
    if not hits or not of_kind:
        return []
    hits.sort(key=lambda hit: -_spread(hit[0]))
    total = {
        kind: sum(sign.weight(kind) * (1 if at == 0 else 0.5) for at, (sign, _) in enumerate(hits))
        for kind in KINDS
    }
    best = max(total, key=lambda kind: total[kind])
    if best not in of_kind:
        return []
    stated = {sign.states for sign, _ in hits if sign.states}
    if stated - {best}:
        return []
    believed = 1 / sum(exp(value - total[best]) for value in total.values())
    confidence = SURE if stated else min(LIKELY, believed)
    speaking = [
        quote for sign, quote in hits if sign.weight(best) == max(sign.weight(kind) for kind in KINDS)
    ]
    return [Support(of_kind[best], confidence, _apart(speaking))]


def _spread(sign: Sign) -> float:
    weights = [sign.weight(kind) for kind in KINDS]
    return max(weights) - min(weights)


def _cue_support(label: str, cues: tuple[Cue, ...], title: str, body: str) -> list[Support]:
    hits = [
        (cue.weight, _around(match))
        for cue in cues
        for text in _texts(cue.where, title, body)
        if (match := cue.pattern.search(text))
    ]
    if not hits:
        return []
    hits.sort(key=lambda hit: -hit[0])
    return [Support(label, 1 - prod(1 - weight for weight, _ in hits), _apart(quote for _, quote in hits))]


_BEFORE = re.compile(r"(?:\S{1,40}[ \t]+){0,3}$")
_AFTER = re.compile(r"\S{0,40}(?:[ \t]+\S{1,40}){0,3}")


def _around(match: re.Match[str]) -> str:
    """Return the match with up to three words before and after it, on its own lines, verbatim."""
    text, start, end = match.string, match.start(), match.end()
    line = text.rfind("\n", 0, start) + 1
    before = _BEFORE.search(text[max(line, start - 130) : start])
    after = _AFTER.match(text, end)
    first = start - (len(before.group()) if before else 0)
    return text[first : after.end() if after else end].strip()


def _apart(quotes: Iterable[str]) -> tuple[str, ...]:
    """Return the first two quotes of which neither holds the other."""
    kept: list[str] = []
    for quote in quotes:
        if not any(quote.lower() in other.lower() or other.lower() in quote.lower() for other in kept):
            kept.append(quote)
    return tuple(kept[:2])
