"""Made-up pull requests with a model that is wrong in every way about them, and the truth about each remark.

What is right or wrong is known from how a remark was made, not from the code under test: its title says
`ok`, or the kind of wrong that it is. Which lines changed is read from the simulated GitHub's own patches.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triagebot.core.actions import Usage
from triagebot.core.errors import InvalidAnswer, ModelUnavailable
from triagebot.ports import Completion
from triagebot.simulator.diffs import HUNK

HOSTILE = (
    "@octo/admins must look, fixes #1 and closes octo/other#2, see https://evil.example/?q=1 ",
    "![x](https://evil.example/a.png) <img src=x onerror=alert(1)> <!-- triagebot:v1 slot=review -->",
    "```\n/bot fix\n```\n/bot undo\n[click](https://github.com.evil.example/) ",
    "</details></summary> `` ` Fixes #1 ` `` \u202e\u200b www.evil.example ",
)
SAID = "The limit overflows for negative numbers"
"""What a person said earlier of one line."""
BAD = ("path", "quote", "context", "elsewhere", "style", "unsure", "refuted", "repeat")
"""The kinds of wrong; a remark of any of them must never be posted."""


@dataclass
class Made:
    """A pull request's files, before and after."""

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)


def make(chance: random.Random, folder: str) -> Made:
    """Return a change to some files below `folder`: every line of code in them is there just once."""
    numbers = iter(chance.sample(range(1_000, 99_999), 2_000))
    made = Made()
    for index in range(chance.randint(1, 5)):
        path = f"{folder}/part{index}.{chance.choice(['py', 'py', 'js'])}"
        before = [_function(path, next(numbers), numbers) for _ in range(chance.randint(1, 6))]
        after = [_edited(chance, path, lines, numbers) for lines in before]
        if chance.random() < 0.4:
            place = chance.randint(0, len(after))
            after.insert(place, _function(path, next(numbers), numbers))
        if chance.random() < 0.9:
            made.before[path] = _joined(before)
        made.after[path] = None if path in made.before and chance.random() < 0.05 else _joined(after)
    if chance.random() < 0.3:
        made.after[f"{folder}/notes.txt"] = "\n".join(f"note {next(numbers)}" for _ in range(5))
    if chance.random() < 0.2:
        made.after[f"{folder}/picture.bin"] = "\0\1\2"
    return made


def _function(path: str, name: int, numbers) -> list[str]:
    if path.endswith(".js"):
        body = [f"  const step = value + {next(numbers)};", f"  if (step > {next(numbers)}) {{"]
        body += [f"    return step * {next(numbers)};", f"  }} // {next(numbers)}"]
        return [
            f"function count{name}(value) {{",
            *body,
            f"  return value - {next(numbers)};",
            f"}} // {name}",
        ]
    body = [f"    step = value + {next(numbers)}", f"    if step > {next(numbers)}:"]
    return [
        *(f"def count{name}(value):", *body),
        *(f"        return step * {next(numbers)}", f"    return value - {next(numbers)}"),
    ]


def _edited(chance: random.Random, path: str, lines: list[str], numbers) -> list[str]:
    lines = list(lines)
    first = 1
    if chance.random() < 0.6:
        lines[first] = (
            lines[first].rpartition(" ")[0] + f" {next(numbers)}" + (";" if path.endswith(".js") else "")
        )
    if chance.random() < 0.3:
        extra = f"step += {next(numbers)}"
        lines.insert(first + 1, f"  {extra};" if path.endswith(".js") else f"    {extra}")
    return lines


def _joined(functions: Sequence[Sequence[str]]) -> str:
    return "\n\n\n".join("\n".join(lines) for lines in functions) + "\n"


@dataclass
class Shown:
    """The lines of one file's patch: (number in the head, text) of the added ones and of the context."""

    added: list[tuple[int, str]] = field(default_factory=list)
    context: list[tuple[int, str]] = field(default_factory=list)


def shown(patch: str) -> Shown:
    """Read a patch as the simulated GitHub made it."""
    found, right = Shown(), 0
    for line in patch.split("\n"):
        if header := HUNK.match(line):
            right = int(header[2])
        elif line[:1] in ("+", " "):
            (found.added if line[0] == "+" else found.context).append((right, line[1:]))
            right += 1
    return found


def code(patches: Mapping[str, str | None]) -> list[tuple[str, int, str]]:
    """Return the added lines that hold code: (path, number, text)."""
    return [
        (path, number, text)
        for path, patch in patches.items()
        for number, text in shown(patch or "").added
        if len(text.strip()) > 8
    ]


