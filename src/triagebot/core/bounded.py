"""A limit to the work that a Markdown parser does for one text.

Quotes let markdown-it read the lines after them again and again, so the time for a hostile text of
GitHub's length grows to a quarter of a minute. A rule that never matches counts the steps.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

STEPS = 150_000
"""Half a second's worth; ordinary texts of GitHub's length take a tenth of them."""


class TooManySteps(Exception):
    """The parser took more than `STEPS`; what the text says is not known."""


def bounded(parser: MarkdownIt) -> MarkdownIt:
    """Return the parser, which from now on raises `TooManySteps`. It must have the rule `table`."""
    parser.block.ruler.before(
        "table", "step", _step, {"alt": ["paragraph", "reference", "blockquote", "list", "table"]}
    )
    return parser


def _step(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:
    state.env["steps"] = steps = state.env.get("steps", 0) + 1
    if steps > STEPS:
        raise TooManySteps
    return False
