"""Over made-up pull requests and a model that is wrong in every way: no wrong comment, and no refused review.

30 pull requests in an ordinary run, 10,000 with TRIAGEBOT_CAMPAIGN=1 (`make campaign`).
"""

from __future__ import annotations

import ast
import os
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.github_lab import REPO
from tests.support.pulls import BAD, SAID, WrongModel, code, make
from tests.support.rendered import render
from tests.support.reviewing import ReviewLab, reviewing

from triagebot.core.actions import Status
from triagebot.simulator import Draft, Issue
from triagebot.simulator.model import ReviewComment

CAMPAIGN = bool(os.environ.get("TRIAGEBOT_CAMPAIGN"))
ROUND = 100 if CAMPAIGN else 30
"""Pull requests of one simulated GitHub, which then starts anew."""
MOST = 8
"""`review.max_comments` as it is by default."""
TAG = re.compile(rf"\[(ok|{'|'.join(BAD)})[-\\\]]")
BLOCK = re.compile(r"^(`{3,})suggestion\n(.*?)\n?\1$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("seed", range(100 if CAMPAIGN else 1))
async def test_nothing_wrong_is_posted_and_no_review_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    counted: Counter[str] = Counter()
    async with reviewing(tmp_path) as lab:
        for number in range(ROUND):
            await _one(lab, chance, f"p{number}", counted)
    assert counted["reviews"] >= ROUND
    # The test would hold nothing back if nothing were posted, or nothing were wrong.
    assert counted["posted"] > ROUND
    assert all(counted[f"given {kind}"] > ROUND / 8 for kind in BAD)


async def _one(lab: ReviewLab, chance: random.Random, folder: str, counted: Counter[str]) -> None:
    """Open a pull request, have it reviewed, push once more, have it reviewed again, and look at what stands there."""
    made = make(chance, folder)
    if made.before:
        lab.world.write_files(REPO, made.before, author="mona")
    pull = lab.pull(made.after)
    lines = code(_patches(lab, pull))
    said = chance.choice(lines) if lines and chance.random() < 0.4 else None
    if said:
        path, line, _ = said
        drafts = [Draft(path, SAID, line)]
        lab.world.submit_review(REPO, pull.number, "hubot", "", event="COMMENT", comments=drafts)
    await _reviewed(lab, pull, _model(lab, chance, pull, said), counted)
    texts = [path for path, text in made.after.items() if text]
    if chance.random() < 0.3 and texts:
        path = chance.choice(texts)
        sign = "//" if path.endswith(".js") else "#"
        more = {path: f"{made.after[path]}{sign} {chance.random()}\n"}
        lab.world.push_commits(REPO, pull.number, more, by="mona")
        await _reviewed(lab, pull, _model(lab, chance, pull, said), counted)
    _look(lab, pull, counted)


def _patches(lab: ReviewLab, pull: Issue) -> dict[str, str | None]:
    return {change.path: change.patch for change in lab.world.changes(pull)}


def _model(lab: ReviewLab, chance: random.Random, pull: Issue, said) -> WrongModel:
    model = WrongModel(chance, _patches(lab, pull), said)
    lab.planner = replace(lab.planner, models=model)
    return model


async def _reviewed(lab: ReviewLab, pull: Issue, model: WrongModel, counted: Counter[str]) -> None:
    for remark in model.remarks:
        counted[f"given {TAG.search(remark['title'])[1]}"] += 1
    before = len(lab.receipts)
    await lab.asked(pull)
    assert {receipt.status for receipt in lab.receipts[before:]} <= {Status.APPLIED, Status.UNCHANGED}
    assert model.calls <= 12


def _look(lab: ReviewLab, pull: Issue, counted: Counter[str]) -> None:
    """Hold every comment of ours against what is known of it."""
    reviews = lab.reviews(pull)
    counted["reviews"] += len(reviews)
    for review in reviews:
        assert len(review.comments) <= MOST
        assert render(review.body).effects == []
    titles = [comment.body.partition("\n")[0] for comment in lab.comments(pull)]
    assert len(titles) == len(set(titles))
    for comment in lab.comments(pull):
        counted["posted"] += 1
        assert set(TAG.findall(comment.body)) == {"ok"}, comment.body
        page = render(comment.body)
        assert page.effects == []
        assert page.links == []
        assert not page.tags & {"img", "script", "iframe", "form", "svg"}
        for _, replacement in BLOCK.findall(comment.body):
            counted["suggested"] += 1
            _applies(lab, comment, replacement)


def _applies(lab: ReviewLab, comment: ReviewComment, replacement: str) -> None:
    """Put a suggestion where GitHub would, and parse what comes out."""
    git = lab.lab.repo.git
    blob = git.listing(comment.commit_id)[comment.path]
    lines = git.blobs[blob].decode().split("\n")
    first = comment.start_line or comment.line
    lines[first - 1 : comment.line] = replacement.split("\n") if replacement else []
    if comment.path.endswith(".py"):
        ast.parse("\n".join(lines))
