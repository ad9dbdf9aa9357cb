"""Our remarks, reviews and parts of people's texts, changed or taken back later; nobody else's ever."""

from __future__ import annotations

import pytest
from tests.support.github_kinds import PEOPLES, reviewed
from tests.support.github_lab import REPO, Lab

from triagebot.core.actions import (
    EditBody,
    EditReviewComment,
    ReviewComment,
    Status,
    SubmitReview,
    UpsertComment,
    WithdrawReview,
)
from triagebot.core.body_part import parts
from triagebot.simulator import Draft, Issue


async def test_only_our_comments_of_this_pull_request_are_edited(lab: Lab) -> None:
    issue, (ours, _) = reviewed(lab)
    other = lab.pull()
    hers = lab.world.review_comments(issue)[-1]
    for on, comment_id, detail in (
        (issue, hers.id, "The comment is not ours."),
        (other, ours.id, "The comment is on another pull request."),
    ):
        receipt = await lab.do(on, EditReviewComment(comment_id=comment_id, body="Fixed."))
        assert (receipt.status, receipt.detail) == (Status.REFUSED, detail)
    assert (ours.body, hers.body) == ("Why 4?", "Because.")
    lab.world.delete_review_comment(issue, ours, by="mona")
    receipt = await lab.do(issue, EditReviewComment(comment_id=ours.id, body="Fixed."))
    assert (receipt.status, receipt.detail) == (Status.UNCHANGED, "The comment was deleted.")


async def test_only_our_review_is_withdrawn(lab: Lab) -> None:
    issue, _ = reviewed(lab)
    hers = lab.world.submit_review(
        REPO, issue.number, "mona", "Hers.", comments=[Draft("src/parser.py", "Hm.", 5)]
    )
    receipt = await lab.do(issue, WithdrawReview(review_id=hers.id, body="Withdrawn."))
    assert (receipt.status, receipt.detail, hers.body) == (Status.REFUSED, "The review is not ours.", "Hers.")
    assert (await lab.do(issue, WithdrawReview(review_id=1, body="Gone."))).status == Status.UNCHANGED


async def test_the_same_commit_is_reviewed_again_after_a_review_was_withdrawn(lab: Lab) -> None:
    issue = lab.pull()
    assert issue.pull is not None
    remark = ReviewComment(path="src/parser.py", line=5, body="Why?")
    first, again = (
        SubmitReview(slot="lab:review", head_sha=issue.pull.head_sha, body=body, comments=(remark,))
        for body in ("First.", "Again.")
    )
    assert (await lab.do(issue, first)).status == Status.APPLIED
    assert (await lab.do(issue, again)).status == Status.UNCHANGED
    (review,) = issue.pull.reviews
    await lab.do(issue, WithdrawReview(review_id=review, body="Withdrawn."))
    assert (await lab.do(issue, again)).status == Status.APPLIED
    assert (await lab.do(issue, again)).status == Status.UNCHANGED
    found = [(each.body.partition("\n")[0], len(each.comments)) for each in issue.pull.reviews.values()]
    assert found == [("Withdrawn.", 0), ("Again.", 1)]


async def test_an_answer_stands_in_the_thread_and_is_edited_there(lab: Lab) -> None:
    issue = lab.pull()
    review = lab.world.submit_review(REPO, issue.number, "mona", comments=[Draft("src/parser.py", "Why?", 5)])
    (first,) = review.comments
    await lab.do(issue, UpsertComment(slot="lab:answer", body="Because.", reply_to=first.id))
    await lab.do(issue, UpsertComment(slot="lab:answer", body="Because of that."))
    (answer,) = [each for each in lab.world.review_comments(issue) if each.user is lab.bot]
    assert (answer.in_reply_to, answer.body.partition("\n")[0]) == (first.id, "Because of that.")
    assert not issue.comments
    lab.world.delete_review_comment(issue, answer, by="mona")
    receipt = await lab.do(issue, UpsertComment(slot="lab:answer", body="Because.", reply_to=first.id))
    assert (receipt.status, receipt.detail) == (
        Status.REFUSED,
        "A person deleted this comment; it is not posted again.",
    )


