"""Damage a JSON body in the ways that break parsers; the same seed gives the same damage."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    "",
    "\0",
    "\ud800",
    "../..",
    "\u202e" * 50,
    "x" * 5000,
    [],
    {},
    [[]],
    {"": {"": None}},
    float("nan"),
    float("inf"),
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) in `value`."""
    found = []
    todo = [value]
    while todo:
        node = todo.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
        for key in keys:
            found.append((node, key))
            todo.append(node[key])
    return found


def _in_the_tree(
    change: Callable[[random.Random, Any, Any], None],
) -> Callable[[random.Random, bytes], bytes]:
    def mutate(dice: random.Random, body: bytes) -> bytes:
        value = json.loads(body)
        for _ in range(dice.randint(1, 4)):
            if places := _places(value):
                # Mostly near the top, where what is read lies.
                node, key = places[min(int(dice.expovariate(0.05)), len(places) - 1)]
                change(dice, node, key)
        return json.dumps(value).encode()

    return mutate


def _swap_type(dice: random.Random, node: Any, key: Any) -> None:
    node[key] = dice.choice(_ODD)


def _remove(dice: random.Random, node: Any, key: Any) -> None:
    del node[key]


def _rename(dice: random.Random, node: Any, key: Any) -> None:
    if isinstance(node, dict):
        node[dice.choice(["", "\0", "\udfff", "id", "action", "k" * 3000])] = node.pop(key)


def _nest(dice: random.Random, node: Any, key: Any) -> None:
    for _ in range(dice.choice([3, 60, 70, 300])):
        node[key] = {"issue": node[key]} if dice.random() < 0.5 else [node[key]]


def _double_a_key(dice: random.Random, body: bytes) -> bytes:
    key = dice.choice([b'"action"', b'"issue"', b'"repository"', b'"id"', b'"sender"'])
    return body.replace(b"{", b"{%b: %b, " % (key, dice.choice([b"1", b"null", b'"x"', b"{}"])), 3)


def _flip_bytes(dice: random.Random, body: bytes) -> bytes:
    damaged = bytearray(body)
    for _ in range(dice.randint(1, 30)):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def _invalid_utf8(dice: random.Random, body: bytes) -> bytes:
    at = dice.randrange(len(body))
    return (
        body[:at] + dice.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]) + body[at:]
    )


def _lone_surrogates(dice: random.Random, body: bytes) -> bytes:
    return body.replace(
        b'": "', b'": "' + dice.choice([b"\\ud83d", b"\\uDE00", b"\\u0000", b"\\ud83d\\ud83d"])
    )


def _huge_number(dice: random.Random, body: bytes) -> bytes:
    huge = dice.choice([b"9" * 4000, b"9" * 5000, b"1e400", b"-1e999", b"NaN", b"Infinity", b"1" + b"0" * 20])
    return body.replace(b": 1", b": " + huge, dice.choice([1, 5, 10_000]))


def _encoding(dice: random.Random, body: bytes) -> bytes:
    return body.decode().encode(dice.choice(["utf-8-sig", "utf-16", "utf-16-be", "utf-32"]))


MUTATIONS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "types swapped": _in_the_tree(_swap_type),
    "removed": _in_the_tree(_remove),
    "renamed": _in_the_tree(_rename),
    "nested": _in_the_tree(_nest),
    "key doubled": _double_a_key,
    "bytes flipped": _flip_bytes,
    "invalid UTF-8": _invalid_utf8,
    "lone surrogates": _lone_surrogates,
    "huge number": _huge_number,
    "another encoding": _encoding,
    "cut off": lambda dice, body: body[: dice.randrange(len(body))],
    "repeated": lambda dice, body: body * dice.randint(2, 3),
    "in an array": lambda dice, body: b"[" + body + b"]",
    "empty": lambda dice, body: b"",
}
