"""Read text that strangers wrote: take out what a person would not see, cut it, and find quotes in it.

All functions take linear time, whatever the input.
"""

from __future__ import annotations

import re
import unicodedata

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
    text = _ORDINARY.sub("", _NEWLINES.sub("\n", text))
    shown = text.translate(_replacements(text))
    hidden = len(shown) != len(text)
    if "<!--" in shown:
        return _without_comments(shown), True
    return shown, hidden


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


def _without_comments(text: str) -> str:
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
