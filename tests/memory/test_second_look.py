"""What vectors change about where a report leads: the second look at the likeliest files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.support.embeddings import ScriptedEmbeddings
from typer.testing import CliRunner

from triagebot.app.localize_command import Bare
from triagebot.cli import app
from triagebot.core.errors import ModelUnavailable
from triagebot.memory.localize import Localization, meaning
from triagebot.ports import Matrix

from .test_localize import commit, git

TITLE = "Customers are told yes though nothing is left"
BODY = "The answer of the shop is yes, and then the parcel never comes."
WORDS = {
    "src/answer.py": "def answer_customers(shop):\n    # customers are told yes\n    return 'yes'\n",
    "src/depot.py": "def reserve(article, amount):\n    return min(article.stock, amount)\n\n\ndef shop():\n    return reserve\n",
    "src/parcel.py": "def send(parcel):\n    return parcel\n",
}
MEANS = (("yes", "answer"), ("nothing is left", "reserve", "stock"), ("never comes", "send"))


class Senses:
    """An embedder that knows that running out has to do with reserving; it can be away."""

    name = "senses/1"
    compared: int | None = None

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.away = False

    async def embed(self, texts: Sequence[str]) -> Matrix:
        self.asked.append(list(texts))
        if self.away:
            raise ModelUnavailable("No vectors from the endpoint: away.")
        rows = np.array([self._senses(text) for text in texts], np.float32)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _senses(self, text: str) -> list[float]:
        if text.startswith(TITLE):
            return [0.1, 1.0, 0.1]  # what the report is about, whatever words it uses
        return [0.1 + any(word in text for word in words) for words in MEANS]

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    git(folder, "init", "-q", "-b", "main")
    commit(folder, WORDS, "A shop")
    return folder


async def ask(localization: Localization, folder: Path, *, limit: int = 10):
    return await localization.places(
        Bare(folder / ".git", git(folder, "rev-parse", "HEAD")), TITLE, BODY, limit=limit
    )


async def test_code_that_does_what_the_report_tells_in_other_words_is_raised(shop):
    by_words = await ask(Localization(), shop)
    found = await ask(Localization(Senses()), shop)
    assert by_words[0].path == "src/answer.py"
    chance = {place.path: place.chance for place in by_words}
    depot = next(place for place in found if place.path == "src/depot.py")
    assert depot.chance > chance["src/depot.py"]
    assert "close to the report in meaning" in depot.why
    assert found.index(depot) < [place.path for place in by_words].index("src/depot.py")
    assert sorted(place.path for place in found) == sorted(chance)
    assert [place.chance for place in found] == sorted((place.chance for place in found), reverse=True)


async def test_the_likeliest_definitions_are_compared_under_their_names(shop):
    embedder = Senses()
    await ask(Localization(embedder), shop)
    (asked,) = embedder.asked
    assert asked[0] == f"{TITLE}\n{BODY}"
    assert (
        "src/answer.py answer_customers\ndef answer_customers(shop):\n# customers are told yes\nreturn 'yes'"
        in asked
    )
    assert max(sum(text.startswith(path) for text in asked) for path in WORDS) <= meaning.PASSAGES


async def test_passages_that_were_seen_before_are_not_sent_again(shop):
    embedder = Senses()
    localization = Localization(embedder)
    first = await ask(localization, shop)
    assert await ask(localization, shop) == first
    assert len(embedder.asked) == 1


async def test_vectors_that_cannot_be_had_change_nothing(shop):
    embedder = Senses()
    embedder.away = True
    assert await ask(Localization(embedder), shop) == await ask(Localization(), shop)
    assert len(embedder.asked) == 1


async def test_only_the_likeliest_files_are_looked_at_again(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    many = {
        f"src/part{at}.py": f"def part{at}():\n    # customers are told\n    return {at}\n"
        for at in range(20)
    }
    commit(tmp_path, many, "Begin")
    embedder = Senses()
    by_words = await ask(Localization(), tmp_path, limit=20)
    found = await ask(Localization(embedder), tmp_path, limit=20)
    assert {text.split()[0] for text in embedder.asked[0][1:]} == {
        one.path for one in by_words[: meaning.FILES]
    }
    assert [one.path for one in found[meaning.FILES :]] == [one.path for one in by_words[meaning.FILES :]]
    assert len(await ask(Localization(embedder), tmp_path, limit=3)) == 3


async def test_few_vectors_are_remembered(shop, monkeypatch):
    monkeypatch.setattr(meaning, "KEPT", 2)
    embedder = Senses()
    localization = Localization(embedder)
    first = await ask(localization, shop)
    assert await ask(localization, shop) == first
    assert len(embedder.asked) == 2


def test_the_measurement_asks_the_endpoint_that_the_operator_names(shop, tmp_path, monkeypatch):
    git(tmp_path, "clone", "-q", "--bare", str(shop), "octo__shop.git")
    base = git(shop, "rev-parse", "HEAD")
    line = (
        f'{{"instance_id": "one", "repo": "octo/shop", "base_commit": "{base}", "title": "{TITLE}", '
        f'"body": "{BODY}", "gold_files": ["src/depot.py"]}}\n'
    )
    (tmp_path / "instances.jsonl").write_text(line)
    command = ["eval", "localize", "--instances", str(tmp_path / "instances.jsonl"), "--repos", str(tmp_path)]
    monkeypatch.delenv("TRIAGEBOT_EMBEDDINGS__BASE_URL", raising=False)
    assert "No endpoint" in str(CliRunner().invoke(app, [*command, "--embedder", "endpoint"]).exception)
    with ScriptedEmbeddings() as server:
        monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__BASE_URL", server.base_url)
        monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__MODEL", "letters")
        result = CliRunner().invoke(app, [*command, "--embedder", "endpoint", "--json"])
        assert result.exit_code == 0, result.output
        assert '"acc@3": 1.0' in result.output
        (asked,) = server.asked
        assert asked["input"][0].startswith(TITLE)
        assert CliRunner().invoke(app, [*command, "--json"]).exit_code == 0
        assert len(server.asked) == 1
