"""Assign an issue to who looks after its area: from the configuration's areas, then CODEOWNERS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from triagebot.core.repo_config import Section
from triagebot.handlers.triage.part import Part
from triagebot.routing import Context


class AssignConfig(Section):
    """How issues are assigned. `areas` names people (`@mona`) or teams (`@octo/parsers`) by label."""

    mode: Literal["auto", "suggest", "off"] = "off"
    areas: dict[str, tuple[str, ...]] = Field(default_factory=dict)


async def look(ctx: Context, config: AssignConfig, labels: Sequence[str]) -> Part:
    """Return whom to assign, given the labels that the issue has or gets, or nothing."""
    raise NotImplementedError
