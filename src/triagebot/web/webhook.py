"""Answer `POST /webhook`: whatever GitHub sends is on disk before it hears 202.

The order is what makes it safe: size, then the signature over the raw bytes, and only then is
anything read. Every request gets one of these answers:

    202  stored
    200  a duplicate, or an event that no handler wants
    400  not a delivery: not JSON, a header missing, not complete in time
    401  the signature is missing or wrong
    413  over 25 MB
    503  not stored, with Retry-After; nothing was kept

GitHub waits ten seconds for an answer and never sends a delivery again by itself.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from starlette.types import Receive, Scope, Send

from triagebot.core import delivery, signature
from triagebot.core.errors import MalformedDelivery, StoreUnavailable
from triagebot.ports import Inbox, StoredDelivery
from triagebot.web.body import Body, Disconnected, Limits, TooLarge
from triagebot.web.budget import BodyBudget, NoRoom
from triagebot.web.metrics import Meters
from triagebot.web.reply import finish, reply

MAX_BODY = 25 * 1024 * 1024
"""GitHub caps payloads at 25 MB."""
LONG = 256 * 1024
"""Bytes from which a body is checked and parsed in a thread, so that short ones are not held up."""

_VISIBLE = re.compile(rb"[\x21-\x7e]{1,128}")
_EVENT = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the possible ends of a request. `unread` if the client may still be sending."""

    http: int
    status: str
    message: str = ""
    unread: bool = False


STORED = Answer(202, "stored")
DUPLICATE = Answer(200, "duplicate")
IGNORED = Answer(200, "ignored")
UNSIGNED = Answer(
    401,
    "unsigned",
    "The X-Hub-Signature-256 header is missing or does not match the body. Nothing was kept. Check that "
    "the App's webhook secret is the one this service was started with.",
)
TOO_LARGE = Answer(413, "too_large", "The body is over 25 MB. Nothing was kept.", unread=True)
SLOW = Answer(400, "incomplete", "The body was not complete in time. Nothing was kept.", unread=True)
BUSY = Answer(
    503,
    "busy",
    "Too many large requests at once. Nothing was kept: send the delivery again.",
    unread=True,
)
UNAVAILABLE = Answer(
    503,
    "unavailable",
    "The delivery could not be stored. Redeliver it later, which is safe in any case; /health/ready says "
    "what is wrong.",
)
FORM = (
    "GitHub sends this webhook as a form. Nothing was kept: set its content type to application/json in "
    "the App's settings, then redeliver."
)
GONE = "disconnected"
ANSWERS = (
    *(a.status for a in (STORED, DUPLICATE, IGNORED, UNSIGNED, TOO_LARGE, SLOW, BUSY, UNAVAILABLE)),
    "malformed",
    GONE,
)


