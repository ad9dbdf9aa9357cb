"""Ask for edits, check them, try them out, ask once more with what was wrong, and then withhold.

The model sees texts and answers with a value: edits, or what it wants to see first. Code applies them to the
pinned commit, checks all that can be told without running, and lets the operator's own command run on them in a
sandbox. Steps, tokens and time are bounded. Whatever goes wrong ends as one sentence in the draft.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from triagebot.core import patch as patches
from triagebot.core.claims import one_line
from triagebot.core.errors import BudgetSpent, InvalidAnswer, ModelError, WorkspaceError
from triagebot.core.markdown import fence
from triagebot.core.patch import Edit, Extent, Patch, Problem
from triagebot.core.text import cut
from triagebot.drafting.asking import Asking, EditsOrLooks, ProposedEdit, ProposedEdits
from triagebot.drafting.checking import SAYS, checks, known, unwanted
from triagebot.drafting.looking import MOST_STEPS, look
from triagebot.drafting.shapes import Draft
from triagebot.drafting.showing import excerpt, unshown, verbatim
from triagebot.ports import Checkout, Model, Trial
from triagebot.routing import Context

MOST_SECONDS = 600.0
"""Since the beginning; after that the model is not asked again."""
MOST_TOKENS = 90_000
"""In and out, of one draft; the model is not asked again once they are used up."""
REPAIR = "repair"
NO_MODEL = "No language model is configured"
AROUND = 40
"""Lines shown above and below the place of an edit that is to be repaired."""
MOST_PROBLEMS = 8

Answered = TypeVar("Answered", bound=ProposedEdits)


async def propose(ctx: Context, checkout: Checkout, asking: Asking) -> Draft:
    """Return a draft: with a patch that passed every check, or withheld with the reason.

    Without a model, or with one that gives no answer, the draft is withheld, and says so. Raises
    `Unavailable` and `RateLimited` as GitHub's readers do; every other trouble is a withheld draft.
    """
    if ctx.model is None:
        return Draft(None, withheld=f"{NO_MODEL}.", sha=checkout.sha)
    until = asyncio.get_running_loop().time() + MOST_SECONDS
    proposal = _Proposal(ctx.model, checkout, asking, ctx.subject.repo.full_name, until)
    try:
        return await proposal.draft()
    except ModelError as error:
        return proposal.given_up(_silence(error))
    except WorkspaceError as error:
        return proposal.given_up(f"the repository's files cannot be read: {error}".rstrip("."))


class _Enough(ModelError):
    """A bound of ours was reached; the message is half a sentence."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """What became of one answer's edits, looked at as far as `extent`; `base` is the trial without them."""

    patch: Patch | None
    problems: tuple[Problem, ...]
    person: tuple[Problem, ...] = ()
    trial: Trial | None = None
    base: Trial | None = None
    extent: Extent = field(default_factory=Extent)

    @property
    def good(self) -> bool:
        return not self.problems and (self.trial is None or self.trial.outcome in ("passed", "not_run"))

    @property
    def red(self) -> bool:
        """True if the tests pass neither with it nor without it."""
        return not self.good and self.base is not None and self.base.outcome in ("failed", "timed_out")

    def complaints(self) -> list[str]:
        """Return what is wrong, for the model that is to mend it."""
        found = list(dict.fromkeys(one.says for one in self.problems))[:MOST_PROBLEMS]
        if not self.problems and self.trial is not None:
            found.append(f"The tests do not pass: {self.trial.says}\n{self.trial.output[-2_500:]}")
        return found


