"""What a handler reads of a repository's folders, people and reactions."""

from __future__ import annotations

from tests.support.github_lab import REPO, Lab

from triagebot.core.values import Actor
from triagebot.github.reader import RepositoryReader


def reader(lab: Lab) -> RepositoryReader:
    owner, name = REPO.split("/")
    return RepositoryReader(lab.client, lab.installation, owner, name)


async def test_a_folder_lists_its_files_only(lab: Lab) -> None:
    lab.world.write_files(
        REPO,
        {
            ".github/ISSUE_TEMPLATE/bug report.yml": "name: Bug\n",
            ".github/ISSUE_TEMPLATE/old/x.md": "old\n",
            ".github/ISSUE_TEMPLATE/feature.md": "idea\n",
        },
    )
    read = reader(lab)
    found = await read.folder(".github/ISSUE_TEMPLATE")
    assert sorted(found) == [
        ".github/ISSUE_TEMPLATE/bug report.yml",
        ".github/ISSUE_TEMPLATE/feature.md",
    ]
    assert await read.file(found[0]) is not None
    assert await read.folder("nowhere") == []
    assert await read.folder("README.md") == []
    assert "README.md" in await read.folder("")


async def test_only_people_of_the_repository_can_be_assigned(lab: Lab) -> None:
    read = reader(lab)
    assert [await read.assignable(login) for login in ("mona", "stranger", "nobody-at-all")] == [
        True,
        False,
        False,
    ]


async def test_a_teams_people_are_listed_where_we_may_see_them(lab: Lab) -> None:
    lab.world.add_team("octo", "Parsers", ["mona", "hubot", *(f"person-{i}" for i in range(150))])
    read = reader(lab)
    found = await read.team_members("parsers")
    assert found[:2] == ["mona", "hubot"]
    assert len(found) == 152
    assert await read.team_members("nobody") == []
    lab.world.set_installation_permissions(lab.installation, {"issues": "write", "metadata": "read"})
    assert await read.team_members("parsers") == []


async def test_reactions_to_a_comment_say_who_and_what(lab: Lab) -> None:
    issue = lab.issue()
    comment = lab.world.comment(REPO, issue.number, "mona", "hm")
    for login, content in (("mona", "+1"), ("hubot", "-1"), ("hubot", "heart")):
        lab.world.react(comment, content, by=login)
    read = reader(lab)
    mona, hubot = (Actor(lab.world.user(login).id, login) for login in ("mona", "hubot"))
    found = await read.reactions(comment.id)
    assert [(each.author, each.content) for each in found] == [(mona, "+1"), (hubot, "-1"), (hubot, "heart")]
    assert await read.reactions(1) == []
