"""The process in which other people's source is parsed: reads requests, answers, and dies where one is bad.

Grammars are C. A few hundred bytes made for it keep one busy for hours, and others end the process by an
assertion, so none of them runs inside the service. `apart` starts this, and starts another when it ended.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import astuple
from types import MappingProxyType
from typing import Any

from triagebot.core.code import defined, mistakes, names
from triagebot.core.code.frames import frame, read

SECONDS = 1.0
"""Of processor time for one request. A correct file of the longest length allowed takes about 0.1."""

MEMORY = 1 << 30
"""Bytes of address space."""

ANSWERS: Mapping[str, Callable[..., list[Any]]] = MappingProxyType(
    {
        "errors": mistakes.errors,
        "definitions": defined.definitions,
        "names_gone": names.names_gone,
        "uses": names.uses,
        "calls": names.calls,
    }
)


def main() -> None:
    """Answer requests until the input ends. A request that takes too long ends the process."""
    with contextlib.suppress(ValueError, OSError):  # a system that has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends us by closing our input
    warnings.simplefilter("ignore")  # Python's parser warns of what it reads
    while True:
        try:
            what, arguments = read(sys.stdin.buffer)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        answer = frame([astuple(one) for one in ANSWERS[what](*arguments)])
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
