"""Check runs: one for each name, commit and set of annotations, completed in batches.

GitHub takes 50 annotations a request and appends those of later requests, so the run's own count
tells how far an earlier try came. Other annotations on the same commit make another run, of which
GitHub shows the newest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from triagebot.core.actions import Annotation, ReportCheck, Status
from triagebot.github import parse
from triagebot.github.client import segment
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write

BATCH = 50


@dataclass
class CheckReported:
    """The check run shows the conclusion, the text and every annotation once."""

    work: Work
    action: ReportCheck
    _run: parse.Json | None = None
    _sent: int = 0

    async def next(self) -> Outcome | Write:
        """Name the next batch, or the run's creation."""
        work, action = self.work, self.action
        if self._run is None:
            self._run = await work.patiently(self._find)
        if self._run is None:
            if work.pull is not None and work.pull.head_sha != action.head_sha:
                return Outcome(Status.STALE, "The pull request got new commits since.", work.issue.url)
            return Write("POST", f"{work.base}/check-runs", self._create(), then=self._updated)
        run = await self._current(self._run)
        have = _count(run)
        if have >= len(action.annotations) and self._shows(run):
            return work.reached(url=parse.text(run, "html_url"))
        return Write(
            "PATCH",
            f"{work.base}/check-runs/{parse.number(run, 'id')}",
            self._batch(have),
            then=self._updated,
            finishes=True,
        )

    @property
    def _external_id(self) -> str:
        """Name this run: the same for the same annotations on the same commit of the same subject."""
        notes = json.dumps([note.model_dump() for note in self.action.annotations], sort_keys=True)
        text = "\n".join((self.work.target.key, self.action.name, self.action.head_sha, notes))
        return f"triagebot:v1:{hashlib.sha256(text.encode()).hexdigest()[:40]}"

    async def _find(self) -> parse.Json | None:
        work = self.work
        runs = await work.client.pages(
            work.installation,
            f"{work.base}/commits/{segment(self.action.head_sha)}/check-runs",
            params={"check_name": self.action.name, "filter": "all"},
            within="check_runs",
        )
        ours = [
            run
            for run in runs
            if run.get("external_id") == self._external_id
            and run.get("name") == self.action.name
            and parse.number(parse.part(run, "app"), "id") == work.me.app_id
        ]
        return min(ours, key=lambda run: parse.number(run, "id")) if ours else None

    async def _current(self, run: parse.Json) -> parse.Json:
        """Return the run as it is, waiting while it may still get what a lost request brought."""
        work, expected = self.work, min(self._sent, len(self.action.annotations))
        path = f"{work.base}/check-runs/{parse.number(run, 'id')}"
        seen = run

        async def settled() -> parse.Json | None:
            nonlocal seen
            found: parse.Json = (await work.client.get(work.installation, path)).json()
            seen = max(seen, found, key=_progress)
            ended = _count(seen) >= len(self.action.annotations) and self._shows(seen)
            return seen if ended or (_count(seen) >= expected and not work.uncertain) else None

        return await work.patiently(settled, surely=_count(run) < expected) or seen

    def _create(self) -> dict[str, Any]:
        return {
            "name": self.action.name,
            "head_sha": self.action.head_sha,
            "external_id": self._external_id,
            **self._batch(0),
        }

    def _batch(self, have: int) -> dict[str, Any]:
        """Return the request that adds the next annotations, and completes the run with the last."""
        action = self.action
        batch = action.annotations[have : have + BATCH]
        output = {
            "title": action.title,
            "summary": action.summary,
            "annotations": [_annotation(note) for note in batch],
        }
        if have + len(batch) < len(action.annotations):
            return {"status": "in_progress", "output": output}
        return {"status": "completed", "conclusion": action.conclusion, "output": output}

    def _shows(self, run: parse.Json) -> bool:
        output = parse.part(run, "output")
        return (
            run.get("status") == "completed"
            and run.get("conclusion") == self.action.conclusion
            and parse.text(output, "title") == self.action.title
            and parse.text(output, "summary").strip() == self.action.summary.strip()
        )

    async def _updated(self, reply: Reply) -> Outcome | None:
        run: parse.Json = reply.json()
        self._run, self._sent = run, _count(run)
        if self._sent >= len(self.action.annotations) and run.get("status") == "completed":
            return self.work.reached(url=parse.text(run, "html_url"))
        return None


def _count(run: parse.Json) -> int:
    return parse.number(parse.part(run, "output"), "annotations_count")


def _progress(run: parse.Json) -> tuple[int, bool]:
    return _count(run), run.get("status") == "completed"


def _annotation(note: Annotation) -> dict[str, Any]:
    annotation: dict[str, Any] = {
        "path": note.path,
        "start_line": note.start_line,
        "end_line": note.end_line,
        "annotation_level": note.level,
        "message": note.message,
    }
    return annotation | ({"title": note.title} if note.title else {})
