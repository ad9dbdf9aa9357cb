"""GitHub's own description of its REST API, to hold the simulator's answers against."""

from __future__ import annotations

import gzip
import json
import os
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

DESCRIPTION = (
    Path(os.environ.get("TRIAGEBOT_DATA", "../shared/data")) / "webhooks" / "api.github.com.openapi.json.gz"
)
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


@FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"\w+:", value) is not None


def required() -> None:
    """Skip where the description is not at hand."""
    if not DESCRIPTION.exists():
        pytest.skip(f"GitHub's OpenAPI description is not at {DESCRIPTION}; set TRIAGEBOT_DATA")


def violations(method: str, path: str, status: int, body: bytes, media: str) -> list[str]:
    """Return what is wrong with an answer, by the description; nothing where it describes nothing."""
    operation = _operation(method, path)
    if operation is None:
        return [f"GitHub has no {method} {path}"]
    answer = operation["responses"].get(str(status))
    if answer is None:
        return [f"GitHub describes no {status} for {method} {path}"] if status < 300 else []
    schema = _resolve(answer).get("content", {}).get("application/json", {}).get("schema")
    if schema is None or "json" not in media:
        return []
    validator = jsonschema.Draft7Validator(
        {**schema, "$id": ""} if "$ref" not in schema else {"allOf": [schema]},
        registry=_registry(),
        format_checker=FORMATS,
    )
    return [
        f"{method} {path} {status}: {'/'.join(map(str, error.absolute_path))}: {_reason(error)}"
        for error in validator.iter_errors(json.loads(body))
    ]


def _reason(error: jsonschema.ValidationError) -> str:
    """Return the deepest cause, since a failed union tells little."""
    best = jsonschema.exceptions.best_match([error])
    return f"{'/'.join(map(str, best.absolute_path))}: {best.message[-300:]}" if best else error.message


@lru_cache(maxsize=1)
def _description() -> dict[str, Any]:
    with gzip.open(DESCRIPTION) as file:
        whole = json.load(file)
    # This one wants an account to be a user and an enterprise at once; elsewhere it says either.
    listing = whole["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    listing["schema"]["items"] = {"$ref": "#/components/schemas/installation"}
    # It does not say what GitHub sends for a comment whose line the diff has left.
    for name in ("pull-request-review-comment", "review-comment"):
        for place in ("line", "position"):
            whole["components"]["schemas"][name]["properties"][place]["nullable"] = True
    return _with_nulls({"paths": whole["paths"], "components": whole["components"]})


def _with_nulls(node: Any) -> Any:
    """Say OpenAPI 3.0's `nullable` in the words of JSON Schema, and make references absolute."""
    if isinstance(node, list):
        return [_with_nulls(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _with_nulls(value) for key, value in node.items() if key not in ("example", "examples")}
    if isinstance(made.get("$ref"), str):
        made["$ref"] = f"github:all{made['$ref']}"
    if made.pop("nullable", None) is True:
        return {"anyOf": [{"type": "null"}, made]}
    return made


@lru_cache(maxsize=1)
def _registry() -> Registry[Any]:
    return Registry().with_resource("github:all", Resource(_description(), DRAFT7))


def _resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = _description()
        for step in node["$ref"].partition("#/")[2].split("/"):
            found = found[step]
        node = found
    return node


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Return the paths, the most particular first."""
    paths = sorted(_description()["paths"].items(), key=lambda item: (item[0].count("{"), -len(item[0])))
    made = []
    for path, operations in paths:
        pattern = re.sub(r"\\{(path|ref)\\}", ".+", re.escape(path))
        made.append((re.compile(re.sub(r"\\{\w+\\}", "[^/]+", pattern)), operations))
    return made


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _patterns():
        if method.lower() in operations and pattern.fullmatch(path):
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None
