"""The schema that endpoints are asked to enforce is strict, and answers that fit it are valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field
from tests.support.models import LabelVoice, TriageAnswer

from triagebot.core.errors import PromptError
from triagebot.llm.schema import Dialect, strict_schema
from triagebot.simulator.scripted_model import sample

DIALECTS: tuple[Dialect, ...] = ("openai", "open", "tiny")


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = Field(min_length=2, max_length=5000)


class Tree(BaseModel):
    value: str
    children: list[Tree] = []
    parent: Tree | None = None


class Zoo(BaseModel):
    animals: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(min_length=1, max_length=9)
    keeper: str | None = None
    score: float = Field(default=0.5, ge=0, le=1, description="how good")
    tree: Tree
    best: Cat = Field(description="the best cat")


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key in ("properties", "$defs"):
                for child in value.values():
                    yield from nodes(child)
            elif key not in ("enum", "const"):
                yield from nodes(value)
    if isinstance(schema, list):
        for item in schema:
            yield from nodes(item)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("answer", [TriageAnswer, Zoo, Tree], ids=lambda t: t.__name__)
def test_every_object_is_closed_and_complete(answer: type[BaseModel], dialect: Dialect) -> None:
    schema = strict_schema(answer, dialect)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    for node in nodes(schema):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        assert not node.keys() & {"oneOf", "allOf", "default", "discriminator", "title", "uniqueItems"}
        if "$ref" in node:
            assert set(node) == {"$ref"}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("answer", [TriageAnswer, Zoo, Tree], ids=lambda t: t.__name__)
def test_what_fits_the_schema_is_a_valid_answer(answer: type[BaseModel], dialect: Dialect) -> None:
    schema = strict_schema(answer, dialect)
    value = sample(schema)
    jsonschema.validate(value, schema)
    answer.model_validate_json(json.dumps(value))


def test_openai_gets_limits_of_length_in_words() -> None:
    labels = strict_schema(TriageAnswer, "openai")
    assert labels["properties"]["summary"] == {"type": "string", "description": "(at most 600 characters)"}
    assert labels["properties"]["labels"]["maxItems"] == 5
    assert labels["$defs"]["LabelVoice"]["properties"]["confidence"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    }


def test_open_servers_count_characters_and_choose_among_steps() -> None:
    voice = strict_schema(LabelVoice, "open")["properties"]
    assert voice["quote"]["maxLength"] == 300
    assert voice["confidence"] == {"enum": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]}
    dog = strict_schema(Dog, "open")["properties"]["name"]
    assert dog == {"type": "string", "minLength": 2}, "thousands of counted characters break the grammar"


def test_the_embedded_model_gets_little_room() -> None:
    schema = strict_schema(TriageAnswer, "tiny")
    assert schema["properties"]["labels"]["maxItems"] == 1
    assert schema["properties"]["summary"]["maxLength"] == 160
    assert strict_schema(Zoo, "tiny")["properties"]["animals"]["minItems"] == 1


class Free(BaseModel):
    anything: dict[str, int]


class Pair(BaseModel):
    pair: tuple[int, str]


class Empty(BaseModel):
    pass


@pytest.mark.parametrize("answer", [Free, Pair, Empty], ids=lambda t: t.__name__)
def test_types_that_strict_mode_cannot_say_are_refused(answer: type[BaseModel]) -> None:
    with pytest.raises(PromptError, match=answer.__name__):
        strict_schema(answer, "openai")
