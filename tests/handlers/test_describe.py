"""`/bot describe`: facts from the diff and the syntax; a model's words only where they name what is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from tests.support.answering import talking
from tests.support.planning import CONFIG, REPO, Lab, SaidModel, planning
from tests.support.rendered import render

from triagebot.core.actions import EditBody, React, UpsertComment
from triagebot.core.values import PullFile
from triagebot.handlers.describe.comment import LONGEST, Described, compose
from triagebot.handlers.describe.facts import breaking, facts, order
from triagebot.handlers.describe.voice import DescribeAnswer, FileLine, Heard
from triagebot.simulator.acts_reviews import Draft

PARSER = '''"""A parser."""


def parse(text):
    return text.split()


def parse_file(path):
    return parse(path.read_text())


class Parser:
    """Parses."""

    def run(self, text):
        return parse(text)


def _inner():
    return 1
'''
CHANGED = (
    PARSER.replace("def parse(text)", "def parse(text, strict)")
    .replace("def parse_file(path):\n    return parse(path.read_text())\n", "def load(path):\n    return parse(path.read_text(), True)\n")
    .replace("return 1", "return 2")
    + "\n\ndef extra():\n    return 3\n"
)  # fmt: skip
FILES = {
    "src/parser.py": CHANGED,
    "src/new.py": "class Fresh:\n    def go(self):\n        return 1\n",
    "tests/test_parser.py": "def test_parse():\n    assert True\n",
    "requirements.txt": "httpx==0.28\nrich>=15\n",
    "db/migrations/0003.sql": "ALTER TABLE x ADD y int;\n",
    "logo.png": b"\x89PNG\0\x01",
    "old.py": None,
    "package-lock.json": "{}\n",
}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with planning() as lab:
        lab.world.write_files(
            REPO,
            {
                "src/parser.py": PARSER,
                "old.py": "def ancient():\n    pass\n",
                "requirements.txt": "httpx==0.27\n",
            },
        )
        yield lab


async def described(
    lab: Lab, files=None, *, by: str = "tom", model: object = None, title: str = "Make it strict"
):
    issue = lab.world.open_pull(REPO, "ann", title, "As agreed.", files=files or FILES)
    lab.world.comment(REPO, issue.number, by, "/bot describe")
    plan = await (lab.with_model(model) if model else lab).plan("describe")
    assert plan.refused == ()
    text = "".join(getattr(action, "body", getattr(action, "text", "")) for action in plan.actions)
    home, sha = lab.world.base_url, issue.pull.head_sha
    return plan, text.replace(home, "https://github.test").replace(sha, "SHA").replace(sha[:7], "SHA")


async def test_the_facts_alone_describe_it(lab: Lab):
    plan, text = await described(lab)
    assert text == snapshot("""\
8 files, +17 −7: code 3, schema 1, dependencies 1, tests 1, other 1, lock files 1.

**Breaking, as far as names and signatures tell**
- `parse_file` is gone from `src/parser.py`, perhaps renamed to `load`
- `def parse(text)` is now `def parse(text, strict)` (`src/parser.py`)
- `ancient` is gone from `old.py`

**To look at**
- schema: `db/migrations/0003.sql`
- dependencies: `requirements.txt`: `httpx 0.27 → 0.28`, `rich new: >=15`

