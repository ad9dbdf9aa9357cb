"""The world: everything that exists in this GitHub and everything that can happen in it."""

from __future__ import annotations

from triagebot.simulator.acts_pulls import PullActs


class World(PullActs):
    """The state with all its acts. The REST side and a test's script change it through the same acts."""
