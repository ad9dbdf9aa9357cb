"""GitHub's own example deliveries, and damaged ones: never a 5xx, never a hang, always one of four answers."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support import webserver
from tests.support.mutations import MUTATIONS
from tests.support.webclient import Client, delivery

SEED = int(os.environ.get("TRIAGEBOT_FUZZ_SEED", "20"))
ROUNDS = int(os.environ.get("TRIAGEBOT_FUZZ_ROUNDS", "1"))


@pytest.fixture(scope="module")
def examples() -> list[dict[str, Any]]:
    file = Path(os.environ.get("TRIAGEBOT_DATA", "../shared/data")) / "webhooks/octokit_examples.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} is absent; set TRIAGEBOT_DATA to the folder that holds it")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _body(example: dict[str, Any]) -> bytes:
    return json.dumps(example["payload"]).encode()


async def test_every_example_is_taken_or_ignored(examples: list[dict[str, Any]], tmp_path: Path) -> None:
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app) as port, await Client.connect(port) as client:
            replies = [
                await client.exchange(delivery(_body(example), event=example["event"], key=f"e-{number}"))
                for number, example in enumerate(examples)
            ]
        kept = {row.id: row for row in await store.deliveries.list(limit=1000)}
    assert len(examples) == 329
    assert {reply.status for reply in replies} == {200, 202}
    for number, example in enumerate(examples):
        row, payload = kept[f"e-{number}"], example["payload"]
        action = payload.get("action")
        assert row.event == (f"{example['event']}.{action}" if action else example["event"])
        assert row.repo == (payload.get("repository") or {}).get("full_name", "")
        assert row.state == ("stored" if webserver.wants(row.event) else "ignored")
        assert (replies[number].status == 202) == (row.state == "stored")


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_damaged_example_never_makes_a_5xx(
    examples: list[dict[str, Any]], tmp_path: Path, mutation: str
) -> None:
    dice = random.Random(f"{SEED} {mutation}")
    damaged = [
        (example["event"], MUTATIONS[mutation](dice, _body(example)))
        for _ in range(ROUNDS)
        for example in examples
    ]
    with webserver.store(tmp_path) as store:
        app = webserver.application(store.inbox)
        async with webserver.serving(app) as port:

            async def post(lane: int) -> Counter[int]:
                answers: Counter[int] = Counter()
                async with await Client.connect(port) as client:
                    for number in range(lane, len(damaged), 8):
                        event, body = damaged[number]
                        reply = await client.exchange(delivery(body, event=event, key=f"m-{number}"))
                        answers[reply.status] += 1
                        assert reply.status in (200, 202, 400), body
                return answers

            answers = sum(await asyncio.gather(*map(post, range(8))), Counter())
        kept = await store.deliveries.list(limit=100_000)
        bodies = [await store.deliveries.get(row.id) for row in kept if row.state == "stored"]
    assert answers.total() == len(damaged)
    assert len(kept) == answers[200] + answers[202]
    assert all(row is not None and row.payload == damaged[int(row.id[2:])][1] for row in bodies)
