"""The simulator's pages in a real browser: nothing is blocked, nothing overflows, links lead on."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from triagebot.simulator import Draft, Simulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: install the package `chromium`", allow_module_level=True)

REPO = "octo/parser"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["desktop, light", "phone, dark"])
async def page(request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    width, scheme = request.param
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        yield page
        await browser.close()


async def test_a_person_can_walk_from_the_repositories_to_what_the_bot_wrote(sim: Simulator, page: Page):
    world, bot = sim.world, sim.world.app.bot
    world.open_issue(REPO, "hubot", "It crashes " + "very_long_name_" * 12, "```\n" + "x" * 400 + "\n```")
    world.add_label(REPO, 1, "bug", by=bot)
    world.comment(REPO, 1, bot, "- Added `bug` (clear): the text says `crashes`")
    pull = world.open_pull(REPO, "fan", "Mend", "Please.", files={"new.txt": "alpha\n" * 30}, fork=True)
    world.submit_review(REPO, pull.number, bot, "Seen.", comments=[Draft("new.txt", "Why alpha?", line=1)])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))

    await page.goto(sim.url)
    await page.get_by_role("link", name="parser").first.click()
    await page.get_by_role("link", name="It crashes").first.click()
    assert await page.get_by_text("Added bug (clear)").is_visible()
    assert await _fits(page)
    await page.goto(f"{sim.url}/{REPO}/pull/{pull.number}")
    assert await page.get_by_text("Why alpha?").is_visible()
    assert await _fits(page)
    assert complaints == []


async def _fits(page: Page) -> bool:
    return bool(
        await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    )
