"""What people and the App do with issues, and with the conversation of pull requests."""

from __future__ import annotations

from collections.abc import Iterable

from triagebot.simulator import payloads, shapes
from triagebot.simulator.acts_repos import RepoActs
from triagebot.simulator.model import Comment, Issue, Label, Reaction, Repo, ReviewComment
from triagebot.simulator.state import Where, Who, act

KEEP = "\0keep"
"""Stands for "as it is" where None means "empty"."""


class IssueActs(RepoActs):
    """Acts on issues. `by` is who does it; None is a deleted account."""

    @act
    def open_issue(
        self,
        where: Where,
        author: Who,
        title: str,
        body: str | None = None,
        *,
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
    ) -> Issue:
        """Open an issue; labels and assignees given here are on it from the start."""
        repo = self.repo(where)
        issue = self.new_issue(repo, author, title, body)
        self.announce("issues", payloads.issues(self, issue, "opened", author), repo)
        for label in labels:
            self.add_label(repo, issue.number, label, by=author)
        for login in assignees:
            self.assign(repo, issue.number, login, by=author)
        return issue

    def new_issue(self, repo: Repo, author: Who, title: str, body: str | None) -> Issue:
        """Make the record of an issue or of a pull request's conversation."""
        number, now = self.new_id("issue"), self.now()
        issue = Issue(
            id=number,
            node_id=self.node_id("I", number),
            repo=repo,
            number=repo.next_number,
            user=self.person(author),
            title=title,
            body=body,
            created_at=now,
            updated_at=now,
            via_app=self.is_app(author),
        )
        repo.next_number += 1
        repo.issues[issue.number] = issue
        return issue

    @act
    def edit_issue(
        self, where: Where, number: int, *, by: Who, title: str | None = None, body: str | None = KEEP
    ) -> Issue:
        """Change the title or the body."""
        issue = self.issue(where, number)
        changes: payloads.Json = {}
        if title is not None and title != issue.title:
            changes["title"] = {"from": issue.title}
            rename = {"rename": {"from": issue.title, "to": title}}
            self.record(issue, "renamed", by, via_app=self.is_app(by), extra=rename)
            issue.title = title
        if body not in (KEEP, issue.body):
            changes["body"] = {"from": issue.body or ""}
            issue.body, issue.edited_by = body, self.person(by)
        if changes:
            issue.updated_at = self.now()
            self.tell(issue, "edited", by, changes=changes)
        return issue

    @act
    def add_label(self, where: Where, number: int, name: str, *, by: Who) -> Label:
        """Put a label on. One that is on already makes no event; an unknown one is defined first."""
        issue = self.issue(where, number)
        label = issue.repo.labels.get(name.lower()) or self.define_label(issue.repo, name)
        if label not in issue.labels:
            issue.labels.append(label)
            self.record(issue, "labeled", by, via_app=self.is_app(by), label=(label.name, label.color))
            self.tell(issue, "labeled", by, label=label)
        return label

    @act
    def remove_label(self, where: Where, number: int, name: str, *, by: Who) -> None:
        """Take a label off; KeyError if it is not on."""
        issue = self.issue(where, number)
        label = next((label for label in issue.labels if label.name.lower() == name.lower()), None)
        if label is None:
            raise KeyError(name)
        issue.labels.remove(label)
        self.record(issue, "unlabeled", by, via_app=self.is_app(by), label=(label.name, label.color))
        self.tell(issue, "unlabeled", by, label=label)

    @act
    def assign(self, where: Where, number: int, login: str, *, by: Who) -> None:
        """Assign somebody; no event if they are already."""
        issue, user = self.issue(where, number), self.user(login)
        if user not in issue.assignees:
            issue.assignees.append(user)
            self.record(issue, "assigned", by, via_app=self.is_app(by), assignee=user)
            self.tell(issue, "assigned", by, assignee=user)

    @act
    def unassign(self, where: Where, number: int, login: str, *, by: Who) -> None:
        """Take an assignment back; no event if there is none."""
        issue, user = self.issue(where, number), self.user(login)
        if user in issue.assignees:
            issue.assignees.remove(user)
            self.record(issue, "unassigned", by, via_app=self.is_app(by), assignee=user)
            self.tell(issue, "unassigned", by, assignee=user)

    @act
    def close(self, where: Where, number: int, *, by: Who, reason: str = "completed") -> Issue:
        """Close an issue or a pull request; nothing happens to a closed one but a new reason."""
        issue = self.issue(where, number)
        if issue.state == "open":
            issue.state, issue.closed_at, issue.closed_by = "closed", self.now(), self.person(by)
            issue.state_reason = None if issue.pull else reason
            extra = {"state_reason": issue.state_reason}
            self.record(issue, "closed", by, via_app=self.is_app(by), extra=extra)
            self.tell(issue, "closed", by)
        elif not issue.pull:
            issue.state_reason = reason
        return issue

    @act
    def reopen(self, where: Where, number: int, *, by: Who) -> Issue:
        """Open a closed issue or pull request again."""
        issue = self.issue(where, number)
        if issue.state == "closed":
            issue.state, issue.closed_at, issue.closed_by = "open", None, None
            issue.state_reason = None if issue.pull else "reopened"
            self.record(issue, "reopened", by, via_app=self.is_app(by))
            self.tell(issue, "reopened", by)
        return issue

    @act
    def lock(self, where: Where, number: int, *, by: Who = None, reason: str | None = None) -> None:
        """Lock the conversation."""
        issue = self.issue(where, number)
        issue.locked, issue.lock_reason = True, reason
        self.record(issue, "locked", by or issue.repo.owner, extra={"lock_reason": reason})
        self.tell(issue, "locked", by or issue.repo.owner)

    @act
    def unlock(self, where: Where, number: int, *, by: Who = None) -> None:
        """Open the conversation again."""
        issue = self.issue(where, number)
        issue.locked, issue.lock_reason = False, None
        self.record(issue, "unlocked", by or issue.repo.owner, extra={"lock_reason": None})
        self.tell(issue, "unlocked", by or issue.repo.owner)

    @act
    def delete_issue(self, where: Where, number: int, *, by: Who = None) -> None:
        """Delete an issue for good: 410 from now on."""
        repo = self.repo(where)
        issue = repo.issues[number]
        self.tell(issue, "deleted", by or repo.owner)
        del repo.issues[number]
        repo.deleted_issues.add(number)

    @act
    def transfer_issue(self, where: Where, number: int, to: Where, *, by: Who = None) -> Issue:
        """Move an issue to another repository: new number, same node id; the old address answers 301."""
        old, new = self.repo(where), self.repo(to)
        issue = old.issues[number]
        actor = by or old.owner
        payload = payloads.issues(self, issue, "transferred", actor)
        del old.issues[number]
        old.moved_issues[number] = issue
        issue.repo, issue.number = new, new.next_number
        new.next_number += 1
        new.issues[issue.number] = issue
        issue.labels = [
            new.labels[name] for label in issue.labels if (name := label.name.lower()) in new.labels
        ]
        self.record(issue, "transferred", actor)
        payload["changes"] = {
            "new_issue": shapes.issue(self, issue),
            "new_repository": shapes.repo(self, new),
        }
        self.announce("issues", payload, old)
        return issue

    # --- comments and reactions ---

    @act
    def comment(self, where: Where, number: int, author: Who, body: str | None) -> Comment:
        """Write a comment."""
        issue, now = self.issue(where, number), self.now()
        comment = Comment(
            id=self.new_id("comment"),
            user=self.person(author),
            body=body,
            created_at=now,
            updated_at=now,
            via_app=self.is_app(author),
        )
        issue.comments[comment.id] = comment
        issue.timeline.append(comment)
        issue.updated_at = now
        payload = payloads.issue_comment(self, issue, comment, "created", author)
        self.announce("issue_comment", payload, issue.repo)
        return comment

    @act
    def edit_comment(self, where: Where, comment_id: int, body: str, *, by: Who) -> Comment:
        """Change a comment's body; KeyError if there is no such comment."""
        issue, comment = self.find_comment(where, comment_id)
        before, comment.body, comment.updated_at = comment.body, body, self.now()
        payload = payloads.issue_comment(self, issue, comment, "edited", by)
        payload["changes"] = {"body": {"from": before or ""}}
        self.announce("issue_comment", payload, issue.repo)
        return comment

    @act
    def delete_comment(self, where: Where, comment_id: int, *, by: Who) -> None:
        """Delete a comment; KeyError if there is no such comment."""
        issue, comment = self.find_comment(where, comment_id)
        del issue.comments[comment_id]
        issue.timeline.remove(comment)
        self.record(issue, "comment_deleted", by, via_app=self.is_app(by))
        payload = payloads.issue_comment(self, issue, comment, "deleted", by)
        self.announce("issue_comment", payload, issue.repo)

    def find_comment(self, where: Where, comment_id: int) -> tuple[Issue, Comment]:
        """Return a comment of the repository with its issue; KeyError if there is none."""
        for issue in self.repo(where).issues.values():
            if comment_id in issue.comments:
                return issue, issue.comments[comment_id]
        raise KeyError(comment_id)

    @act
    def react(
        self, target: Issue | Comment | ReviewComment, content: str, *, by: Who
    ) -> tuple[Reaction, bool]:
        """React once; returns the reaction and True if it is new. GitHub sends no webhook for it."""
        user = self.user(by if by is not None else "ghost")
        for reaction in target.reactions:
            if reaction.user is user and reaction.content == content:
                return reaction, False
        reaction = Reaction(self.new_id("reaction"), user, content, self.now())
        target.reactions.append(reaction)
        return reaction, True

    @act
    def unreact(self, target: Issue | Comment | ReviewComment, reaction_id: int) -> None:
        """Take a reaction back; KeyError if there is none."""
        found = next((reaction for reaction in target.reactions if reaction.id == reaction_id), None)
        if found is None:
            raise KeyError(reaction_id)
        target.reactions.remove(found)

    def tell(self, issue: Issue, action: str, by: Who, **parts: object) -> None:
        """Announce something that happened to an issue or to a pull request's issue half."""
        event = "pull_request" if issue.pull else "issues"
        make = payloads.pull_request if issue.pull else payloads.issues
        self.announce(event, make(self, issue, action, by, **parts), issue.repo)
