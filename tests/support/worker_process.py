"""A real worker process for tests: real store, real DBOS, a planner and an executor that keep a diary.

Run as `python -m tests.support.worker_process OPTIONS`, OPTIONS being JSON (see `Options`). What it does to
the world are files in `diary/`: `effects/<plan>-<index>` is made exactly once or the diary says TWICE.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from triagebot.app.clock import SystemClock
from triagebot.core.actions import Plan, React, Receipt, Status, Target
from triagebot.core.errors import Fenced, SettingsError
from triagebot.jobs.worker import Parts, Timing, work
from triagebot.ports import Claim, Ledger, StoredDelivery
from triagebot.settings import Settings
from triagebot.store import Store, open_store

ACTIONS = 2


@dataclass
class Options:
    """How the process behaves. `die_at` is "port.method before|after": it kills itself there, once."""

    data_dir: str
    database_url: str | None = None
    workers: int = 8
    die_at: str = ""
    hold: bool = False  # wait before the effect for a line on the standard input
    silent: float = 3.0
    drain: float = 5.0
    handlers: list[str] = field(default_factory=lambda: ["one", "two"])

    @property
    def diary(self) -> Path:
        return Path(self.data_dir) / "diary"

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=Path(self.data_dir), database_url=self.database_url, workers=self.workers)


class Diary:
    """Lines that survive a kill, from every process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "effects").mkdir(parents=True, exist_ok=True)

    def write(self, *words: object) -> None:
        with (self.folder / "lines").open("a") as file:
            file.write(" ".join(str(word) for word in words) + "\n")

    def lines(self, first: str = "") -> list[list[str]]:
        path = self.folder / "lines"
        found = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [words for words in found if not first or words[0] == first]

    def effects(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "effects").iterdir())


class Planning:
    def __init__(self, diary: Diary, options: Options) -> None:
        self._diary, self._options = diary, options

    def handlers_for(self, stored: StoredDelivery) -> tuple[str, ...]:
        return tuple(self._options.handlers) if stored.event.startswith("issues") else ()

    async def plan(self, stored: StoredDelivery, name: str) -> Plan:
        self._diary.write("planned", f"{stored.id}:{name}", os.getpid())
        target = Target(
            installation_id=stored.installation_id,
            repo_id=stored.repo_id,
            owner="o",
            name="r",
            kind="issue",
            number=1,
            node_id=stored.subject_key,
        )
        return Plan(
            key=f"{stored.id}:{name}",
            delivery_id=stored.id,
            handler=name,
            target=target,
            actions=tuple(React(content="eyes") for _ in range(ACTIONS)),
            created_at=datetime.now(UTC),
        )


class Executor:
    """Like the real one: intent, effect, receipt; what may have been done before is looked for first."""

    def __init__(self, diary: Diary, ledger: Ledger, options: Options) -> None:
        self._diary, self._ledger, self._options = diary, ledger, options

    async def apply(self, plan: Plan, index: int, claim: Claim) -> Receipt:
        if receipt := await self._ledger.receipt(plan.key, index):
            return receipt
        intent = await self._ledger.intent(plan.key, index)
        effect = self._diary.folder / "effects" / f"{plan.key}-{index}"
        if intent.attempts == 0 or not effect.exists():
            self._diary.write("applying", f"{plan.key}-{index}", os.getpid())
            if self._options.hold:
                print("holds", plan.key, flush=True)
                try:
                    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
                except asyncio.CancelledError:
                    print("cut off", plan.key, flush=True)
                    raise
            try:
                await self._ledger.attempting(plan.key, index, claim, datetime.now(UTC))
            except Fenced:
                print("fenced", plan.key, flush=True)
                raise
            await self.effect(effect)
        receipt = Receipt(
            plan_key=plan.key, index=index, kind="react", status=Status.APPLIED, at=datetime.now(UTC)
        )
        return await self._ledger.settle(receipt, claim)

    async def effect(self, path: Path) -> None:
        try:
            path.touch(exist_ok=False)  # noqa: ASYNC240
        except FileExistsError:
            self._diary.write("TWICE", path.name)


