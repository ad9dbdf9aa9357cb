"""Turn an answer's type into the JSON schema that an endpoint is asked to enforce.

Every dialect gets what OpenAI's strict mode demands: objects name all their properties as required
and allow no others, and the root is an object. What a dialect refuses or ignores is left out of the
schema and said in words instead; the answer is validated against the whole type afterwards anyway.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from triagebot.core.errors import PromptError

Dialect = Literal["openai", "open", "tiny"]
"""OpenAI's own API; an open server (vLLM, llama.cpp and the like); or the embedded model, which repeats
itself until something stops it, and so gets less room than the type allows."""

# See "Structured model outputs", "Supported schemas", in OpenAI's guide.
_NOT_OPENAI = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "uniqueItems": "no item twice",
}
_DROPPED = frozenset({"default", "discriminator", "examples", "title"})
_TINY = {"maxLength": 160, "maxItems": 1}
_LONGEST_COUNTED = 1000
"""Above this llama.cpp's and xgrammar's automata grow too large for a `maxLength`."""


def strict_schema(answer: type[BaseModel], dialect: Dialect) -> dict[str, Any]:
    """Return the schema of `answer`; raise `PromptError` if strict mode cannot express the type."""
    schema = answer.model_json_schema()
    if "$ref" in schema:  # a type that contains itself
        schema = {**schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]], "$defs": schema["$defs"]}
    if schema.get("type") != "object" or not schema.get("properties"):
        raise PromptError(f"{answer.__name__}: an answer must be an object with named fields")
    return _strict(schema, dialect, answer.__name__)


def _strict(node: dict[str, Any], dialect: Dialect, where: str) -> dict[str, Any]:
    node = _simplified(node)
    if "$ref" in node:  # OpenAI takes no other keyword beside a reference
        return {"$ref": node["$ref"]}
    _check(node, where)
    if node.get("type") == "object":
        node |= {"additionalProperties": False, "required": list(node["properties"])}
    for key in {"properties", "$defs"} & node.keys():
        node[key] = {name: _strict(child, dialect, f"{where}.{name}") for name, child in node[key].items()}
    if "items" in node:
        node["items"] = _strict(node["items"], dialect, f"{where}[]")
    if "anyOf" in node:
        node["anyOf"] = [_strict(child, dialect, where) for child in node["anyOf"]]
    return _in_dialect(node, dialect)


def _simplified(node: dict[str, Any]) -> dict[str, Any]:
    """Return the same type without what says nothing to a model, and unions as `anyOf`."""
    node = {key: value for key, value in node.items() if key not in _DROPPED}
    if len(node.get("allOf", ())) == 1:
        node = {**node.pop("allOf")[0], **node}
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    return node


def _check(node: dict[str, Any], where: str) -> None:
    for key in ("prefixItems", "patternProperties", "allOf", "not"):
        if key in node:
            raise PromptError(f"{where}: strict mode has no {key}; use lists and named fields")
    free = node.get("additionalProperties") not in (None, False) or "properties" not in node
    if node.get("type") == "object" and free:
        raise PromptError(f"{where}: strict mode has no free-form objects; use a list of named fields")


def _in_dialect(node: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    if dialect == "openai":
        told = [text.format(node.pop(key)) for key, text in _NOT_OPENAI.items() if key in node]
        if told:
            node["description"] = " ".join([node.get("description", ""), f"({', '.join(told)})"]).strip()
        return node
    node.pop("uniqueItems", None)
    if dialect == "tiny":
        for key, most in _TINY.items():
            if key in node:
                node[key] = max(min(node[key], most), node.get(key.replace("max", "min"), 0))
    if node.get("maxLength", 0) > _LONGEST_COUNTED:
        del node["maxLength"]
    if node.get("type") == "number" and (node.get("minimum"), node.get("maximum")) == (0, 1):
        kept = {key: value for key, value in node.items() if key == "description"}
        return {**kept, "enum": [step / 10 for step in range(11)]}  # llama.cpp ignores a number's bounds
    return node
