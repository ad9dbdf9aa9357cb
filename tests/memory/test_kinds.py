"""What is known of bug reports, requests and questions elsewhere, and what it does for a repository that is young."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from triagebot.core.history import PastIssue
from triagebot.core.values import Label
from triagebot.memory import embedded, kinds
from triagebot.memory.labels import LabelModel, fit
from triagebot.memory.minilm import MiniLM
from triagebot.ports import Vectors

START = datetime(2024, 1, 1, tzinfo=UTC)
# A repository's own names for them.
NAMED = {"bug": "T-defect", "feature": "T-wish", "question": "T-help"}
LABELS = tuple(Label(name=name, description="") for name in NAMED.values())
THINGS = ("calendar", "printer", "parser", "login page", "cache", "sidebar", "encoder", "importer", "mailer")
SAID = {
    "bug": (
        "{} crashes on start",
        "Since the update the {} throws an exception and exits. Expected: it opens. Actual: a traceback.",
    ),
    "feature": (
        "Support for themes in the {}",
        "It would be nice if the {} had an option for this. Please consider adding it, other tools allow it too.",
    ),
    "question": (
        "How to configure the {}?",
        "I am new to this project. What is the recommended way to set up the {}? I could not find it in the docs.",
    ),
}
LATER = {
    "bug": (
        "Wrong total after rounding",
        "The sum shown is off by one cent, and then it hangs for a minute.",
    ),
    "feature": (
        "Dark mode",
        "Could you let users choose colours? This would make evenings easier on the eyes.",
    ),
    "question": (
        "Is there a guide?",
        "Which version should I use with Python 3.12, and where do I put my settings?",
    ),
}


@pytest.fixture(scope="module")
def embedder() -> MiniLM:
    return MiniLM()


def past() -> list[PastIssue]:
    """Return a short past: 12 of each kind."""
    found = []
    for round_ in range(12):
        for kind, (title, body) in SAID.items():
            number, thing = len(found) + 1, THINGS[round_ % len(THINGS)]
            at = START + timedelta(hours=number)
            found.append(
                PastIssue(number, title.format(thing), body.format(thing), at, labels=(NAMED[kind],))
            )
    return found


def later(kind: str) -> PastIssue:
    title, body = LATER[kind]
    return PastIssue(999, title, body, START + timedelta(days=400))


async def learned(embedder: MiniLM, name: str) -> LabelModel:
    """Return what the past teaches by the local embedder's vectors, which bear this name."""
    vectors = await embedded.vectors_of(embedder, past())
    model = fit(past(), Vectors(name, vectors.numbers, vectors.titles, vectors.bodies), LABELS)
    assert model is not None
    return model


async def sure_of(model: LabelModel, embedder: MiniLM, kind: str, *, pull: bool = False) -> float:
    """Return by how much the model believes more in the right label than in the best of the others."""
    asked = replace(later(kind), is_pull_request=pull)
    found = await embedded.vectors_of(embedder, [asked])
    chances = {
        opinion.label: opinion.probability
        for opinion in model.opinions(asked, found.titles[0], found.bodies[0])
    }
    own = chances.pop(NAMED[kind])
    return own - max(chances.values())


def test_only_the_embedder_that_the_directions_were_learned_with_is_known():
    assert kinds.known(MiniLM.name), "learn memory/kinds.json anew: the local embedder's vectors changed"
    assert not kinds.known("text-embedding-3-small")
    assert not kinds.known(None)


async def test_each_kind_of_text_lies_furthest_along_its_own_direction(embedder):
    found = await embedded.vectors_of(embedder, [later(kind) for kind in kinds.KINDS])
    lie = kinds.scores(found.bodies)
    assert (lie - lie.mean(axis=0)).argmax(axis=1).tolist() == [0, 1, 2]


def test_no_vector_lies_nowhere():
    assert not kinds.scores(np.zeros((2, 768), np.float32)).any()


async def test_a_young_repository_tells_kinds_apart_that_others_taught(embedder):
    with_kinds = await learned(embedder, MiniLM.name)
    without = await learned(embedder, "another/1")
    surer = [
        await sure_of(with_kinds, embedder, kind) - await sure_of(without, embedder, kind) for kind in LATER
    ]
    assert [await sure_of(with_kinds, embedder, kind) > 0 for kind in LATER] == [True] * 3
    assert min(surer) > 0


async def test_a_pull_request_has_no_kind_whatever_it_reads_like(embedder):
    with_kinds = await learned(embedder, MiniLM.name)
    for kind in LATER:
        as_issue = await sure_of(with_kinds, embedder, kind)
        assert await sure_of(with_kinds, embedder, kind, pull=True) < as_issue


async def test_a_model_that_knows_kinds_is_kept_as_bytes_and_reads_an_issue_without_a_vector(embedder):
    model = await learned(embedder, MiniLM.name)
    again = LabelModel.from_bytes(model.to_bytes())
    found = await embedded.vectors_of(embedder, [later("bug")])
    for vectors in ((found.titles[0], found.bodies[0]), (None, None)):
        assert again.opinions(later("bug"), *vectors) == model.opinions(later("bug"), *vectors)
