"""The story that `triagebot demo` plays."""

from __future__ import annotations

from triagebot.simulator import story_again, story_creasepad, story_review, story_tidemark
from triagebot.simulator.story import Story, interleave

DEMO = Story(
    projects=(story_tidemark.PROJECT, story_creasepad.PROJECT),
    bots=frozenset({"depkeeper[bot]"}),
    steps=interleave(
        story_tidemark.STEPS,
        story_creasepad.STEPS,
        story_again.STEPS_TIDEMARK + story_again.STEPS_CREASEPAD,
    )
    + story_review.STEPS,
)
