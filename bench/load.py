"""Send deliveries as GitHub would, from a process of its own, and measure the answers.

Open loop: each delivery has its moment, whatever became of those before it, and its time counts from
that moment. So a stall is seen in every delivery that it held up, not only in the one that met it
("coordinated omission"). Closed loop: each connection sends as soon as it was answered, to find the
highest rate.

Reads a `Plan` as JSON from standard input and prints an `Outcome` as JSON.
"""

from __future__ import annotations

import asyncio
import collections
import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import uvloop

from triagebot.core.signature import sign


@dataclass(frozen=True)
class Plan:
    """What to send. `rate` deliveries a second, or as many as `connections` take if it is 0."""

    port: int
    bodies: str
    secret: str
    prefix: str
    seconds: float
    rate: float = 0
    connections: int = 64


@dataclass
class Outcome:
    """What came back; times are in milliseconds."""

    sent: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    per_second: float = 0
    p50: float = 0
    p99: float = 0
    p999: float = 0
    max: float = 0
    late: float = 0
    """How late the worst delivery was sent: above a few, it is the generator that was too slow."""


class Sender(asyncio.Protocol):
    """One connection; at most one delivery is under way on it."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bytes] | None = None
        self._input = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Finish when the whole answer is there."""
        self._input += data
        head, found, body = self._input.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length and self.answered is not None and not self.answered.done():
            self._input = b""
            self.answered.set_result(head[9:12])

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(exc or ConnectionError("closed"))

    def send(self, request: list[bytes]) -> asyncio.Future[bytes]:
        """Send one delivery; the result is the answer's status."""
        assert self._transport is not None
        self.answered = asyncio.get_running_loop().create_future()
        self._transport.writelines(request)
        return self.answered

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        bodies = [line.encode() for line in Path(plan.bodies).read_text().splitlines()]
        self.heads = [self._head(body) for body in bodies]
        self.bodies = bodies
        self.times: list[float] = []
        self.answers: collections.Counter[str] = collections.Counter()
        self.errors: collections.Counter[str] = collections.Counter()
        self.idle: list[Sender] = []
        self.sent = 0
        self.late = 0.0

    def _head(self, body: bytes) -> bytes:
        return (
            "POST /webhook HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: GitHub-Hookshot/044aadd\r\naccept: */*\r\n"
            "content-type: application/json\r\nx-github-event: issues\r\nx-github-hook-id: 1\r\n"
            f"x-hub-signature-256: {sign(self.plan.secret.encode(), body)}\r\n"
            f"content-length: {len(body)}\r\nx-github-delivery: "
        ).encode()

    async def connect(self) -> Sender:
        """Return a new connection."""
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Sender, "127.0.0.1", self.plan.port))[1]

    async def deliver(self, sender: Sender, due: float) -> bool:
        """Send the next delivery and count its answer; False if the connection is lost."""
        number = self.sent
        self.sent += 1
        at = number % len(self.bodies)
        name = f"{self.plan.prefix}-{number}\r\n\r\n".encode()
        self.late = max(self.late, time.perf_counter() - due)
        try:
            status = await sender.send([self.heads[at], name, self.bodies[at]])
        except OSError as error:
            self.errors[type(error).__name__] += 1
            return False
        self.times.append(time.perf_counter() - due)
        self.answers[status.decode()] += 1
        return True

    async def at_its_moment(self, due: float) -> None:
        """Send one delivery over a free connection, or a new one."""
        # the longest idle: the service closes a connection over which nothing comes
        sender = self.idle.pop(0) if self.idle else await self.connect()
        if await self.deliver(sender, due):
            self.idle.append(sender)

    async def open_loop(self) -> None:
        """Send at the planned moments."""
        self.idle = [await self.connect() for _ in range(self.plan.connections)]
        start = time.perf_counter() + 0.1
        tasks: list[asyncio.Task[None]] = []
        for number in range(round(self.plan.rate * self.plan.seconds)):
            due = start + number / self.plan.rate
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            tasks.append(asyncio.create_task(self.at_its_moment(due)))
        async with asyncio.timeout(30):
            await asyncio.gather(*tasks)

    async def closed_loop(self) -> None:
        """Keep every connection busy."""
        end = time.perf_counter() + self.plan.seconds

        async def lane() -> None:
            sender = await self.connect()
            self.idle.append(sender)
            while time.perf_counter() < end and await self.deliver(sender, time.perf_counter()):
                pass

        await asyncio.gather(*(lane() for _ in range(self.plan.connections)))

    async def run(self) -> Outcome:
        """Carry the plan out."""
        began = time.perf_counter()
        await (self.open_loop() if self.plan.rate else self.closed_loop())
        took = time.perf_counter() - began
        for sender in self.idle:
            sender.close()
        times = sorted(self.times)
        return Outcome(
            sent=self.sent,
            answers=dict(self.answers),
            errors=dict(self.errors),
            per_second=round(len(times) / took, 1),
            p50=at_share(times, 0.5),
            p99=at_share(times, 0.99),
            p999=at_share(times, 0.999),
            max=at_share(times, 1),
            late=round(self.late * 1000, 2),
        )


def at_share(times: list[float], share: float) -> float:
    """Return the time, in ms, within which this share of the sorted `times` lies."""
    if not times:
        return math.nan
    return round(times[min(math.ceil(share * len(times)), len(times)) - 1] * 1000, 2)


def generate(plan: Plan) -> Outcome:
    """Carry the plan out in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Outcome(**json.loads(done.stdout))


def main() -> None:
    """Read a plan, carry it out, print the outcome."""
    load = Load(Plan(**json.load(sys.stdin)))
    print(json.dumps(asdict(uvloop.run(load.run()))))


if __name__ == "__main__":
    main()