@dataclass
class _Proposal:
    """One draft in the making."""

    model: Model
    checkout: Checkout
    asking: Asking
    repo: str
    until: float
    rounds: int = 0
    tokens: int = 0
    name: str = ""
    paths: frozenset[str] | None = None
    texts: dict[str, str | None] = field(default_factory=dict)

    async def draft(self) -> Draft:
        """Return the draft. Raises `ModelError` and `WorkspaceError`."""
        answer = await self._first()
        if not answer.edits:
            return self._made(answer, None, "the model proposes no change")
        tried = await self._try(answer)
        if not tried.good and self.model.judges:  # the others mend nothing, and take their time
            try:
                second = await self._repair(answer, tried)
            except ModelError as error:
                return self._made(answer, tried, f"{_why(tried)}, and {_silence(error)}")
            if second.edits:
                answer, tried = second, await self._try(second)
        tried = await self._compared(tried)
        return self._made(answer, tried, "" if tried.good else _why(tried))

    def given_up(self, why: str) -> Draft:
        """Return a draft of which nothing came."""
        return Draft(
            None,
            withheld=_sentence(why),
            model=self.name,
            rounds=self.rounds,
            sha=self.checkout.sha,
            judges=self.model.judges,
        )

    def _made(self, answer: ProposedEdits, tried: _Tried | None, withheld: str = "") -> Draft:
        told = not withheld or (not answer.edits and self.model.judges)
        draft = replace(self.given_up(withheld), explanation=_two_lines(answer.explanation) if told else "")
        if tried is None:
            return draft
        return replace(
            draft,
            patch=None if withheld else tried.patch,
            checks=checks(
                tried.patch, tried.extent, tried.problems, (tried.trial, tried.base), self.checkout.sha
            ),
            problems=tried.problems,
            person=tried.person,
            trial=tried.trial,
            red=tried.red,
        )

    async def _first(self) -> ProposedEdits:
        """Ask, and show what the model wants to see, as often as that is allowed; one that cannot judge, never."""
        if not self.asking.seen:
            return await self._ask(self.asking.prompt, ProposedEdits, self.asking.variables)
        seen: list[str] = []
        steps = MOST_STEPS if self.model.judges else 0
        for _ in range(steps + 1):
            variables = {**self.asking.variables, self.asking.seen: seen}
            answer = await self._ask(self.asking.prompt, EditsOrLooks, variables)
            if answer.edits or not answer.look:
                return answer
            if self.rounds <= steps:
                seen += await look(self.checkout, answer.look)
        raise _Enough(f"the model only asked to see more, in {self.rounds} answers")

    async def _ask(self, prompt: str, schema: type[Answered], variables: Mapping[str, object]) -> Answered:
        if asyncio.get_running_loop().time() > self.until:
            raise _Enough(f"it was not ready after {MOST_SECONDS / 60:.0f} minutes")
        if self.tokens >= MOST_TOKENS:
            raise _Enough(f"it had used {self.tokens:,} tokens by then, and {MOST_TOKENS:,} are the most")
        completion = await self.model.complete(prompt, schema, variables)
        self.rounds += 1
        self.tokens += completion.usage.input_tokens + completion.usage.output_tokens
        self.name = completion.usage.model
        return completion.value

    async def _try(self, answer: ProposedEdits) -> _Tried:
        """Apply the edits to the pinned commit, check what comes of it, and try it out."""
        if self.paths is None:
            self.paths = frozenset(one.path for one in await self.checkout.entries())
        await self._read(one.path for one in answer.edits if one.path in self.paths)
        edits = self._edits(answer)
        problems = unwanted(edits, self.texts, self.asking)
        if problems:
            return _Tried(None, tuple(problems))
        patch, found = await asyncio.to_thread(patches.apply, edits, self.texts)
        if not found:
            here = await known(self.checkout, patch, self.paths)
            found = await asyncio.to_thread(patches.check, patch, here)
        against = tuple(one for one in found if not one.person)
        person = tuple(one for one in found if one.person)
        extent = await asyncio.to_thread(patches.extent, patch)
        if against:
            return _Tried(patch, against, person, extent=extent)
        trial = Trial("not_run", "")  # there is nothing to run for this
        if self.asking.verify is not None:
            after = {one.path: one.after for one in patch.files}
            trial = await self.checkout.trial(after, verify=self.asking.verify)
        return _Tried(patch, (), person, trial, extent=extent)

    async def _compared(self, tried: _Tried) -> _Tried:
        """Return it with what the tests do without the patch; only beside that do they say something of it."""
        ran = tried.trial is not None and tried.trial.outcome != "not_run"
        if not ran or (tried.good and self.asking.creating):
            return tried
        return replace(tried, base=await self.checkout.trial({}, verify=self.asking.verify or ""))

    def _edits(self, answer: ProposedEdits) -> list[Edit]:
        """Return the edits without those said twice, and without those that change nothing unless all are such."""
        edits = list(dict.fromkeys(map(self._edit, answer.edits)))
        return [one for one in edits if one.search != one.replace] or edits

    def _edit(self, one: ProposedEdit) -> Edit:
        text = self.texts.get(one.path)
        return Edit(path=one.path, search=unshown(one.search, text), replace=unshown(one.replace, text))

    async def _read(self, paths: Iterable[str]) -> None:
        for path in dict.fromkeys(paths):
            if path not in self.texts:
                given = self.asking.texts.get(path)
                self.texts[path] = given if given is not None else await self.checkout.read(path)

    async def _repair(self, answer: ProposedEdits, tried: _Tried) -> ProposedEdits:
        shown = await asyncio.to_thread(_around, answer, self.texts, tried.problems)
        variables = {
            "repo": self.repo,
            "task": self.asking.task,
            "files": shown,
            "edits": [_written(one.path, one.search, one.replace) for one in answer.edits],
            "problems": [verbatim(text) for text in tried.complaints()],
        }
        return await self._ask(REPAIR, ProposedEdits, variables)


