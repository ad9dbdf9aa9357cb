"""Where a source file stops being its language. Runs in the parsing process only (`child`).

A grammar that is not the language's own is sometimes wrong. Where there is a second parser, both must say no.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib

import yaml
from ast_grep_py import SgNode

from triagebot.core.code.trees import root
from triagebot.core.code.values import SyntaxProblem
from triagebot.core.redact import redact

MOST = 20
"""Problems told of one file: what comes after the first is mostly its consequence."""


_PLACE = re.compile(r"(.*) \(at line (\d{1,9}), column (\d{1,9})\)", re.DOTALL)
"""How Python's parser of TOML ends what it says, unless it is about the end."""


def errors(source: str, language: str) -> list[SyntaxProblem]:
    """Return what is no `language` in `source`, the first places first."""
    if language == "toml":
        return _agreed(_toml(source))
    tree = root(source, language)
    found = _in_tree(tree)
    if "\0" in source:
        return []
    if language == "python":
        return _agreed(_python(source, doubted=bool(found)))
    if not found or _beyond(source, language, tree):
        return []
    second = {"json": _json, "yaml": _yaml}.get(language)
    return _agreed(second(source)) if second is not None else found


_SCRIPT_HOLES = re.compile(
    r"\bexport\s+type\s+\*|\btypeof\s+import\(|@flow\b|\bimport\.?\s*(?:defer|source)\b"
)
_RUST_HOLES = re.compile(
    r"\b(?:str|char|bool|[iu](?:8|16|32|64|128|size)|f32|f64)!\s*[\[({]|^(?:#!.*\n)?\s*---"
)


def _beyond(source: str, language: str, tree: SgNode) -> bool:
    """Return True where the grammar is known to be wrong about correct files, so that its word is worth nothing."""
    match language:
        case "javascript" | "typescript" | "tsx":
            markup = ("jsx_element", "jsx_self_closing_element") if language != "typescript" else ()
            return _SCRIPT_HOLES.search(source) is not None or any(tree.find(kind=kind) for kind in markup)
        case "rust":
            return _RUST_HOLES.search(source) is not None
        case "php":
            return not source.lstrip("\ufeff").startswith(("<?php", "#!"))
    return False


def _agreed(second: SyntaxProblem | None) -> list[SyntaxProblem]:
    return [second] if second is not None else []


def _in_tree(tree: SgNode) -> list[SyntaxProblem]:
    found: list[SyntaxProblem] = []
    stack = [tree]
    while stack and len(found) < MOST:
        node = stack.pop()
        where = node.range()
        if node.kind() == "ERROR":
            found.append(SyntaxProblem(where.start.line + 1, where.start.column + 1, _unexpected(node)))
            continue
        children = node.children()
        # A token without text was put in by the parser; most named ones are an empty string's content.
        if not children and where.start.index == where.end.index and _is_token(node):
            found.append(_missing(node))
        stack += reversed(children)
    return found


def _is_token(node: SgNode) -> bool:
    return not node.is_named() or node.kind() in ("identifier", "type_identifier", "name")


def _unexpected(node: SgNode) -> str:
    words = redact(node.text()[:400]).split()  # before it is cut: half a secret is not known as one
    return f"unexpected {words[0][:40]}" if words else "unexpected text"


def _missing(node: SgNode) -> SyntaxProblem:
    where = node.range().start
    return SyntaxProblem(where.line + 1, where.column + 1, f"{node.kind()} is missing")


def _python(source: str, *, doubted: bool) -> SyntaxProblem | None:
    """Return what this Python's own parser says. It may know less than the newest syntax, hence the two.

    What no version allows counts also where the grammar, which reads much that is none, has no doubt: indentation
    that does not fit, and what is only seen once all is parsed, as `return` outside of a function.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return _said(error) if doubted or isinstance(error, IndentationError) else None
    except (ValueError, RecursionError, MemoryError):
        return None  # a NUL, or nested too deeply for it to tell
    try:
        compile(tree, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return _said(error) if "__future__" not in source else None  # a later Python's future is no mistake
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _said(error: SyntaxError) -> SyntaxProblem:
    return SyntaxProblem(max(1, error.lineno or 1), max(1, error.offset or 1), error.msg[:200])


def _json(source: str) -> SyntaxProblem | None:
    try:
        json.loads(source.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return SyntaxProblem(error.lineno, error.colno, error.msg[:200])
    except (ValueError, RecursionError):
        return None
    return None


def _toml(source: str) -> SyntaxProblem | None:
    try:
        tomllib.loads(source.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.fullmatch(str(error)[:400])
        if found is None:
            return SyntaxProblem(source.count("\n") + 1, 1, "it ends too early")
        return SyntaxProblem(int(found[2]), int(found[3]), redact(found[1])[:200])
    except (ValueError, RecursionError):
        return None
    return None


def _yaml(source: str) -> SyntaxProblem | None:
    try:
        for _ in yaml.parse(source, Loader=yaml.CSafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return None
        return SyntaxProblem(mark.line + 1, mark.column + 1, (error.problem or "not YAML")[:200])
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return None
