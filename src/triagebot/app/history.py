"""What the bot would have done: learn a repository's past up to a date, and replay what came after it.

Nothing is written, to GitHub or to the memory, and the stored label model is not used: it has seen the
answers. One is fitted for this report, on the issues before the date alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from triagebot import handlers
from triagebot.app import history_duplicates
from triagebot.app.clock import SystemClock
from triagebot.app.embedder import embedder_from_settings
from triagebot.app.github import client_from_settings
from triagebot.app.history_report import OTHERS, HistoryReport, Told
from triagebot.core import repo_config
from triagebot.core.errors import TriagebotError
from triagebot.core.history import PastIssue
from triagebot.core.values import Issue, Label
from triagebot.github.open_issues import home
from triagebot.github.reader import GitHubDoor
from triagebot.handlers.triage.labels import MOST_ADDED, Known, LabelConfig, verdicts
from triagebot.jobs.planner import read_config
from triagebot.memory import curves, fit, labels, records, replay
from triagebot.memory.embedded import to_compare, vectors_of
from triagebot.ports import LabelOpinion, LabelOpinions, Matrix, Vectors
from triagebot.routing import discover
from triagebot.settings import Settings
from triagebot.store import open_store

AT_ONCE = 1_000
EMBEDDED_AT_ONCE = 16
LEAST_LATER = 5

Tell = Callable[[str, int, int], None]
"""Hears how far a step has come: its name, so much done, of so much."""


@dataclass(frozen=True, slots=True)
class Material:
    """A repository's issues, with their vectors where there are any; of those `compared` (`Embedder`)."""

    repo: str
    issues: Sequence[PastIssue]
    vectors: Vectors | None
    compared: int | None = None

    @property
    def to_compare(self) -> Vectors | None:
        """The part of the vectors by which duplicates are found."""
        return None if self.vectors is None else to_compare(self.vectors, self.compared)


async def stored(settings: Settings, repo: str) -> Material:
    """Return what `triagebot learn` stored of the repository; raise `TriagebotError` if that is nothing."""
    embedder = embedder_from_settings(settings)
    store = open_store(settings)
    try:
        known = {
            progress.repo.casefold(): repo_id
            for repo_id, progress in (await store.history.repositories()).items()
        }
        repo_id = known.get(repo.casefold())
        issues: list[PastIssue] = []
        while repo_id is not None and (
            batch := await store.history.issues(
                repo_id, after=issues[-1].number if issues else 0, limit=AT_ONCE
            )
        ):
            issues += batch
        if repo_id is None or not issues:
            raise TriagebotError(f"Nothing is known of {repo}. Run `triagebot learn {repo}` first.")
        vectors = await store.history.vectors(repo_id, embedder.name) if embedder else None
    finally:
        store.close()
    found = vectors if vectors is not None and len(vectors.numbers) else None
    return Material(repo, issues, found, embedder.compared if embedder else None)


async def from_file(settings: Settings, file: Path, repo: str, tell: Tell) -> Material:
    """Return a repository's issues from a file of issue records, with vectors made on the spot."""
    found = await asyncio.to_thread(records.issues, file)
    names = {name.casefold(): name for name in found}
    if repo.casefold() not in names:
        raise TriagebotError(f"{file} holds no issues of {repo}, but of {', '.join(sorted(found))}.")
    issues, embedder = found[names[repo.casefold()]], embedder_from_settings(settings)
    parts: list[Vectors] = []
    for start in range(0, len(issues) if embedder else 0, EMBEDDED_AT_ONCE):
        assert embedder is not None
        tell("reading", start, len(issues))
        parts.append(await vectors_of(embedder, issues[start : start + EMBEDDED_AT_ONCE]))
    if embedder is not None:
        await embedder.close()
    return Material(repo, issues, _joined(parts), embedder.compared if embedder else None)


def read_labels(file: Path | None) -> LabelConfig:
    """Return how labels are handled by a configuration file, or by default. Raises `ConfigError`."""
    model = discover(handlers).config_model
    try:
        content = file.read_bytes() if file else None
    except OSError as error:
        raise TriagebotError(f"{file} cannot be read: {error.strerror}.") from None
    return _labels_of(repo_config.load(content, model, path=str(file)))


async def configured(settings: Settings, repo: str) -> LabelConfig:
    """Return how the repository configures labels, as GitHub shows it now. Raises `TriagebotError`."""
    owner, _, name = repo.partition("/")
    async with client_from_settings(settings, SystemClock()) as client:
        where = await home(client, owner, name)
        reader = GitHubDoor(client).reader(where.installation_id, where.owner, where.name)
        return _labels_of(await read_config(reader, discover(handlers).config_model))


def _labels_of(config: Any) -> LabelConfig:
    found = config.triage.labels
    assert isinstance(found, LabelConfig)  # the configuration's model is made of the handlers' sections
    return found


