"""Markdown as GitHub would show it, and what GitHub would then do with the words in it."""

from __future__ import annotations

import gzip
import json
import os
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

DATA = Path(os.environ.get("TRIAGEBOT_DATA", "../shared/data"))

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass
class Rendered:
    """What a page holds. `prose` is the text that GitHub looks at: none of code and links."""

    prose: str = ""
    code: str = ""
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)

    @property
    def effects(self) -> list[str]:
        """What GitHub would link, notify, close or reference in the prose."""
        return [match[0] for pattern in _EFFECTS for match in pattern.finditer(self.prose)]


_EFFECTS = [
    re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9][A-Za-z0-9-]*"),
    re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    re.compile(r"(?:(?<![\w/])[\w.-]+/[\w.-]+)?(?<![\w&])#\d+"),
    re.compile(r"(?i)\bGH-\d+"),
    re.compile(r"(?i)\b(?:https?|ftp)://\S+"),
    re.compile(r"(?i)\bwww\.\w+"),
    re.compile(r"(?i)\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?\s+\S*#\d+"),
    re.compile(r"(?<!\w)(?=[a-f]*\d)[0-9a-f]{7,40}(?!\w)"),
]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Rendered()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.page.tags.add(tag)
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)
        if tag == "a":
            self.page.links.append(dict(attrs).get("href") or "")
        if tag not in ("code", "em", "strong", "s", "a"):
            self.page.prose += "\n"

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_comment(self, data):
        self.page.comments.append(data)

    def handle_decl(self, decl):
        self.page.comments.append(decl)

    def handle_pi(self, data):
        self.page.comments.append(data)

    def handle_data(self, data):
        if "code" in self.open:
            self.page.code += data + "\n"
            self.page.prose += "\x00"  # text on both sides of a span is not one word to GitHub
        elif "a" in self.open:
            self.page.prose += "\x00"
        else:
            self.page.prose += data


def render(markdown: str) -> Rendered:
    """Return what the page shows."""
    reader = _Reader()
    reader.feed(_PARSER.render(markdown))
    reader.close()
    return reader.page


def records(name: str) -> list[dict]:
    """Return the records of a data file; skip where the data is not there."""
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no data at {path}: set TRIAGEBOT_DATA to the folder that holds it")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
