"""The pages: what is on them, and that hostile text on them does nothing."""

from __future__ import annotations

import httpx
import pytest

from triagebot.simulator import Draft, Simulator

ATTACKS = [
    pytest.param("<script>alert(1)</script>", "<script", id="script"),
    pytest.param("<img src=x onerror=alert(1)>", "onerror", id="handler"),
    pytest.param("[x](javascript:alert(1))", 'href="javascript', id="script link"),
    pytest.param("![x](https://evil.test/p.png)", "<img", id="remote image"),
    pytest.param("<style>*{display:none}</style>", "display:none", id="style"),
    pytest.param("<iframe src=//evil.test></iframe>", "<iframe", id="frame"),
    pytest.param("a <!-- triagebot:marker --> b", "triagebot:marker", id="hidden comment"),
]


async def read(sim: Simulator, path: str, status: int = 200) -> str:
    async with httpx.AsyncClient(base_url=sim.url, follow_redirects=True) as client:
        answer = await client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    return answer.text


@pytest.fixture(autouse=True)
def story(sim: Simulator) -> None:
    world, bot = sim.world, sim.world.app.bot
    world.open_issue("octo/parser", "hubot", "It **crashes**", "On an *empty* file.")
    world.add_label("octo/parser", 1, "bug", by=bot)
    comment = world.comment("octo/parser", 1, bot, "Looks like a bug.")
    world.react(comment, "+1", by="mona")
    world.close("octo/parser", 1, by="mona", reason="not_planned")
    world.open_issue("octo/parser", None, "Nobody's")
    pull = world.open_pull("octo/parser", "fan", "Mend", "Please.", files={"new.txt": "alpha\n"}, fork=True)
    world.submit_review(
        "octo/parser", pull.number, bot, "Seen.", comments=[Draft("new.txt", "Why alpha?", line=1)]
    )


async def test_the_repositories_and_their_lists(sim: Simulator) -> None:
    home = await read(sim, "/")
    assert "parser" in home
    assert "1 open issue" in home
    assert "fan /" not in home
    open_ones = await read(sim, "/octo/parser/issues")
    assert "Nobody's" in open_ones
    assert "crashes" not in open_ones
    assert "crashes" in await read(sim, "/octo/parser/issues?state=closed")
    assert "Mend" in await read(sim, "/octo/parser/pulls")
    assert "Nobody's" in await read(sim, "/octo/parser")


async def test_an_issue_tells_its_whole_story(sim: Simulator) -> None:
    page = await read(sim, "/octo/parser/issues/1")
    for part in (
        "It **crashes**",
        "<em>empty</em>",
        "#d73a4a",
        "Looks like a bug.",
        "closed this as not planned",
        "👍",
    ):
        assert part in page
    assert page.count('<span class="bot">bot</span>') == 2


async def test_a_pull_request_shows_review_and_diff(sim: Simulator) -> None:
    page = await read(sim, "/octo/parser/pull/3")
    for part in ("fan:patch-3", "Why alpha?", "+alpha", "1 changed file"):
        assert part in page
    assert await read(sim, "/octo/parser/issues/3") == page


async def test_a_thread_shows_answers_edits_and_where_it_stands_now(sim: Simulator) -> None:
    world, bot, where = sim.world, sim.world.app.bot, "octo/parser"
    pull = world.open_pull(where, "fan", "More", "Plain.", files={"b.txt": "one\ntwo\n", "c.txt": "x\n"})
    suggestion = "Leaves.\n\n```suggestion\nuno\n```"
    drafts = [Draft("b.txt", suggestion, 1), Draft("c.txt", "Goes.", 1)]
    first, second = world.submit_review(where, pull.number, bot, "Seen.", comments=drafts).comments
    world.reply(where, pull.number, first.id, "mona", "Fine by me.")
    sim.clock.advance(60)  # type: ignore[attr-defined]
    world.push_commits(where, pull.number, {"c.txt": "y\n"})
    world.edit_review_comment(pull, second, "~~Goes.~~ Fixed.", by=bot)
    world.edit_issue(where, pull.number, by=bot, body="Plain.\n\nA summary.")
    page = await read(sim, f"/octo/parser/pull/{pull.number}")
    _, kept, gone = page.partition('<div class="thread">')[2].split('<section class="inline"')
    assert (kept.count("outdated"), gone.count("outdated")) == (0, 1)
    assert kept.index("Leaves.") < kept.index("language-suggestion") < kept.index("Fine by me.")
    assert "<s>Goes.</s> Fixed." in gone
    assert "· edited</span>" in gone
    assert "· edited by triagebot</span>" in page
    assert page.count("reviewed") == 1  # an answer alone makes no line of its own
    assert f'href="#discussion_r{first.id}">triagebot on this line, 1 answer' in page
    assert f'href="#discussion_r{second.id}"' not in page


async def test_what_is_not_there_is_404(sim: Simulator) -> None:
    for path in ("/octo/none/issues", "/octo/parser/issues/99", "/octo/parser/pull/x"):
        assert "nothing here" in await read(sim, path, 404)


@pytest.mark.parametrize(("text", "harm"), ATTACKS)
async def test_hostile_text_is_shown_harmless(sim: Simulator, text: str, harm: str) -> None:
    issue = sim.world.open_issue("octo/parser", "mallory", text, text)
    sim.world.comment("octo/parser", issue.number, "mallory", text)
    page = await read(sim, f"/octo/parser/issues/{issue.number}")
    body = page.partition('<div class="thread">')[2]
    assert harm not in body
