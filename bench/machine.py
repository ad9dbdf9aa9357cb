"""Start and watch the processes that a benchmark is about, and write down where it ran."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
SECRET = "bench"


@dataclass(frozen=True)
class Running:
    """A server on loopback, its port, and how long it took to answer its first request."""

    process: subprocess.Popen[bytes]
    port: int
    seconds_to_answer: float

    def processor_seconds(self) -> float:
        """Return the time that the process itself has had of a processor so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> dict[str, float]:
        """Return the resident memory of the process and its children, in MB."""
        pids = [self.process.pid, *children(self.process.pid)]
        return {_role(pid): _resident(pid) for pid in pids}


@contextlib.contextmanager
def running(command: list[str], port: int, environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    """Run a server until the block ends; it has answered an HTTP request when the block begins."""
    with log.open("ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit(f"{command} did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.01)
        yield Running(process, port, round(time.perf_counter() - began, 2))
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def simulator(bodies: Path, *, issues: int, size: int, latency: float) -> Iterator[dict[str, str]]:
    """Run the simulated GitHub; gives its address and the App's credentials, and writes `bodies`."""
    command = [sys.executable, "-m", "bench.github", str(issues), str(size), str(bodies), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def service_environment(folder: Path, github: Mapping[str, str]) -> dict[str, str]:
    """Return the operator's settings for a service in `folder` in front of the simulated GitHub."""
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "app.pem"
    key.write_text(github["key"])
    return {
        "TRIAGEBOT_DATA_DIR": str(folder),
        "TRIAGEBOT_GITHUB__APP_ID": str(github["app_id"]),
        "TRIAGEBOT_GITHUB__PRIVATE_KEY_PATH": str(key),
        "TRIAGEBOT_GITHUB__WEBHOOK_SECRET": SECRET,
        "TRIAGEBOT_GITHUB__API_URL": github["url"],
        "TRIAGEBOT_PACE": "false",
        "TRIAGEBOT_LOG_LEVEL": "warning",
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def write(name: str, results: Mapping[str, object]) -> None:
    """Write the results beside a description of the machine."""
    RESULTS.mkdir(exist_ok=True)
    where = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(LOAD_AT_START, 2),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps({"machine": where, **results}, indent=2) + "\n")


LOAD_AT_START = os.getloadavg()[0]
"""How busy the machine was already: above about 0.3, timings say more about that than about us."""


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Return the children of every thread: the worker is started by one that supervises it."""
    texts = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for text in texts for child in text.split()]


def _role(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return "worker" if "worker" in command else "web"


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0
