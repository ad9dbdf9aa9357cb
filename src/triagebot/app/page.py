"""Pages that are one file and need nothing from elsewhere: the style is inside, and there is no script.

Titles, labels and words come from strangers: the templates escape everything, and a link leads only to an
address that was stored with the issue.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from triagebot.core.text import strip_hidden

TEMPLATES = Path(__file__).parent / "templates"
TITLE = 140


def render(template: str, **values: Any) -> str:
    """Return the page that a template makes of `values`."""
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return _environment().get_template(template).render(style=style, **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["day"] = day
    return made


def day(at: datetime) -> str:
    """Return a date as people read it."""
    return f"{at.day} {at:%B %Y}"


def title(text: str, most: int = TITLE) -> str:
    """Return a title without what is hidden in it, on one line, cut."""
    shown = " ".join(strip_hidden(text)[0].split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def link(url: str) -> str:
    """Return the address if it is a page on the web, or on this computer, where the demo's GitHub is; else ""."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.username or parts.password or not host:
        return ""
    local = parts.scheme == "http" and host in ("127.0.0.1", "localhost")
    return url if parts.scheme == "https" or local else ""
