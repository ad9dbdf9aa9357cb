"""Find the sentences of two texts that say the same, as evidence that a person can check at a glance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log, sqrt
from typing import NamedTuple

from triagebot.core.text import strip_hidden
from triagebot.core.vocabulary import EMPTY
from triagebot.core.words import words

LONGEST = 200
"""Characters of a sentence; what is longer is cut at a space."""
_READ = 20_000
_KEPT = 12  # sentences of each text that are compared with each of the other's
_FEWEST = 2  # words that two sentences must share

_FENCE = re.compile(r"^\s{0,3}(?:`{3,}|~{3,}|\{code[^}]*\}|\{noformat\})")
_BOILERPLATE = re.compile(
    r"^\s*(?:#{1,6}\s|\|?[\s:|-]*$|[-*+]\s+\[[ xX]\]|!\[|<|\*\*[^*]{1,60}\*\*:?\s*$|_No response_)"
)
_MARKS = re.compile(r"^\s*(?:>\s?|[-*+]\s+|\d+[.)]\s+)*")
_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_MESSAGE = re.compile(
    r"(?i)\b(?:\w*error|\w*exception|panic\w*|fatal|fail\w*|cannot|denied|refused|not found)\b"
)


class _Sentence(NamedTuple):
    text: str
    words: frozenset[str]


def best_match(here: str, there: str) -> tuple[str, str]:
    """Return a sentence of each text, verbatim, that share the most telling words; empty where none do.

    Of the texts as a person sees them (`strip_hidden`), at most `LONGEST` characters each. Headings,
    checkboxes, tables and code are no sentences, but an error message in code is.
    """
    left, right = list(_sentences(here)), list(_sentences(there))
    often = Counter(word for sentence in (*left, *right) for word in sentence.words)
    common = set().union(*(s.words for s in left)) & set().union(*(s.words for s in right))
    weight = {word: 1 / log(1 + often[word]) for word in common if word not in EMPTY and not word.isdigit()}
    best, pair = 0.0, ("", "")
    for one in _richest(left, weight):
        for other in _richest(right, weight):
            shared = one.words & other.words & weight.keys()
            score = sum(weight[word] for word in shared) / sqrt(sqrt(len(one.words) * len(other.words)))
            if len(shared) >= _FEWEST and score > best:
                best, pair = score, (one.text, other.text)
    return pair


def _richest(sentences: Sequence[_Sentence], weight: dict[str, float]) -> list[_Sentence]:
    """Return the sentences with the most of what the texts share, for their length."""
    scored = [
        (sum(weight.get(word, 0.0) for word in sentence.words) / sqrt(len(sentence.words)), -place)
        for place, sentence in enumerate(sentences)
    ]
    return [sentences[-place] for score, place in sorted(scored, reverse=True)[:_KEPT] if score > 0]


def _sentences(text: str) -> Iterator[_Sentence]:
    in_code = False
    for line in strip_hidden(text[: 2 * _READ])[0][:_READ].split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
            continue
        code = in_code or line.startswith(("    ", "\t"))
        if _BOILERPLATE.match(line) or (code and not _MESSAGE.search(line)):
            continue
        for part in _ENDS.split(_MARKS.sub("", line)):
            sentence = _short(part.strip())
            found = frozenset(words(sentence))
            if len(found) >= _FEWEST:
                yield _Sentence(sentence, found)


def _short(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    cut = sentence.rfind(" ", LONGEST // 2, LONGEST)
    return sentence[: cut if cut > 0 else LONGEST]
