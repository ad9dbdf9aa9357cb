"""The inside of a Markdown paragraph: links that may stay, words that act made inert, and all of it written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from markdown_it.tree import SyntaxTreeNode

from triagebot.core.markdown_words import TRIGGER, code, escape_inline, escape_line
from triagebot.core.text import strip_comments


@dataclass(frozen=True, slots=True)
class Rules:
    """Where links may lead: `hosts` in lower case; on GitHub's own only into `repo`, in lower case."""

    hosts: frozenset[str]
    repo: str

    def target(self, href: str) -> str | None:
        """Return `href` as it may be written, or None. Ports, user names and dot segments are refused."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return None
        host = parts.netloc.lower()
        path = parts.path.lower()
        if parts.scheme != "https" or host not in self.hosts or not re.fullmatch("[!-~]{1,2000}", href):
            return None
        if "\\" in href or ".." in path or re.search("%(?:2e|2f|5c)|//", path) or _REFERENCE.search(path):
            return None
        if "github" in host and not f"{path}/".startswith(f"/{self.repo}/"):
            return None
        return f"https://{host}{quote(href[len('https://') + len(host) :], safe='/?#=&%+,:;-._~')}"


_REFERENCE = re.compile(r"/(?:issues|pulls?|merge_requests|discussions|commits?|compare)/")


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text, not yet escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code span."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link whose target the rules allow."""

    url: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Styled:
    """Emphasis, strong emphasis or strikethrough."""

    mark: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line inside a paragraph."""

    hard: bool


Span = Text | Code | Link | Styled | Break

_MARKS = {"em": "_", "strong": "**", "s": "~~"}


def inline(node: SyntaxTreeNode, rules: Rules) -> list[Span]:
    """Return the spans of a paragraph, heading or cell, with the words that act made inert."""
    return _join((span for child in node.children for span in _spans(child.children, rules)), rules)


def html_lines(html: str, rules: Rules) -> list[Span]:
    """Return what is left of a block of HTML as the spans of a paragraph."""
    return _join(_lines(html), rules)


def _spans(nodes: Iterable[SyntaxTreeNode], rules: Rules) -> Iterator[Span]:
    for node in nodes:
        match node.type:
            case "text":
                yield Text(node.content)
            case "code_inline":
                yield Code(node.content)
            case "softbreak" | "hardbreak":
                yield Break(node.type == "hardbreak")
            case "html_inline":
                yield from _lines(node.content)
            case "image":
                yield from _spans(node.children, rules)
            case "link":
                url = rules.target(str(node.attrGet("href") or ""))
                inner = _spans(node.children, rules)
                if url is None:
                    yield from inner
                else:
                    yield Link(url, _join(inner, rules, linked=True))
            case _:
                yield Styled(_MARKS[node.type], _join(_spans(node.children, rules), rules))


def _join(spans: Iterable[Span], rules: Rules, *, linked: bool = False) -> list[Span]:
    """Return `spans` with neighbours of a kind made one, and then with the words that act made inert."""
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if isinstance(span, Text) and isinstance(last, Text):
            merged[-1] = Text(last.text + span.text)
        elif isinstance(span, Code) and isinstance(last, Code):
            merged[-1] = Code(last.text + span.text)
        else:
            merged.append(span)
    inert: list[Span] = []
    for index, span in enumerate(merged):
        if isinstance(span, Text):
            first = index == 0 or isinstance(merged[index - 1], Break)
            inert += _inert(span.text, rules, first=first, linked=linked)
        else:
            inert.append(span)
    return inert


def _inert(text: str, rules: Rules, *, first: bool, linked: bool) -> Iterator[Span]:
    """Yield `text` with its acting words as code, or as links where their address is allowed."""
    for part in re.split(r"(\s+)", text):
        command = first and part.startswith("/")
        first = first and not part.strip()
        if not (command or TRIGGER.search(part)):
            yield Text(part)
            continue
        core = part.rstrip(".,;:!?)]}\"'>*_~")
        start = len(core) - len(core.lstrip("([{\"'<*_~"))
        if not (command or TRIGGER.search(core)):
            core, start = part, 0
        yield Text(part[:start])
        url = None if linked else rules.target(core[start:])
        yield Link(url, [Code(core[start:])]) if url else Code(core[start:])
        yield Text(part[len(core) :])


_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]{0,40})(?:[\s/][^<>]*)?/?>|<[?!][^<>]*>")
_ELEMENTS = frozenset(
    """a abbr article aside b big blockquote body br button caption center cite code col colgroup dd del details
    dfn div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h3 h4 h5 h6 head header hr html i
    iframe img input ins kbd label legend li link main map mark math meta nav noscript object ol option p path
    picture pre q rp rt ruby s samp script section select small source span strike strong style sub summary sup
    svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr audio base
    marquee""".split()  # noqa: SIM905 - a list of 120 strings is no easier to read
)


def _without_tags(html: str) -> str:
    """Return HTML without comments, declarations and known elements' tags; `<T>` of prose stays, as text."""

    def drop(match: re.Match[str]) -> str:
        name = (match[1] or "a").lower()
        return "\n" if name in ("br", "p", "div", "li", "tr") else "" if name in _ELEMENTS else match[0]

    return _TAG.sub(drop, strip_comments(html))


