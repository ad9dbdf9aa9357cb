"""The pages that people browse."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from triagebot.simulator.world import World


def router(world: Callable[[], World]) -> APIRouter:
    """Return the pages' routes."""
    return APIRouter()
