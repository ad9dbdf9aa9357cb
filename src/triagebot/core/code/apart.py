"""Ask the parsing process, and outlive it: one that hangs or ends is replaced, and its request has no answer.

It is started by the first request, one for each process of ours, and ends with it: its input is closed then,
also by kill -9. Calls block the thread they are made in, not the interpreter: the event loop goes on.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from contextvars import ContextVar, Token
from typing import Any

from triagebot.core.code.frames import HEAD, READY, frame
from triagebot.core.errors import ParserUnavailable

SECONDS = 1.0
"""Of processor time for one request. A correct file of the longest length allowed takes about 0.1."""

WAIT = 20.0
"""Seconds by the clock for one answer: for a computer that is too busy to let the process run."""

START = 60.0
"""Seconds by the clock until a new process must have said that it is there."""


class Patience:
    """Once requests made within it cost so much, no more are made: their author means harm.

    It may be entered again later, and goes on counting. `unanswered` counts the requests that had no answer:
    that nothing was found in their sources says nothing.
    """

    def __init__(self, deaths: int, seconds: float) -> None:
        """Allow `deaths` of the process and `seconds` of its processor time."""
        self.deaths, self.seconds, self.unanswered = deaths, seconds, 0
        self._before: list[Token[Patience | None]] = []

    @property
    def lost(self) -> bool:
        """True once no more requests are made."""
        return self.deaths <= 0 or self.seconds <= 0

    def __enter__(self) -> None:
        self._before.append(_patience.set(self))

    def __exit__(self, *_: object) -> None:
        _patience.reset(self._before.pop())


def patience(deaths: int, seconds: float = 60.0) -> Patience:
    """Return a context in which requests may end the process so often, and take so long, before no more are made."""
    return Patience(deaths, seconds)


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


class _Child:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, what: str, *arguments: object) -> Any:
        """Return the answer, or None if there is none. Raises `ParserUnavailable`."""
        request = frame([what, arguments])
        limit = _patience.get()
        with self._lock:
            if limit is not None and limit.lost:
                limit.unanswered += 1
                return None
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._process = _started()
            try:
                spent, answer = _exchange(self._process, request)
            except (OSError, EOFError, TimeoutError):
                if limit is not None:
                    limit.deaths -= 1
                    limit.unanswered += 1
                self._end()
                return None
            if limit is not None:
                limit.seconds -= spent
            return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def process_id(self) -> int | None:
        """Return the number of the process, None where none runs."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the process, at the end of ours. Whoever waits for an answer gets none."""
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def forget(self) -> None:
        """Leave the process to the one that we were forked from."""
        process, self._process, self._lock = self._process, None, threading.Lock()
        if process is not None:
            process.returncode = 0  # so that nobody waits for it, or warns that nobody did
            _close(process)


def _started() -> subprocess.Popen[bytes]:
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "triagebot.core.code.child", str(SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # and none of our secrets
        )
    except OSError as error:
        raise ParserUnavailable(f"The process that parses sources cannot be started: {error}") from error
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    try:
        if _receive(process, time.monotonic() + START) == READY:
            return process
    except (OSError, EOFError, TimeoutError, ValueError):
        pass
    _end(process)
    raise ParserUnavailable(
        f"The process that parses sources ended before it began (status {process.returncode}). To see why, run"
        f" {sys.executable} -m triagebot.core.code.child {SECONDS}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> Any:
    until = time.monotonic() + WAIT
    _send(process, request, until)
    return _receive(process, until)


def _send(process: subprocess.Popen[bytes], request: bytes, until: float) -> None:
    assert process.stdin is not None
    descriptor, left = process.stdin.fileno(), memoryview(request)
    while left:
        _await(descriptor, select.POLLOUT, until)
        left = left[os.write(descriptor, left) :]


def _receive(process: subprocess.Popen[bytes], until: float) -> Any:
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    (length,) = HEAD.unpack(_bytes(descriptor, HEAD.size, until))
    return json.loads(_bytes(descriptor, length, until))


def _bytes(descriptor: int, length: int, until: float) -> bytes:
    body = bytearray()
    while len(body) < length:
        _await(descriptor, select.POLLIN, until)
        part = os.read(descriptor, length - len(body))
        if not part:
            raise EOFError
        body += part
    return bytes(body)


def _await(descriptor: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TimeoutError


_child = _Child()
atexit.register(_child.close)
os.register_at_fork(after_in_child=_child.forget)
ask = _child.ask
close = _child.close
process_id = _child.process_id
