"""Finding earlier issues that may be the same, over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from triagebot.core.history import PastIssue
from triagebot.core.words import findable
from triagebot.memory import ranking, similar
from triagebot.ports import Vectors
from triagebot.settings import Settings
from triagebot.store import Store, open_store

START = datetime(2026, 1, 1, tzinfo=UTC)
REPO = 7


def past(number: int, title: str, body: str = "", *, day: int | None = None, pull: bool = False) -> PastIssue:
    when = START + timedelta(days=number if day is None else day)
    return PastIssue(number, title, body, when, is_pull_request=pull)


PAST = [
    past(1, "Crash when saving an empty file", "The editor closes with NullPointerException in FileSaver."),
    past(2, "Dark mode for the settings page", "It would be easier on the eyes."),
    past(3, "Saving over the network is slow", "It takes a minute to save a file to a share."),
    past(4, "Fix the crash when saving an empty file", "Look before you save.", pull=True),
    past(5, "The manual has a typo"),
    past(9, "Crash when saving an empty file again", "NullPointerException in FileSaver."),
]
ASKED = past(8, "Editor crashes on saving empty files", "I get a NullPointerException from FileSaver.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(data_dir=tmp_path))
    yield opened
    opened.close()


def planted(near_title: int) -> tuple[Vectors, similar.Own]:
    """Vectors in which only the title of one issue points where the asked issue points."""
    numbers = np.array([issue.number for issue in PAST], np.int64)
    matrix = np.zeros((len(PAST), 4), np.float32)
    matrix[:, 1] = 1
    titles = matrix.copy()
    titles[numbers == near_title] = (1, 0, 0, 0)
    own = np.array((1, 0, 0, 0), np.float32)
    return Vectors("planted", numbers, titles, matrix), (own, own)


async def test_the_issue_that_says_the_same_comes_first_by_words_alone(store: Store) -> None:
    await store.history.save(REPO, PAST)
    found = await similar.earlier(store.history, REPO, ASKED, None, None)
    assert found[0].number == 1
    chances = {one.number: one.chance for one in found}
    assert all(0 <= chance <= 1 for chance in chances.values())
    assert chances[1] == max(chances.values())


async def test_only_older_issues_of_the_same_kind_are_found(store: Store) -> None:
    await store.history.save(REPO, [*PAST, ASKED])
    for vectors, own in ((None, None), planted(4), planted(9)):
        found = await similar.earlier(store.history, REPO, ASKED, vectors, own)
        assert {one.number for one in found} <= {1, 2, 3, 5}


async def test_a_pull_request_is_compared_with_pull_requests(store: Store) -> None:
    await store.history.save(REPO, PAST)
    asked = past(8, "Mend the crash when saving an empty file", pull=True)
    assert [one.number for one in await similar.earlier(store.history, REPO, asked, None, None)] == [4]


async def test_what_shares_no_word_is_found_by_its_vector(store: Store) -> None:
    await store.history.save(REPO, PAST)
    vectors, own = planted(2)
    asked = past(8, "Night theme")
    found = await similar.earlier(store.history, REPO, asked, vectors, own)
    assert found[0].number == 2


async def test_an_issue_without_vectors_is_still_found(store: Store) -> None:
    await store.history.save(REPO, PAST)
    vectors, own = planted(2)
    fewer = Vectors("planted", vectors.numbers[1:], vectors.titles[1:], vectors.bodies[1:])
    assert 1 in {one.number for one in await similar.earlier(store.history, REPO, ASKED, fewer, own)}
    none = Vectors("planted", vectors.numbers[:0], vectors.titles[:0], vectors.bodies[:0])
    assert (await similar.earlier(store.history, REPO, ASKED, none, own))[0].number == 1


async def test_an_empty_past_has_nothing(store: Store) -> None:
    assert await similar.earlier(store.history, REPO, ASKED, None, None) == []


def test_near_returns_the_nearest_first() -> None:
    vectors, own = planted(3)
    assert similar.near(vectors, own, limit=1) == [3]
    assert similar.near(vectors, own, limit=50)[0] == 3
    assert len(similar.near(vectors, own, limit=50)) == len(PAST)


def test_what_is_near_to_everything_says_less_by_being_near() -> None:
    """Two are as near to what is asked; one of them is as near to four others, and ends behind."""
    asked = np.array((1, 0, 0, 0), np.float32)
    rows = np.array([(3, 4, 0, 0)] * 5 + [(3, 0, 4, 0)], np.float32) / 5
    numbers = np.array([issue.number for issue in PAST], np.int64)
    found = similar.closeness(PAST, Vectors("planted", numbers, rows, rows), (asked, asked))
    assert found is not None
    assert found.whole == pytest.approx(np.full(6, 0.6))
    assert found.crowd[:5] == pytest.approx(np.full(5, (4 + 9 / 25) / 5), abs=1e-5)
    assert found.crowd[5] == pytest.approx(9 / 25, abs=1e-5)


def drawn(count: int, *, common: float) -> tuple[list[PastIssue], Vectors, similar.Own]:
    """Issues and vectors of which all have something in common: their cosines lie the higher and the closer."""
    dice = np.random.default_rng(5)
    rows = dice.normal(size=(2, count + 1, 24))
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    shared = np.full((2, count + 1, 1), common**0.5)
    titles, bodies = np.concatenate([shared, (1 - common) ** 0.5 * rows], axis=2).astype(np.float32)
    issues = [past(number, f"Issue {number}") for number in range(1, count + 1)]
    numbers = np.arange(1, count + 1, dtype=np.int64)
    return issues, Vectors("another/1", numbers, titles[1:], bodies[1:]), (titles[0], bodies[0])


def test_another_embedders_cosines_are_read_on_the_scale_that_weights_know() -> None:
    near = [similar.closeness(*drawn(300, common=common)) for common in (0.0, 0.7)]
    assert near[0] is not None
    assert near[1] is not None
    assert near[1].parts == pytest.approx(near[0].parts, abs=1e-3)
    middle, spread = zip(*ranking.USUAL, strict=True)
    assert near[1].parts.mean(axis=0) == pytest.approx(middle, abs=0.03)
    assert near[1].parts.std(axis=0) == pytest.approx(spread, abs=0.03)
    assert near[1].whole.min() > 0.4  # which is what they are


def test_where_there_is_one_issue_only_no_cosine_of_another_embedder_tells_anything() -> None:
    found = similar.closeness(*drawn(1, common=0.7))
    assert found is not None
    assert not found.parts.any()


def test_every_feature_has_its_weight() -> None:
    lexical, words = (
        {1: 3.0, 2: 1.0},
        {1: sorted(findable(PAST[0].title, PAST[0].body)), 2: ["mode", "=mode"]},
    )
    close = ranking.Closeness(np.full((3, 4), 0.5), np.full(3, 0.5), np.zeros(3))
    for closeness in (None, close):
        rows = ranking.features(ASKED, PAST[:3], words, lexical, closeness)
        learned = ranking.weights(vectors=closeness is not None)
        assert rows.shape == (3, len(learned.score))
        assert np.isfinite(learned.scores(rows)).all()
        assert np.isfinite(learned.chances(rows)).all()
    assert ranking.features(ASKED, (), {}, {}, close).shape == (0, len(ranking.FEATURES))
