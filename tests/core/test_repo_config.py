"""Mistakes in `.github/triagebot.yml` are named with their line; nothing in it can hurt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot import handlers
from triagebot.core.errors import ConfigError
from triagebot.core.repo_config import Section, load, merged
from triagebot.routing import discover

MODEL = discover(handlers).config_model


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text.encode() if isinstance(text, str) else text, MODEL)
    return caught.value.problems


@pytest.mark.parametrize("text", [None, b"", b"   \n", b"# only a comment\n"], ids=repr)
def test_nothing_means_the_defaults(text):
    config = load(text, MODEL)
    assert config.triage.labels.precision == 0.9
    assert config.budget.tokens_per_day == 2_000_000
    assert config.commands.triage == "triage"


def test_what_is_set_is_read():
    config = load(b"triage:\n  labels: {mode: suggest, per_label: {'good first issue': off}}\n", MODEL)
    assert config.triage.labels.mode == "suggest"
    assert config.triage.labels.per_label == {"good first issue": "off"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("trige:\n  labels: {}\n", ".github/triagebot.yml:1:1: unknown key `trige`, did you mean `triage`?"),
        (
            "triage:\n  labels:\n    presicion: 0.8\n",
            ".github/triagebot.yml:3:5: unknown key `presicion`, did you mean `precision`?",
        ),
        (
            "triage:\n  labels:\n    mode: loud\n",
            ".github/triagebot.yml:3:5: `triage.labels.mode`: input should be 'auto', 'suggest' or 'off'",
        ),
        (
            "budget: {tokens_per_day: -1}\n",
            ".github/triagebot.yml:1:10: `budget.tokens_per_day`: input should be greater than or equal to 0",
        ),
        (
            "triage: {labels: {mode: off}}\nbudget: {}\ntriage: {}\n",
            ".github/triagebot.yml:3:1: `triage` stands twice, first in line 1",
        ),
        ("- a\n- b\n", ".github/triagebot.yml:1:1: expected `key: value` lines"),
        ("triage: {labels\n", ".github/triagebot.yml:2:1: expected ',' or '}', but got '<stream end>'"),
        (
            "triage: !!python/object:os.system {}\n",
            ".github/triagebot.yml:1:9: `!!python/object:os.system`: tags are not allowed here",
        ),
        ("a: 1\nb: !!bool x\n", ".github/triagebot.yml:2:4: `!!bool`: tags are not allowed here"),
        ("a: !!int ''\n", ".github/triagebot.yml:1:4: `!!int`: tags are not allowed here"),
        ("a: !!timestamp x\n", ".github/triagebot.yml:1:4: `!!timestamp`: tags are not allowed here"),
        ("a: !own [1]\n", ".github/triagebot.yml:1:4: `!own`: tags are not allowed here"),
        ("a: ! x\n", ".github/triagebot.yml:1:4: `!`: tags are not allowed here"),
        ("a: trueish\n", None),
        ("a: " + "9" * 5_000, None),
        ("a: " + "1:" * 300 + "1.5\n", None),
        (
            "a: &a [1]\n" + "b: [" + "*a, " * 30 + "]\n",
            ".github/triagebot.yml:1:1: too many aliases or nested too deeply",
        ),
        ("a: &a [*a]\n", None),
        ("a: " + "[" * 50 + "]" * 50, ".github/triagebot.yml:1:1: too many aliases or nested too deeply"),
        ("# " + "x" * 20_000, ".github/triagebot.yml:1:1: larger than 16,000 bytes"),
        (b"\xff\xfe", ".github/triagebot.yml:1:1: not UTF-8"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_is_named_where_it_stands(text, problem):
    found = problems(text)
    assert found[0].startswith(".github/triagebot.yml:")
    if problem:
        assert found == [problem]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("010", "010"),
        ("1:30", "1:30"),
        ("1:30.5", "1:30.5"),
        ("2026-01-01", "2026-01-01"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("trueish", "trueish"),
        ("=", "="),
        ("on", "on"),
        ("true", True),
        ("0", 0),
        ("-12", -12),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("0.5", 0.5),
        ("~", None),
    ],
)
def test_values_are_read_as_yaml_1_2_has_them(written, read):
    class Anything(Section):
        value: object

    value = load(f"value: {written}\n".encode(), Anything).value
    assert (type(value), value) == (type(read), read)


def test_every_mistake_is_named_at_once():
    assert len(problems("trige: {}\ntriage: {labels: {mode: loud, precison: 2}}\n")) == 3


def test_the_repositorys_keys_win_over_the_organisations():
    own = load(b"triage: {labels: {mode: suggest}}\n", MODEL)
    shared = load(b"triage: {labels: {mode: off, precision: 0.95}}\nbudget: {tokens_per_day: 5}\n", MODEL)
    config = merged(own, shared)
    assert (config.triage.labels.mode, config.triage.labels.precision) == ("suggest", 0.95)
    assert config.budget.tokens_per_day == 5


TAGS = ("", *(f"!!{kind} " for kind in ("bool", "int", "float", "timestamp", "binary", "set", "omap")))
PIECES = (
    *TAGS,
    "a: ",
    "- ",
    "x",
    "''",
    "true",
    "0",
    "08",
    "9",
    ":",
    ".",
    "1:",
    "-1-1",
    "\n",
    "  ",
    "<<: ",
    "=",
)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(st.sampled_from("ab:{}[]&*!|>-#'\"\n \t%@,?~<=_.0189eE+"), max_size=200).map(str.encode),
        st.lists(st.sampled_from(PIECES), max_size=12).map("".join).map(str.encode),
        st.tuples(st.sampled_from(TAGS), st.text(st.sampled_from("0189:._-+eExT~' "), max_size=400)).map(
            lambda pair: f"a: {pair[0]}{pair[1]}\n".encode()
        ),
    )
)
def test_any_content_is_read_or_refused_with_problems(content):
    try:
        problems = load(content, MODEL) and ["read"]
    except ConfigError as error:
        problems = error.problems
    assert problems
