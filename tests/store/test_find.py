"""Search by words, on both databases, through the store's own transactions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from triagebot.core.history import PastIssue
from triagebot.core.words import findable
from triagebot.store import Store, find

REPO, OTHER = 1_000_000_007, 1_000_000_008


def issue(number: int, title: str, body: str = "") -> PastIssue:
    return PastIssue(number, title, body, datetime(2026, 1, 1, tzinfo=UTC))


PAST = [
    issue(1, "Crash when saving an empty file", "NullPointerException in FileSaver.write_all"),
    issue(2, "Dark mode for the settings page", "It would be nice."),
    issue(3, "Typo in the manual", "The word saving is written saveing."),
    issue(4, "设置页面崩溃", "打开设置页面时应用崩溃"),
]


@pytest.fixture
async def searched(store: Store) -> Store:
    await indexed(store, REPO, PAST)
    return store


async def indexed(store: Store, repo: int, issues: list[PastIssue]) -> None:
    await store.database.write(lambda connection: find.index(connection, repo, issues))


async def numbers(store: Store, query: str, *, repo: int = REPO, limit: int = 10) -> list[int]:
    found = await store.database.read(lambda connection: find.find(connection, repo, query, limit))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert all(score > 0 for _, score in found)
    return [number for number, _ in found]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Saving an empty file crashes", 1),
        ("write_all fails", 1),
        ("null pointer", 1),
        ("nullpointerexception", 1),
        ("settings", 2),
        ("页面崩溃", 4),
    ],
)
async def test_what_shares_the_rarest_words_comes_first(searched: Store, query: str, first: int) -> None:
    assert (await numbers(searched, query))[0] == first


async def test_nothing_in_common_finds_nothing(searched: Store) -> None:
    assert await numbers(searched, "kubernetes ingress") == []
    assert await numbers(searched, "") == []
    assert await numbers(searched, "file", limit=0) == []


async def test_a_repository_sees_only_its_own(searched: Store) -> None:
    await indexed(searched, OTHER, [issue(9, "Crash when saving an empty file")])
    assert await numbers(searched, "empty file", repo=OTHER) == [9]
    assert 9 not in await numbers(searched, "empty file")
    assert await numbers(searched, "dark mode", repo=OTHER) == []


async def test_an_edited_issue_is_found_by_its_new_text_only(searched: Store) -> None:
    await indexed(searched, REPO, [issue(2, "Light mode for the settings page")])
    assert await numbers(searched, "dark") == []
    assert await numbers(searched, "light") == [2]
    await indexed(searched, REPO, [issue(2, "Light mode for the settings page")])
    assert await numbers(searched, "light") == [2]


async def test_a_forgotten_issue_leaves_nothing(searched: Store) -> None:
    for past in PAST:
        await searched.database.write(lambda connection, n=past.number: find.forget(connection, REPO, n))
    assert await numbers(searched, "crash saving file settings") == []
    left = await searched.database.read(
        lambda connection: [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("issue_words", "word_counts")
        ]
    )
    assert left == [0, 0]


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=300) | st.text("'\"\\():*^-+=_ANDORNEAR&|!<>%\0\ud800 ", max_size=80))
async def test_any_text_may_be_searched_and_found_by_itself(searched: Store, query: str) -> None:
    await numbers(searched, query)
    await indexed(searched, OTHER, [issue(5, query)])
    found = await numbers(searched, query, repo=OTHER)
    assert found in ([5], [])


async def test_the_words_of_issues_are_those_they_are_found_by(searched: Store) -> None:
    words = await searched.history.words(REPO, [1, 4, 99])
    assert {number: set(found) for number, found in words.items()} == {
        one.number: findable(one.title, one.body) for one in (PAST[0], PAST[3])
    }
    assert all(len(found) == len(set(found)) for found in words.values())
    assert await searched.history.words(OTHER, [1]) == {}
