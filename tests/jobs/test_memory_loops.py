"""What a worker does for the memory beside its jobs: read pasts, fill in vectors, fit again; one worker at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from tests.support.clock import START, ManualClock

from triagebot.core.errors import ModelUnavailable, NotFound, Unavailable
from triagebot.core.history import LabelChange, PastIssue
from triagebot.jobs.embedding import AT_ONCE, AWAY, IDLE, Embedding
from triagebot.jobs.lease import HELD, Leases
from triagebot.jobs.reading import DAILY, SOON, Reading
from triagebot.jobs.refitting import AFTER_FAILURE, EVERY, FEWEST, LOOK, Refitting
from triagebot.memory import fitted
from triagebot.ports import Allowance, ChangesPage, Matrix, PastPage, Progress, StoredModel, Vectors
from triagebot.store import Store

REPO, NAME = 1, "octo/parser"


def issue(number: int, repo: int = REPO) -> PastIssue:
    at = START - timedelta(days=30) + timedelta(minutes=number)
    return PastIssue(number, f"Issue {number}", "It crashes", at, ("bug",), updated_at=at)


def issues(count: int, first: int = 1) -> list[PastIssue]:
    return [issue(number) for number in range(first, first + count)]


async def read(store: Store, count: int, *, complete: bool = True, repo_id: int = REPO) -> None:
    await store.history.save(
        repo_id, issues(count), Progress(NAME, complete_at=START - timedelta(hours=1) if complete else None)
    )


@pytest.fixture
def leases(store: Store, clock: ManualClock) -> Leases:
    return Leases(store.marks, clock)


# --- leases -----------------------------------------------------------------------------------


async def test_a_lease_is_held_by_one_and_free_again_after(leases: Leases):
    async with leases.held("fit") as mine, leases.held("fit") as other, leases.held("read") as another:
        assert (mine, other, another) == (True, False, True)
    async with leases.held("fit") as again:
        assert again


async def test_the_lease_of_a_dead_worker_runs_out(leases: Leases, store: Store, clock: ManualClock):
    await store.marks.advance("fit", clock.now() + HELD, seen=None)  # and never heard of again
    async with leases.held("fit") as mine:
        assert not mine
    clock.advance(HELD.total_seconds())
    async with leases.held("fit") as mine:
        assert mine


class Moments:
    """Marks in memory, which answer at once."""

    def __init__(self) -> None:
        self.moments: dict[str, datetime] = {}

    async def at(self, name: str) -> datetime | None:
        return self.moments.get(name)

    async def advance(self, name: str, to: datetime, *, seen: datetime | None) -> bool:
        self.moments[name] = to
        return True


async def test_whoever_lets_go_of_a_lease_can_be_cancelled(clock: ManualClock):
    async def hold() -> None:
        async with Leases(Moments(), clock).held("fit"):
            pass

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)  # now it lets go
    assert holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding


# --- vectors ----------------------------------------------------------------------------------


class Ones:
    name = "ones/1"
    compared = None

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def embed(self, texts: Sequence[str]) -> Matrix:
        self.asked += 1
        if self.away:
            raise ModelUnavailable("away")
        return np.ones((len(texts), 4), np.float32) / 2


async def test_every_issue_gets_its_vectors_the_newest_first_and_repositories_take_turns(
    store: Store, leases: Leases, clock: ManualClock
):
    await read(store, AT_ONCE + 2)
    await read(store, AT_ONCE + 1, repo_id=2)
    loop = Embedding(store.history, Ones(), leases, clock)
    assert [await loop.step() for _ in range(2)] == [AT_ONCE, AT_ONCE]
    first = await store.history.vectors(REPO, "ones/1")
    assert first.numbers.tolist() == list(range(3, AT_ONCE + 3))
    assert len((await store.history.vectors(2, "ones/1")).numbers) == AT_ONCE
    assert sorted([await loop.step() for _ in range(2)]) == [1, 2]
    assert await loop.step() == 0
    clock.advance(IDLE.total_seconds())
    await store.history.save(REPO, [replace(issue(1), title="Edited", updated_at=START)])
    assert await loop.step() == 1


async def test_vectors_of_an_embedder_that_was_left_are_dropped_when_the_new_ones_are_there(
    store: Store, leases: Leases, clock: ManualClock
):
    await read(store, 3)
    ones = np.ones((3, 4), np.float32)
    await store.history.save_vectors(REPO, Vectors("before/1", np.arange(1, 4, dtype=np.int64), ones, ones))
    loop = Embedding(store.history, Ones(), leases, clock)
    assert await loop.step() == 3
    assert await store.growth.vector_count(REPO, "before/1") == 3
    assert await loop.step() == 0
    assert await store.growth.vector_count(REPO, "before/1") == 0
    assert await store.growth.vector_count(REPO, "ones/1") == 3


async def test_an_embedder_that_is_away_is_left_alone_for_a_while(
    store: Store, leases: Leases, clock: ManualClock
):
    await read(store, 3)
    embedder = Ones()
    embedder.away = True
    loop = Embedding(store.history, embedder, leases, clock)
    assert [await loop.step() for _ in range(3)] == [0, 0, 0]
    assert embedder.asked == 1
    embedder.away = False
    clock.advance(AWAY.total_seconds())
    assert await loop.step() == 3


# --- fits -------------------------------------------------------------------------------------


class Fitter:
    """Fits as the child does: stores a model, or fails."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store, self.clock = store, clock
        self.fitted: list[int] = []
        self.status = 0
        self.embedder: str | None = None

    async def __call__(self, repo_id: int) -> int:
        self.fitted.append(repo_id)
        if self.status == 0:
            count = await self.store.history.count(repo_id)
            version = fitted.version(self.embedder, str(len(self.fitted)).encode())
            model = StoredModel(version, count, count, self.clock.now(), b"")
            await self.store.history.save_model(repo_id, "labels", model)
        return self.status


