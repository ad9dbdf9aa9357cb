"""Ask the parsing process, and outlive it: one that hangs or ends is replaced, and its request has no answer.

Calls block the thread they are made in, not the interpreter: the event loop goes on.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from contextvars import ContextVar, Token
from typing import Any

from triagebot.core.code.frames import frame

WAIT = 20.0
"""Seconds by the clock for one answer. The process itself ends after `child.SECONDS` of processor time; this
is for a computer that is too busy to let it run."""


class Patience:
    """Once so many requests made within it ended the process, no more are made: their author means harm.

    It may be entered again later, and goes on counting.
    """

    def __init__(self, deaths: int) -> None:
        """Allow `deaths` of them."""
        self.left = deaths
        self._before: list[Token[Patience | None]] = []

    def __enter__(self) -> None:
        self._before.append(_patience.set(self))

    def __exit__(self, *_: object) -> None:
        _patience.reset(self._before.pop())


def patience(deaths: int) -> Patience:
    """Return a context in which `deaths` requests may end the process before no more are made."""
    return Patience(deaths)


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


class _Child:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, what: str, *arguments: object) -> Any:
        """Return the answer, or None if there is none."""
        request = frame([what, arguments])
        limit = _patience.get()
        with self._lock:
            if limit is not None and limit.left <= 0:
                return None
            process = self._started()
            try:
                return _exchange(process, request)
            except (OSError, EOFError, TimeoutError):
                if limit is not None:
                    limit.left -= 1
                self._end()
                return None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "triagebot.core.code.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # and none of our secrets
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def process_id(self) -> int | None:
        """Return the number of the process, None where none runs."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the process, at the end of ours. Whoever waits for an answer gets none."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
        with self._lock:
            self._end()


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    until = time.monotonic() + WAIT
    left = memoryview(request)
    while left:
        left = left[process.stdin.write(left) :]
    (length,) = struct.unpack(">I", _receive(process.stdout.fileno(), 4, until))
    return json.loads(_receive(process.stdout.fileno(), length, until))


def _receive(descriptor: int, length: int, until: float) -> bytes:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    body = bytearray()
    while len(body) < length:
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise TimeoutError
        part = os.read(descriptor, length - len(body))
        if not part:
            raise EOFError
        body += part
    return bytes(body)


_child = _Child()
atexit.register(_child.close)
ask = _child.ask
close = _child.close
process_id = _child.process_id
