"""Measuring the search for earlier issues, and the command for it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.rendered import DATA
from typer.testing import CliRunner

from triagebot.cli import app
from triagebot.core.errors import TriagebotError
from triagebot.core.history import PastIssue
from triagebot.memory import evaluate_duplicates, records
from triagebot.memory.records import BadRecord
from triagebot.settings import Settings
from triagebot.store import open_store

START = datetime(2026, 1, 1, tzinfo=UTC)
TITLES = {
    30: "Crash when saving an empty file",
    10: "Dark mode for the settings page",
    20: "Printing cuts off the last line",
    25: "Saving an empty file crashes the editor",
    15: "Dark theme in the settings page please",
}
"""In the order of creation, which is not the order of the numbers."""
PAIRS = [(25, 30), (15, 10)]


def issues() -> list[PastIssue]:
    return [
        PastIssue(number, title, "", START + timedelta(days=day))
        for day, (number, title) in enumerate(TITLES.items())
    ]


async def measured(tmp_path: Path, pairs: list[tuple[int, int]]) -> dict[str, object]:
    store = open_store(Settings(data_dir=tmp_path))
    try:
        return await evaluate_duplicates.evaluate(store.history, issues(), pairs, None)
    finally:
        store.close()


async def test_pairs_that_say_the_same_are_found_first(tmp_path: Path) -> None:
    found = await measured(tmp_path, PAIRS)
    assert found["recall@1"] == found["recall@10"] == 1.0
    assert found["pairs"] == 2


async def test_what_comes_later_is_never_found(tmp_path: Path) -> None:
    found = await measured(tmp_path, [(30, 25)])
    assert found["recall@10"] == 0.0


async def test_a_pair_of_an_unknown_issue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TriagebotError, match="99"):
        await measured(tmp_path, [(25, 99)])
    with pytest.raises(TriagebotError, match="empty"):
        await measured(tmp_path, [])


async def test_only_issues_up_to_the_last_that_searches_are_needed() -> None:
    needed = evaluate_duplicates.needed(issues(), [(20, 10)])
    assert [issue.number for issue in needed] == [30, 10, 20]


def test_the_command_prints_what_the_contract_says(tmp_path: Path) -> None:
    rows = [
        {
            "repo": "o/r",
            "number": i.number,
            "title": i.title,
            "body": "",
            "created_at": i.created_at.isoformat(),
            "labels": [],
        }
        for i in issues()
    ]
    issue_file, pair_file = tmp_path / "issues.jsonl", tmp_path / "pairs.jsonl"
    issue_file.write_text("\n".join(map(json.dumps, rows)))
    pair_file.write_text("\n".join(json.dumps({"number": a, "duplicate_of": b}) for a, b in PAIRS))
    asked = [
        "eval",
        "duplicates",
        "--issues",
        str(issue_file),
        "--pairs",
        str(pair_file),
        "--embedder",
        "none",
    ]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"recall@1", "recall@5", "recall@10", "pairs", "seconds"}
    assert (found["recall@1"], found["pairs"]) == (1.0, 2)
    issue_file.write_text("not JSON")
    broken = CliRunner().invoke(app, asked)
    assert isinstance(broken.exception, BadRecord)
    assert f"{issue_file}:1" in str(broken.exception)


@pytest.fixture
def hadoop() -> tuple[list[PastIssue], list[tuple[int, int]]]:
    """The issues and pairs of the public data, which lies beside a checkout and never in CI."""
    folder = DATA / "duplicates"
    if "CI" in os.environ:
        pytest.skip("CI does not measure: it has no data sets")
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}: set TRIAGEBOT_DATA to the folder that holds it")
    (past,) = records.issues(folder / "hadoop_issues.jsonl.gz").values()
    return past, records.pairs(folder / "hadoop_pairs.jsonl.gz")


async def test_most_known_duplicates_are_found_by_words_alone(
    tmp_path: Path, hadoop: tuple[list[PastIssue], list[tuple[int, int]]]
) -> None:
    store = open_store(Settings(data_dir=tmp_path))
    found = await evaluate_duplicates.evaluate(store.history, *hadoop, None)
    store.close()
    assert found["recall@1"] > 0.55
    assert found["recall@10"] > 0.85
