"""A repository with a past that is easy to learn from, and open issues that the past says something about."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from triagebot.core.history import LabelChange, PastIssue
from triagebot.core.values import Label
from triagebot.memory import fit
from triagebot.ports import Progress
from triagebot.settings import Settings
from triagebot.store import open_store

WORDS = {
    "bug": "crash traceback error broken segfault",
    "enhancement": "please add support option wish",
    "documentation": "typo readme tutorial page sentence",
}
FILLER = ["the", "window", "file", "editor", "line", "button", "network", "user", "list", "when", "opening"]
START = datetime(2024, 1, 1, tzinfo=UTC)


CHAT = "hello saying just anybody here thanks"
"""The words of issues that nobody labels."""


def text(label: str | None, chance: random.Random) -> tuple[str, str]:
    """Return a title and a body whose words tell the label."""
    words = (WORDS[label] if label else CHAT).split()
    body = " ".join([*chance.sample(words, 3), *chance.choices(FILLER, k=12)])
    return f"{chance.choice(words)} {chance.choice(FILLER)} {chance.choice(FILLER)}", body


def past(count: int, *, noise: float = 0.0, first: int = 1, seed: int = 0, url: str = "") -> list[PastIssue]:
    """Return closed issues that people labelled as the words say, but for a share `noise`; some have no label."""
    chance, found = random.Random(seed), []
    for number in range(first, first + count):
        told = chance.choice([*WORDS, None])
        label = chance.choice(list(WORDS)) if chance.random() < noise else told
        title, body = text(told, chance)
        at = START + timedelta(hours=number)
        changes = (LabelChange("labeled", label, at + timedelta(minutes=5)),) if label else ()
        found.append(
            PastIssue(
                number,
                title,
                body,
                at,
                labels=(label,) if label else (),
                changes=changes,
                state="closed",
                updated_at=at + timedelta(days=1),
                url=f"{url}/{number}" if url else "",
            )
        )
    return found


async def learned(
    settings: Settings, repo: str, repo_id: int, issues: list[PastIssue], *, ago: timedelta = timedelta(0)
) -> None:
    """Store a repository's past and a label model that was learned from it so long ago, as `triagebot learn` does."""
    store = open_store(settings)
    try:
        await store.history.save(repo_id, issues, Progress(repo, complete_at=START))
        named = [Label(name) for name in WORDS]
        made = await fit.fit_labels(store.history, repo_id, named, embedder=None, now=datetime.now(UTC) - ago)
        assert made is not None
    finally:
        store.close()
