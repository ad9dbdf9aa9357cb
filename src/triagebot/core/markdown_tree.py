"""Write Markdown anew from its syntax tree, keeping only what `Rules` allow.

Parsed is CommonMark with GFM's tables and strikethrough, as GitHub does. What is written is a small,
regular subset, so that other parsers cannot read something else in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from triagebot.core.bounded import bounded
from triagebot.core.markdown_spans import Rules, html_lines, inline, paragraph

PARSER = bounded(MarkdownIt("commonmark").enable(["table", "strikethrough"]))


def rebuild(markdown: str, rules: Rules) -> str:
    """Return `markdown` written anew once. See `markdown.clean` for what that means."""
    root = SyntaxTreeNode(PARSER.parse(markdown, {}))
    return "\n\n".join(_blocks(root.children, rules))


def _blocks(nodes: Iterable[SyntaxTreeNode], rules: Rules) -> Iterator[str]:
    for node in nodes:
        if block := _block(node, rules):
            yield block


def _block(node: SyntaxTreeNode, rules: Rules) -> str:
    written = ""
    match node.type:
        case "paragraph":
            written = paragraph(inline(node, rules))
        case "html_block":
            written = paragraph(html_lines(node.content, rules))
        case "heading":
            line = paragraph(inline(node, rules), one_line=True)
            written = f"{'#' * int(node.tag[1])} {line}" if line else ""
        case "fence" | "code_block":
            written = _code_block(node.content, node.info if node.type == "fence" else "")
        case "hr":
            written = "***"
        case "blockquote":
            body = "\n\n".join(_blocks(node.children, rules))
            written = "\n".join(f"> {line}".rstrip() for line in body.split("\n")) if body else ""
        case "bullet_list" | "ordered_list":
            written = _list(node, rules)
        case "table":
            written = _table(node, rules)
    return written


_INERT_INFO = re.compile(r"(?!(?:mermaid|math|geojson|topojson|stl|suggestion)$)[A-Za-z0-9+#._-]{1,20}")
_COMMAND_LINE = re.compile(r"^([ \t]*)/(?=[A-Za-z][\w-]*(?:\s|$))", re.MULTILINE)


def _code_block(content: str, info: str) -> str:
    """Return a fence without the languages that GitHub draws or applies, commands and markers."""
    body = _COMMAND_LINE.sub(r"\1/ ", content.strip("\n").replace("<!-- triagebot", "<!- triagebot"))
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
    word = next(iter(info.split()), "")
    return f"{ticks}{word if _INERT_INFO.fullmatch(word) else ''}\n{body}\n{ticks}"


def _list(node: SyntaxTreeNode, rules: Rules) -> str:
    ordered = node.type == "ordered_list"
    number = int(node.attrGet("start") or 1) if ordered and node.attrGet("start") != 0 else int(not ordered)
    number = min(number, 99_999_999)
    tight = all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")
    items: list[str] = []
    for item in node.children:
        blocks = list(_blocks(item.children, rules))
        if not blocks:
            continue
        marker = f"{number}. " if ordered else "- "
        number += 1
        body = ("\n" if tight and _nests_tightly(item) else "\n\n").join(blocks)
        lines = body.split("\n")
        indent = " " * len(marker)
        items.append("\n".join([marker + lines[0], *(indent + line if line else "" for line in lines[1:])]))
    return ("\n" if tight else "\n\n").join(items)


def _nests_tightly(item: SyntaxTreeNode) -> bool:
    """Return True if the item's blocks, a line of text and then lists, stay apart without empty lines."""
    return all(part.type in ("paragraph", "bullet_list", "fence") for part in item.children)


def _table(node: SyntaxTreeNode, rules: Rules) -> str:
    rows = [row for part in node.children for row in part.children]
    written = [
        "| "
        + " | ".join(paragraph(inline(cell, rules), one_line=True, cell=True) for cell in row.children)
        + " |"
        for row in rows
    ]
    aligned = {"text-align:left": ":--", "text-align:center": ":-:", "text-align:right": "--:"}
    rule = [aligned.get(str(cell.attrGet("style") or ""), "---") for cell in rows[0].children]
    return "\n".join([written[0], "| " + " | ".join(rule) + " |", *written[1:]])
