"""Reading files of records, and measuring label models on them from the command line."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.embeddings import ScriptedEmbeddings
from typer.testing import CliRunner

from triagebot.cli import app
from triagebot.core.errors import TriagebotError
from triagebot.core.history import judged
from triagebot.memory import records

TOLD = {"bug": "crash traceback broken", "feature": "please add support"}


def row(number, **fields):
    label = ("bug", "feature")[number % 2]
    return {
        "repo": "octo/engine",
        "number": number,
        "title": f"{TOLD[label]} {number}",
        "body": f"{TOLD[label]} in the window",
        "created_at": (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat(),
        "labels": [label],
        **fields,
    }


def written(folder, name, rows):
    path = folder / name
    text = "\n".join(json.dumps(record) for record in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["some.jsonl", "some.jsonl.gz"])
def test_issues_by_repository(tmp_path, name):
    path = written(tmp_path, name, [row(1), row(2, repo="octo/other", body=None, state="Resolved")])
    found = records.issues(path)
    assert list(found) == ["octo/engine", "octo/other"]
    other = found["octo/other"][0]
    assert (other.body, other.state, other.changes) == ("", "closed", None)


def test_what_bots_did_is_told_from_what_people_did(tmp_path):
    at = "2024-01-02T00:00:00Z"
    events = [
        {"action": "labeled", "label": label, "actor": actor, "at": at}
        for label, actor in (
            ("CI failed", "DrahtBot"),
            ("stale", "stale[bot]"),
            ("bug", "someone"),
            ("old", None),
        )
    ]
    path = written(tmp_path, "a.jsonl", [row(1, labels=["CI failed", "stale", "bug"], label_events=events)])
    assert judged(records.issues(path)["octo/engine"][0]).yes == {"bug"}


@pytest.mark.parametrize("bad", ["nonsense", "[]", '{"repo": "a/b"}', json.dumps(row(1, created_at="soon"))])
def test_a_bad_line_is_named(tmp_path, bad):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(row(1)) + "\n\n" + bad + "\n")
    with pytest.raises(TriagebotError, match=r"bad\.jsonl:3: "):
        records.issues(path)


def test_a_missing_or_cut_file_is_named(tmp_path):
    with pytest.raises(TriagebotError, match=r"none\.jsonl"):
        records.issues(tmp_path / "none.jsonl")
    whole = written(tmp_path, "cut.jsonl.gz", [row(1)])
    whole.write_bytes(whole.read_bytes()[:-12])
    with pytest.raises(TriagebotError, match=r"cut\.jsonl\.gz"):
        records.issues(whole)


def test_pairs(tmp_path):
    path = written(tmp_path, "pairs.jsonl", [{"number": 5, "duplicate_of": 2}])
    assert records.pairs(path) == [(5, 2)]


def evaluated(*arguments, embedder="none"):
    asked = ["eval", "labels", "--embedder", embedder, "--json", *map(str, arguments)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_one_file_is_learned_and_another_scored(tmp_path):
    train = written(tmp_path, "train.jsonl", [row(number) for number in range(80)])
    test = written(tmp_path, "test.jsonl", [row(number) for number in range(80, 120)])
    found = evaluated("--train", train, "--test", test)
    assert found["macro_f1"] == found["per_repo"]["octo/engine"] == 1
    assert set(found["coverage_at_precision"]) == {"0.9"}
    assert found["seconds"] > 0


def test_labels_without_rhyme_or_reason_score_by_chance_and_cover_nothing(tmp_path):
    rows = [row(number, labels=[("bug", "feature")[number * number % 7 % 2]]) for number in range(150)]
    train = written(tmp_path, "train.jsonl", [{**one, "title": "same", "body": "same"} for one in rows])
    found = evaluated("--train", train, "--later", 0.4)
    assert found["macro_f1"] < 0.7
    assert found["coverage_at_precision"]["0.9"] == 0
    assert found["achieved_precision"]["0.9"] is None


def test_what_is_new_on_the_way_is_known_only_to_one_that_learns_anew(tmp_path):
    docs = {"labels": ["docs"], "title": "typo in the manual", "body": "a sentence of the page is misspelt"}
    rows = [row(number, **(docs if number >= 120 and number % 3 == 0 else {})) for number in range(240)]
    train = written(tmp_path, "train.jsonl", rows)
    once = evaluated("--train", train, "--later", 0.5)
    anew = evaluated("--train", train, "--later", 0.5, "--refit")
    assert "docs" not in once["per_label"]
    assert anew["per_label"]["docs"]["right"] >= 1
    assert once["macro_f1"] < 0.8 < anew["macro_f1"]


def test_nothing_is_learned_anew_where_there_is_no_order_in_time(tmp_path):
    train = written(tmp_path, "train.jsonl", [row(number) for number in range(20)])
    result = CliRunner().invoke(app, ["eval", "labels", "--train", str(train), "--folds", "2", "--refit"])
    assert result.exit_code == 1
    assert "--later" in str(result.exception)


def test_the_endpoints_vectors_are_measured_where_one_is_configured(tmp_path, monkeypatch):
    rows = [row(number) for number in range(60)] + [
        {**row(number), "repo": "octo/other"} for number in range(60)
    ]
    train = written(tmp_path, "train.jsonl", rows)
    with ScriptedEmbeddings() as server:
        monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__BASE_URL", server.base_url)
        monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__MODEL", "sea-embed")
        found = evaluated("--train", train, "--later", 0.4, embedder="endpoint")
        sent = [text for body in server.asked for text in body["input"]]
    assert set(found["per_repo"]) == {"octo/engine", "octo/other"}
    assert len(sent) == 2 * 2 * 60


def test_without_an_endpoint_it_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("TRIAGEBOT_EMBEDDINGS__BASE_URL", raising=False)
    train = written(tmp_path, "train.jsonl", [row(number) for number in range(20)])
    asked = ["eval", "labels", "--embedder", "endpoint", "--train", str(train), "--later", "0.4"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 1
    assert "TRIAGEBOT_EMBEDDINGS__BASE_URL" in str(result.exception)


def test_one_way_to_measure_at_a_time(tmp_path):
    train = written(tmp_path, "train.jsonl", [row(1)])
    result = CliRunner().invoke(app, ["eval", "labels", "--train", str(train)])
    assert result.exit_code == 1
    assert "one of" in str(result.exception)