def evaluate(material: Material, config: LabelConfig, until: datetime | None, tell: Tell) -> HistoryReport:
    """Return the report. Blocks for as long as fitting and the replay take.

    Raises `TriagebotError` if there is too little before or after the date.
    """
    split = replay.split(material.issues, until)
    if len(split.later) < LEAST_LATER:
        raise TriagebotError(
            f"Only {len(split.later)} issues of {material.repo} are from {split.until:%Y-%m-%d} on; choose an earlier "
            "--until, or learn more first."
        )
    past = split.past[-fit.NEWEST :]
    tell("learning", 0, len(split.later))
    named = _named(past)
    model = labels.fit(past, material.vectors, named)
    if model is None:
        raise TriagebotError(
            f"The {len(past)} issues before {split.until:%Y-%m-%d} are too few, or carry no labels, to learn from."
        )
    judge, known = _judge(model, material.vectors), frozenset(model.labels)
    said: list[curves.Said] = []
    for one in replay.replay(split.later, judge, _chooser(config, named, model), known=known):
        said.append(one)
        tell("replaying", len(said), len(split.later))
    duplicates = asyncio.run(
        history_duplicates.shown(material.issues, split.later, material.to_compare, tell)
    )
    return replace(_report(material, config, split, model, said), duplicates=duplicates)


def _report(
    material: Material,
    config: LabelConfig,
    split: replay.Split,
    model: labels.LabelModel,
    said: Sequence[curves.Said],
) -> HistoryReport:
    def usable(label: str) -> bool:
        return config.mode_of(label) == "auto"

    judged = [one for one in said if one.judged]
    at = {
        promise: curves.at_promise(judged, promise, usable=usable, at_most=MOST_ADDED)
        for promise in {*OTHERS, config.precision}
    }
    counts = curves.count(said, usable=usable, at_most=MOST_ADDED)
    wanted = {number for one in counts.mistakes for number in (one.number, *one.opinion.like)}
    return HistoryReport(
        repo=material.repo,
        until=split.until,
        last=split.later[-1].created_at,
        learned_from=model.learned_from,
        pulls=sum(issue.is_pull_request for issue in split.later),
        precision=config.precision,
        counts=counts,
        now=at[config.precision],
        others=[at[promise] for promise in sorted(at)],
        told={
            issue.number: Told(issue.number, issue.title, issue.url, issue.created_at)
            for issue in material.issues
            if issue.number in wanted
        },
        kept_out=_kept_out(config, (one.label for one in counts.labels), frozenset(model.labels)),
        model=model.version,
        made_at=datetime.now(UTC),
    )


def _judge(model: labels.LabelModel, vectors: Vectors | None) -> replay.Judge:
    where = {} if vectors is None else {int(number): at for at, number in enumerate(vectors.numbers)}

    def judge(issue: PastIssue) -> Sequence[LabelOpinion]:
        at = where.get(issue.number)
        if vectors is None or at is None:
            return model.opinions(issue, None, None)
        return model.opinions(issue, vectors.titles[at], vectors.bodies[at])

    return judge


def _chooser(config: LabelConfig, named: Sequence[Label], model: labels.LabelModel) -> replay.Choose:
    """Return what the triage handler itself decides, given these opinions and nothing else."""

    def choose(issue: PastIssue, opinions: Sequence[LabelOpinion]) -> tuple[frozenset[str], frozenset[str]]:
        found = LabelOpinions(model.learned_from, model.version, tuple(opinions))
        decided = verdicts(Known(_as_issue(issue), named, opinions=found), config)
        auto = frozenset(one.label for one in decided if one.add)
        return auto, frozenset(one.label for one in decided if not one.add)

    return choose


def _as_issue(past: PastIssue) -> Issue:
    return Issue(
        number=past.number,
        node_id="",
        title=past.title,
        body=past.body,
        state=past.state,
        author=None,
        labels=past.labels,
        assignees=(),
        locked=False,
        created_at=past.created_at,
        updated_at=past.created_at,
        is_pull_request=past.is_pull_request,
        author_association=past.author_association,
        url=past.url,
    )


def _kept_out(config: LabelConfig, names: Iterable[str], known: frozenset[str]) -> dict[str, str]:
    """Return why labels are never put on: by the settings, or because nobody used them before the date."""
    why = {"suggest": "only suggested, by the settings", "off": "off, by the settings"}
    return {
        name: "new: not used before the date" if name not in known else why[config.mode_of(name)]
        for name in names
        if name not in known or config.mode_of(name) != "auto"
    }


def _named(issues: Iterable[PastIssue]) -> list[Label]:
    """Return the labels that issues carry: the repository's own list, with descriptions, is not stored."""
    return [Label(name) for name in sorted({label for issue in issues for label in issue.labels})]


def _joined(parts: Sequence[Vectors]) -> Vectors | None:
    if not parts:
        return None
    numbers = np.concatenate([part.numbers for part in parts])
    titles: Matrix = np.concatenate([part.titles for part in parts])
    bodies: Matrix = np.concatenate([part.bodies for part in parts])
    digests = tuple(digest for part in parts for digest in part.digests)
    return Vectors(parts[0].embedder, numbers, titles=titles, bodies=bodies, digests=digests)
