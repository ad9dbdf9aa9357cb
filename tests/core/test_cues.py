"""The rules find what people plainly wrote, quote it, and stay silent otherwise."""

from collections import Counter

import pytest
from tests.support.rendered import records

from triagebot.core.cues import supports
from triagebot.core.values import Label

USUAL = [
    Label(name) for name in ("bug", "enhancement", "documentation", "performance", "area/parser", "duplicate")
]


def best(title: str, body: str = "", labels=USUAL):
    found = supports(title, body, labels)
    return (found[0].label, found[0].confidence >= 0.9) if found else None


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Feature request: support for TOML", "It would be nice to read TOML.", ("enhancement", True)),
        ("Add an option to sort keys", "", ("enhancement", False)),
        ("[Bug] The file is empty", "", ("bug", True)),
        ("docs: wrong default in the README", "", ("documentation", True)),
        (
            "Crash when the file is empty",
            'Traceback (most recent call last)\n  File "x.py"\nValueError: empty',
            ("bug", False),
        ),
        ("Something about Tuesdays", "We met on Tuesday.", None),
        ("", "", None),
        ("duplicate", "good first issue", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_plain_words(title, body, expected):
    assert best(title, body) == expected


def test_what_an_author_states_is_not_argued_with():
    labels = [Label("bug"), Label("enhancement"), Label("question")]
    assert supports("[Bug] How to add support for TOML?", "It would be nice.", labels) == []


def test_quotes_are_verbatim():
    body = "It would be great to have this.\nSteps to reproduce: none"
    for item in supports("Please add dark mode", body, USUAL):
        assert all(quote in body or quote in "Please add dark mode" for quote in item.quotes)


def test_at_most_one_of_bug_feature_question():
    labels = [Label("bug"), Label("enhancement"), Label("question")]
    assert len(supports("How to fix this crash? Feature request", "It would be nice", labels)) <= 1


@pytest.mark.parametrize(
    ("name", "sure", "likely"),
    [
        ("nlbse2024_train", (23, 27), (138, 160)),
        ("bitcoin_gui", (3, 4), (32, 49)),
        ("kubernetes_until_cut", (7, 8), (131, 172)),
    ],
)
def test_the_figures_of_the_decision_record(name, sure, likely):
    """How often the rules are right on rows that their weights were not counted on."""
    rows = records(f"issues/{name}")
    rows = rows[1::2] if name.startswith("nlbse") else rows
    labels = [Label(label) for label in sorted({label for row in rows for label in row["labels"]})]
    right, said = Counter(), Counter()
    for row in rows:
        for item in supports(row["title"] or "", row["body"] or "", labels):
            band = "sure" if item.confidence >= 0.9 else "likely" if item.confidence >= 0.75 else "unsaid"
            said[band] += 1
            right[band] += item.label in row["labels"]
    assert (right["sure"], said["sure"]) == sure
    assert (right["likely"], said["likely"]) == likely


@pytest.mark.parametrize("piece", ["\n", "\r\n", " \n", " at x(:1", "it would be ", "AaError: ", "1."])
def test_a_flood_of_anything_is_read_in_linear_time(piece):
    # One pattern was quadratic: an issue of line breaks alone stopped the worker for 20 s, and this for minutes.
    assert supports("t", piece * (4 * 65_536 // len(piece)), USUAL) == []
