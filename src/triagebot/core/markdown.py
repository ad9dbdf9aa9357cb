"""Make Markdown that is safe to post: plain text put into it literally, and a model's Markdown rebuilt.

GitHub turns text into effects after it has rendered Markdown: mentions notify people, `Fixes #1`
closes issues, references show up elsewhere, bare addresses become links, and other bots read lines
that begin with a slash. None of these happens in a code span, which is therefore where such words go;
entities and escapes would not help, because GitHub looks at the rendered text. See "Basic writing and
formatting syntax" and "Autolinked references and URLs" in GitHub's documentation.
"""

from __future__ import annotations

import contextlib
import re

from triagebot.core.bounded import TooManySteps
from triagebot.core.markdown_spans import Rules
from triagebot.core.markdown_tree import rebuild
from triagebot.core.markdown_words import TRIGGER, code, escape_line
from triagebot.core.text import cut, strip_invisible

ROUNDS = 6


def clean(markdown: str, *, allowed_hosts: frozenset[str], repo: str, max_length: int = 60_000) -> str:
    """Return a model's Markdown without anything that acts, as at most `max_length` characters.

    Left are paragraphs, headings, lists, quotes, tables, code, emphasis, and `https` links to exactly
    `allowed_hosts` (on GitHub itself: only into `repo`, "owner/name", and to nothing that would be a
    cross-reference). Every other link and every image is reduced to its text; HTML is dropped;
    mentions, references, addresses, commit ids and commands stand in code spans.

    Everything is written anew from the syntax tree, until reading the result again gives the same
    result: so what a parser finds in it is what the rules let through, and cleaning twice is cleaning
    once. Text that does not settle is shown as a code block.
    """
    rules = Rules(frozenset(host.lower() for host in allowed_hosts), repo.lower())
    limit = max_length
    while True:
        result = _settle(cut(strip_invisible(markdown), limit), rules)
        if len(result) <= max_length:
            return result
        if limit <= 16:
            return ""
        limit = limit * 3 // 4


def _settle(markdown: str, rules: Rules) -> str:
    with contextlib.suppress(TooManySteps):
        result = rebuild(markdown, rules)
        for _ in range(ROUNDS):
            again = rebuild(result, rules)
            if again == result:
                return result
            result = again
    return rebuild(fence(markdown), rules)


def escape(text: str) -> str:
    """Return plain `text` (a title, a label, a file name) as Markdown on one line that shows it literally.

    Words that would act are put into code spans. For quotes and file names prefer `code_span`.
    """
    words = strip_invisible(text).split()
    parts = [
        code(word) if TRIGGER.search(word) or word.startswith("/") else escape_line(word) for word in words
    ]
    return " ".join(parts)


def code_span(text: str) -> str:
    """Return `text` on one line as a code span, whatever backticks it holds; nothing for nothing."""
    return code(strip_invisible(text))


def fence(text: str, info: str = "") -> str:
    """Return `text` as a fenced code block that nothing in it can close. Only a plain word is kept as `info`."""
    body = strip_invisible(text).strip("\n")
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{info if re.fullmatch('[A-Za-z0-9+#._-]{1,20}', info) else ''}\n{body}\n{ticks}"


def quote(text: str) -> str:
    """Return Markdown `text` as a block quote, every line of it."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