def _why(tried: _Tried) -> str:
    """Return as half a sentence why it is withheld."""
    if tried.problems:
        kinds = dict.fromkeys(one.kind for one in tried.problems)
        return ", and ".join(SAYS[kind] for kind in kinds)
    assert tried.trial is not None, "nothing else speaks against a patch without problems"
    slow = tried.trial.outcome == "timed_out"
    why = "the tests did not end in time with it" if slow else "the tests fail with it"
    return f"{why}, and without it they do not pass either" if tried.red else why


def _silence(error: ModelError) -> str:
    """Return as half a sentence why there is no answer."""
    match error:
        case BudgetSpent():
            return f"this repository's tokens for models are used up until {error.until:%H:%M} UTC"
        case InvalidAnswer():
            return "the model answered twice in a form that is none"
        case _Enough():
            return str(error)
    return "no language model answered"


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}." if why else ""


def _two_lines(explanation: str) -> str:
    """Return a model's explanation as at most two lines of Markdown in which nothing acts."""
    lines = [line for line in explanation.splitlines() if line.strip()]
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return "\n".join(filter(None, (one_line(line, limit=300) for line in lines)))


def _around(answer: ProposedEdits, texts: Mapping[str, str | None], problems: Sequence[Problem]) -> list[str]:
    """Return what the files really say where the edits wanted to be, for who is to write them again."""
    shown: list[str] = []
    for path in dict.fromkeys(edit.path for edit in answer.edits):
        text = texts.get(path)
        if text is None:
            continue
        places = [_place(text, edit.search) for edit in answer.edits if edit.path == path]
        places += [one.line for one in problems if one.path == path and one.line]
        spans = [(line - AROUND, line + AROUND) for line in places if line]
        shown.append(excerpt(path, text, spans))
    return shown


def _place(text: str, search: str) -> int:
    """Return the line where a telling line of a search stands, however it is indented; 0 if nowhere."""
    lines = [line.strip() for line in text.split("\n")]
    wanted = sorted((line.strip() for line in search.split("\n")), key=len, reverse=True)
    for line in filter(None, wanted[:3]):
        whole = lines.index(line) if line in lines else None
        at = whole if whole is not None else next((at for at, one in enumerate(lines) if line in one), None)
        if at is not None:
            return at + 1
    return 0


def _written(path: str, search: str, replacement: str) -> str:
    """Return an edit as the model wrote it, to be shown to it again."""
    return verbatim(f"{cut(path, 400)}\n\nsearch:\n{fence(search)}\n\nreplace:\n{fence(replacement)}")