@pytest.fixture
def fitter(store: Store, clock: ManualClock) -> Fitter:
    return Fitter(store, clock)


def refitting(store: Store, leases: Leases, clock: ManualClock, fitter: Fitter, **fields) -> Refitting:
    return Refitting(store.history, store.growth, leases, clock, fit=fitter, **fields)


async def test_the_first_fit_waits_until_the_past_is_read(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    loop = refitting(store, leases, clock, fitter)
    await read(store, FEWEST - 1)
    assert not await loop.step()
    await read(store, 100, complete=False)
    assert not await loop.step()
    await read(store, 100)
    assert await loop.step()
    assert not await loop.step()
    assert fitter.fitted == [REPO]


async def test_where_no_past_is_read_the_first_fit_does_not_wait(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, FEWEST, complete=False)
    assert await refitting(store, leases, clock, fitter, waits_for_past=False).step()


async def test_a_fit_that_never_ends_is_ended_and_begun_again_later(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    began: list[int] = []
    ended: list[int] = []

    async def hangs(repo_id: int) -> int:
        began.append(repo_id)
        try:
            return await asyncio.Event().wait()
        finally:
            ended.append(repo_id)

    loop = Refitting(store.history, store.growth, leases, clock, fit=hangs, longest=timedelta(milliseconds=1))
    assert await loop.step()
    assert began == ended == [REPO]
    assert not await loop.step(), "not so soon"
    clock.advance(AFTER_FAILURE.total_seconds())
    assert await refitting(store, leases, clock, fitter).step(), "its lease is free"
    assert fitter.fitted == [REPO]


@pytest.mark.parametrize(("more", "due"), [(9, False), (10, True)], ids=["less than a tenth", "a tenth more"])
async def test_it_fits_again_when_the_history_has_grown(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter, more: int, due: bool
):
    await read(store, 100)
    loop = refitting(store, leases, clock, fitter)
    await loop.step()
    await store.history.save(REPO, issues(more, first=101))
    assert not await loop.step(), "not so soon"
    clock.advance(EVERY.total_seconds())
    assert await loop.step() is due


async def test_a_fit_by_hand_is_a_fit(store: Store, leases: Leases, clock: ManualClock, fitter: Fitter):
    await read(store, 100)
    await fitter(REPO)  # `triagebot learn` asks for no lease and leaves no mark
    await store.history.save(REPO, issues(50, first=101))
    loop = refitting(store, leases, clock, fitter)
    assert not await loop.step()
    clock.advance(EVERY.total_seconds())
    assert await loop.step()


async def test_it_fits_again_when_people_decided_much(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    loop = refitting(store, leases, clock, fitter)
    await loop.step()
    clock.advance(EVERY.total_seconds())

    async def decide(numbers: range, *, by_bot: bool) -> None:
        change = LabelChange("unlabeled", "bug", clock.now(), by_bot=by_bot)
        known = await store.history.some(REPO, list(numbers))
        await store.history.save(
            REPO, [replace(one, changes=(change,), updated_at=clock.now()) for one in known.values()]
        )

    await decide(range(1, 50), by_bot=True)
    assert not await loop.step()
    clock.advance(LOOK.total_seconds())
    await decide(range(50, 60), by_bot=False)
    assert await loop.step()


async def test_it_fits_again_when_this_program_reads_models_differently_or_a_label_is_new(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    behind: set[int] = set()
    loop = refitting(store, leases, clock, fitter, behind=behind)
    await loop.step()
    clock.advance(EVERY.total_seconds())
    behind.add(REPO)
    assert await loop.step()
    behind.clear()
    await store.history.save_model(REPO, "labels", StoredModel("0||old", 100, 100, clock.now(), b""))
    clock.advance(EVERY.total_seconds())
    assert await loop.step()


async def test_it_fits_again_when_the_vectors_are_there(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    loop = refitting(store, leases, clock, fitter, embedder="ones/1")
    await loop.step()
    clock.advance(EVERY.total_seconds())

    async def embed(count: int) -> None:
        ones = np.ones((count, 4), np.float32)
        numbers = np.arange(1, count + 1, dtype=np.int64)
        await store.history.save_vectors(REPO, Vectors("ones/1", numbers, ones, ones))

    await embed(89)
    assert not await loop.step()
    clock.advance(LOOK.total_seconds())
    await embed(90)
    fitter.embedder = "ones/1"
    assert await loop.step()
    clock.advance(EVERY.total_seconds())
    assert not await loop.step()


async def test_a_fit_that_fails_is_tried_later_and_the_old_model_stays(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    loop = refitting(store, leases, clock, fitter)
    await loop.step()
    before = await store.growth.model_head(REPO, "labels")
    await store.history.save(REPO, issues(50, first=101))
    clock.advance(EVERY.total_seconds())
    fitter.status = -9
    assert await loop.step()
    assert not await loop.step()
    assert await store.growth.model_head(REPO, "labels") == before
    fitter.status = 0
    clock.advance(AFTER_FAILURE.total_seconds())
    assert await loop.step()
    assert await store.growth.model_head(REPO, "labels") != before


async def test_two_workers_do_not_fit_at_once(
    store: Store, leases: Leases, clock: ManualClock, fitter: Fitter
):
    await read(store, 100)
    loop = refitting(store, leases, clock, fitter)
    assert sorted(await asyncio.gather(loop.step(), loop.step())) == [False, True]
    assert fitter.fitted == [REPO]


# --- pasts ------------------------------------------------------------------------------------


class Past:
    """A repository on GitHub with so many issues, a hundred a page, all changed at different times."""

    def __init__(self, count: int) -> None:
        self.all = issues(count)
        self.fails: Exception | None = None
        self.allowance: Allowance | None = None
        self.pages = 0

    async def newest_number(self) -> int:
        return len(self.all)

    async def issues(self, since: str, page: int) -> PastPage:
        self.pages += 1
        if self.fails:
            raise self.fails
        wanted = [one for one in self.all if one.updated_at and one.updated_at.isoformat()[:19] >= since[:19]]
        at = (page - 1) * 100
        return PastPage(wanted[at : at + 100], len(wanted) > at + 100, self.allowance)

    async def changes(self, page: int) -> ChangesPage:
        self.pages += 1
        return ChangesPage({}, 1, 1, more=False)


def reading(store: Store, leases: Leases, clock: ManualClock, **pasts: Past) -> Reading:
    async def opened(_repo_id: int, repo: str) -> Past:
        return pasts[repo.rpartition("/")[2]]

    return Reading(store.history, leases, clock, opened)


async def known(store: Store, repo_id: int, name: str) -> None:
    """As after a first delivery: the repository's name and one issue."""
    await store.history.save(repo_id, [], Progress(f"octo/{name}"))


async def test_a_repository_that_a_delivery_came_from_is_read_and_once_a_day_what_is_new(
    store: Store, leases: Leases, clock: ManualClock
):
    past = Past(250)
    loop = reading(store, leases, clock, parser=past)
    assert not await loop.step()
    await known(store, REPO, "parser")
    assert await loop.step()
    assert await store.history.count(REPO) == 250
    assert not await loop.step()
    past.all += issues(5, first=251)
    clock.advance(DAILY.total_seconds())
    assert await loop.step()
    assert await store.history.count(REPO) == 255


async def test_a_large_past_is_read_in_turns(store: Store, leases: Leases, clock: ManualClock):
    large, small = Past(550), Past(10)
    loop = replace(reading(store, leases, clock, large=large, small=small), pages=4)
    await known(store, 1, "large")
    await known(store, 2, "small")
    await loop.step()
    await loop.step()
    assert await store.history.count(2) == 10
    assert 300 < await store.history.count(1) <= 400
    await loop.step()
    assert await store.history.count(1) == 550


@pytest.mark.parametrize(
    ("error", "again"), [(Unavailable("down"), SOON), (NotFound("gone", status=404), DAILY)]
)
async def test_a_past_that_cannot_be_read_is_tried_later(
    store: Store, leases: Leases, clock: ManualClock, error: Exception, again: timedelta
):
    past = Past(10)
    past.fails = error
    loop = reading(store, leases, clock, parser=past)
    await known(store, REPO, "parser")
    assert await loop.step()
    assert not await loop.step()
    past.fails = None
    clock.advance(again.total_seconds())
    assert await loop.step()
    assert await store.history.count(REPO) == 10


async def test_where_github_wants_a_rest_others_are_read_meanwhile(
    store: Store, leases: Leases, clock: ManualClock
):
    busy, free = Past(300), Past(10)
    busy.allowance = Allowance(5000, 900, clock.now() + timedelta(minutes=40))
    loop = reading(store, leases, clock, busy=busy, free=free)
    await known(store, 1, "busy")
    await known(store, 2, "free")
    began = clock.now()
    await loop.step()
    await loop.step()
    assert not await loop.step()
    assert clock.now() - began < timedelta(minutes=1)
    assert await store.history.count(1) == 100
    assert await store.history.count(2) == 10
    busy.allowance = None
    clock.advance(2_400)
    await loop.step()
    assert await store.history.count(1) == 300