def _lines(html: str) -> Iterator[Span]:
    for index, line in enumerate(_without_tags(html).split("\n")):
        if index:
            yield Break(hard=False)
        yield Text(line)


def paragraph(spans: Sequence[Span], *, one_line: bool = False, cell: bool = False) -> str:
    """Return `spans` as the lines of a paragraph, or as one line."""
    lines: list[tuple[str, bool]] = []
    current: list[Span] = []
    for span in [*spans, Break(hard=False)]:
        if not isinstance(span, Break):
            current.append(span)
            continue
        if line := _line(current, cell=cell).strip():
            lines.append((line, span.hard))
        current = []
    if one_line:
        return " ".join(line for line, _ in lines)
    return "".join(
        line + ("" if index == len(lines) - 1 else "\\\n" if hard else "\n")
        for index, (line, hard) in enumerate(lines)
    )


def _line(spans: Sequence[Span], *, start: bool = True, cell: bool = False) -> str:
    written = ""
    for index, span in enumerate(spans):
        following = spans[index + 1] if index + 1 < len(spans) else None
        match span:
            case Text(text):
                words = re.sub(r"\s+", " ", text)
                opens = start and not written.strip()
                piece = escape_line(words.lstrip()) if opens else escape_inline(words)
                if piece.endswith("!") and isinstance(following, Link):
                    piece = f"{piece[:-1]}\\!"
            case Code(text):
                piece = _cell_code(text) if cell else code(text)
            case Link(url, inner):
                shown = _line([_flat(s) for s in inner], start=False, cell=cell).strip()
                piece = f"[{shown}]({url})" if shown else ""
            case Styled(mark, inner):
                shown = _line([_flat(s) for s in inner], start=False, cell=cell).strip()
                fits = shown and _apart(written[-1:]) and _apart(_first(following))
                piece = f"{mark}{shown}{mark}" if fits else shown
            case _:
                piece = " "
        written += piece
    return written


def _flat(span: Span) -> Span:
    return Text(" ") if isinstance(span, Break) else span


def _cell_code(text: str) -> str:
    r"""Return a code span for a table's cell, where GFM reads `\|` as `|` even inside code."""
    return code(text.replace("|", "¦") if "\\" in text else text).replace("|", "\\|")


def _apart(char: str) -> bool:
    """Return True if emphasis may open after, or close before, this character."""
    return not char or char.isspace() or (char.isascii() and not char.isalnum())


def _first(span: Span | None) -> str:
    """Return the character with which `span` will be written; a letter where that is not sure."""
    match span:
        case Text(text):
            return text[:1]
        case Code() | Link():
            return "`"
        case Styled():
            return "x"
        case _:
            return ""
