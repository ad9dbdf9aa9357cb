"""What is configured for one repository, key by key: the value in effect, and where it comes from.

Read from GitHub as it stands there now. A label that people keep taking off is in effect suggested only,
whatever the files say; that shows here with its counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from triagebot import handlers
from triagebot.app.clock import SystemClock
from triagebot.app.github import client_from_settings
from triagebot.app.worker import memories_from_settings
from triagebot.core import repo_config
from triagebot.core.acceptance import demoted
from triagebot.core.config_keys import Key, keys
from triagebot.core.errors import TriagebotError
from triagebot.core.values import Label
from triagebot.github.open_issues import home
from triagebot.github.reader import GitHubDoor
from triagebot.handlers.triage.labels import LabelConfig
from triagebot.ports import Acceptance
from triagebot.routing import discover
from triagebot.settings import Settings
from triagebot.store import open_store


@dataclass(frozen=True, slots=True)
class LabelRow:
    """How a label is handled: as configured, and in effect; what became of it lately where we put it on."""

    label: str
    configured: str
    effective: str
    source: str
    kept: int
    taken_off: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The configuration of `repo`. `labels` are those that we have put on lately, or that a rule names."""

    repo: str
    keys: list[Key]
    labels: list[LabelRow]

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return asdict(self)

    def show(self, out: Console) -> None:
        """Print it for a person."""
        table = Table("key", "value", "from", title=f"{self.repo}: what is configured", title_justify="left")
        for one in self.keys:
            table.add_row(Text(one.key), Text(one.written), one.source)
        out.print(table)
        if not self.labels:
            return
        labels = Table("label", "configured", "in effect", "why", "kept", "taken off")
        for row in self.labels:
            counts = (str(row.kept), str(row.taken_off))
            labels.add_row(Text(row.label), row.configured, row.effective, row.source, *counts)
        out.print(labels)


async def show(settings: Settings, repo: str) -> Shown:
    """Return what is configured for `owner/name`.

    Raises `ConfigError` for a file with mistakes, `TriagebotError` if the App is not installed there.
    """
    owner, slash, name = repo.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise TriagebotError(f"{repo!r} is not a repository: write OWNER/NAME.")
    store, clock = open_store(settings), SystemClock()
    try:
        async with client_from_settings(settings, clock) as client:
            where = await home(client, owner, name)
            reader = GitHubDoor(client).reader(where.installation_id, where.owner, where.name)
            model = discover(handlers).config_model
            own = repo_config.load(await reader.file(repo_config.PATH), model)
            shared = repo_config.load(
                await reader.organisation_file(repo_config.ORGANISATION_PATH),
                model,
                path=f".github/{repo_config.ORGANISATION_PATH}",
            )
            labels = await reader.labels()
        acceptance = (
            await memories_from_settings(settings, store, clock).repository(where.repo_id).acceptance()
        )
    finally:
        store.close()
    merged = repo_config.merged(own, shared)
    config = getattr(merged, "triage").labels  # noqa: B009 - the model is made of the handlers' sections
    return Shown(f"{where.owner}/{where.name}", keys(own, shared), label_rows(config, labels, acceptance))


def label_rows(
    config: LabelConfig, labels: list[Label], acceptance: Mapping[str, Acceptance]
) -> list[LabelRow]:
    """Return the labels of which there is something to say, by name."""
    rows = []
    for label in sorted(labels, key=lambda one: one.name.casefold()):
        was = acceptance.get(label.name, Acceptance(0, 0))
        if label.name not in acceptance and label.name not in config.per_label:
            continue
        mode = config.mode_of(label.name)
        down = mode == "auto" and demoted(was.kept, was.taken_off, config.precision)
        why = f"demoted: kept {was.kept} of {was.kept + was.taken_off}" if down else "configured"
        effective = "suggest" if down else mode
        rows.append(LabelRow(label.name, mode, effective, why, was.kept, was.taken_off))
    return rows
