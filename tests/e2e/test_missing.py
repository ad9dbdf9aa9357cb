"""The story of a request, told to the whole service: asked once, answered in two parts, never made again."""

from __future__ import annotations

from pathlib import Path

from tests.support.service import Service, service

from triagebot.simulator import Simulator

REPO = "octo/parser"
SETTINGS = {"TRIAGEBOT_PACE": "false", "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none", "TRIAGEBOT_LEARN": "off"}
FILES = {
    ".github/triagebot.yml": "triage: {assign: {mode: auto}}\n",
    ".github/CODEOWNERS": "* @tom\n/src/lexer/ @octo/lexers\n",
    ".github/ISSUE_TEMPLATE/bug.yml": """
name: Bug
labels: [bug]
body:
- {type: textarea, attributes: {label: Steps}, validations: {required: true}}
- {type: input, attributes: {label: Version}, validations: {required: true}}
""",
}
BLANK = "### Steps\n\n_No response_\n\n### Version\n\n_No response_\n"


async def shown(mine: Service, number: int, deliveries: int) -> str:
    """Return our comments on an issue, once so many deliveries are settled."""
    await mine.settled(at_least=deliveries)
    issue = mine.simulator.world.issue(REPO, number)
    return "\n".join(one.body or "" for one in issue.comments.values() if one.via_app)


async def test_a_request_is_made_once_and_goes_away_with_the_answers(tmp_path: Path):
    async with Simulator.start(pacing=False) as simulator:
        world = simulator.world
        world.add_org("octo")
        world.add_repo(REPO, labels=["bug"], roles={"mona": "write", "tom": "write"})
        world.add_team("octo", "lexers", ["mona"])
        world.write_files(REPO, FILES)
        async with service(simulator, tmp_path, **SETTINGS) as mine:
            mine.start("all")
            await mine.ready()
            issue = world.open_issue(REPO, "hubot", "Trouble in src/lexer/tokens.py", BLANK)
            text = await shown(mine, issue.number, 1)
            assert "what the form asks for: `Steps`, `Version`" in text
            assert [user.login for user in issue.assignees] == ["mona"]

            mine.stop()
            mine.start("all")  # what was asked is in the database only
            await mine.ready()
            world.comment(REPO, issue.number, "hubot", "Version: 2.4.1")
            text = await shown(mine, issue.number, 4)
            assert "what the form asks for: `Steps`\n" in text

            world.edit_issue(
                REPO, issue.number, by="hubot", body=BLANK.replace("_No response_", "open it", 1)
            )
            text = await shown(mine, issue.number, 6)
            assert "asks for" not in text
            assert "Assigned to `mona`" in text

            world.edit_issue(REPO, issue.number, by="hubot", body=BLANK)
            text = await shown(mine, issue.number, 8)
            assert "asks for" not in text
            assert text.count("<!-- triagebot") == 1
            mine.stop()
