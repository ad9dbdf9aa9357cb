"""What is kept of a repository's past, on both databases: whatever order it comes in, and through a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.support.clock import ManualClock

from triagebot.core.actions import Plan, Target
from triagebot.core.history import LabelChange, PastIssue, judged
from triagebot.core.lessons import Answered, Asked, Forget, Heard, Labelled, Lesson, Paired, Paused, Saw
from triagebot.memory.acceptance import acceptance
from triagebot.ports import Acceptance, Pairing, Progress, StoredModel, Vectors
from triagebot.store import Store

REPO = 7
DAY = datetime(2024, 5, 1, tzinfo=UTC)


def issue(number: int, **fields: object) -> PastIssue:
    """An issue that was last changed on day `number`."""
    known = PastIssue(
        number=number,
        title=f"Title {number}",
        body=f"Body {number}",
        created_at=DAY,
        updated_at=DAY + timedelta(days=number),
        labels=("bug", 'say "hi"'),
        url=f"https://github.example/o/r/issues/{number}",
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def change(label: str, *, hour: int = 0, off: bool = False, app: int | None = None) -> LabelChange:
    """Somebody's change of a label."""
    action = "unlabeled" if off else "labeled"
    return LabelChange(action, label, DAY + timedelta(hours=hour), app is not None, app)


def vectors(numbers: list[int], *, name: str = "e", digests: tuple[str, ...] = ()) -> Vectors:
    """Vectors that say whose they are."""
    at = np.array(numbers, np.int64)
    titles = np.stack([at, at * 0, at * 0 + 1], axis=1).astype(np.float32)
    return Vectors(name, at, titles, -titles, digests)


async def test_an_issue_comes_back_as_it_was(store: Store) -> None:
    full = issue(
        3,
        body="a\n" + "x" * 70_000,
        changes=(change("bug"), change("bug", off=True), change("docs", hour=1, app=9)),
        state="closed",
        state_reason="duplicate",
        closed_at=DAY,
        is_pull_request=True,
        author_association="MEMBER",
        author_is_bot=True,
        duplicate_of=1,
    )
    await store.history.save(REPO, [issue(1), full])
    assert await store.history.issue(REPO, 3) == full
    assert await store.history.issue(REPO, 2) is None
    assert await store.history.issue(REPO + 1, 3) is None
    assert await store.history.some(REPO, [3, 1, 2]) == {1: issue(1), 3: full}
    assert await store.history.count(REPO) == 2


async def test_text_that_no_database_takes_is_mended(store: Store) -> None:
    await store.history.save(REPO, [issue(1, title="a\0b", body="\ud83d", labels=("x\0",))])
    found = await store.history.issue(REPO, 1)
    assert found is not None
    assert (found.title, found.body, found.labels) == ("a\N{REPLACEMENT CHARACTER}b", "?", ("x\ufffd",))


async def test_issues_come_in_pages_by_number(store: Store) -> None:
    many = [issue(number) for number in range(1, 121)]
    await store.history.save(REPO, many[::-1])
    first = await store.history.issues(REPO, limit=100)
    rest = await store.history.issues(REPO, after=first[-1].number, limit=100)
    assert [*first, *rest] == many


async def test_the_later_state_wins_whoever_comes_first(store: Store) -> None:
    new = issue(1, title="new", updated_at=DAY + timedelta(days=9), changes=(change("bug"),), duplicate_of=5)
    await store.history.save(REPO, [new])
    await store.history.save(REPO, [issue(1, title="old", changes=())])
    assert await store.history.issue(REPO, 1) == new
    newer = issue(1, title="newer", updated_at=DAY + timedelta(days=10))
    await store.history.save(REPO, [newer])
    assert await store.history.issue(REPO, 1) == replace(newer, changes=new.changes, duplicate_of=5)
    told = replace(newer, changes=(change("docs"),), duplicate_of=6)
    await store.history.save(REPO, [told])
    assert await store.history.issue(REPO, 1) == told


