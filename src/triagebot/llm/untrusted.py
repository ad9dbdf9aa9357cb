"""Prepare strangers' text for a prompt, so that a model can tell where it begins and ends.

What a prompt marks `untrusted` reaches the template as an `Untrusted` value, which refuses to be
printed; only the fence does that. Every text, trusted or not, first loses what is hidden and what is
secret, then the words that a chat template would turn into control tokens, and is cut last: a secret
that was cut in two would no longer be recognised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NoReturn

from triagebot.core.errors import PromptError
from triagebot.core.redact import redact
from triagebot.core.text import cut, strip_hidden
from triagebot.core.unseen import strip_unseen

FENCE = "untrusted"
_WORTH_A_MARKER = 400

# Chat templates of open models turn these into control tokens wherever they stand, also inside the
# user's message: measured with the embedded model, and true of vLLM too.
_CONTROL = re.compile(
    r"(?<=<)(?=[|｜][^<>\n]{1,40}[|｜]>|/?s>|/?think>|/?tool_call>|[be]os>|(?:start|end)_of_turn>|<?/?SYS>>)"
    r"|(?<=\[)(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])"
)


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A stranger's cleaned text. Printing it outside the fence is an error, not an accident.

    The sandbox of the templates refuses names that begin with `_`, so only `unwrap` gets at the text.
    """

    _text: str

    def __bool__(self) -> bool:
        return bool(self._text.strip())

    def __str__(self) -> NoReturn:
        raise PromptError("an untrusted variable was printed without the fence: write fence(variable)")

    __html__ = __str__


def unwrap(value: Untrusted) -> str:
    """Return the text, for the fence and nothing else."""
    return value._text  # noqa: SLF001 - private against templates, not against this module


def clean(text: str) -> tuple[str, bool]:
    """Return `text` fit for a prompt, and whether somebody had hidden something in it."""
    visible, hidden = strip_hidden(text)
    shown, unseen = strip_unseen(visible)
    return _CONTROL.sub(" ", redact(shown)), hidden or unseen


def shorten(text: str, limit: int, where: Literal["middle", "end"]) -> str:
    """Return `text` in about `limit` characters, with a line that says how many were left out.

    A short limit, as for a title, ends in "…" instead.
    """
    if len(text) <= limit or limit < _WORTH_A_MARKER:
        return cut(text, limit)
    marker = f"[… {len(text) - limit} characters left out …]"
    if where == "end":
        return f"{text[:limit].rstrip()}\n{marker}"
    head = limit * 2 // 3
    return f"{text[:head].rstrip()}\n{marker}\n{text[len(text) - (limit - head) :].lstrip()}"


def fence_for(texts: Iterable[str]) -> str:
    """Return a tag name that occurs in none of `texts`, in any case or width.

    The same texts give the same name, and nearly all texts give `untrusted`, so that prompts can be
    cached and reviewed.
    """
    seen = "\n".join(unicodedata.normalize("NFKC", text).casefold() for text in texts)
    name, number = FENCE, 1
    while name in seen:
        number += 1
        name = f"{FENCE}-{number}"
    return name
