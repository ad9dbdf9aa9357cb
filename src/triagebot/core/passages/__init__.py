"""Find the passages of a repository that a question is about: one walk over its files, and bounded memory.

BM25 over sections of documents and definitions of code, with identifiers taken whole and in parts
(`core/words.py`), and words of headings and paths counting more (Robertson and Zaragoza, "The
Probabilistic Relevance Framework", 2009). How rare a word is comes from the repository itself, so it is
known only in the end: until then the likeliest passages are kept, and weighed anew whenever they become
too many.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triagebot.core.code import patience
from triagebot.core.file_kinds import FileKind, kind_of
from triagebot.core.passages.cutting import Passage, code_passages, prose_passages
from triagebot.core.vocabulary import EMPTY, VOICE
from triagebot.core.words import words

LARGEST = 400_000
"""Bytes of a file that is read; larger ones are data."""
MOST_TEXT = 60_000_000
"""Bytes of text that one search reads."""
MOST_TERMS = 40
MOST_PARSED = 500
"""Files with words of the question whose definitions are told by a parser; beyond, blank lines cut them."""
DEATHS = 3
"""Files that may each cost a parser its life; then blank lines cut the rest, too."""
KEPT, OVERFULL = 200, 600
MOST_OF_A_FILE = 3

_K1, _B = 1.2, 0.6
_TITLE, _PATH = 3.0, 2.0
_FACTOR: Mapping[FileKind, float] = {"docs": 1.15, "tests": 0.55, "ci": 0.8, "other": 0.8, "settings": 0.8}
"""What a file's purpose says about whether it answers; lock files and generated ones are not read at all."""
_HISTORY = re.compile(r"(?:.*/)?(?:changelog|changes|history|news|releases?|release-notes)\b[^/]{0,40}")
_DATA = re.compile(r".*\.(?:json|csv|tsv|svg|xml|ipynb|po|pot|geojson|sql)")
_TELLING = frozenset(
    "author behavior behaviour issue issues label labels notes report reporter reports request requests state states user users".split()  # noqa: SIM905 - easier to read
)
"""What says nothing in a report, but may well be what a question is about."""
_STOP = (
    (EMPTY - _TELLING)
    | VOICE
    | frozenset(
        "am been bot cannot does is mean means my no not of please tell the whats wheres whom der die das und wie was ist ein eine".split()  # noqa: SIM905 - easier to read
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, its score within this search, and which share of the question's words it holds, weighed by rarity."""

    passage: Passage
    score: float
    coverage: float


@dataclass(slots=True)
class _Candidate:
    passage: Passage
    counts: dict[str, float]
    length: int
    factor: float


class Search:
    """One question, asked of the files that are handed to `add`."""

    def __init__(self, question: str) -> None:
        self.terms = terms(question)
        self.files = self.read = self.parsed = 0
        self.full = False
        """True once more text was handed over than is read."""
        self._seen = Counter[str]()
        self._passages = 0
        self._length = 0
        self._candidates: list[_Candidate] = []
        self._texts: set[bytes] = set()
        self._patience = patience(DEATHS)

    def add(self, path: str, content: bytes) -> None:
        """Look at one file. Takes time linear in it; what cannot answer anything is passed over."""
        kind = kind_of(path)
        if kind in ("lock", "generated") or not content or len(content) > LARGEST or b"\0" in content[:8_000]:
            return
        if self.read + len(content) > MOST_TEXT:
            self.full = True
            return
        if len(content) > 60_000 and _DATA.fullmatch(path.lower()):
            return
        self.files += 1
        self.read += len(content)
        text = content.decode("utf-8", "replace")
        folded = f"{path}\n{text}".casefold()
        present = [term for term in self.terms if term in folded]
        if not present or len(text) > 400 * (text.count("\n") + 1):  # the latter is made by a program
            self._passages += 1 + len(text) // 1_500
            self._length += len(text) // 8
            return
        for passage in self._cut(path, kind, text, len(present)):
            self._consider(passage, kind)

    def best(self, limit: int) -> list[Found]:
        """Return the passages that fit best, at most a few of a file."""
        of_file = Counter[str]()
        found: list[Found] = []
        for one in self._scored():
            path = one.passage.path
            if len(found) < limit and of_file[path] < MOST_OF_A_FILE:
                of_file[path] += 1
                found.append(one)
        return found

    def _cut(self, path: str, kind: FileKind, text: str, present: int) -> Iterable[Passage]:
        if kind == "docs":
            return prose_passages(path, text)
        parse = self.parsed < MOST_PARSED and present >= min(2, len(self.terms))
        self.parsed += parse
        with self._patience:
            return list(code_passages(path, text, parse=parse))

    def _consider(self, passage: Passage, kind: FileKind) -> None:
        body = list(words(passage.text))
        self._passages += 1
        self._length += len(body)
        counts = Counter[str]()
        for weight, some in (
            (1.0, body), (_TITLE, words(passage.title)), (_PATH, words(passage.path.rpartition(".")[0] or passage.path)),
        ):  # fmt: skip
            for word in some:
                if word in self.terms:
                    counts[word] += weight  # type: ignore[assignment]  # a Counter may count by halves
        if not counts:
            return
        self._seen.update(counts.keys())
        digest = hashlib.blake2b(passage.text.encode(), digest_size=12).digest()
        if digest in self._texts:
            return
        self._texts.add(digest)
        factor = 0.5 if _HISTORY.fullmatch(passage.path.lower()) else _FACTOR.get(kind, 1.0)
        self._candidates.append(_Candidate(passage, dict(counts), len(body), factor))
        if len(self._candidates) > OVERFULL:
            kept = {id(one.passage) for one in self._scored()[:KEPT]}
            self._candidates = [one for one in self._candidates if id(one.passage) in kept]

    def _scored(self) -> list[Found]:
        average = max(1.0, self._length / max(1, self._passages))
        rarity = {
            term: weight * math.log(1 + (self._passages - self._seen[term] + 0.5) / (self._seen[term] + 0.5))
            for term, weight in self.terms.items()
        }
        whole = sum(rarity.values()) or 1.0
        found: list[Found] = []
        for one in self._candidates:
            norm = _K1 * (1 - _B + _B * one.length / average)
            score = sum(
                rarity[term] * count * (_K1 + 1) / (count + norm) for term, count in one.counts.items()
            )
            coverage = sum(rarity[term] for term in one.counts) / whole
            found.append(Found(one.passage, score * one.factor * (0.4 + 0.6 * coverage), coverage))
        return sorted(found, key=lambda one: (-one.score, one.passage.path, one.passage.start))


def terms(question: str) -> dict[str, float]:
    """Return the words of a question that say what it is about, with weights: identifiers count double."""
    weights: dict[str, float] = {}
    for word in re.findall(r"\w+", question)[:400]:
        if word.casefold() in _STOP:
            continue
        telling = "_" in word.strip("_") or (not word.isupper() and word[1:] != word[1:].lower())
        for part in words(word):
            weights[part] = max(weights.get(part, 0.0), 2.0 if telling and part == next(words(word)) else 1.0)
    return dict(list(weights.items())[:MOST_TERMS])


def telling_line(passage: Passage, wanted: Iterable[str]) -> str:
    """Return the line of a passage that holds most of the wanted words, the first of several."""
    sought = set(wanted)
    lines = [" ".join(line.split()) for line in passage.text.split("\n")[:80]]
    return max(lines, key=lambda line: len(sought.intersection(words(line[:500]))), default="")
