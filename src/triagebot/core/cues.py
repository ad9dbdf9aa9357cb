"""Tell which of a repository's labels an issue's own words support, and quote the words.

Rules only: no model, and no history of the repository. The three kinds of issue are told apart by naive
Bayes over a few signs, each with how many of 250 bugs, 250 feature requests and 250 questions showed it
(five public repositories; the other half of those issues was kept to measure on, see docs/adr/0005).
Other labels are matched by name. Patterns are linear in the text. What rules cannot tell is left unsaid.
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
    """A pattern, and in how many of 250 issues of each kind it was seen."""

    where: Where
    seen: tuple[int, int, int]
    pattern: re.Pattern[str]

    def weight(self, kind: Kind) -> float:
        """The log of how likely an issue of this kind shows the sign, smoothed."""
        return log((self.seen[KINDS.index(kind)] + 0.5) / (SEEN_OF_EACH + 1))


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for a label with a weight from 0 to 1, chosen by hand."""

    where: Where
    weight: float
    pattern: re.Pattern[str]


def _sign(where: Where, seen: tuple[int, int, int], pattern: str) -> Sign:
    return Sign(where, seen, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


def _cue(where: Where, weight: float, pattern: str) -> Cue:
    return Cue(where, weight, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


KIND_NAMES: dict[Kind, re.Pattern[str]] = {
    "bug": re.compile(r"bugs?|defect|confirmed bug|regression", re.IGNORECASE),
    "feature": re.compile(
        r"enhancements?|features?|feature[ -]request|new feature|improvement", re.IGNORECASE
    ),
    "question": re.compile(r"questions?|support|usage", re.IGNORECASE),
}

SIGNS = (
    _sign("body", (11, 3, 4), r"^traceback \(most recent call last\)"),
    _sign("both", (21, 0, 2), r"^\s+at [\w.$<>]+ ?\(.{1,120}:\d+(?::\d+)?\)"),
    _sign("both", (26, 5, 14), r"\b[A-Z]\w{2,40}(?:Error|Exception): [^\n]{1,80}"),
    _sign(
        "body", (101, 47, 80), r"\b(?:steps to reproduce|how to reproduce|reproduction steps|to reproduce)\b"
    ),
    _sign("title", (9, 0, 6), r"^\W?bug\b[\])]?:?"),
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
    _sign("title", (0, 12, 0), r"^\W?(?:feature|enhancement|proposal|rfe)(?: request)?\b[\])]?:?"),
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
    _sign("title", (0, 0, 7), r"^\W?question\b[\])]?:?"),
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

OTHER_LABELS: tuple[tuple[re.Pattern[str], tuple[Cue, ...]], ...] = (
    (
        re.compile(r"documentation|docs?", re.IGNORECASE),
        (
            _cue("title", 0.9, r"^\W?(?:docs?|documentation)\b(?:\([\w-]+\))?[\])]?:"),
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

NOT_FROM_TEXT = re.compile(
    r"duplicate|invalid|wontfix|won't fix|good first issue|help wanted|help|stale|blocked|triage|needs.*|"
    r"status.*|priority.*|p\d|size.*|lgtm|approved|do[ -]not[ -]merge|wip|released?|confirmed|security",
    re.IGNORECASE,
)
"""Labels that somebody decides; no text of an issue supports them."""

AREA_IN_TITLE, AREA_IN_PATH = 0.72, 0.6


def supports(title: str, body: str, labels: Iterable[Label]) -> list[Support]:
    """Return the labels that the text supports, the best first; at most one of bug, feature, question."""
    found: list[Support] = []
    of_kind: dict[Kind, str] = {}
    prose = _without_fences(body)
    for label in labels:
        name = _last_part(label.name)
        kind = next((kind for kind, names in KIND_NAMES.items() if names.fullmatch(name)), None)
        cues = next((cues for names, cues in OTHER_LABELS if names.fullmatch(name)), None)
        if kind:
            of_kind.setdefault(kind, label.name)
        elif cues:
            found.extend(_cue_support(label.name, cues, title, body))
        elif not NOT_FROM_TEXT.fullmatch(name):
            found.extend(_area_support(label.name, name, title, prose))
    found.extend(_kind_support(of_kind, title, body))
    return sorted(found, key=lambda item: (-item.confidence, item.label))


def _last_part(name: str) -> str:
    return re.split(r"[/:]\s*", name.strip())[-1].strip()


def _texts(where: Where, title: str, body: str) -> tuple[str, ...]:
    return {"title": (title,), "body": (body,), "both": (title, body)}[where]


def _kind_support(of_kind: dict[Kind, str], title: str, body: str) -> list[Support]:
    """Return the likeliest kind that has a label, if any sign was seen.

    Signs are not independent, so all but the strongest count half. A repository without a label for
    questions files them elsewhere, so a kind without a label does not compete where two others have one.
    """
    hits = [
        (sign, match.group(0).strip())
        for sign in SIGNS
        for text in _texts(sign.where, title, body)
        if (match := sign.pattern.search(text))
    ]
    if not hits or not of_kind:
        return []
    rivals = tuple(of_kind) if len(of_kind) > 1 else KINDS
    hits.sort(key=lambda hit: -_spread(hit[0], rivals))
    total = {
        kind: sum(sign.weight(kind) * (1 if at == 0 else 0.5) for at, (sign, _) in enumerate(hits))
        for kind in rivals
    }
    best = max(total, key=lambda kind: total[kind])
    if best not in of_kind:
        return []
    confidence = 1 / sum(exp(value - total[best]) for value in total.values())
    speaking = [
        quote for sign, quote in hits if sign.weight(best) == max(sign.weight(kind) for kind in rivals)
    ]
    return [Support(of_kind[best], confidence, _apart(speaking))]


def _spread(sign: Sign, kinds: tuple[Kind, ...]) -> float:
    weights = [sign.weight(kind) for kind in kinds]
    return max(weights) - min(weights)


def _cue_support(label: str, cues: tuple[Cue, ...], title: str, body: str) -> list[Support]:
    hits = [
        (cue.weight, match.group(0).strip())
        for cue in cues
        for text in _texts(cue.where, title, body)
        if (match := cue.pattern.search(text))
    ]
    if not hits:
        return []
    hits.sort(key=lambda hit: -hit[0])
    return [Support(label, 1 - prod(1 - weight for weight, _ in hits), _apart(quote for _, quote in hits))]


def _apart(quotes: Iterable[str]) -> tuple[str, ...]:
    """Return the first two quotes of which neither holds the other."""
    kept: list[str] = []
    for quote in quotes:
        if not any(quote.lower() in other.lower() or other.lower() in quote.lower() for other in kept):
            kept.append(quote)
    return tuple(kept[:2])


def _area_support(label: str, name: str, title: str, prose: str) -> list[Support]:
    if not re.fullmatch(r"[A-Za-z][\w .+-]{2,29}", name):
        return []
    word = "[ -]".join(re.escape(part) for part in re.split(r"[ -]", name))
    if match := re.search(rf"(?<![\w-]){word}(?![\w-])", title, re.IGNORECASE):
        return [Support(label, AREA_IN_TITLE, (match.group(0),))]
    path = rf"(?<![\w/.-])(?:[\w-]+/){{0,5}}{word}(?:/[\w-]+){{0,5}}\.\w{{1,5}}\b"
    if match := re.search(path, prose, re.IGNORECASE):
        return [Support(label, AREA_IN_PATH, (match.group(0),))]
    return []


def _without_fences(body: str) -> str:
    """Return the text outside code fences: a path in a log is where it failed, not what it is about."""
    kept, fenced = [], False
    for line in body.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            kept.append(line)
    return "\n".join(kept)