async def test_label_changes_are_kept_once_also_those_of_issues_not_read_yet(store: Store) -> None:
    await store.history.save(REPO, [issue(1), issue(2)])
    progress = Progress("o/r", "since", "page")
    page = {1: [change("bug", hour=2), change("bug", hour=3, off=True)], 5: [change("bug", app=4)]}
    for _ in range(2):
        await store.history.save_changes(REPO, page, progress)
    await store.history.save_changes(REPO, {1: [change("old", hour=1)]}, progress)
    await store.history.save(REPO, [issue(5)])
    found = await store.history.some(REPO, [1, 2, 5])
    assert found[1].changes == (change("old", hour=1), *page[1])
    assert found[2].changes is None
    assert found[5].changes == (change("bug", app=4),)
    assert await store.history.progress(REPO) == progress


async def test_progress_is_kept_with_the_rows(store: Store, clock: ManualClock) -> None:
    assert await store.history.progress(REPO) is None
    done = Progress("o/r", "2024", "7", complete_at=clock.now())
    await store.history.save(REPO, [issue(1)], done)
    await store.history.save(REPO, [issue(2)])  # a delivery's: says nothing of the learner
    await store.history.save(REPO + 1, [], Progress("o/s"))
    assert await store.history.repositories() == {REPO: done, REPO + 1: Progress("o/s")}


async def test_a_search_finds_what_shares_telling_words(store: Store) -> None:
    texts = {1: "Crash when saving an empty file", 2: "Dark theme", 3: "Saving is slow", 4: "Crash at start"}
    await store.history.save(REPO, [issue(number, title=text, body="") for number, text in texts.items()])
    await store.history.save(REPO + 1, [issue(9, title=texts[1])])
    found = await store.history.find(REPO, 'crash "while saving* the empty NEAR file', limit=2)
    assert found[0][0] == 1
    assert all(score > 0 for _, score in found)
    await store.history.save(REPO, [issue(1, title="Something else", updated_at=DAY + timedelta(days=2))])
    assert 1 not in dict(await store.history.find(REPO, "empty file", limit=5))


async def test_vectors_come_back_by_number_and_only_their_embedders(store: Store) -> None:
    await store.history.save(REPO, [issue(number) for number in range(1, 150)])
    assert len((await store.history.vectors(REPO, "e")).numbers) == 0
    await store.history.save_vectors(REPO, vectors([3, 1]))
    await store.history.save_vectors(REPO, vectors([3, 2]))
    await store.history.save_vectors(REPO, vectors(list(range(4, 150))))
    await store.history.save_vectors(REPO, vectors([1], name="other"))
    await store.history.save_vectors(REPO, vectors([777]))  # gone by now
    found = await store.history.vectors(REPO, "e")
    expected = vectors(list(range(1, 150)))
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    np.testing.assert_array_equal(found.titles, expected.titles)
    np.testing.assert_array_equal(found.bodies, expected.bodies)
    part = await store.history.vectors(REPO, "e", first=2, after=140)
    assert list(part.numbers) == list(range(141, 150))
    np.testing.assert_array_equal(part.titles, expected.titles[140:, :2])
    np.testing.assert_array_equal(part.bodies, expected.bodies[140:, :2])
    await store.history.forget_vectors(but="other")
    assert len((await store.history.vectors(REPO, "e")).numbers) == 0
    assert list((await store.history.vectors(REPO, "other")).numbers) == [1]


async def test_one_issues_vectors_are_those_of_its_text(store: Store) -> None:
    await store.history.save(REPO, [issue(1), issue(2)])
    await store.history.save_vectors(REPO, vectors([1, 2]))
    expected, found = vectors([2]), await store.history.vectors_of(REPO, "e", issue(2))
    assert found is not None
    assert np.array_equal(found[0], expected.titles[0])
    assert np.array_equal(found[1], expected.bodies[0])
    assert await store.history.vectors_of(REPO, "other", issue(2)) is None
    assert await store.history.vectors_of(REPO + 1, "e", issue(2)) is None
    assert await store.history.vectors_of(REPO, "e", replace(issue(2), body="Edited since.")) is None


async def test_an_issue_whose_text_changed_wants_new_vectors(store: Store) -> None:
    await store.history.save(REPO, [issue(1), issue(2), issue(3)])
    assert await store.history.without_vectors(REPO, "e", limit=2) == [issue(3), issue(2)]
    await store.history.save_vectors(REPO, vectors([1, 2, 3]))
    assert await store.history.without_vectors(REPO, "e", limit=9) == []
    later = issue(2, updated_at=DAY + timedelta(days=5), labels=())
    await store.history.save(REPO, [later])
    assert await store.history.without_vectors(REPO, "e", limit=9) == []
    edited = replace(later, body="other", changes=(change("bug"),))
    await store.history.save(REPO, [edited])
    assert await store.history.without_vectors(REPO, "e", limit=9) == [edited]
    # made from the text before the edit, so they do not count
    await store.history.save_vectors(REPO, vectors([2], digests=(later.text_digest,)))
    assert await store.history.without_vectors(REPO, "e", limit=9) == [edited]
    await store.history.save_vectors(REPO, vectors([2], digests=(edited.text_digest,)))
    assert await store.history.without_vectors(REPO, "e", limit=9) == []


