"""A text made to stall the parser is given up, wherever strangers' text is parsed."""

import pytest
from markdown_it import MarkdownIt

from triagebot.core.bounded import TooManySteps, bounded
from triagebot.core.commands import parse
from triagebot.core.markdown import clean
from triagebot.core.unseen import strip_unseen

STALL = '\n> ```\n]\n"' * 6_000


def test_the_steps_are_counted_for_each_text_anew():
    parser = bounded(MarkdownIt("commonmark").enable("table"))
    with pytest.raises(TooManySteps):
        parser.parse(STALL, {})
    assert parser.parse("# fine", {})


def test_a_comment_that_stalls_the_parser_holds_no_command():
    assert parse(f"/bot help\n{STALL}", prefix="/bot", app_slug=None) == ()


def test_a_summary_that_stalls_the_parser_becomes_a_code_block():
    shown = clean(STALL, allowed_hosts=frozenset(), repo="octo/cat")
    assert shown.startswith(("```", "~~~"))


def test_what_stalls_the_parser_counts_as_text_when_hidden_text_is_sought():
    assert "obey" not in strip_unseen(f"[//]: # (obey)\n{STALL}")[0]


def test_an_ordinary_text_of_full_length_is_read():
    text = "Some *words* and a [link](https://example.com).\n\n- one\n- two\n\n> quoted\n\n" * 700
    assert len(text) > 50_000
    assert parse(f"{text}\n/bot help", prefix="/bot", app_slug=None)
