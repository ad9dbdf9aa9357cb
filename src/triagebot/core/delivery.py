"""Read a webhook delivery: strict about what is relied on, forgiving about everything else.

GitHub adds fields and events at any time and leaves others out, so unknown ones are no error, and a
known one of the wrong type or form counts as absent. Only a body that is not a JSON object is refused.

What is read here ends in database keys, lock names and request paths. So names have GitHub's own
alphabet, numbers fit a database, and no text anywhere in the payload holds what a database cannot
store (half a surrogate pair, a NUL).
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from triagebot.core.errors import MalformedDelivery
from triagebot.core.values import Actor, Repo, Subject, SubjectKind

MAX_DEPTH = 64
"""Deepest nesting taken. GitHub's own payloads stay under 12."""

LEAVING = frozenset({"issues.deleted", "issues.transferred"})
"""The events after which the subject is no longer in the repository."""

_ACTION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FULL_NAME = re.compile(r"([A-Za-z0-9_-][A-Za-z0-9_.-]{0,99})/([A-Za-z0-9_.-]{1,100})")
_LOGIN = re.compile(r"[A-Za-z0-9_.-]{1,100}(\[bot\])?")
_NODE_ID = re.compile(r"[A-Za-z0-9_=+/:-]{1,255}")
_BRANCH = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]{1,255}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


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


def parse(delivery_id: str, event: str, body: bytes | bytearray) -> Delivery:
    """Return the delivery in `body`; raise `MalformedDelivery` if it is not a JSON object."""
    payload = decode(body)
    action = _matching(_ACTION, payload.get("action"))
    repo = _repo(payload.get("repository"))
    return Delivery(
        id=delivery_id,
        event=f"{event}.{action}" if action else event,
        installation_id=_int(_dict(payload.get("installation")).get("id")),
        repo=repo,
        subject=_subject(payload, repo),
        sender=_actor(payload.get("sender")),
        payload=payload,
    )


def comment_id(delivery: Delivery) -> int | None:
    """Return the id of the comment that the delivery is about, of whichever kind."""
    return _int(_dict(delivery.payload.get("comment")).get("id")) or None


def diff_comment(delivery: Delivery) -> int | None:
    """Return the id of the comment on the diff that the delivery is about, to answer in its thread; None elsewhere."""
    return comment_id(delivery) if delivery.event.startswith("pull_request_review_comment") else None


def said_at(delivery: Delivery) -> datetime | None:
    """Return when the delivery's comment got its present words, in whole seconds; None if it does not tell."""
    comment = _dict(delivery.payload.get("comment"))
    try:
        said = datetime.fromisoformat(str(comment.get("updated_at") or comment.get("created_at")))
    except ValueError:
        return None
    return said if said.tzinfo else None


def review_thread(delivery: Delivery) -> int | None:
    """Return the id of the first comment of the thread on the diff that the delivery's comment stands in."""
    if not delivery.event.startswith("pull_request_review_comment"):
        return None
    comment = _dict(delivery.payload.get("comment"))
    return _int(comment.get("in_reply_to_id")) or _int(comment.get("id")) or None


def decode(body: bytes | bytearray) -> dict[str, Any]:
    """Return the JSON object in `body`, which is UTF-8; a byte order mark is taken, too.

    Text that no database takes is replaced by U+FFFD. Refused: anything but an object, other
    encodings, NaN, infinities and numbers that overflow to one, integers of over 4,300 digits,
    nesting deeper than `MAX_DEPTH`. Of a doubled key the last one counts, as everywhere in Python.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite)
        _check_depth(value)
    except (ValueError, RecursionError) as error:
        raise MalformedDelivery(f"The body is not JSON that can be read: {error}") from None
    if not isinstance(value, dict):
        raise MalformedDelivery("The body is JSON, but not an object")
    if b"\\u" in body and _MAY_BE_UNSTORABLE.search(body):
        value = _storable(value)
    decoded: dict[str, Any] = value
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _check_depth(value: object) -> None:
    level: list[Any] = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        # By class, not isinstance: this runs for every value of every delivery.
        level = [
            child
            for node in level
            for child in (node.values() if node.__class__ is dict else node)
            if child.__class__ is dict or child.__class__ is list
        ]
    raise ValueError(f"nested deeper than {MAX_DEPTH}")


def _storable(value: object) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_storable(key): _storable(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_storable(child) for child in value]
    return value


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _matching(form: re.Pattern[str], value: object) -> str:
    """Return `value` if it is text of this form, else an empty string."""
    return value if isinstance(value, str) and form.fullmatch(value) else ""


def _int(value: object) -> int:
    """Return a plausible database id; 0 for anything else, so that no huge number reaches SQL."""
    return value if type(value) is int and 0 <= value < 2**63 else 0


def _actor(value: object) -> Actor | None:
    user = _dict(value)
    number, login = _int(user.get("id")), _matching(_LOGIN, user.get("login"))
    if not number or not login:
        return None
    kind = user.get("type")
    return Actor(number, login, kind if kind in ("Bot", "Organization", "Mannequin") else "User")


def _repo(value: object) -> Repo | None:
    repo = _dict(value)
    number, full_name = _int(repo.get("id")), _matching(_FULL_NAME, repo.get("full_name"))
    owner, _, name = full_name.partition("/")
    if not number or not full_name or name in (".", ".."):
        return None
    return Repo(
        id=number,
        owner=owner,
        name=name,
        default_branch=_matching(_BRANCH, repo.get("default_branch")) or "main",
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
    return Subject(repo, kind, number, _matching(_NODE_ID, thing.get("node_id"))) if number else None
