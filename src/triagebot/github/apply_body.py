"""Our part of the subject's own text, which a person wrote and may change at any moment.

GitHub has no edit on a condition: the text is read right before it is written, and nothing but our part
differs. A part that a person took out or changed is theirs from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from triagebot.core import body_part
from triagebot.core.actions import EditBody, Status
from triagebot.github.outcome import Reply
from triagebot.github.steps import Outcome, Work, Write

LONGEST = 65_000
"""Characters of a text that GitHub takes, with some to spare."""

_PUT, _OUT = "body:{}", "body:{}:out"


@dataclass
class BodyEdited:
    """The subject's text holds what the action says between our markers, and else what people wrote."""

    work: Work
    action: EditBody

    async def next(self) -> Outcome | Write:
        """Name the edit, if the part is not there yet, reads otherwise, or is to go."""
        work, key = self.work, self.work.target.key
        times = await self._times()
        there = bool(times) and await work.ledger.made(key, _OUT.format(times)) is None
        body = work.issue.body
        if there and not self._has_part(body):
            body = await work.patiently(self._again, surely=True) or ""
        if self._has_part(body) and not there:  # put in by a worker that died before it could say so
            times, there = await self._put_in(times), True
        elif there and not self._has_part(body):
            if work.uncertain and not self.action.text:
                await self._taken_out(times)
                return work.reached()
            detail = "A person changed our part of the text, or took it out; it is left alone."
            return Outcome(Status.REFUSED, detail, work.issue.url)
        edited = body_part.put(body, self.action.text, work.marks, key)
        if edited == body:
            return work.reached()
        if len(edited) > LONGEST:
            detail = "With our part, the text would get longer than GitHub takes."
            return Outcome(Status.REFUSED, detail, work.issue.url)

        async def done(_: Reply) -> Outcome | None:
            if not self.action.text:
                await self._taken_out(times)
            elif not there:
                await self._put_in(times)
            return work.reached()

        return Write("PATCH", work.issue_path, {"body": edited}, then=done)

    def _has_part(self, body: str) -> bool:
        return body_part.ours(body, self.work.marks, self.work.target.key) is not None

    async def _again(self) -> str | None:
        body = (await self.work.reader.issue(self.work.target.number)).body
        return body if self._has_part(body) else None

    async def _times(self) -> int:
        """Return how often we have put our part in; only the last time matters."""
        times = 0
        while await self.work.ledger.made(self.work.target.key, _PUT.format(times + 1)):
            times += 1
        return times

    async def _put_in(self, times: int) -> int:
        await self.work.ledger.remember_made(self.work.target.key, _PUT.format(times + 1), self.work.plan.key)
        return times + 1

    async def _taken_out(self, times: int) -> None:
        await self.work.ledger.remember_made(self.work.target.key, _OUT.format(times), self.work.plan.key)
