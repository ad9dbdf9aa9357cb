"""Make a story happen in a world, one step after the other."""

from __future__ import annotations

from triagebot.simulator import payloads, shapes
from triagebot.simulator.model import Issue
from triagebot.simulator.story import (
    Close,
    Commit,
    Edit,
    OnIssue,
    OpenIssue,
    OpenPull,
    Push,
    PutLabel,
    Say,
    Star,
    Step,
    Story,
    TakeLabel,
)
from triagebot.simulator.story_past import live
from triagebot.simulator.world import World


class Stage:
    """A world with the story's projects in it, and the issues that its steps have opened so far."""

    def __init__(self, world: World, story: Story) -> None:
        self.world = world
        self.opened: dict[str, Issue] = {}
        for login in story.bots:
            world.user(login).type = "Bot"
        for project in story.projects:
            world.add_org(project.name.split("/")[0], members=project.roles)
            world.add_repo(
                project.name,
                description=project.description,
                language=project.language,
                labels=project.labels,
                roles=project.roles,
                files=project.files,
            )
            live(world, project.name, project.past, by=tuple(project.roles))

    def play(self, step: Step) -> str:
        """Do what the step says and return a line that tells it; the webhooks go out by themselves.

        Raises KeyError for a step on something that no earlier step has opened.
        """
        match step:
            case OpenIssue() | OpenPull():
                issue = self._open(step)
                kind = "pull request" if issue.pull else "issue"
                return f"{step.by} opened {kind} {name_of(issue)} “{issue.title}”"
            case OnIssue():
                issue = self.opened[step.on]
                return f"{step.by} {self._act(issue, step)} {name_of(issue)}{self._detail(step)}"
            case Push():
                self.world.write_files(step.repo, step.files, author=step.by, message=step.message)
                return f"{step.by} pushed “{step.message}” to {step.repo}"
            case Star():
                self._star(step)
                return f"{step.by} starred {step.repo}"
        raise TypeError(f"{type(step).__name__} is no step that can be played")

    def _open(self, step: OpenIssue | OpenPull) -> Issue:
        if isinstance(step, OpenIssue):
            issue = self.world.open_issue(step.repo, step.by, step.title, step.body)
        else:
            issue = self.world.open_pull(
                step.repo,
                step.by,
                step.title,
                step.body,
                files=step.files,
                head=step.branch or None,
                fork=not step.branch,
            )
        self.opened[step.key] = issue
        return issue

    def _act(self, issue: Issue, step: OnIssue) -> str:
        where, number, world = issue.repo, issue.number, self.world
        match step:
            case Edit(title=title, body=body):
                world.edit_issue(
                    where, number, by=step.by, title=title, body=issue.body if body is None else body
                )
                return "edited"
            case Say(text=text):
                world.comment(where, number, step.by, text)
                return "commented on"
            case Commit(files=files, message=message):
                world.push_commits(where, number, files, by=step.by, message=message)
                return f"pushed “{message}” to"
            case PutLabel() | TakeLabel():
                return self._label(issue, step)
            case Close(reason=reason):
                world.close(where, number, by=step.by, reason=reason)
                return "closed"
        world.reopen(where, number, by=step.by)
        return "reopened"

    def _label(self, issue: Issue, step: PutLabel | TakeLabel) -> str:
        label = step.label
        if isinstance(step, PutLabel):
            self.world.add_label(issue.repo, issue.number, label, by=step.by)
            return f"put `{label}` on"
        if not any(each.name == label for each in issue.labels):
            return f"found no `{label}` to take off"
        self.world.remove_label(issue.repo, issue.number, label, by=step.by)
        return f"took `{label}` off"

    @staticmethod
    def _detail(step: OnIssue) -> str:
        """Return the first command or line of a comment, so that the progress reads as a story."""
        if not isinstance(step, Say):
            return ""
        lines = [line for line in step.text.splitlines() if line.strip()]
        fenced = "```" in step.text
        said = next((line for line in lines if line.startswith("/") and not fenced), lines[0])
        return f": “{said if len(said) <= 60 else said[:59].rstrip() + '…'}”"

    def _star(self, step: Star) -> None:
        repo = self.world.repo(step.repo)
        payload = payloads.repository(self.world, repo, "created", step.by)
        self.world.announce("star", payload | {"starred_at": shapes.at(self.world.now())}, repo)


def name_of(issue: Issue) -> str:
    """Return an issue's or pull request's name as people write it: `tidemark#3`."""
    return f"{issue.repo.name}#{issue.number}"
