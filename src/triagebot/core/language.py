"""Tell which language a person writes in, for the few languages that we can answer in.

Words decide, so code, paths, addresses and templates' English must be out of the text first. In doubt it
is English: a friendly sentence in the wrong language is worse than one in the common one. The model is
py3langid's (140 languages, 4.6 MB); it is loaded on first use (1.3 s, 65 MB kept), since most issues never
need it, and judges between the languages that people write issues in.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from triagebot.core.sections import code_apart
from triagebot.core.text import strip_hidden

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

Language = Literal["en", "de", "fr", "es", "pt", "ru", "zh", "ja", "ko", "it"]
SPOKEN: tuple[Language, ...] = ("en", "de", "fr", "es", "pt", "ru", "zh", "ja", "ko", "it")

_CANDIDATES = (  # two letters each
    "ar bg bn cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk sl sr sv th tr uk vi zh"
)
_SURE = 0.6
_SHORTEST = 15  # letters, of which a Chinese, Japanese or Korean one counts three
_LONGEST = 3_000
# Bounded: one search of a long text without spaces, as Chinese is, would else take two seconds and hold up all else.
_NOT_WORDS = re.compile(
    r"`[^`\n]{0,300}`|<[^<>\n]{1,300}>|\S{0,100}[\d_/\\@{}=]\S*|[a-z]{1,100}[A-Z]\S*|\b[A-Z]{2,}\b"
)


def language(text: str) -> str:
    """Return the code of the language that `text` is written in ("de"); "en" where that is unclear.

    It may be none of `SPOKEN`.
    """
    words = _words(text)
    if sum(3 if unicodedata.east_asian_width(char) in "WF" else char.isalpha() for char in words) < _SHORTEST:
        return "en"
    code, sure = _identifier().classify(words)
    return str(code) if sure >= _SURE else "en"


def spoken(code: str) -> Language:
    """Return the language to answer in."""
    return next((known for known in SPOKEN if known == code), "en")


def _words(text: str) -> str:
    prose, _ = code_apart(strip_hidden(text)[0][: 4 * _LONGEST])
    prose = prose.lower() if prose.isupper() else prose  # shouted words are not abbreviations
    return " ".join(_NOT_WORDS.sub(" ", prose).split())[:_LONGEST]


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - numpy, 1 s
    from py3langid.modelio import load_model  # noqa: PLC0415

    scores, priors, codes, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    kept = [index for index, code in enumerate(codes) if len(code) == 2 and code in _CANDIDATES]
    return LanguageIdentifier(  # a copy of the columns kept, so that the rest is freed
        scores[:, kept].copy(),
        priors[kept],
        [codes[index] for index in kept],
        moves,
        features,
        norm_probs=True,
        tk_row=rows,
    )
