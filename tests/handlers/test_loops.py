"""An account that answers whatever we post, forever: a bot's, or a person's behind which there is one.

What we do depends on the comment, on GitHub and on what is stored. So a cycle of echoes that leaves all we
wrote as it was, and asks for the same as the cycle before, is the last that differs: ten thousand more are the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.support.answering import CONFIG, REPO, Talk, talking

WAYS: dict[str, Callable[[str], str]] = {
    "with our markers": str,
    "quoted": lambda text: "\n".join(f"> {line}" for line in text.splitlines()),
    "quoted and answered": lambda text: "\n".join(f"> {line}" for line in text.splitlines()) + "\nThanks!\n",
    "addressed": lambda text: f"@triagebot wrote:\n\n{text}",
    "in a list": lambda text: "\n".join(f"- {line}" for line in text.splitlines()),
    "in code": lambda text: f"```\n{text}\n```",
    "reversed": lambda text: "\n".join(reversed(text.splitlines())),
}
PLAIN = {
    "without its markup": lambda text: "\n".join(
        line.strip("| ") for line in text.replace("`", "").splitlines()
    )
}
"""Then our table of commands is one command a line, which whoever opened the issue may mean so."""

ACCOUNTS = {"robot": WAYS, "tom": WAYS, "hubot": WAYS, "stranger": WAYS | PLAIN}
"""A bot that may write, a person who may triage, who opened the issue, and nobody in particular."""

CYCLES = 6


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """An issue on which we have said all that can be echoed: what is missing, help, a hint, a refusal, an explanation."""
    async with talking(tmp_path) as talk:
        robot = talk.world.add_user("robot")
        robot.type = "Bot"
        talk.world.set_permission(REPO, robot, "write")
        talk.world.write_files(REPO, {CONFIG: "budget: {commands_per_thread: 9}\n"})
        talk.world.open_issue(REPO, "hubot", "It crashes", "It crashes when I start it.")
        await talk.settle()
        for said in ("help", "why", "sausage", "label sausage", "assign sausage"):
            await talk.say(1, "tom", f"/bot {said}")
        await talk.say(1, "zoe", "/bot triage")
        yield talk


def ours(talk: Talk) -> list[str]:
    return [one.body for one in talk.world.issue(REPO, 1).comments.values() if one.via_app]


async def cycle(talk: Talk) -> list[tuple[str, str, str]]:
    """Let each account echo all we wrote in each way, anew and by an edit; return what was planned besides reactions."""
    done = []
    for who, ways in ACCOUNTS.items():
        comment = talk.world.comment(REPO, 1, who, "Hello")
        await talk.settle()
        for way, echo in ways.items():
            text = echo("\n\n".join(ours(talk)))
            plans = await talk.say(1, who, text)
            talk.world.edit_comment(REPO, comment.id, text, by=who)
            plans += await talk.settle()
            done += [
                (who, way, action.kind)
                for plan, _ in plans
                for action in plan.actions
                if action.kind != "react"
            ]
    return done


async def test_who_echoes_us_gets_three_replies_at_most_in_ten_thousand_rounds(talk: Talk):
    before = ours(talk)
    assert len(before) >= 6
    cycles = [await cycle(talk)]
    while len(cycles) < CYCLES:
        texts = ours(talk)
        cycles.append(await cycle(talk))
        if cycles[-1] == cycles[-2] and ours(talk) == texts:
            break
    else:
        pytest.fail(f"no end after {CYCLES} cycles: {cycles[-1]}")
    assert len(ours(talk)) - len(before) <= 3
    # Of tom's words to us one is answered, and the answer stays as it is.
    assert {(who, way) for one in cycles for who, way, _ in one} <= {
        ("tom", "addressed"),
        ("stranger", "without its markup"),
    }
    assert {kind for *_, kind in cycles[-1]} <= {"upsert_comment"}
