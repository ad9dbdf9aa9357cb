"""The world: everything that exists in this GitHub and everything that can happen in it."""

from __future__ import annotations

from triagebot.simulator.acts_past import PastActs


class World(PastActs):
    """The state with all its acts. The REST side and a test's script change it through the same acts."""
