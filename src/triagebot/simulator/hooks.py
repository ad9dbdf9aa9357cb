"""The App's webhook: signs and sends deliveries, remembers each attempt, and sends one again on request.

Like GitHub it never sends one again by itself, waits 10 seconds for the answer, keeps no order, and
remembers attempts for three days. A redelivery carries the same guid under a new id.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from triagebot.core.signature import sign
from triagebot.ports import Clock
from triagebot.simulator import shapes
from triagebot.simulator.model import Installation, Repo

KEPT = timedelta(days=3)
TIMEOUT = 10.0


@dataclass
class HookDelivery:
    """One attempt to deliver one webhook. `status_code` 0: not yet answered."""

    id: int
    guid: str
    event: str
    action: str | None
    body: bytes
    installation_id: int | None
    repository_id: int | None
    delivered_at: datetime
    redelivery: bool = False
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def ok(self) -> bool:
        """True if it was taken."""
        return 200 <= self.status_code < 300

    @property
    def payload(self) -> dict[str, Any]:
        """The body as JSON."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    def item(self) -> dict[str, Any]:
        """Return it as lists show it."""
        return {
            "id": self.id,
            "guid": self.guid,
            "delivered_at": shapes.at(self.delivered_at),
            "redelivery": self.redelivery,
            "duration": round(self.duration, 3),
            "status": self.status,
            "status_code": self.status_code,
            "event": self.event,
            "action": self.action,
            "installation_id": self.installation_id,
            "repository_id": self.repository_id,
            "throttled_at": None,
        }

    def full(self) -> dict[str, Any]:
        """Return it with request and response."""
        return self.item() | {
            "url": "",
            "request": {"headers": self.request_headers, "payload": self.payload},
            "response": {"headers": self.response_headers, "payload": self.response_body},
        }


class Hooks:
    """The webhook of the App. Without a `url` nothing is sent or remembered.

    `down` makes every attempt fail at once. After `hold()` new deliveries wait in `held` until
    `release()` sends them, in any order that a test likes.
    """

    def __init__(self, clock: Clock, *, app_id: int, url: str | None, secret: str) -> None:
        self.clock = clock
        self.url = url
        self.secret = secret
        self.down = False
        self.deliveries: list[HookDelivery] = []
        self.held: list[HookDelivery] = []
        self._app_id = app_id
        self._holding = False
        self._ids = itertools.count(9_000_000_001)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def emit(
        self, event: str, payload: dict[str, Any], installation: Installation, repo: Repo | None
    ) -> None:
        """Deliver what happened."""
        if self.url is None:
            return
        delivery = HookDelivery(
            id=next(self._ids),
            guid=str(uuid.uuid4()),
            event=event,
            action=payload.get("action"),
            body=json.dumps(payload, separators=(",", ":")).encode(),
            installation_id=installation.id,
            repository_id=repo.id if repo else None,
            delivered_at=self.clock.now(),
        )
        self.deliveries.append(delivery)
        if self._holding:
            self.held.append(delivery)
        else:
            self._start(delivery)

    def hold(self) -> None:
        """Keep new deliveries back."""
        self._holding = True

    def release(self, order: Sequence[int] | None = None) -> None:
        """Send what was held, by default in the order it happened, and hold nothing any more."""
        waiting, self.held, self._holding = self.held, [], False
        for index in order if order is not None else range(len(waiting)):
            self._start(waiting[index])

    def redeliver(self, delivery_id: int) -> bool:
        """Send a delivery again under the same guid; False if it is not remembered."""
        old = self.get(delivery_id)
        if old is None or self.url is None:
            return False
        again = HookDelivery(
            id=next(self._ids),
            guid=old.guid,
            event=old.event,
            action=old.action,
            body=old.body,
            installation_id=old.installation_id,
            repository_id=old.repository_id,
            delivered_at=self.clock.now(),
            redelivery=True,
        )
        self.deliveries.append(again)
        self._start(again)
        return True

    def remembered(self) -> list[HookDelivery]:
        """Return the finished attempts of the last three days, oldest first."""
        since = self.clock.now() - KEPT
        return [each for each in self.deliveries if each.status_code and each.delivered_at > since]

    def get(self, delivery_id: int) -> HookDelivery | None:
        """Return one remembered attempt."""
        return next((each for each in self.remembered() if each.id == delivery_id), None)

    def listed(
        self, size: int, cursor: str | None, status: str | None
    ) -> tuple[list[HookDelivery] | None, str | None]:
        """Return a page of attempts, newest first, and the next cursor; None for a cursor that is none."""
        found = [
            each
            for each in reversed(self.remembered())
            if status in (None, "success" if each.ok else "failure")
        ]
        if cursor is not None:
            below = cursor.removeprefix("v1_")
            if not below.isdigit():
                return None, None
            found = [each for each in found if each.id < int(below)]
        return found[:size], f"v1_{found[size - 1].id}" if len(found) > size else None

    async def drained(self) -> None:
        """Return when every delivery under way has been answered or has failed."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def _start(self, delivery: HookDelivery) -> None:
        task = asyncio.get_running_loop().create_task(self._send(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, delivery: HookDelivery) -> None:
        delivery.request_headers = self.headers(delivery)
        started = asyncio.get_running_loop().time()
        if self.down or self.url is None:
            delivery.status, delivery.status_code = "failed to connect to host", 502
            return
        if self._client is None:
            limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
            self._client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False)
        try:
            answer = await self._client.post(
                self.url, content=delivery.body, headers=delivery.request_headers
            )
            status, delivery.status = answer.status_code, answer.reason_phrase or str(answer.status_code)
            delivery.response_headers, delivery.response_body = dict(answer.headers), answer.text[:10_000]
        except httpx.TimeoutException:
            status, delivery.status = 504, "timed out"
        except httpx.HTTPError as error:
            status, delivery.status = 502, f"failed to connect to host: {type(error).__name__}"
        delivery.status = "OK" if 200 <= status < 300 else delivery.status
        delivery.duration = asyncio.get_running_loop().time() - started
        delivery.status_code = status

    def headers(self, delivery: HookDelivery) -> dict[str, str]:
        """Return the headers of an attempt, signatures included."""
        secret = self.secret.encode()
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/5110000",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": "1",
            "X-GitHub-Hook-Installation-Target-ID": str(self._app_id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": "sha1=" + hmac.new(secret, delivery.body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": sign(secret, delivery.body),
        }