async def test_a_model_takes_the_place_of_the_one_before(store: Store, clock: ManualClock) -> None:
    assert await store.history.model(REPO, "labels") is None
    first = StoredModel("1", 10, 12, clock.now(), b"\0one")
    await store.history.save_model(REPO, "labels", first)
    await store.history.save_model(REPO, "voices", first)
    second = replace(first, version="2", body=b"two")
    await store.history.save_model(REPO, "labels", second)
    assert await store.history.model(REPO, "labels") == second
    assert await store.history.model(REPO, "voices") == first


async def _learn(store: Store, key: str, *lessons: Lesson, number: int = 4, repo: str = "r") -> Plan:
    claim = await store.claims.take("S", key, "w")
    target = Target(
        installation_id=1, repo_id=REPO, owner="o", name=repo, kind="issue", number=number, node_id="n"
    )
    plan = Plan(
        key=key,
        delivery_id=key,
        handler="h",
        target=target,
        lessons=lessons,
        created_at=store.database.now(),
    )
    return await store.plans.save_plan(plan, claim)


async def test_a_plans_lessons_are_learned_exactly_once(store: Store, clock: ManualClock) -> None:
    voice = Heard(model="m", voices={"bug": 0.9}, before={"bug": 0.2})
    said = (Saw(issue=issue(4)), Paired(of=2), Asked(items=("version",)), voice)
    for _ in range(2):
        saved = await _learn(store, "d1:h", *said)
    assert saved.lessons == ()  # they are in their own tables, and texts are not kept twice
    assert await store.history.issue(REPO, 4) == issue(4)
    assert await store.history.pairings(REPO) == [Pairing(4, 2, same=True)]
    assert await store.history.heard(REPO) == [(4, voice)]
    asked = await store.history.request(REPO, 4)
    assert asked is not None
    assert (asked.items, asked.at, asked.answered) == (("version",), clock.now(), False)
    assert await store.history.request(REPO, 5) is None

    await _learn(store, "d2:h", Asked(items=("logs",)), Answered(), Paired(same=False, own=True))
    asked = await store.history.request(REPO, 4)
    assert asked is not None
    assert (asked.items, asked.answered) == (("version",), True)
    assert await store.history.pairings(REPO) == [
        Pairing(4, 2, same=True),
        Pairing(4, 0, same=False, own=True),
    ]


async def test_a_lesson_is_about_the_plans_target_whatever_it_says(store: Store) -> None:
    await _learn(store, "d1:h", Saw(issue=issue(99)), number=4)
    assert await store.history.issue(REPO, 99) is None
    found = await store.history.issue(REPO, 4)
    assert found is not None
    assert found.title == "Title 99"


async def test_a_repository_known_by_deliveries_only_is_known_by_its_newest_name(store: Store) -> None:
    await _learn(store, "d1:h", Saw(issue=issue(4)))
    assert await store.history.repositories() == {REPO: Progress("o/r")}
    await store.history.save(REPO, [], Progress("o/r", "since"))
    await _learn(store, "d2:h", Saw(issue=issue(4)), repo="renamed")
    assert await store.history.repositories() == {REPO: Progress("o/renamed", "since")}


async def test_what_was_deleted_is_forgotten_with_all_that_was_said_of_it(store: Store) -> None:
    await store.history.save(REPO, [issue(4, changes=(change("bug"),)), issue(5)])
    await store.history.save_vectors(REPO, vectors([4, 5]))
    await _learn(store, "d1:h", Paired(of=5), Asked(items=("version",)))
    await _learn(store, "d2:h", Forget())
    assert await store.history.issue(REPO, 4) is None
    assert await store.history.pairings(REPO) == []
    assert await store.history.request(REPO, 4) is None
    assert list((await store.history.vectors(REPO, "e")).numbers) == [5]
    assert 4 not in dict(await store.history.find(REPO, "Title 4", limit=9))
    await store.history.save(REPO, [issue(4)])
    again = await store.history.issue(REPO, 4)
    assert again is not None
    assert again.changes is None