**Code**
- [`src/parser.py`](https://github.test/octo/parser/blob/SHA/src/parser.py) +8 −4: adds `def load(path)`, `def extra()`; removes `parse_file`; new signature `def parse(text, strict)`; changes `_inner`
- [`src/new.py`](https://github.test/octo/parser/blob/SHA/src/new.py) +3 −0, new: adds `class Fresh`
- `old.py` +0 −2, removed: removes `ancient`

**Schema**
- [`db/migrations/0003.sql`](https://github.test/octo/parser/blob/SHA/db/migrations/0003.sql) +1 −0, new

**Dependencies**
- [`requirements.txt`](https://github.test/octo/parser/blob/SHA/requirements.txt) +2 −1

**Tests**
- [`tests/test_parser.py`](https://github.test/octo/parser/blob/SHA/tests/test_parser.py) +2 −0, new: adds `def test_parse()`

**Other**
- [`logo.png`](https://github.test/octo/parser/blob/SHA/logo.png) +0 −0, new, binary or empty

**Lock files**
- [`package-lock.json`](https://github.test/octo/parser/blob/SHA/package-lock.json) +1 −0, new

<sub>Of `SHA`; told from the diff and the syntax. A language model, which is not configured, would add a summary in words.</sub>\
""")
    assert render(text).effects == []
    assert isinstance(plan.actions[0], UpsertComment)
    assert plan.actions[0].slot == "describe"
    assert [one.name for one in plan.because]


async def test_a_models_words_are_kept_where_they_name_what_is_there(lab: Lab):
    answer = DescribeAnswer(
        summary=["`parse` takes a `strict` argument.", "Also adds `frobnicate()` to src/other.py."],
        files=[FileLine(place=1, line="`load` takes the place of `parse_file`"), FileLine(place=2, line="adds `Nothing.at_all`"), FileLine(place=20, line="x")],
    )  # fmt: skip
    model = SaidModel({"describe": answer})
    _, text = await described(lab, model=model)
    assert text.startswith("`parse` takes a `strict` argument.\n\n8 files")
    assert "src/parser.py) +8 −4: adds `def load(path)`, `def extra()`; removes" in text
    assert "; changes `_inner`. `load` takes the place of `parse_file`\n" in text
    assert "frobnicate" not in text
    assert "Nothing" not in text
    assert "3 lines of `m` named what is not in the diff, and are left out." in text
    assert "def parse(text, strict)" in model.shown["describe"]["files"][0]


async def test_a_model_that_cannot_judge_is_not_asked_and_one_that_fails_costs_nothing(lab: Lab):
    small = SaidModel({"describe": DescribeAnswer(summary=["Adds `parse`."], files=[])}, judges=False)
    _, text = await described(lab, model=small)
    assert small.shown == {}
    assert "too small" in text
    _, text = await described(lab, model=SaidModel())
    assert "gave no answer" in text
    assert "`def extra()`" in text


HOSTILE = [
    "See [parse](https://evil.example).", "@octo/admins look at parse", "<img src=x> parse", "Fixes #1 in parse",
    "![parse](https://evil.example/?q=1)", "/bot fix", "parse https://evil.example",
]  # fmt: skip


async def test_a_hostile_answer_and_hostile_names_do_nothing(lab: Lab):
    for text in HOSTILE:
        answer = DescribeAnswer(summary=[text], files=[FileLine(place=1, line=text)])
        files = {"src/`@octo` #1 <img src=x>.py": f'"""{text}"""\n\n\ndef parse():\n    pass\n', "requirements.txt": "httpx==1 <img src=x> @octo/admins\n"}  # fmt: skip
        _, body = await described(lab, files, model=SaidModel({"describe": answer}), title=text)
        page = render(body)
        assert page.effects == []
        assert not page.tags & {"img", "script"}
        assert all(link.startswith(f"https://github.test/{REPO}/") for link in page.links)


async def test_into_the_body_if_configured(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "describe: {into: body}\n"})
    plan, text = await described(lab)
    assert isinstance(plan.actions[0], EditBody)
    assert "Breaking" in text


async def test_on_an_issue_it_says_so_and_a_reader_may_not(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", "A question", "How?")
    lab.world.comment(REPO, issue.number, "tom", "/bot describe")
    plan = await lab.plan("describe")
    assert "This is an issue" in plan.actions[0].body
    assert [action.content for action in plan.actions if isinstance(action, React)] == ["confused"]
    plan, text = await described(lab, by="eve")
    assert "files" not in text
    _, text = await described(lab, by="ann")
    assert "8 files" in text


async def test_it_works_from_a_thread_and_on_a_closed_one(lab: Lab):
    issue = lab.world.open_pull(REPO, "ann", "Change", "", files=FILES)
    review = lab.world.submit_review(REPO, issue.number, "mona", comments=[Draft("src/new.py", "Hm", line=1)])
    lab.world.close(REPO, issue.number, by="mona")
    lab.world.reply(REPO, issue.number, review.comments[0].id, "tom", "/bot describe")
    plan = await lab.plan("describe")
    assert plan.refused == ()
    assert "8 files" in plan.actions[0].body


def test_a_name_that_moved_is_not_called_gone():
    before = PullFile("a.py", "removed", 0, 2, "@@ -1,2 +0,0 @@\n-def parse():\n-    return 1")
    after = PullFile("b.py", "added", 2, 0, "@@ -0,0 +1,2 @@\n+def parse():\n+    return 1")
    assert [
        (one.name, one.what, one.became) for one in breaking([facts(before, None), facts(after, None)])
    ] == [("parse", "moved to", "b.py")]


def test_tests_and_private_names_break_nobody():
    patch = "@@ -1,4 +0,0 @@\n-def _parse():\n-    return 1\n-def other():\n-    return 1"
    gone = facts(PullFile("tests/test_a.py", "removed", 0, 4, patch), None)
    assert breaking([gone]) == []
    private = facts(PullFile("a.py", "removed", 0, 2, "@@ -1,2 +0,0 @@\n-def _parse():\n-    return 1"), None)
    assert breaking([private]) == []


@pytest.mark.parametrize(
    ("path", "patch", "expected"),
    [
        ("requirements.txt", "@@ -1 +1 @@\n-httpx==0.27\n+httpx==0.28", ("httpx 0.27 → 0.28",)),
        ("package.json", '@@ -1,2 +1,2 @@\n-    "left-pad": "^1.0.0",\n+    "left-pad": "^2.0.0",\n+    "test": "vitest"', ("left-pad ^1.0.0 → ^2.0.0",)),
        ("go.mod", "@@ -1 +1,2 @@\n-\tgithub.com/a/b v1.2.3\n+\tgithub.com/a/b v1.3.0", ("github.com/a/b v1.2.3 → v1.3.0",)),
        ("Cargo.toml", '@@ -1 +1,2 @@\n-serde = "1.0"\n+serde = { version = "1.1", features = ["x"] }', ("serde 1.0 → 1.1",)),
        ("pyproject.toml", '@@ -1 +1,2 @@\n-    "rich>=14,<15",\n+    "typer>=1",', ("rich >=14,<15 removed", "typer new: >=1")),
    ],
)  # fmt: skip
def test_dependencies_are_told_with_their_versions(path, patch, expected):
    told = facts(PullFile(path, "modified", 1, 1, patch), None)
    assert told.dependencies == expected


@pytest.mark.parametrize("unread", ["x" * 5_001, "->" * 2_000], ids=["long", "hostile"])
def test_a_file_that_cannot_be_parsed_does_not_look_emptied(unread):
    head = f"function parse() {{}}\n{unread}\n"
    told = facts(
        PullFile("a.js", "modified", 1, 0, f"@@ -1 +1,2 @@\n function parse() {{}}\n+{unread}"), head
    )
    assert (told.read, told.removed, told.gone, breaking([told])) == (False, (), (), [])


def test_a_huge_pull_request_is_bounded_and_says_what_was_left_out():
    files = order(
        [PullFile(f"vendor/lib{n}/{'x' * 180}.py", "modified", 5, 5, None) for n in range(3_000)]
        + [PullFile(f"src/module_{n}.py", "modified", 300, 5, None) for n in range(100)]
    )
    told = [facts(file, None) for file in files[:150]]
    text = compose(
        Described("https://github.test/o/r/pull/1", "abc1234", files, told, Heard(silence="No model."))
    )
    assert len(text) <= LONGEST
    assert "3,100 files, +45,000 −15,500: code 100, generated 3,000." in text
    assert "And 3,020 more: 3,000 in `vendor/`, 20 in `src/`." in text
    assert "The definitions of 3,050 files were not looked at." in text
    assert "GitHub lists 3,000 files at most" in text
    assert "too large for GitHub to show" in text


async def test_files_without_a_changed_line_are_said_to_be_what_they_are(lab: Lab):
    lab.world.write_files(REPO, {"logo.png": b"\x89PNG\0\1", "gone.bin": b"\0\1"})
    files = {"logo.png": b"\x89PNG\0\2", "gone.bin": None, "src/py.typed": "", "src/__init__.py": "", "src/parser.py": None, "src/reader.py": PARSER}  # fmt: skip
    _, text = await described(lab, files)
    assert "logo.png) +0 −0, binary\n" in f"{text}\n"
    assert "`gone.bin` +0 −0, removed, binary or empty" in text
    assert "py.typed) +0 −0, new, binary or empty" in text
    assert "__init__.py) +0 −0, new, empty" in text
    assert "reader.py) +0 −0, moved from `src/parser.py`" in text
    assert "not looked at" not in text


async def test_what_a_person_made_of_our_part_stays_and_the_description_comes_as_a_comment(tmp_path: Path):
    async with talking(tmp_path) as talk:
        talk.world.write_files(REPO, {CONFIG: "describe: {into: body}\n"})
        number = talk.world.open_pull(
            REPO, "hubot", "Parse", "Mine.", files={"a.py": "x = 1\n"}, fork=True
        ).number
        issue = talk.world.issue(REPO, number)
        await talk.say(number, "tom", "/bot describe")
        first = issue.body
        await talk.say(number, "tom", "/bot describe")
        assert issue.body == first
        assert talk.replies(number) == []
        changed = first.replace("1 file,", "One file of mine,")
        talk.world.edit_issue(REPO, number, by="hubot", body=changed)
        await talk.say(number, "tom", "/bot describe")
        assert issue.body == changed
        assert "a person changed the description in the text above" in talk.reply(number, "describe")
        talk.world.edit_issue(REPO, number, by="hubot", body="x" * 64_000)
        await talk.say(number, "tom", "/bot describe")
        assert "the text above has no room for it" in talk.reply(number, "describe")