class Deadly:
    """Stands before a part of the program and kills the process before or after one of its calls, once."""

    def __init__(self, part: Any, method: str, when: str, once: Path) -> None:
        self._part, self._method, self._when, self._once = part, method, when, once

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name != self._method:
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._when == "before":
                self._die()
            result = await found(*args, **kwargs)
            if (result is not None and result != []) or name in ("finish", "attempting", "enqueue", "effect"):
                self._die()
            return result

        return call

    def _die(self) -> None:
        try:
            self._once.touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def parts(options: Options, store: Store) -> Parts:
    diary = Diary(options.diary)
    planning: Any = Planning(diary, options)
    port, _, rest = options.die_at.partition(".")
    method, _, when = rest.partition(" ")
    once = options.diary / f"died-{options.die_at.replace(' ', '-')}"
    if port in ("agenda", "deliveries", "plans", "ledger"):
        setattr(store, port, Deadly(getattr(store, port), method, when, once))
    executor: Any = Executor(diary, store.ledger, options)
    if port == "executor":
        executor.effect = getattr(Deadly(executor, "effect", when, once), "effect")  # noqa: B009
    if port == "planning":
        planning = Deadly(planning, method, when, once)
    return Parts(
        settings=options.settings,
        store=store,
        planning=planning,
        executor=executor,
        clock=SystemClock(),
        ended=lambda work, end, _took: print("ended", work.job, end.error, flush=True),
        timing=Timing(
            drain=options.drain,
            beat=timedelta(seconds=options.silent / 4),
            silent=timedelta(seconds=options.silent),
            stale=timedelta(seconds=2),
        ),
    )


async def main(options: Options) -> None:
    store = open_store(options.settings)
    print("opened", flush=True)
    try:
        await work(parts(options, store))
    except SettingsError as error:
        print("refused:", error, flush=True)
        raise SystemExit(1) from None
    finally:
        store.close()


class Process:
    """A worker process of the test. Says on its standard output what happens in it."""

    def __init__(self, options: Options, process: asyncio.subprocess.Process) -> None:
        self.options, self._process = options, process
        self.pid = process.pid

    @classmethod
    @asynccontextmanager
    async def start(cls, options: Options) -> AsyncIterator[Process]:
        """Run a worker for the block; it is killed at the end if it still lives."""
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "tests.support.worker_process",
                json.dumps(asdict(options)),
            ),
            cwd=Path(__file__).parents[2],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(options, process)
        finally:
            if process.returncode is None:
                process.kill()
            if process.stdin:
                process.stdin.close()
            await process.communicate()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def go(self) -> None:
        """Let a worker with `hold` make its effects."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")

    async def says(self, word: str, *, within: float = 60) -> list[str]:
        """Return the words of the next line that begins with `word`; [] if the process ends first."""
        assert self._process.stdout is not None
        async with asyncio.timeout(within):
            while line := await self._process.stdout.readline():
                words = line.decode().split()
                if words[:1] == [word]:
                    return words
        return []

    async def logs(self, text: str, *, within: float = 60) -> None:
        """Return once a line with `text` has come; fail if the process ends first."""
        assert self._process.stdout is not None
        async with asyncio.timeout(within):
            while line := await self._process.stdout.readline():
                if text in line.decode():
                    return
        raise AssertionError(f"the process ended without saying {text!r}")

    async def ends(self, *, within: float = 60) -> int:
        """Return the exit status."""
        async with asyncio.timeout(within):
            await self.says("")
            return await self._process.wait()


async def all_settled(store: Store, process: Process) -> dict[str, int]:
    """Return the deliveries' states once none is stored or under way any more."""
    async with asyncio.timeout(120):
        while True:
            counts = await store.deliveries.counts()
            if not {"stored", "queued", "running"} & set(counts):
                return counts
            with contextlib.suppress(TimeoutError):  # the last job may end in another worker
                assert await process.says("ended", within=1), f"the worker ended with {counts}"


if __name__ == "__main__":
    asyncio.run(main(Options(**json.loads(sys.argv[1]))))
