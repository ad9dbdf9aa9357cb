"""How a comment with commands is answered whatever its handlers say: a reaction, and that the configuration is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from triagebot.core.actions import Action, React, UpsertComment
from triagebot.core.commands import Invocation
from triagebot.core.delivery import Delivery, comment_id, diff_comment
from triagebot.core.errors import ConfigError
from triagebot.core.markdown import escape
from triagebot.core.values import Permission
from triagebot.routing import Handler

MOST_MISTAKES = 20
"""So many mistakes of a configuration are named."""


def reaction(delivery: Delivery, content: Literal["rocket", "confused"]) -> React:
    """Return the reaction to the delivery's comment."""
    return React(
        content=content, comment_id=comment_id(delivery), review_comment=diff_comment(delivery) is not None
    )


def ended(
    handler: Handler, delivery: Delivery, calls: tuple[Invocation, ...], *, understood: bool
) -> tuple[Action, ...]:
    """Return the reaction that ends a command; none for events and for who sees every command."""
    if not calls or handler.overhears:
        return ()
    return (reaction(delivery, "rocket" if understood else "confused"),)


def misconfigured(
    handler: Handler,
    delivery: Delivery,
    calls: tuple[Invocation, ...],
    error: ConfigError,
    *,
    permission: Permission,
    redact: Callable[[str], str],
) -> tuple[Action, ...]:
    """Tell whoever used a command and may triage, once, why nothing happens; stay silent for mere events."""
    if not calls:
        return ()
    confused = reaction(delivery, "confused")
    if not handler.overhears or permission < Permission.TRIAGE:
        return (confused,)
    lines = "\n".join(f"- {escape(redact(problem))}" for problem in error.problems[:MOST_MISTAKES])
    body = f"Nothing was done: the configuration on the default branch has mistakes.\n\n{lines}"
    return (confused, UpsertComment(slot=f"{handler.name}:config", body=body))