async def test_a_repository_is_forgotten_and_no_other(store: Store, clock: ManualClock) -> None:
    model = StoredModel("1", 1, 1, clock.now(), b"x")
    for repo_id in (REPO, REPO + 1):
        many = [issue(number, changes=(change("bug"),)) for number in range(1, 70)]
        await store.history.save(repo_id, many, Progress("o/r"))
        await store.history.save_vectors(repo_id, vectors(list(range(1, 70))))
        await store.history.save_changes(repo_id, {500: [change("bug")]}, Progress("o/r"))
        await store.history.save_model(repo_id, "labels", model)
    assert await store.history.forget(REPO) == 69
    assert set(await store.history.repositories()) == {REPO + 1}
    assert await store.history.count(REPO) == 0
    assert await store.history.find(REPO, "Title", limit=5) == []
    assert await store.history.model(REPO, "labels") is None
    assert await store.history.count(REPO + 1) == 69
    assert len((await store.history.vectors(REPO + 1, "e")).numbers) == 69


async def test_retention_leaves_the_memory_alone(store: Store, clock: ManualClock) -> None:
    await _learn(store, "d1:h", Saw(issue=issue(4)), Paired(of=2))
    await store.history.save_vectors(REPO, vectors([4]))
    clock.advance(timedelta(days=999).total_seconds())
    await store.retention.forget(keep_days=1, now=clock.now())
    assert await store.plans.plan("d1:h") is None
    assert await store.history.issue(REPO, 4) == issue(4)
    assert await store.history.pairings(REPO) == [Pairing(4, 2, same=True)]
    assert len((await store.history.vectors(REPO, "e")).numbers) == 1


@pytest.mark.parametrize("first", ["lesson", "learner"])
async def test_the_learner_does_not_undo_what_a_delivery_told(store: Store, first: str) -> None:
    fresh = issue(4, title="fresh", updated_at=DAY + timedelta(days=50))
    steps = {
        "lesson": lambda: _learn(store, "d1:h", Saw(issue=fresh)),
        "learner": lambda: store.history.save(REPO, [issue(4)], Progress("o/r", "x")),
    }
    for step in (first, "learner" if first == "lesson" else "lesson"):
        await steps[step]()
    assert await store.history.issue(REPO, 4) == fresh


async def test_what_a_person_had_us_label_is_that_persons_decision_however_it_is_read(
    store: Store, clock: ManualClock
) -> None:
    """Also where GitHub's own events, which name us, come before, after, or again."""
    at = clock.now()  # when `_learn` saves its plans
    ours = [
        LabelChange("labeled", "docs", at - timedelta(days=1), by_bot=True, app_id=9),
        LabelChange("labeled", "bug", at + timedelta(seconds=1), by_bot=True, app_id=9),
    ]
    await _learn(store, "a", Saw(issue=issue(4, labels=("docs",), changes=tuple(ours[:1]))))
    await _learn(store, "b", Labelled(labels=("bug", "docs"), on=True))
    for number in range(2):
        await _learn(store, f"c{number}", Saw(issue=issue(4, labels=("docs", "bug"), changes=tuple(ours))))
        seen = await store.history.issue(REPO, 4)
        assert seen is not None
        assert judged(seen).yes == {"bug", "docs"}
        # What we put on by ourselves stays ours; that a person confirmed it comes after it.
        assert acceptance([seen], 9, at + timedelta(days=30)) == {"docs": Acceptance(kept=1, taken_off=0)}
    clock.advance(60)
    await _learn(store, "d", Labelled(labels=("bug",), on=False))
    seen = await store.history.issue(REPO, 4)
    assert seen is not None
    assert judged(replace(seen, labels=("docs",))).no == {"bug"}


async def test_the_last_word_about_pausing_counts(store: Store) -> None:
    assert not await store.history.paused(REPO, 4)
    await _learn(store, "a", Paused(paused=True))
    assert await store.history.paused(REPO, 4)
    assert not await store.history.paused(REPO, 5)
    assert not await store.history.paused(REPO + 1, 4)
    await _learn(store, "b", Paused(paused=False))
    assert not await store.history.paused(REPO, 4)