async def test_a_question_that_is_gone_or_elsewhere_gets_no_answer(lab: Lab) -> None:
    issue, other = lab.pull(), lab.pull()
    review = lab.world.submit_review(REPO, issue.number, "mona", comments=[Draft("src/parser.py", "Why?", 5)])
    answer = UpsertComment(slot="lab:answer", body="Because.", reply_to=review.comments[0].id)
    assert (await lab.do(other, answer)).status == Status.REFUSED
    lab.world.delete_review_comment(issue, review.comments[0], by="mona")
    assert (await lab.do(issue, answer)).status == Status.STALE
    assert lab.world.review_comments(issue) == []


def _described(lab: Lab) -> Issue:
    issue = lab.pull()
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=PEOPLES)
    return issue


async def test_a_part_that_a_person_took_out_is_not_put_back(lab: Lab) -> None:
    issue = _described(lab)
    await lab.do(issue, EditBody(text="A summary."))
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=PEOPLES)
    receipt = await lab.do(issue, EditBody(text="Another summary."))
    assert (receipt.status, issue.body) == (Status.REFUSED, PEOPLES)


async def test_a_part_that_we_took_out_ourselves_can_come_back(lab: Lab) -> None:
    issue = _described(lab)
    for text in ("A summary.", "", "Another.", "", "A third."):
        assert (await lab.do(issue, EditBody(text=text))).status == Status.APPLIED
    assert [part.text for part in parts(issue.body or "")] == ["A third."]


async def test_a_part_that_a_person_changed_is_theirs(lab: Lab) -> None:
    issue = _described(lab)
    await lab.do(issue, EditBody(text="A summary."))
    changed = (issue.body or "").replace("A summary.", "Not quite so.")
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=changed)
    for text in ("Another summary.", ""):
        assert (await lab.do(issue, EditBody(text=text))).status == Status.REFUSED
    assert issue.body == changed


async def test_people_write_around_our_part(lab: Lab) -> None:
    issue = _described(lab)
    await lab.do(issue, EditBody(text="A summary."))
    windows = f"Before.\r\n{(issue.body or '').replace(chr(10), chr(13) + chr(10))}\r\nAfter.\r\n"
    windows = windows.replace("\r\r", "\r")  # as a browser sends it
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=windows)
    assert (await lab.do(issue, EditBody(text="Another summary."))).status == Status.APPLIED
    assert [part.text for part in parts(issue.body or "")] == ["Another summary."]
    await lab.do(issue, EditBody(text=""))
    assert issue.body == f"Before.\r\n{PEOPLES}\r\nAfter.\r\n"


async def test_our_part_makes_no_plan_stale_but_a_persons_edit_does(lab: Lab) -> None:
    issue = _described(lab)
    comment = UpsertComment(slot="lab:summary", body="A comment.")
    plan = lab.plan(issue, comment)
    late = lab.plan(issue, EditBody(text="Late."))
    await lab.do(issue, EditBody(text="A summary."))
    assert (await lab.apply(plan)).status == Status.APPLIED
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=f"{issue.body}More.")
    receipt = await lab.apply(late)
    assert (receipt.status, "More." in (issue.body or "")) == (Status.STALE, True)


@pytest.mark.parametrize("body", [None, "", "x" * 64_990])
async def test_texts_of_every_length(lab: Lab, body: str | None) -> None:
    issue = lab.pull()
    lab.world.edit_issue(REPO, issue.number, by="reporter", body=body)
    receipt = await lab.do(issue, EditBody(text="A summary."))
    if body and len(body) > 60_000:
        assert (receipt.status, issue.body) == (Status.REFUSED, body)
        return
    assert (issue.body or "").startswith("<!-- triagebot:body begin")
    await lab.do(issue, EditBody(text=""))
    assert not issue.body
