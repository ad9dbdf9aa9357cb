"""The history report as one HTML page: what of it is shown, and how much."""

from __future__ import annotations

from typing import Any

from triagebot import __version__
from triagebot.app import history_charts, page
from triagebot.app.history_report import Duplicates, HistoryReport, Told
from triagebot.app.history_words import advice, headline, label_verdict, limits, verdict
from triagebot.memory.curves import AtPromise, LabelCount, Mistake

CHARTS, ROWS, RARE, PAIRS = 12, 14, 200, 25
"""How much a page shows; the JSON has all of it."""


def render(report: HistoryReport) -> str:
    """Return the page."""
    return page.render("history.html.j2", **_view(report))


def _view(report: HistoryReport) -> dict[str, Any]:
    counts = report.counts
    # What was put on is what there is to decide about; what people use most comes next.
    ordered = sorted(counts.labels, key=lambda one: (not one.auto.of, -one.people, one.label))
    told = max(ROWS, sum(bool(one.auto.of) for one in ordered))
    rows, rare = ordered[:told], ordered[told : told + RARE]
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
        "rare": [_row(report, one) for one in rare],
        "left_out": len(ordered) - len(rows) - len(rare),
        "charts": [chart for chart in charts if chart][:CHARTS],
        "advice": advice(report),
        "mistakes": [_mistake(report, one) for one in counts.mistakes],
        "duplicates": _duplicates(report.duplicates),
        "limits": limits(report),
    }


def _promise(one: AtPromise, precision: float) -> dict[str, Any]:
    return {
        "promise": one.promise,
        "issues": one.issues,
        "labels": one.labels,
        "now": one.promise == precision,
    }


def _row(report: HistoryReport, one: LabelCount) -> dict[str, Any]:
    return {
        "label": one.label,
        "people": one.people,
        "auto": one.auto,
        "suggested": one.suggested,
        "silent": one.silent,
        "verdict": label_verdict(report, one),
    }


def _mistake(report: HistoryReport, one: Mistake) -> dict[str, Any]:
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
    return {
        "number": issue.number,
        "title": page.title(issue.title),
        "url": page.link(issue.url),
        "created_at": issue.created_at,
    }


def _kept_out(report: HistoryReport) -> str:
    kept = f", {len(report.kept_out)} labels not put on by themselves" if report.kept_out else ""
    return f"{kept}, from {report.source}"
