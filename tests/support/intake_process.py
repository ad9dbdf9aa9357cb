"""A process that stores deliveries as fast as it can and prints the id of each that was answered True."""

from __future__ import annotations

import asyncio
import itertools
import sys
from dataclasses import replace
from pathlib import Path

from tests.support.stored import new

from triagebot.settings import Settings
from triagebot.store import open_store


async def main(folder: Path) -> None:
    store = open_store(Settings(data_dir=folder))
    numbers = itertools.count()

    async def client() -> None:
        for number in numbers:
            delivery = replace(new(number), payload=b'{"text": "some words of a body"}' * 600)
            if await store.inbox.add(delivery):
                print(delivery.id, flush=True)

    await asyncio.gather(*(client() for _ in range(20)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