@dataclass(slots=True)
class Envelope:
    """The headers that matter, as raw bytes, with every repetition."""

    signatures: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    ids: list[bytes] = field(default_factory=list)
    content_type: bytes = b""

    @classmethod
    def of(cls, headers: Sequence[tuple[bytes, bytes]]) -> Envelope:
        """Pick them from the raw headers, whose names ASGI has in lower case."""
        envelope = cls()
        for name, value in headers:
            if name == b"x-hub-signature-256":
                envelope.signatures.append(value)
            elif name == b"x-github-event":
                envelope.events.append(value)
            elif name == b"x-github-delivery":
                envelope.ids.append(value)
            elif name == b"content-type":
                envelope.content_type = value
        return envelope

    @property
    def id(self) -> str | None:
        """The delivery's id, or None if there is no usable one."""
        usable = len(self.ids) == 1 and _VISIBLE.fullmatch(self.ids[0])
        return self.ids[0].decode("ascii") if usable else None

    @property
    def event(self) -> str | None:
        """The event's name, or None if there is no usable one."""
        usable = len(self.events) == 1 and _EVENT.fullmatch(self.events[0])
        return self.events[0].decode("ascii") if usable else None

    @property
    def is_form(self) -> bool:
        """True if the sender says that the body is an HTML form."""
        return self.content_type.lower().startswith(b"application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for each part. GitHub hangs up after ten, so longer ones would serve nobody."""

    body: float = 10.0
    room: float = 5.0
    store: float = 8.0
    retry_after: int = 30
    linger: float = 2.0


class Webhook:
    """The ASGI application behind `POST /webhook`."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        secrets: Sequence[bytes],
        wants: Callable[[str], bool],
        budget: BodyBudget,
        meters: Meters,
        timing: Timing,
    ) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a webhook needs a secret")
        self._inbox = inbox
        self._secrets = tuple(secrets)
        self._wants = wants
        self._budget = budget
        self._meters = meters
        self._timing = timing
        self._limits = Limits(MAX_BODY, timing.body, timing.room)
        self._one_long = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        envelope = Envelope.of(scope["headers"])
        body = Body(receive, scope["headers"], self._budget)
        try:
            with body:
                answer = await self._judge(envelope, body)
        except Disconnected:
            self._meters.answered(GONE, time.perf_counter() - started)
            return
        self._meters.answered(answer.status, time.perf_counter() - started)
        await self._send(answer, envelope, body, send)

    async def _send(self, answer: Answer, envelope: Envelope, body: Body, send: Send) -> None:
        content: dict[str, object] = {"status": answer.status, "delivery": envelope.id}
        if answer.message:
            content["message"] = answer.message
            _log.warning("delivery refused", answer=answer.status, delivery=envelope.id)
        headers = []
        if answer.http == 503:
            headers.append((b"retry-after", str(self._timing.retry_after).encode()))
        if not answer.unread:
            await reply(send, answer.http, content, headers)
            return
        headers.append((b"connection", b"close"))
        await reply(send, answer.http, content, headers, more=True)
        await body.drop(2 * MAX_BODY, self._timing.linger)
        await finish(send)

    async def _judge(self, envelope: Envelope, body: Body) -> Answer:
        plausible = signature.plausible(envelope.signatures)
        try:
            raw = await body.read(self._limits, keep=plausible)
        except TooLarge:
            return TOO_LARGE
        except NoRoom:
            return BUSY
        except TimeoutError:
            return SLOW
        if not plausible:
            return UNSIGNED
        if len(raw) < LONG:
            judged = self._read(envelope, raw)
        else:
            async with self._one_long:  # one at a time: a long body's values take many times its size
                judged = await asyncio.to_thread(self._read, envelope, raw)
        return judged if isinstance(judged, Answer) else await self._store(judged)

    def _read(self, envelope: Envelope, raw: bytes | bytearray) -> Answer | StoredDelivery:
        if not signature.verify(self._secrets, raw, envelope.signatures):
            return UNSIGNED
        name, event = envelope.id, envelope.event
        if name is None:
            return _malformed(
                "There must be one X-GitHub-Delivery header, of at most 128 visible characters."
            )
        if event is None:
            return _malformed("There must be one X-GitHub-Event header, naming an event.")
        if envelope.is_form:
            return _malformed(FORM)
        try:
            parsed = delivery.parse(name, event, raw)
        except MalformedDelivery as error:
            return _malformed(f"{error}. Nothing was kept.")
        wanted = self._wants(parsed.event)
        return StoredDelivery(
            id=parsed.id,
            event=parsed.event,
            installation_id=parsed.installation_id,
            repo_id=parsed.repo.id if parsed.repo else 0,
            repo=parsed.repo.full_name if parsed.repo else "",
            subject_key=parsed.subject.key if parsed.subject else "",
            received_at=datetime.now(UTC),
            state="stored" if wanted else "ignored",
            payload=bytes(raw) if wanted else b"",
        )

    async def _store(self, stored: StoredDelivery) -> Answer:
        try:
            async with asyncio.timeout(self._timing.store):
                new = await self._inbox.add(stored)
        except (StoreUnavailable, TimeoutError) as error:
            _log.error("delivery not stored", delivery=stored.id, error=str(error) or "took too long")
            return UNAVAILABLE
        except Exception:  # noqa: BLE001 - the last wall: whatever broke, the truth is "not stored", not a 500
            _log.exception("delivery not stored", delivery=stored.id)
            return UNAVAILABLE
        if not new:
            return DUPLICATE
        return STORED if stored.state == "stored" else IGNORED


def _malformed(message: str) -> Answer:
    return Answer(400, "malformed", message)