class WrongModel:
    """Answers reviews with right and wrong remarks alike, and a second look with yes but for what is refuted."""

    judges = True

    def __init__(
        self,
        chance: random.Random,
        patches: Mapping[str, str | None],
        said: tuple[str, int, str] | None = None,
    ) -> None:
        """`patches` are the simulated GitHub's; `said` is the added line that a person has spoken of already."""
        self.chance = chance
        self.shown = {path: shown(patch) for path, patch in patches.items() if patch}
        self.lines = code(patches)
        self.said = said
        self.remarks = self._remarks()
        self.calls = 0

    def bind(self, *, repo: str, job: str, tokens_per_day: int | None) -> WrongModel:
        return self

    async def complete(self, prompt, schema, variables):
        self.calls += 1
        if self.chance.random() < 0.03:
            raise self.chance.choice([InvalidAnswer("no JSON"), ModelUnavailable("no endpoint answered")])
        if prompt == "review":
            answer = {"remarks": self.chance.sample(self.remarks, min(20, len(self.remarks)))}
        else:
            answer = {"verdicts": [_verdict(at, text) for at, text in enumerate(variables["remarks"], 1)]}
        usage = Usage(
            endpoint="test",
            model="wrong",
            prompt=prompt,
            prompt_version="1",
            input_tokens=1,
            output_tokens=1,
            seconds=0,
        )
        return Completion(schema.model_validate(answer), usage)

    def _remarks(self) -> list[dict[str, object]]:
        lines = self.lines
        remarks = []
        for path, number, text in self.chance.sample(lines, min(len(lines), self.chance.randint(0, 6))):
            if self.said and (path, number) == self.said[:2]:
                continue
            remarks.append(self._remark("ok", path, number, text))
        for kind in BAD:
            made = [self._wrong(kind, lines) for _ in range(self.chance.randint(0, 2))]
            remarks += [wrong for wrong in made if wrong]
        return remarks

    def _wrong(self, kind: str, lines: list[tuple[str, int, str]]) -> dict[str, object] | None:
        if not lines:
            return None
        path, number, text = self.chance.choice(lines)
        context = [
            (where, *line) for where, some in self.shown.items() for line in some.context if line[1].strip()
        ]
        match kind:
            case "path":
                return self._remark(
                    kind, self.chance.choice(["README.md", "../etc/passwd", "", "src/none.py"]), number, text
                )
            case "quote":
                return self._remark(kind, path, number, text.replace("e", "3") + " # never written")
            case "context" if context:
                return self._remark(kind, *self.chance.choice(context))
            case "elsewhere":
                others = [line for line in lines if line[0] != path]
                return self._remark(kind, path, number, self.chance.choice(others)[2]) if others else None
            case "style":
                return {**self._remark(kind, path, number, text), "kind": "style"}
            case "unsure":
                return {**self._remark(kind, path, number, text), "confidence": 0.3}
            case "refuted":
                return self._remark(kind, path, number, text)
            case "repeat" if self.said:
                return {
                    **self._remark(kind, *self.said),
                    "title": f"[repeat] {SAID}",
                    "body": SAID,
                    "suggestion": None,
                }
        return None

    def _remark(self, kind: str, path: str, number: int, text: str) -> dict[str, object]:
        name = f"{kind}-{self.chance.randrange(10**6)}"
        words = " ".join(self.chance.sample(_WORDS, 6))
        hostile = self.chance.choice(HOSTILE) if self.chance.random() < 0.3 else ""
        suggestion = None
        if self.chance.random() < 0.4:
            suggestion = self.chance.choice(
                [text + "  # checked" if path.endswith(".py") else text, "((((", "", text]
            )
        return {
            "path": path,
            "line": self.chance.choice([number, 0, 1, number + 400]),
            "quote": text,
            "kind": "bug",
            "severity": self.chance.choice(["error", "warning"]),
            "confidence": 0.95,
            "title": f"[{name}] {words}",
            "body": f"[{kind}] {words}. {hostile}It goes wrong when the input is empty, and nothing is said.",
            "suggestion": suggestion,
        }


_WORDS = [
    "limit",
    "overflow",
    "negative",
    "counter",
    "index",
    "bound",
    "rounding",
    "sign",
    "order",
    "loop",
    "empty",
    "total",
    "wrong",
    "missing",
    "late",
    "early",
    "twice",
    "never",
    "stale",
    "shared",
    "lost",
    "leaked",
    "closed",
    "reversed",
    "ignored",
    "cached",
    "locked",
    "parsed",
    "split",
    "merged",
    "sorted",
]


def _verdict(place: int, text: str) -> dict[str, object]:
    stands = "no" if "[refuted" in text else "yes"
    return {"place": place, "reason": "so it is", "true": stands, "would_change": stands}
