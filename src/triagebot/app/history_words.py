"""The history report in plain words: what came out, whether the promise held, what to change, what it cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from triagebot.app.history_report import HistoryReport
from triagebot.memory.curves import LabelCount, Tally

ENOUGH = 8
"""Labels put on from which a share says something."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement in words; `tone` is good, warn, bad or ""."""

    tone: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Advice:
    """A setting that would change it, with the lines for `.github/triagebot.yml`."""

    text: str
    yaml: str = ""


def headline(report: HistoryReport) -> list[str]:
    """Return the result in plain words."""
    counts = report.counts
    if not counts.issues:
        return [
            f"People put no label on any of the {report.later:,} later issues, so there is nothing to compare with."
        ]
    share = counts.labelled / counts.issues
    first = (
        f"Of {counts.issues:,} later issues that people labelled, {counts.labelled:,} ({share:.0%}) would have got a "
        "label by itself."
    )
    lines = [first]
    if counts.auto.of:
        lines.append(
            f"{counts.auto.right:,} of {_put_on(counts.auto.of)} ({counts.auto.precision or 0:.0%}) are what people chose."
        )
    if counts.suggested.of:
        lines.append(
            f"It would have suggested {counts.suggested.of:,} more in its comment, "
            f"{counts.suggested.right:,} of them right."
        )
    return [" ".join(lines)]


def verdict(report: HistoryReport) -> Verdict:
    """Return whether the promise was held."""
    promise, auto = report.precision, report.counts.auto
    interval = auto.interval
    if auto.precision is None or interval is None:
        return Verdict("", "Silent.", f"Nothing is sure enough for the promise of {promise:.0%}.")
    held = (
        f"{auto.precision:.1%} right where {promise:.0%} was promised. With {auto.of:,} labels to count, chance leaves "
        f"{interval[0]:.0%} to {interval[1]:.0%} open."
    )
    if auto.precision >= promise:
        return Verdict("good", "Promise held:", held)
    if interval[1] >= promise:
        return Verdict("warn", "Below its promise, though it may be chance:", held)
    return Verdict("bad", "Promise not held:", held)


def label_verdict(report: HistoryReport, one: LabelCount) -> Verdict:
    """Return whether a label kept the promise."""
    if one.label in report.kept_out:
        return Verdict("", "", report.kept_out[one.label])
    if one.auto.precision is None or one.auto.interval is None:
        return Verdict("", "", "never put on")
    if one.auto.precision >= report.precision:
        return Verdict("good", "kept", "" if one.auto.of >= ENOUGH else "(few)")
    if one.auto.of < ENOUGH or one.auto.interval[1] >= report.precision:
        return Verdict("warn", "below", "may be chance")
    return Verdict("bad", "broken", "")


def advice(report: HistoryReport) -> list[Advice]:
    """Return which settings would have changed the result, and how."""
    found = [_held_back(report), _other_promise(report)]
    return [one for one in found if one is not None]


def _held_back(report: HistoryReport) -> Advice | None:
    """Suggest only, what was wrong too often for the promise."""
    weak = [
        one
        for one in report.counts.labels
        if one.auto.of >= ENOUGH and (one.auto.precision or 0) < report.precision
    ]
    if not weak:
        return None
    auto = report.counts.auto
    rest = Tally(auto.right - sum(one.auto.right for one in weak), auto.of - sum(one.auto.of for one in weak))
    names = "it" if len(weak) == 1 else "them"
    effect = f"{rest.right:,} of {rest.of:,} labels ({rest.precision:.0%})" if rest.of else "none"
    text = (
        f"{_listed(one.label for one in weak)} would have been wrong more often than promised. Had the bot only "
        f"suggested {names}, {effect} would have been right. (These rows chose {names}, so the next ones will be a little worse.)"
    )
    lines = [f"      {_quoted(one.label)}: suggest" for one in weak]
    return Advice(text, "\n".join(["triage:", "  labels:", "    per_label:", *lines]))


def _other_promise(report: HistoryReport) -> Advice | None:
    """Name a lower promise that held nearly as well, or the higher one that would have held."""
    now = report.now
    if now.labels.precision is not None and now.labels.precision < report.precision:
        better = next(
            (
                one
                for one in report.counts.curve
                if one.promise > report.precision and (one.labels.precision or 0) >= report.precision
            ),
            None,
        )
        if better is None:
            return None
        text = (
            f"With a promise of {better.promise:.2f} instead, {better.labels.precision or 0:.0%} of {better.labels.of:,} labels "
            f"would have been right, on {better.issues:,} issues instead of {now.issues:,}."
        )
        return Advice(text, _promise_yaml(better.promise))
    lower = next((one for one in report.others if one.promise == 0.8), None)
    if lower is None or report.precision <= 0.8 or lower.issues < now.issues * 1.15 or not lower.issues:
        return None
    text = (
        f"With a promise of 0.80, {lower.issues:,} issues instead of {now.issues:,} would have got a label, and "
        f"{lower.labels.precision or 0:.0%} of the labels would have been right: {lower.labels.wrong:,} wrong ones "
        f"instead of {now.labels.wrong:,}."
    )
    return Advice(text, _promise_yaml(0.8))


def limits(report: HistoryReport) -> list[str]:
    """Return what these figures do not say."""
    counts = report.counts
    found = [
        "Only what people did counts. A label that somebody forgot counts as wrong, so the true share may be higher.",
        "The issues are read as they are now. Where an author edited the text, the bot would have seen the earlier one.",
        "One model, learned up to the date above, judges everything after it. The real bot goes on learning.",
        "No language model was asked; with one, the bot may be a little surer.",
    ]
    if report.pulls:
        found.append(f"Pull requests count as issues here; the later ones hold {report.pulls:,} of them.")
    if counts.unjudged:
        found.insert(
            1,
            f"Left out are {_some(counts.unjudged, 'later issue')} without a label of a person's, since nothing can be right "
            f"there; {counts.unjudged_labelled:,} of them would have got a label.",
        )
    return found


def _put_on(count: int) -> str:
    return "the 1 label" if count == 1 else f"those {count:,} labels"


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _promise_yaml(promise: float) -> str:
    return f"triage:\n  labels:\n    precision: {promise:.2f}"


def _quoted(label: str) -> str:
    """Return a label as a YAML key that is a string, whatever it holds."""
    escaped = label.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _listed(names: Iterable[str]) -> str:
    *first, last = [f"“{name}”" for name in names]
    return f"{', '.join(first)} and {last}" if first else last
