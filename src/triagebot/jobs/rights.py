"""What the author of a comment may have done here now: by role, by whose subject it is, and by what the thread had today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery
from triagebot.core.values import Permission
from triagebot.routing import Command, Context, Handler, Registry

A_DAY = timedelta(days=1)
OUTSIDERS = 3
"""People who may not triage get one of so many of a thread's commands, so that they cannot use up all of them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The author's `permission`, the commands they may use, what each needs, and whether the day's are `spent`."""

    permission: Permission
    allowed: tuple[Command, ...] = ()
    least: Mapping[str, Permission] = field(default_factory=dict)
    spent: bool = False

    def permitted(self, handler: Handler, calls: tuple[Invocation, ...]) -> tuple[Invocation, ...]:
        """Return the calls that are carried out; who only overhears commands gets all of them."""
        if handler.overhears:
            return calls
        names = {command.name for command in self.allowed}
        return tuple(call for call in calls if call.name in names)

    def refusal(self, delivery: Delivery, calls: Sequence[Invocation]) -> str:
        """Return why none of the calls is carried out, for whoever looks later."""
        if self.spent:
            return "the thread has had its commands for today"
        who = delivery.sender.login if delivery.sender else "nobody"
        needed = min(self.least[call.name] for call in calls)
        return f"@{who} has {self.permission.name.lower()}, needs {needed.name.lower()}"


async def rights(registry: Registry, config: Any, delivery: Delivery, seen: Context) -> Rights:
    """Return the rights of whoever sent the delivery, a comment with commands, under this configuration.

    `seen` is the subject and the permission of the comment's author.
    """
    permission, issue = seen.permission, seen.issue
    most: int = config.budget.commands_per_thread
    if permission < Permission.TRIAGE:
        most //= OUTSIDERS
    spent = await seen.record.commands_since(seen.now - A_DAY, but=delivery.id) >= most
    least = {name: Permission[str(getattr(config.commands, name)).upper()] for name in registry.commands}
    author = (
        delivery.sender is not None and issue.author is not None and delivery.sender.id == issue.author.id
    )
    able = tuple(
        command
        for command in registry.commands.values()
        if permission >= least[command.name] or (author and command.author)
    )
    if spent:
        able = tuple(command for command in able if command.always and permission >= Permission.WRITE)
    return Rights(permission, able, least, spent)


def rescues(registry: Registry, calls: Sequence[Invocation], permission: Permission) -> bool:
    """Return True for what people with write must be able to say also under a broken configuration."""
    known = registry.commands
    always = all(call.name in known and known[call.name].always for call in calls)
    return bool(calls) and always and permission >= Permission.WRITE
