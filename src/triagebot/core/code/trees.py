"""Parse a source file into a tree. Runs in the parsing process only (`child`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ast_grep_py import SgNode, SgRoot


@lru_cache(maxsize=2)  # a file before and after; a tree takes a hundred times its text
def root(source: str, language: str) -> SgNode:
    """Return the root of the tree of `source`; `language` is one of `languages.LANGUAGES`."""
    return SgRoot(source, language).root()


def walk(node: SgNode) -> Iterator[SgNode]:
    """Yield every node below and with `node`, in the order of the source."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(node.children())


def of_kinds(node: SgNode, kinds: Iterator[str] | frozenset[str]) -> list[SgNode]:
    """Return the nodes below and with `node` of these kinds, in the order of the source."""
    return node.find_all(any=[{"kind": kind} for kind in kinds])


def span(node: SgNode) -> tuple[int, int]:
    """Return the first and last line of `node`, counted from 1."""
    where = node.range()
    last = where.end.line + (1 if where.end.column or where.end.line == where.start.line else 0)
    return where.start.line + 1, last


def ancestor(node: SgNode, kinds: frozenset[str]) -> SgNode | None:
    """Return the nearest node around `node` of one of these kinds."""
    around = node.parent()
    while around is not None and around.kind() not in kinds:
        around = around.parent()
    return around


def child_of(node: SgNode, *kinds: str) -> SgNode | None:
    """Return the first direct child of one of these kinds."""
    return next((child for child in node.children() if child.kind() in kinds), None)
