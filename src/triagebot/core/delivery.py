"""Read a webhook delivery: strict about what is relied on, forgiving about everything else.

GitHub adds fields and events at any time and leaves others out, so unknown ones are no error, and a
known one of the wrong type counts as absent. Only a body that is not a JSON object is refused.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from triagebot.core.errors import MalformedDelivery
from triagebot.core.values import Actor, Repo, Subject, SubjectKind

MAX_DEPTH = 64
"""Deepest nesting taken. GitHub's own payloads stay under 12."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook POST. `event` is `issues.opened`: the header's event and the payload's action."""

    id: str
    event: str
    installation_id: int
    repo: Repo | None
    subject: Subject | None
    sender: Actor | None
    payload: dict[str, Any]


def parse(delivery_id: str, event: str, body: bytes) -> Delivery:
    """Return the delivery in `body`; raise `MalformedDelivery` if it is not a JSON object."""
    payload = decode(body)
    action = payload.get("action")
    repo = _repo(payload.get("repository"))
    return Delivery(
        id=delivery_id,
        event=f"{event}.{action}" if isinstance(action, str) and action else event,
        installation_id=_int(_dict(payload.get("installation")).get("id")),
        repo=repo,
        subject=_subject(payload, repo),
        sender=_actor(payload.get("sender")),
        payload=payload,
    )


def decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, with lone surrogates replaced.

    Refused: anything but an object, NaN and infinities, integers of over 4,300 digits, nesting
    deeper than `MAX_DEPTH`. Of a doubled key the last one counts, as everywhere in Python.
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
        _check_depth(value)
    except (ValueError, RecursionError) as error:
        raise MalformedDelivery(f"the body is not JSON that can be read: {error}") from None
    if not isinstance(value, dict):
        raise MalformedDelivery("the body is JSON, but not an object")
    if b"\\ud" in body or b"\\uD" in body:  # perhaps half a surrogate pair, which no database takes
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    decoded: dict[str, Any] = value
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list, float))
        ]
        if any(isinstance(node, float) and not math.isfinite(node) for node in level):
            raise ValueError("a number is out of range")
        if not level:
            return
    raise ValueError(f"nested deeper than {MAX_DEPTH}")


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""


def _int(value: object) -> int:
    """Return a plausible database id; 0 for anything else, so that no huge number reaches SQL."""
    return value if type(value) is int and 0 <= value < 2**63 else 0


def _actor(value: object) -> Actor | None:
    user = _dict(value)
    if not user.get("login") or not _int(user.get("id")):
        return None
    kind = user.get("type")
    return Actor(
        id=_int(user["id"]),
        login=_str(user["login"]),
        type=kind if kind in ("Bot", "Organization", "Mannequin") else "User",
    )


def _repo(value: object) -> Repo | None:
    repo = _dict(value)
    owner, _, name = _str(repo.get("full_name")).partition("/")
    if not owner or not name or "/" in name or not _int(repo.get("id")):
        return None
    return Repo(
        id=_int(repo["id"]),
        owner=owner,
        name=name,
        default_branch=_str(repo.get("default_branch")) or "main",
        private=repo.get("private") is True,
    )


def _subject(payload: dict[str, Any], repo: Repo | None) -> Subject | None:
    """Return the issue or pull request; a comment on a pull request names it under `issue`."""
    if repo is None:
        return None
    kind: SubjectKind
    if pull := _dict(payload.get("pull_request")):
        kind, thing = "pull_request", pull
    elif issue := _dict(payload.get("issue")):
        kind, thing = "pull_request" if issue.get("pull_request") else "issue", issue
    else:
        return None
    number = _int(thing.get("number"))
    return Subject(repo, kind, number, _str(thing.get("node_id"))) if number else None
