"""The history report as one HTML page that needs nothing from elsewhere: style and charts inside, no script.

Titles, labels and words come from strangers: the template escapes everything, and a link leads only to an
address that was stored with the issue.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from triagebot import __version__
from triagebot.app import history_charts
from triagebot.app.history_report import (
    Duplicates,
    HistoryReport,
    Told,
    advice,
    headline,
    label_verdict,
    limits,
    verdict,
)
from triagebot.core.text import strip_hidden

TEMPLATES = Path(__file__).parent / "templates"
CHARTS, ROWS, PAIRS = 12, 60, 25
"""How much a page shows; the JSON has all of it."""
TITLE = 140


def render(report: HistoryReport) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["day"] = _day
    style = Markup((TEMPLATES / "history.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return environment.get_template("history.html.j2").render(style=style, **_view(report))


def _view(report: HistoryReport) -> dict[str, Any]:
    counts = report.counts
    rows = counts.labels[:ROWS]
    charts = [history_charts.of_label(one, report.precision) for one in rows if one.people]
    return {
        "repo": report.repo,
        "version": __version__,
        "model": report.model,
        "made_at": report.made_at,
        "precision": report.precision,
        "settings_note": _kept_out(report),
        "learned_from": report.learned_from,
        "until": report.until,
        "last": report.last,
        "later": report.later,
        "headline": headline(report),
        "verdict": verdict(report),
        "overall": history_charts.overall(counts.curve, counts.issues, report.now),
        "promises": [_promise(one, report.precision) for one in report.others],
        "labels": [_row(report, one) for one in rows],
        "labels_left_out": len(counts.labels) - len(rows),
        "charts": [chart for chart in charts if chart][:CHARTS],
        "advice": advice(report),
        "mistakes": [_mistake(report, one) for one in counts.mistakes],
        "duplicates": _duplicates(report.duplicates),
        "limits": limits(report),
    }


def _promise(one: Any, precision: float) -> dict[str, Any]:
    return {
        "promise": one.promise,
        "issues": one.issues,
        "labels": one.labels,
        "now": one.promise == precision,
    }


def _row(report: HistoryReport, one: Any) -> dict[str, Any]:
    return {
        "label": one.label,
        "people": one.people,
        "auto": one.auto,
        "suggested": one.suggested,
        "silent": one.silent,
        "verdict": label_verdict(report, one),
    }


def _mistake(report: HistoryReport, one: Any) -> dict[str, Any]:
    near = [report.told[number] for number in one.opinion.like if number in report.told]
    return _told(report.told[one.number]) | {
        "label": one.opinion.label,
        "expected": one.opinion.precision,
        "people": one.people,
        "words": one.opinion.words[:6],
        "like": [_told(issue) for issue in near[:3]],
    }


def _duplicates(found: Duplicates | None) -> dict[str, Any] | None:
    if found is None:
        return None
    right = sum(one.found is not None for one in found.known)
    text = (
        f"People said of {len(found.known):,} later issues that they are the same as an earlier one. For {right:,} of them "
        f"that one would have been shown as possibly related. Of the other {found.other_issues:,} issues, "
        f"{found.shown_on_others:,} would have been shown something; whether that is related, nobody said."
    )
    newest = sorted(found.known, key=lambda one: -one.issue.number)[:PAIRS]
    shown = [
        _told(one.issue)
        | {"of": _told(one.of), "found": one.found, "others": [_told(near) for near in one.shown]}
        for one in newest
    ]
    return {"text": text, "shown": shown, "left_out": len(found.known) - len(shown)}


def _told(issue: Told) -> dict[str, Any]:
    title = strip_hidden(issue.title)[0]
    return {
        "number": issue.number,
        "title": title if len(title) <= TITLE else title[: TITLE - 1] + "…",
        "url": issue.url if _may_link(issue.url) else "",
        "created_at": issue.created_at,
    }


def _may_link(url: str) -> bool:
    """Return True for a page on the web, or on this computer, where the demo's GitHub is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.username or parts.password or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "localhost"))


def _kept_out(report: HistoryReport) -> str:
    return f", {len(report.kept_out)} labels not put on by themselves" if report.kept_out else ""


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
