"""The intake writes before everybody else, and waits for one transaction of the others at most."""

import threading
from pathlib import Path

import pytest

from triagebot.store.engine import Gate


@pytest.fixture
def gates(tmp_path: Path):
    """The intake's gate and another process's, on one file."""
    intake, other = (Gate(tmp_path / "gate", first=first) for first in (True, False))
    yield intake, other
    intake.close()
    other.close()


def test_others_wait_until_the_intake_has_written(gates):
    intake, other = gates
    passed = []

    def pass_through() -> None:
        with other.entered():
            passed.append("other")

    thread = threading.Thread(target=pass_through)
    with intake.entered():
        thread.start()
        thread.join(timeout=0.2)
        assert passed == []
    thread.join(timeout=30)
    assert passed == ["other"]


def test_the_intake_does_not_wait_for_others_that_passed(gates):
    intake, other = gates
    with other.entered(), intake.entered():
        pass


def test_a_gate_is_open_again_after_whoever_was_in_it_has_gone(gates, tmp_path: Path):
    _, other = gates
    gone = Gate(tmp_path / "gate", first=True)
    held = gone.entered()
    held.__enter__()
    gone.close()  # as the kernel does when a process dies
    with other.entered():
        pass
