"""Ask the author once for what a report of its kind lacks, and take that back when it is there."""

from __future__ import annotations

from typing import Literal

from triagebot.core.repo_config import Section
from triagebot.handlers.triage.part import Part
from triagebot.routing import Context


class MissingConfig(Section):
    """How missing information is handled."""

    mode: Literal["suggest", "off"] = "suggest"


async def look(ctx: Context, config: MissingConfig) -> Part:
    """Return the request for what the report lacks, or nothing."""
    raise NotImplementedError
