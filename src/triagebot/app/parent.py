"""A process that ends with the one that started it, also if that is killed with -9.

Whoever started it holds the other end of its standard input, which the kernel closes with that process.
"""

from __future__ import annotations

import os
import signal
import threading

PARENT = "TRIAGEBOT_PARENT_ON_STDIN"
"""Set where whoever started this process holds the other end of its standard input."""


def end_with_parent() -> bool:
    """Have this process asked to end (SIGTERM) when its parent is gone; False if it was started by itself."""
    if not os.environ.pop(PARENT, None):
        return False
    threading.Thread(target=_wait, name="parent", daemon=True).start()
    return True


def _wait() -> None:
    while os.read(0, 1):  # not sys.stdin: its lock must be free when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)
