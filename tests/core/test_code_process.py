"""The process in which sources are parsed: when it begins, what ends it, and what that leaves behind."""

import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from triagebot.core import code
from triagebot.core.code import apart
from triagebot.core.errors import ParserUnavailable

SOURCE = "def f(): pass\n"
FOREVER = "->" * 2_000  # JavaScript's parser would run for hours


@pytest.fixture
def parser():
    """A parsing process made for this test."""
    apart.close()
    yield apart.process_id
    apart.close()


def _run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def _gone(process_id: int) -> bool:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(process_id)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)


ASKED = (
    "import os, signal\nfrom triagebot.core import code\nfrom triagebot.core.code import apart\n"
    "assert apart.process_id() is None\n"  # importing starts nothing
    f"assert code.definitions({SOURCE!r}, 'python')\nprint(apart.process_id(), flush=True)\n"
)


@pytest.mark.parametrize(
    "end", ["", "os.kill(os.getpid(), signal.SIGTERM)", "os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_it_ends_with_its_owner_however_that_ends(end):
    assert _gone(int(_run(ASKED + end)))


def test_a_fork_of_its_owner_starts_its_own():
    script = (
        ASKED + "pid = os.fork()\n"
        f"assert code.definitions({SOURCE!r}, 'python')\n"
        "print(apart.process_id(), flush=True)\n"
        "if pid: assert os.waitpid(pid, 0)[1] == 0\n"
    )
    first, *both = _run(script).split()
    assert both.count(first) == 1
    assert len(set(both)) == 2


def test_it_outlives_what_asks_the_whole_group_to_end(parser):
    assert code.definitions(SOURCE, "python")
    first = parser()
    os.kill(first, signal.SIGTERM)
    os.kill(first, signal.SIGINT)
    assert code.definitions(SOURCE, "python")
    assert parser() == first


@pytest.mark.usefixtures("impatient_parser")
def test_threads_that_ask_at_once_get_each_their_own_answer():
    def ask(n: int) -> list[str]:
        if n % 8 == 3:
            return [one.name for one in code.definitions(FOREVER, "javascript")]
        return [one.name for one in code.definitions(f"def f{n}(): pass\n", "python")]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(16))) == [[] if n % 8 == 3 else [f"f{n}"] for n in range(16)]


def test_one_that_does_not_read_holds_nobody_up(parser, monkeypatch):
    assert code.definitions(SOURCE, "python")
    os.kill(parser(), signal.SIGSTOP)
    monkeypatch.setattr(apart, "WAIT", 0.1)
    assert code.definitions("# more than a pipe takes\n" * 10_000, "python") == ()
    monkeypatch.undo()
    assert code.definitions(SOURCE, "python")


def test_one_that_does_not_start_is_an_error_and_no_empty_file(parser, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ParserUnavailable, match="status 1"):
        code.definitions(SOURCE, "python")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ParserUnavailable, match="No such file"):
        code.definitions(SOURCE, "python")
    monkeypatch.undo()
    assert code.definitions(SOURCE, "python")
    assert parser() is not None


def test_whoever_takes_long_in_sum_is_not_asked_again():
    limit = code.patience(3, seconds=0.001)
    with limit:
        assert code.definitions("def f(): pass\n" * 1_000, "python")
        assert code.definitions(SOURCE, "python") == ()
    assert limit.lost
    assert code.definitions(SOURCE, "python")


def test_it_sees_none_of_our_environment(parser, monkeypatch):
    monkeypatch.setenv("TRIAGEBOT_GITHUB__WEBHOOK_SECRET", "a-secret")
    assert code.definitions(SOURCE, "python")
    with open(f"/proc/{parser()}/environ", "rb") as environment:  # noqa: PTH123
        assert b"a-secret" not in environment.read()
