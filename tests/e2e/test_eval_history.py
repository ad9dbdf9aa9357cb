"""`triagebot eval history` as a maintainer runs it, and the page that comes of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from tests.support.planted import START, learned, past
from typer.testing import CliRunner

from triagebot import settings
from triagebot.cli import app
from triagebot.core.errors import TriagebotError

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
REPO = "octo/parser"
URL = "https://github.com/octo/parser/issues"
HOSTILE = (
    "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "\u202eevil\u200b title \U000e0041",
)


def issues():
    """A past whose words mostly tell the label; every later title is hostile, and some are duplicates."""
    found = past(400, noise=0.05, url=URL)
    for at in range(300, 400):
        found[at] = replace(found[at], title=f"{found[at].title} {HOSTILE[at % len(HOSTILE)]}")
    for at in (320, 350):
        found[at] = replace(
            found[at],
            title=found[at - 100].title,
            body=f"{found[at - 100].body} zzyzx quux",
            duplicate_of=found[at - 100].number,
        )
        found[at - 100] = replace(found[at - 100], body=found[at].body)
    found[399] = replace(found[399], url="javascript:alert(1)")
    return found


class Page(HTMLParser):
    """The elements of a page, its text, and the text of each table's cells."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, data):
        if not self._in_style:
            self.text += data
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triagebot", "eval", "history", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TRIAGEBOT_DATA_DIR": str(folder),
            "TRIAGEBOT_EMBEDDINGS__BASE_URL": "none",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a repository's past is stored."""
    made = tmp_path_factory.mktemp("history")
    asyncio.run(learned(settings.load(_env_file=None, data_dir=str(made)), REPO, 7, issues()))
    return made


@pytest.fixture(scope="module")
def made(folder: Path) -> tuple[dict, Page, str]:
    """The figures, the page, and its source."""
    ended = run(folder, REPO, "--json", "--precision", "0.8", "--out", "page.html")
    assert ended.returncode == 0, ended.stderr
    source = (folder / "page.html").read_text()
    return json.loads(ended.stdout), Page(source), source


def test_it_learns_up_to_a_day_and_counts_what_came_after(made):
    figures, page, _ = made
    assert (figures["learned_from"], figures["later"]) == (280, 120)
    assert figures["judged"] + figures["unjudged"]["issues"] == 120
    assert 0 < figures["auto"]["right"] <= figures["auto"]["of"]
    right, of, labelled = figures["auto"]["right"], figures["auto"]["of"], figures["labelled"]
    assert f"Of {figures['judged']} later issues that people labelled, {labelled}" in page.words
    assert f"{right} of those {of} labels ({right / of:.0%}) are what people chose." in page.words
    assert "Promise held" in page.words or "Below its promise" in page.words


def test_the_tables_hold_the_figures_of_the_json(made):
    figures, page, _ = made
    rows = {row[0].strip(): [cell.strip() for cell in row[1:]] for row in page.rows if row}
    for one in figures["labels"]:
        auto, suggested = one["auto"], one["suggested"]
        told = [one["people"], auto["right"], auto["of"] - auto["right"]]
        told_later = [suggested["right"], suggested["of"] - suggested["right"], one["silent"]]
        assert [int(cell) for cell in rows[one["label"]][:3]] == told
        assert [int(cell) for cell in rows[one["label"]][4:7]] == told_later
    for one in figures["promises"]:
        key = f"{one['promise']:.2f}" + (" now" if one["promise"] == 0.8 else "")
        wrong = one["labels"]["of"] - one["labels"]["right"]
        assert [int(cell) for cell in rows[key][:3]] == [one["issues"], one["labels"]["of"], wrong]


def test_hostile_titles_stay_text(made):
    _, page, source = made
    assert {tag for tag, _ in page.tags} & {
        "script",
        "img",
        "iframe",
        "object",
        "link",
        "form",
        "base",
    } == set()
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in source
    assert "\u200b" not in source


def test_it_needs_nothing_from_elsewhere_and_links_only_to_issues(made):
    _, page, source = made
    leads = {
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("href", "src", "srcset", "data", "action", "poster", "background", "xlink:href")
    }
    assert leads
    assert all(str(lead).startswith(f"{URL}/") for lead in leads)
    assert "url(" not in source
    assert "@import" not in source
    assert source.count("http") == source.count(f"{URL}/") + source.count("http-equiv")
    assert "default-src 'none'" in source


def test_each_chart_is_told_in_words(made):
    _, page, _ = made
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 4  # of all labels, and of each of the three
    assert all(one.get("role") == "img" for one in charts)
    assert all(one.get("aria-label") or one.get("aria-labelledby") for one in charts)


def test_known_duplicates_are_compared_with_what_would_have_been_shown(made):
    figures, page, _ = made
    pairs = {(one["number"], one["duplicate_of"]): one["shown"] for one in figures["duplicates"]["known"]}
    assert set(pairs) == {(321, 221), (351, 251)}
    found = sum(of in shown for (_, of), shown in pairs.items())
    assert f"For {found} of them that one would have been shown" in page.words


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package `chromium`")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
async def test_a_browser_shows_it_without_a_complaint(folder: Path, made, width: int, scheme):
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: complaints.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        await page.goto((folder / "page.html").as_uri())
        assert await page.get_by_role("heading", name="What triagebot would have done").is_visible()
        assert await page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        await browser.close()
    assert complaints == [(folder / "page.html").as_uri()]


def test_another_day_and_a_records_file(folder: Path):
    day = START + timedelta(days=10)
    file = folder / "issues.jsonl"
    records = [
        {
            "repo": REPO,
            "number": one.number,
            "title": one.title,
            "body": one.body,
            "created_at": one.created_at.isoformat(),
            "labels": list(one.labels),
        }
        for one in issues()
    ]
    file.write_text("\n".join(map(json.dumps, records)))
    ended = run(folder, REPO, "--issues", str(file), "--until", f"{day:%Y-%m-%d}", "--json")
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)
    assert figures["until"] == f"{day:%Y-%m-%d}T00:00:00Z"
    assert figures["learned_from"] == sum(one.created_at < day for one in issues())
    assert (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("octo/unknown",), "Run `triagebot learn octo/unknown` first"),
        ((REPO, "--until", "2031-01-01"), "choose an earlier --until"),
        ((REPO, "--until", "2024-01-01"), "too few, or carry no labels"),
        ((REPO, "--out", "/nowhere/page.html"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TRIAGEBOT_DATA_DIR", str(folder))
    monkeypatch.setenv("TRIAGEBOT_EMBEDDINGS__BASE_URL", "none")
    ended = CliRunner().invoke(app, ["eval", "history", *arguments])
    assert isinstance(ended.exception, TriagebotError)
    assert words in str(ended.exception)
