"""Run the service's processes: the web process, a worker, or one that keeps the other alive.

With `all` the web process is the parent and the worker its child. They talk only through the database
and two signs of life: the child ends when its standard input closes, which the kernel does for it even
if the parent is killed with -9; the parent starts a child that died again, later each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from triagebot.app import logs, web
from triagebot.app.parent import PARENT, end_with_parent
from triagebot.core.errors import SettingsError
from triagebot.llm.configured import specs
from triagebot.settings import PREFIX, Settings
from triagebot.web.server import run as run_loop

DRAIN_SECONDS = 20
"""How long a worker that was asked to stop may take to end the steps it is in."""
LOWER_PRIORITY = 5
"""How far the worker steps back behind the intake when both want the processor."""
SWITCH_SECONDS = 0.0005
"""How long a thread may keep the others from running. While a transaction waits its turn for that after
each statement, it holds SQLite's one write lock, and the other process waits with it."""

_log = structlog.get_logger()


def run(settings: Settings, role: str) -> int:
    """Run the service until SIGTERM or SIGINT; return the exit status.

    Raises `SettingsError` before anything is started if a setting is missing.
    """
    logs.configure(settings, logs.redactor(settings).redact)
    sys.setswitchinterval(SWITCH_SECONDS)
    settings.github.secrets()
    if end_with_parent() and role == "worker":
        os.nice(LOWER_PRIORITY)
    if role == "web":
        return _until_stopped(lambda: run_loop(web.serve(settings)))
    check_worker(settings)
    if role == "worker":
        return _until_stopped(lambda: _work(settings))
    with Supervised(settings):
        return _until_stopped(lambda: run_loop(web.serve(settings)))


def check_worker(settings: Settings) -> None:
    """Raise `SettingsError` for what would only be found when the worker starts, again and again."""
    if settings.github.app_id is None:
        raise SettingsError(
            f"No App id. Set {PREFIX}GITHUB__APP_ID to the number on your App's settings page."
        )
    try:
        serialization.load_pem_private_key(settings.github.key().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(
            f"The App's private key is not a PEM key without a password. Point {PREFIX}GITHUB__PRIVATE_KEY_PATH "
            "to the file that GitHub gave you."
        ) from None
    specs(settings)


def _until_stopped(serve: Callable[[], None]) -> int:
    """Run to the end; being stopped by a signal is the normal one.

    uvicorn raises the signal again when it is done. SIGTERM must not end this process then, before the
    worker has drained.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        serve()
    return 0


def _work(settings: Settings) -> None:
    from triagebot.app import worker  # its libraries cost the web process a second and 100 MB

    asyncio.run(worker.work(settings))


class Supervised:
    """Keeps one worker process running while the block lasts; `extra` is set in its environment."""

    def __init__(self, settings: Settings, **extra: str) -> None:
        self._environment = _environment(settings) | {PARENT: "1"} | extra
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_alive, name="worker-supervisor")

    def __enter__(self) -> Supervised:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
        self._thread.join()

    def _keep_alive(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            began = time.monotonic()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "triagebot", "serve", "--role", "worker"],
                stdin=subprocess.PIPE,
                env=self._environment,
            )
            status = self._wait(self._child)
            if self._stopping.is_set():
                return
            pause = 0.5 if time.monotonic() - began > 60 else min(pause * 2, 30)
            _log.error("the worker ended; deliveries are stored meanwhile", status=status, again_in=pause)
            self._stopping.wait(pause)

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                status = child.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if self._stopping.is_set():
                    return _end(child)
        if child.stdin:
            child.stdin.close()
        return status


def _end(child: subprocess.Popen[bytes]) -> int:
    """End a child that may have been started in the moment of stopping."""
    child.terminate()
    try:
        status = child.wait(timeout=DRAIN_SECONDS + 5)
    except subprocess.TimeoutExpired:
        child.kill()
        status = child.wait()
    if child.stdin:
        child.stdin.close()
    return status


def _environment(settings: Settings) -> dict[str, str]:
    """Return the environment for the child, in which the command line's choices are settings too.

    glibc gives each thread a heap of its own and keeps there what the thread ever needed: a worker that
    embeds and compares in threads held 400 MB in seven of them. Two heaps do for all.
    """
    return (
        {"MALLOC_ARENA_MAX": "2"}
        | os.environ
        | {"TRIAGEBOT_HOST": settings.host, "TRIAGEBOT_PORT": str(settings.port)}
    )
