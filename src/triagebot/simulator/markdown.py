"""Markdown as the pages show it: tables and task lists, no raw HTML, no foreign images, sanitised."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
_TAGS = nh3.ALLOWED_TAGS | {"details", "summary"}

_TITLE = MarkdownIt("zero").enable("backticks")


@lru_cache(maxsize=1_000)
def render(text: str | None) -> Markup:
    """Return safe HTML; like on GitHub, line breaks are kept and hidden comments vanish."""
    if not (text or "").strip():
        return Markup('<p class="empty">No description provided.</p>')
    html = nh3.clean(
        _PARSER.render(text or ""),
        tags=_TAGS - {"img"},
        allowed_classes={"code": {"language-suggestion"}},
        link_rel="nofollow noopener noreferrer",
        url_schemes={"http", "https", "mailto"},
        strip_comments=True,
    )
    return Markup(html)  # noqa: S704  # nh3 has just cleaned it


def title(text: str) -> Markup:
    """Return a title: as GitHub does, only code spans are more than plain text."""
    return Markup(_TITLE.renderInline(text))  # noqa: S704  # the parser escapes all else
