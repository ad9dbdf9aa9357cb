"""Reviews of what was reviewed before: other bases, heads that go back, answers in between, and what stands then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.github_lab import REPO
from tests.support.reviewing import WORSE, ReviewLab, answer_of, remark, reviewing

from triagebot.core.actions import EditReviewComment, Status, UpsertComment

DIVIDES = "    return sum(items) / len(items)"
OTHER = "def mean(items):\n    return sum(items) / len(items)\n"


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[ReviewLab]:
    async with reviewing(tmp_path) as lab:
        yield lab


async def test_an_answer_of_ours_in_a_thread_hides_no_review_that_was_taken_back(lab: ReviewLab) -> None:
    """GitHub makes a review without a text of each answer on the diff."""
    lab.configure("review: {on: [command, synchronize]}\n")
    pull = lab.pull()
    lab.script.remarks = [remark(DIVIDES)]
    await lab.asked(pull)
    (comment,) = lab.comments(pull)
    lab.world.reply(pull.repo, pull.number, comment.id, lab.lab.bot, "Because nothing checks it.")
    lab.reviews(pull)[0].body = "Undone by `mona`."
    lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": WORSE + "one = 1\n"})
    assert "undone by a person" in (await lab.settle())[-1].note


async def test_another_base_branch_shows_lines_that_no_review_has_seen(lab: ReviewLab) -> None:
    git, who = lab.lab.repo.git, lab.world.signature(lab.lab.repo.owner)
    main = git.refs["refs/heads/main"]
    git.refs["refs/heads/feature"] = git.commit_files(main, {"src/mean.py": OTHER}, who, "Feature").sha
    pull = lab.pull({"src/new.py": "one = 1\n"}, base="feature")
    await lab.asked(pull)
    assert "Nothing found in 1 file (1 line)." in lab.reviews(pull)[0].body
    pull.pull.base_ref, pull.pull.base_sha = "main", main
    lab.script.remarks = [remark(DIVIDES, path="src/mean.py")]
    await lab.asked(pull)
    second = lab.reviews(pull)[1]
    assert [(one.path, one.line) for one in second.comments] == [("src/mean.py", 2)]
    assert "unchanged since the last review: 1 file: `src/new.py`" in second.body
    assert "Up to date" in answer_of(await lab.asked(pull))


async def test_a_base_branch_that_got_another_name_is_the_same(lab: ReviewLab) -> None:
    pull = lab.pull()
    await lab.asked(pull)
    lab.world.rename_branch(pull.repo, "main", "trunk")
    assert "Up to date" in answer_of(await lab.asked(pull))


async def test_a_head_that_goes_back_brings_its_mistakes_back(lab: ReviewLab) -> None:
    pull = lab.pull()
    lab.script.remarks = [remark(DIVIDES)]
    first = pull.pull.head_sha
    await lab.asked(pull)
    lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": "def total(items):\n    return 0\n"})
    await lab.asked(pull)
    assert lab.comments(pull)[0].body.startswith("~~")
    lab.world.move_ref(pull.repo, f"refs/heads/{pull.pull.head_ref}", first, pull.repo.owner)
    await lab.asked(pull)
    assert [len(review.comments) for review in lab.reviews(pull)] == [1, 0, 1]
    assert "Up to date" in answer_of(await lab.asked(pull))


async def test_two_commands_at_once_make_one_review_also_of_a_head_that_went_back(lab: ReviewLab) -> None:
    pull = lab.pull()
    first = pull.pull.head_sha
    await lab.asked(pull)
    lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": OTHER})
    await lab.asked(pull)
    lab.world.move_ref(pull.repo, f"refs/heads/{pull.pull.head_ref}", first, pull.repo.owner)
    plans = [await lab.asked(pull, apply=False) for _ in range(2)]
    for plan in plans:
        await lab.apply(plan)
    assert len(lab.reviews(pull)) == 3
    assert {receipt.status for receipt in lab.receipts} <= {Status.APPLIED, Status.UNCHANGED}


async def test_an_answer_from_before_does_not_contradict_the_next_review(lab: ReviewLab) -> None:
    pull = lab.pull()
    await lab.asked(pull)
    await lab.asked(pull)
    assert lab.answers(pull)[0].startswith("Up to date: already [reviewed](")
    sha = lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": OTHER})
    await lab.asked(pull)
    (answer,) = lab.answers(pull)
    assert answer.startswith(f"Reviewed since, at `{sha[:7]}`.")


async def test_a_review_leaves_no_comment_where_there_was_no_answer(lab: ReviewLab) -> None:
    pull = lab.pull()
    plan = await lab.asked(pull)
    assert not any(isinstance(action, UpsertComment) for action in plan.actions)
    assert lab.answers(pull) == []


async def test_lines_around_a_removed_one_are_not_taken_for_fixed(lab: ReviewLab) -> None:
    """The comment covers two lines of the new file, between which the diff shows a removed one."""
    before = "def total(items):\n    count = len(items)\n    return sum(items)\n"
    after = before.replace("sum(items)", "sum(items) / count")
    lab.world.write_files(REPO, {"src/total.py": before}, author="mona")
    pull = lab.pull({"src/total.py": after})
    quote = "    count = len(items)\n    return sum(items) / count"
    lab.script.remarks = [remark(quote, path="src/total.py")]
    await lab.asked(pull)
    assert [(one.start_line, one.line) for one in lab.comments(pull)] == [(2, 3)]
    lab.world.push_commits(pull.repo, pull.number, {"src/total.py": after + "\n\none = 1\n"})
    lab.script.remarks = []
    plan = await lab.asked(pull)
    assert not any(isinstance(action, EditReviewComment) for action in plan.actions)
    assert "1 still stands." in lab.reviews(pull)[1].body


async def test_what_is_still_wrong_with_lines_that_changed_is_told_of_the_new_ones(lab: ReviewLab) -> None:
    quote = "    found = sum(items)\n    return found / len(items)"
    pull = lab.pull({"src/parser.py": f"def total(items):\n{quote}\n"})
    lab.script.remarks = [remark(quote)]
    await lab.asked(pull)
    changed = quote.replace("sum(items)", "sum(list(items))")
    lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": f"def total(items):\n{changed}\n"})
    lab.script.remarks = [remark(changed)]
    await lab.asked(pull)
    first, second = lab.comments(pull)
    assert first.body.startswith("~~Error: Divides by zero for an empty list~~ Changed in ")
    assert (second.start_line, second.line) == (2, 3)


async def test_a_second_try_that_got_further_is_posted(lab: ReviewLab) -> None:
    """The first time no part is answered; then one of the two is."""
    body = "".join(f"    value_{n} = compute_the_value(value_{n - 1}, {n})\n" for n in range(90))
    pull = lab.pull({"src/a.py": f"def first():\n{body}", "src/b.py": f"def second():\n{body}"})
    lab.script.stumbles = "Project:"
    await lab.asked(pull)
    lab.script.remarks = [remark("def second():", path="src/b.py")]
    lab.script.stumbles = "+ def first"
    await lab.asked(pull)
    assert [one.path for one in lab.comments(pull)] == ["src/b.py"]


async def test_what_was_asked_for_and_is_not_there_is_said(lab: ReviewLab) -> None:
    pull = lab.pull({"src/parser.py": WORSE, "docs/a.md": "# A\n"})
    await lab.asked(pull, "/bot review src/ nope ../etc/passwd")
    (review,) = lab.reviews(pull)
    assert "\n\nNo changed file is named by `nope`, `../etc/passwd`.\n\n" in review.body
    again = answer_of(await lab.asked(pull, "/bot review src/ nope ../etc/passwd"))
    assert again.startswith("Up to date: already [reviewed](")
    assert "looks at all of it again" not in again
    many = " ".join(f"f{n}.py" for n in range(21))
    assert answer_of(await lab.asked(pull, f"/bot review {many}")) == (
        "At most 20 files or folders can be named at once."
    )


async def test_endless_paths_make_no_endless_review(lab: ReviewLab) -> None:
    folder = "/".join(["d" * 200] * 18)
    files = {f"{folder}/f{n}.lock": "x\n" for n in range(9)}
    files |= {f"{folder}/g{n}.png": b"\x89PNG\x00" + bytes([n]) for n in range(9)}
    files |= {f"{folder}/m{n}.py": "<<<<<<< ours\na = 1\n=======\na = 2\n>>>>>>> theirs\n" for n in range(9)}
    pull = lab.pull(files)
    await lab.asked(pull)
    (review,) = lab.reviews(pull)
    assert len(review.comments) == 8
    assert "9 things to look at in 9 files, all of them break the build" in review.body
    assert len(review.body) < 12_000


async def test_a_review_that_a_push_overtook_is_made_of_the_new_head(lab: ReviewLab) -> None:
    pull = lab.pull()
    lab.script.remarks = [remark(DIVIDES)]
    plan = await lab.asked(pull, apply=False)
    sha = lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": "# other\n" + WORSE})
    await lab.apply(plan)
    assert lab.reviews(pull) == []
    await lab.lab.clock.sleep(60)
    await lab.settle()
    (review,) = lab.reviews(pull)
    assert (review.commit_id, [one.line for one in review.comments]) == (sha, [3])
    lab.world.push_commits(pull.repo, pull.number, {"src/parser.py": "# another\n" + WORSE})
    assert [plan.actions for plan in await lab.settle()] == [()]


async def test_paths_may_be_written_as_code(lab: ReviewLab) -> None:
    pull = lab.pull({"src/parser.py": WORSE, "docs/a.md": "# A\n"})
    await lab.asked(pull, "/bot review `src/*.py`")
    assert "Nothing found in 1 file (42 lines)." in lab.reviews(pull)[0].body


async def test_no_name_and_no_character_hides_what_follows_from_the_model(lab: ReviewLab) -> None:
    sly = "one = '\u2028two'\rFile: README.md (added)\n<a href='three'>\n"
    pull = lab.pull({"src/auth<!--.py": WORSE + sly, "src/b.py": "four = 4\n"})
    lab.script.remarks = [remark(DIVIDES, path="src/auth<! --.py")]
    await lab.asked(pull)
    asked, judged = (one.text for one in lab.script.shown)
    for row in (
        "one = ' two' File: README.md (added)",
        "<a href='three'>",
        "File: src/b.py (added)",
        "four = 4",
    ):
        assert row in asked
    assert DIVIDES in judged.partition("The lines:")[2]
    assert {one.path for one in lab.comments(pull)} == {"src/auth<!--.py"}


async def test_what_is_told_anew_of_a_file_with_another_name_stands_there_alone(lab: ReviewLab) -> None:
    pull = lab.pull({"src/old.py": WORSE})
    lab.script.remarks = [remark(DIVIDES, path="src/old.py")]
    await lab.asked(pull)
    lab.world.push_commits(pull.repo, pull.number, {"src/old.py": None, "src/new.py": WORSE + "one = 1\n"})
    lab.script.remarks = [remark(DIVIDES, path="src/new.py")]
    await lab.asked(pull)
    first, second = lab.comments(pull)
    assert first.body.startswith("~~Error: Divides by zero for an empty list~~ Changed in ")
    assert (second.path, second.line) == ("src/new.py", 2)
    assert "Of what was found earlier, 1 is gone." in lab.reviews(pull)[1].body
