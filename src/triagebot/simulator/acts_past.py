"""A past that nobody has to live through: many issues at once, as they would lie on GitHub now."""

from __future__ import annotations

from collections.abc import Iterable

from triagebot.core.history import PastIssue
from triagebot.simulator.acts_reviews import ReviewActs
from triagebot.simulator.model import Event, Issue, Pull, Repo, User
from triagebot.simulator.state import Where, Who, act

OTHER_BOT = "labels-by-path[bot]"


class PastActs(ReviewActs):
    """Acts that were done long ago."""

    @act
    def seed_history(
        self, where: Where, past: Iterable[PastIssue], *, author: Who = "reporter", by: Who = "maintainer"
    ) -> None:
        """Put issues and pull requests there as they are given, with who changed their labels and when.

        No webhook is sent. `number`s must be free; what a bot did is the App's if `app_id` says so, else
        another bot's; `by` did the rest. Labels without changes were put on by `by` at the start. Events
        are in the order of their time, whatever issue they belong to. 50,000 take some seconds.
        """
        repo, writer, person = self.repo(where), self.person(author), self.person(by)
        bot = self.users.get(OTHER_BOT) or self._new_user(OTHER_BOT, "Bot")
        events: list[tuple[Event, Issue]] = []
        for one in past:
            issue = self._past_issue(repo, one, writer)
            events += ((event, issue) for event in self._past_events(issue, one, person, bot))
        for event, issue in sorted(events, key=lambda pair: pair[0].created_at):
            event.id = self.new_id("event")
            issue.events.append(event)
            issue.timeline.append(event)
        repo.next_number = max([*repo.issues, 0]) + 1

    def _past_issue(self, repo: Repo, one: PastIssue, writer: User | None) -> Issue:
        if one.number in repo.issues:
            raise ValueError(f"{repo.full_name} has #{one.number} already")
        made = self.new_id("issue")
        issue = Issue(
            id=made,
            node_id=self.node_id("I", made),
            repo=repo,
            number=one.number,
            user=writer,
            title=one.title,
            body=one.body,
            created_at=one.created_at,
            updated_at=one.updated_at or one.created_at,
            state=one.state,
            state_reason=one.state_reason,
            closed_at=one.closed_at,
            labels=[repo.labels.get(name.lower()) or self.define_label(repo, name) for name in one.labels],
        )
        if one.is_pull_request:
            head = repo.git.refs[f"refs/heads/{repo.default_branch}"]
            pull = self.new_id("pull")
            issue.pull = Pull(
                id=pull,
                node_id=self.node_id("PR", pull),
                head_repo=repo,
                head_user=writer,
                head_ref=f"past-{one.number}",
                head_sha=head,
                base_ref=repo.default_branch,
                base_sha=head,
            )
        repo.issues[one.number] = issue
        return issue

    def _past_events(self, issue: Issue, one: PastIssue, person: User | None, bot: User) -> Iterable[Event]:
        """Yield the events of an issue, without their ids, which follow the order in time."""
        if one.changes is None:
            for label in issue.labels:
                yield Event(0, "labeled", person, issue.created_at, label=(label.name, label.color))
        for change in one.changes or ():
            label = issue.repo.labels.get(change.label.lower()) or self.define_label(issue.repo, change.label)
            ours = change.app_id == self.app.id
            actor = self.app.bot if ours else bot if change.by_bot else person
            text = (label.name, label.color)
            yield Event(0, change.action, actor, change.at, via_app=ours, label=text)
        if one.closed_at:
            extra = {"state_reason": one.state_reason}
            yield Event(0, "closed", person, one.closed_at, extra=extra)
