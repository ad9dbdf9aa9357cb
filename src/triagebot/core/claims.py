"""Check what a model says against what it was shown, and make it fit to post.

A sentence that names code, a path or a version which was not there is made up, whatever else it says.
All functions take linear time.
"""

from __future__ import annotations

import re

from triagebot.core.markdown import clean
from triagebot.core.text import strip_hidden
from triagebot.core.vocabulary import EMPTY
from triagebot.core.words import distinct

LONGEST = 4_000
"""Characters of a claim that are read; more is not believed."""

_NAME = re.compile(
    r"`([^`\n]{1,200})`"  # whatever is set as code
    r"|(?<![\w./-])(-{1,2}[A-Za-z][\w-]{0,60})"  # an option
    r"|((?:[\w@~+-]{1,100}[./\\]){1,20}[\w@~+-]{1,100}(?:\(\))?)"  # a path, a module's member, a version
    r"|(\w{1,100}\(\)|\w{0,100}_\w{1,100}|[A-Za-z]\w{0,100}(?:::\w{1,100}){1,10}|[A-Za-z]{1,100}[a-z][A-Z]\w{0,100}|\d{3,20})"
)
_MARKUP = re.compile(r"://|www\.|\]\(|<[a-z/!]|(?<!\w)@\w|#\d")
_MEMBER = re.compile(r"[A-Za-z_]\w{0,100}(?:(?:\.|::)[A-Za-z_]\w{0,100}){1,20}")
_OPENING = re.compile(r"\A(?:[#>*+-]{1,6}\s{1,4}){1,6}")
_FILE = re.compile(
    r".*\.(?:c|cc|cpp|cs|css|go|h|html|ini|java|js|json|kt|lock|md|php|py|rb|rs|rst|sh|sql|toml|ts|tsx|txt|xml|ya?ml)"
)
_PROSE = frozenset(
    [
        "e.g",
        "i.e",
        "and/or",
        "either/or",
        "read/write",
        "input/output",
        "i/o",
        "n/a",
        "yes/no",
        "on/off",
        "true/false",
    ]
)


def invented(claim: str, source: str) -> list[str]:
    """Return the code names, paths, options and numbers of `claim` that do not stand in `source`."""
    folded = strip_hidden(source)[0].casefold()
    names = [
        next(part for part in match.groups() if part)
        for match in _NAME.finditer(strip_hidden(claim)[0][:LONGEST])
    ]
    return [name for name in dict.fromkeys(names) if not _stands(name, folded)]


def covered(claim: str, source: str) -> float:
    """Return which share of the claim's telling words stands in `source`, from 0 to 1."""
    said = [word for word in distinct(claim[:LONGEST]) if word not in EMPTY]
    known = distinct(source)
    return sum(word in known for word in said) / len(said) if said else 0.0


def hostile(claim: str) -> bool:
    """Return True if a claim holds what no statement about code needs: links, HTML, mentions, references."""
    return len(claim) > LONGEST or _MARKUP.search(claim) is not None


def one_line(claim: str, *, limit: int = 400) -> str:
    """Return a model's sentence as Markdown on one line, in which nothing acts."""
    words = _OPENING.sub("", " ".join(claim.split()), count=1)  # no heading, list or quote
    text = clean(words, allowed_hosts=frozenset(), repo="", max_length=limit)
    return " ".join(text.split())


def _stands(name: str, source: str) -> bool:
    bare = name.strip().strip(".,;:").casefold().removesuffix("()").strip()
    if not bare or bare in _PROSE or _in(bare, source):
        return True
    if _MEMBER.fullmatch(bare) and not _FILE.fullmatch(
        bare
    ):  # `Parser.run` where the code has `Parser(x).run()`
        return all(_in(part, source) for part in re.split(r"\.|::", bare))
    words = bare.split()
    return len(words) > 1 and all(_in(word, source) for word in words)


def _in(name: str, source: str) -> bool:
    """Return True if the name stands in the source, and not as a part of a longer word."""
    start = r"(?<!\w)" if name[0].isalnum() or name[0] == "_" else ""
    end = r"(?!\w)" if name[-1].isalnum() or name[-1] == "_" else ""
    return re.search(f"{start}{re.escape(name)}{end}", source) is not None
