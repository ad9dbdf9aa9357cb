"""Read text that strangers wrote: take out what a person would not see, and check a model's words against it.

All functions take linear time, whatever the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from triagebot.core import vocabulary

_GONE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})

# Invisible, although their category says letter, mark or symbol: the rest of Unicode's
# Default_Ignorable_Code_Point (variation selectors, joiners, fillers, inherent vowels), and the blank
# Braille pattern. See "DerivedCoreProperties.txt" of the Unicode Character Database.
_INVISIBLE = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC}).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
)
_NEWLINES = re.compile("\r\n?|[\u0085\u2028\u2029]")

# Emoji bases. One selector after a base and one joiner between two, and joiners between the letters
# of scripts that need them, are ordinary writing: they are dropped, but nobody hid anything.
_BASE = "\u00a9\u00ae\u203c-\u205e\u2070-\u27ff\u2801-\u3163\u3165-\u3299\U0001f000-\U0001faff"
_JOINING = "\u0620-\u06dc\u06de-\u070e\u0710-\u088f\u0900-\u115e\u1780-\u17b3\u17b6-\u180a\u1820-\u18af"
_ORDINARY = re.compile(
    f"^\ufeff|(?<=[{_BASE}0-9#*])[\ufe0e\ufe0f](?![\ufe00-\ufe0f])"
    f"|(?<=[{_BASE}\ufe0f])\u200d(?=[{_BASE}])|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
)


def strip_hidden(text: str) -> tuple[str, bool]:
    r"""Return `text` without what a person would not see on GitHub, and whether anyone hid anything.

    Taken out: HTML comments, also inside code and also unclosed (then up to the end: GitHub hides
    that too); every code point of the categories Cc (but newline and tab), Cf, Cn, Co and Cs; all
    other default-ignorable code points. Line ends become `\n`, other spaces become a plain one.
    Visible letters of every language stay. Joiners and emoji selectors go too, since only models read
    the result, but where ordinary writing has them they do not count as hidden. Applying it again
    changes nothing.
    """
    text = _plain_ends(text)
    if not text.isascii():
        text = _ORDINARY.sub("", text)
    shown = strip_invisible(text)
    hidden = len(shown) != len(text)
    if "<!--" in shown:
        return strip_comments(shown), True
    return shown, hidden


def strip_invisible(text: str) -> str:
    """Return `text` without invisible characters, as `strip_hidden` does, but with its HTML comments."""
    text = _plain_ends(text)
    return text.translate(_replacements(text))


def _plain_ends(text: str) -> str:
    if text.isascii() and "\r" not in text:  # most texts, spared a search
        return text
    return _NEWLINES.sub("\n", text)


def _replacements(text: str) -> dict[int, str | None]:
    """Return a translation for the distinct characters of `text` that must go or become a space."""
    table: dict[int, str | None] = {}
    for char in set(text) - {"\n", "\t", " "}:
        category = unicodedata.category(char)
        if category in _GONE or ord(char) in _INVISIBLE:
            table[ord(char)] = None
        elif category == "Zs":
            table[ord(char)] = " "
    return table


def strip_comments(text: str) -> str:
    """Return `text` without HTML comments, wherever they stand, so that none can arise from the rest."""
    kept: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        kept.append(text[position:start])
        if kept[-1].endswith(("<", "<!", "<!-")):
            kept.append(" ")  # what stood around the comment must not join into a new one
        end = text.find("-->", start + 2)  # `<!-->` is a whole comment
        if end < 0:
            return "".join(kept)
        position = end + 3
    kept.append(text[position:])
    return "".join(kept)


def cut(text: str, limit: int, marker: str = "…") -> str:
    """Return `text` if it has at most `limit` characters, else its beginning plus `marker`, within `limit`."""
    if len(text) <= limit:
        return text
    return (text[: max(0, limit - len(marker))] + marker)[:limit]


def fitting(lines: Sequence[str], room: int) -> Sequence[str]:
    """Return as many of the first lines as have at most `room` characters together, line ends included."""
    for count, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return lines[:count]
    return lines


_DECORATION = str.maketrans(dict.fromkeys("*`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\"'", ""))


def _plain(text: str) -> str:
    """Return `text` for comparison: case, whitespace, quotation marks and emphasis do not count."""
    text = unicodedata.normalize("NFKC", strip_hidden(text)[0]).casefold()
    return " ".join(text.translate(_DECORATION).split())


def _weight(text: str) -> int:
    """Return the length of `text`; a character of a script without spaces says as much as three."""
    return sum(3 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def quote_found(quote: str, text: str, *, minimum: int = 8) -> bool:
    """Return True if `quote` really stands in `text`, as whole words and not too short to mean anything.

    Case, whitespace, quotation marks, emphasis and what is hidden do not count; everything else must
    agree. `minimum` is in characters, of which a Chinese or Japanese one counts three.
    """
    needle, hay = _plain(quote).strip(".… "), _plain(text)
    if _weight(needle) < minimum:
        return False
    position = hay.find(needle)
    while position >= 0:
        end = position + len(needle)
        if not (_joined(hay, position) or _joined(hay, end)):
            return True
        position = hay.find(needle, end)
    return False


def _joined(text: str, position: int) -> bool:
    """Return True if `position` lies inside a word of a script that puts spaces between words."""
    around = text[max(0, position - 1) : position + 1]
    return len(around) == 2 and all(
        c.isalnum() and unicodedata.east_asian_width(c) not in "WF" for c in around
    )


LONGEST = 600
"""Characters. A longer summary is no summary."""


_FEWEST, _MOST = 5, 90  # content words
_SHARE = 0.85  # of the content words must be the issue's own
_NEAR = 0.5  # of the neighbouring pairs must stand near each other in the issue too,
_REACH = 16  # which is at most so many words apart

_WORD = re.compile(r"[^\W\d_]+")
_EDGES = ".,;:!?…()[]{}<>\"'`*_~\u2018\u2019\u201c\u201d\u00ab\u00bb"
_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_CHUNK = re.compile(rf"[^\s\u3000-\u303f{_SCRIPTS}]+")
_UNSPACED = re.compile(f"[{_SCRIPTS}]")
_LETTER = rf"[^\W{_SCRIPTS}]"
_MARKUP = re.compile(r"://|www\.|]\(|```|<[A-Za-z/!]|(?<!\w)@\w|(?m:^\s*(?:[/#>|]|[-*+]\s))|\n\s*\n")
_ENDINGS = re.compile("(?:ings?|edly|ed|ies|es|s|ly|e|y)$")


def grounded(summary: str, text: str) -> bool:
    """Return True if `summary` may be shown as a summary of the issue `text`: its title, a newline, its body.

    It may if it is one short paragraph of prose about the issue; all its numbers, versions, paths and
    identifiers occur in the issue; so do nearly all its words (lightly stemmed; in scripts without
    spaces, pairs of characters), near each other as in the issue; every claim that invites trust
    (fixed, confirmed, because, …) occurs there as such; a "not" in the title is not lost; and it says
    more than the title without repeating itself.
    """
    summary, text = _normal(summary).strip(), _normal(text)
    if not summary or len(summary) > LONGEST or _MARKUP.search(summary):
        return False
    if not all(_occurs(name, text.casefold()) for name in _names(summary)):
        return False
    said, source = _words(summary), _words(text)
    title = _words(text.partition("\n")[0])
    if not _claims_hold(said, source, title):
        return False
    stems = _content(said)
    new = {*stems, *_names(summary)} - {*_content(title), *_names(text.partition("\n")[0])}
    return len(new) >= 2 and _stems_hold(stems, _content(source))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", strip_hidden(text)[0]).replace("\u2019", "'")


def _names(text: str) -> Iterable[str]:
    """Yield what must not be made up: numbers, versions, paths, options, identifiers, acronyms, product names."""
    for chunk in _CHUNK.findall(text):
        core = chunk.strip(_EDGES).removesuffix("'s")
        letters = re.sub("['\u2010-\u2015-]", "", core)
        if letters and not (letters.isalpha() and letters[1:] == letters[1:].lower()):
            yield core.casefold()


def _occurs(name: str, text: str) -> bool:
    """Return True if `name` stands in `text`, not as part of a longer name or version."""
    return re.search(rf"(?<!{_LETTER})(?<!\d\.){re.escape(name)}(?!{_LETTER})(?!\.\d)", text) is not None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("n't", " not").replace("'", ""))


def _claims_hold(said: Sequence[str], source: Sequence[str], title: Sequence[str]) -> bool:
    spoken, known = set(said), set(source)
    if spoken & vocabulary.VOICE or (spoken & vocabulary.NO and not known & vocabulary.NO):
        return False
    if set(title) & vocabulary.NO and not spoken & vocabulary.BAD:
        return False
    return all(known & group for group in vocabulary.CLAIMS if spoken & group)


def _content(words: Sequence[str]) -> list[str]:
    """Return the stems that mean something, in order."""
    stems: list[str] = []
    for word in words:
        if _UNSPACED.search(word):
            stems += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif word not in vocabulary.EMPTY and word not in vocabulary.NO:
            stems.append(_stem(word))
    return stems


def _stem(word: str) -> str:
    """Return a rough stem: endings off, and only the beginning of a long word."""
    return (_ENDINGS.sub("", word) if len(word) > 4 else word.removesuffix("s"))[:7]


def _stems_hold(said: Sequence[str], source: Sequence[str]) -> bool:
    distinct = set(said)
    if not _FEWEST <= len(said) <= _MOST:
        return False
    triples = list(zip(said, said[1:], said[2:], strict=False))
    if len(distinct) < 0.6 * len(said) or len(set(triples)) < len(triples):
        return False
    places: dict[str, list[int]] = {}
    for position, stem in enumerate(source):
        if stem in distinct:
            places.setdefault(stem, []).append(position)
    if sum(stem in places for stem in said) < _SHARE * len(said):
        return False
    pairs = [(a, b) for a, b in pairwise(said) if a in places and b in places and a != b]
    return sum(_near(places[a], places[b]) for a, b in pairs) >= _NEAR * len(pairs)


def _near(left: Sequence[int], right: Sequence[int]) -> bool:
    """Return True if somewhere in the issue the two stand at most `_REACH` content words apart."""
    for position in left:
        index = bisect_left(right, position - _REACH)
        if index < len(right) and right[index] <= position + _REACH:
            return True
    return False
