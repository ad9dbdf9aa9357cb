"""What a review says: the verdict and the findings for who has twenty seconds, and folded below it the account.

The account is of what was read and what was not, and of what each check dropped. All that a model or a
stranger wrote is rebuilt without anything that acts, or stands in code spans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triagebot.core.actions import Because, ReviewComment
from triagebot.core.diff import suggestion_block
from triagebot.core.findings import MODEL, Finding
from triagebot.core.markdown import clean, code_span, escape
from triagebot.core.redact import redact
from triagebot.core.text import cut as shorten
from triagebot.handlers.review.checks import BREAKING, Tally
from triagebot.handlers.review.earlier import naming
from triagebot.handlers.review.scope import LISTED, Left

NAMED = 8
"""Files named for each reason why they were not read."""
LISTED_CUT = 30
LONGEST_PATH = 160
"""Characters shown of a path: git takes 4,096, and a review has 60,000."""
_SEVERITY = {"error": "Error", "warning": "Warning", "note": "Note"}


@dataclass
class Account:
    """What was read and what was not, by whom. `files` and `lines` are what the rules read.

    `unshown` are the files that the model saw nothing or not all of, with the changed lines that it did not
    see; `silence` says why there was no model's word, or not all of it. `earlier` counts our findings that are
    gone, and those that still stand unanswered.
    """

    head_sha: str
    files: int = 0
    lines: int = 0
    left: Mapping[Left, Sequence[str]] = field(default_factory=dict)
    unasked: int = 0
    unknown: Sequence[str] = ()
    all_listed: bool = True
    since: str = ""
    earlier: tuple[int, int] = (0, 0)
    model: str = ""
    prompt: str = ""
    parts: int = 0
    unshown: Mapping[str, int] = field(default_factory=dict)
    silence: str = ""
    failed: bool = False
    notes: Sequence[str] = ()
    tally: Tally = field(default_factory=Tally)


def comment(one: Finding) -> ReviewComment:
    """Return the inline comment of an anchored finding."""
    blocks = [f"**{_SEVERITY[one.severity]}:** {title(one)}"]
    if body := clean(one.body, allowed_hosts=frozenset(), repo="", max_length=2_000).strip():
        blocks.append(body)
    if one.suggestion is not None:
        blocks.append(suggestion_block(one.suggestion))
    origin = f"{one.confidence:.0%} sure".replace("%", " %") if one.source == MODEL else ""
    told = f"Told by a model, {origin}" if origin else f"Told without a model: {one.source}"
    blocks.append(f"<sub>{told}.</sub>\n\n{naming(one)}")
    return ReviewComment(
        path=one.path,
        line=one.line or 1,
        side=one.side,
        start_line=one.start_line,
        start_side=one.side if one.start_line is not None else None,
        body="\n\n".join(blocks),
    )


def reasons(posted: Sequence[Finding], cut: Sequence[Finding], tally: Tally) -> tuple[Because, ...]:
    """Return what is kept with the plan for who asks why: what was posted, what was not, and what dropped it."""
    told = [(one, True, _origin(one)) for one in posted]
    told += [(one, False, f"{_origin(one)}; no room for it") for one in cut[:LISTED_CUT]]
    told += [(one, False, f"dropped: {reason.value}") for one, reason in tally.examples]
    return tuple(
        Because(
            about="finding",
            name=shorten(f"{one.path}:{one.line or '?'}", 200),
            done=done,
            chance=one.confidence,
            words=(shorten(redact(one.quote.strip()), 160),),  # cut first, half a secret would stay
            says=shorten(f"{' '.join(one.title.split())} ({origin})", 400),
        )
        for one, done, origin in told
    )


def _origin(one: Finding) -> str:
    return "a second look agreed" if one.source == MODEL else f"the rule {one.source}"


def title(one: Finding) -> str:
    """Return a finding's title on one line, without anything that acts."""
    words = " ".join(one.title.split())
    shown = clean(words, allowed_hosts=frozenset(), repo="", max_length=300).strip()
    return escape(words) if "\n" in shown or not shown else shown


def compose(posted: Sequence[Finding], cut: Sequence[Finding], account: Account, prefix: str) -> str:
    """Return the review's body. `cut` are good findings for which there was no room, `prefix` begins commands."""
    blocks = [f"**{verdict(posted, cut, account)}**"]
    if posted:
        more = [f"- and {_count(len(cut), 'lesser one')}, listed below"] if cut else []
        blocks.append("\n".join([*map(_line, posted), *more]))
    if account.unknown:
        blocks.append(f"No changed file is named by {listed(account.unknown)}.")
    if any(account.earlier):
        blocks.append(_earlier(*account.earlier))
    if account.silence:
        blocks.append(account.silence)
    blocks.append(_folded("What was read, and what was not", _reading(account, cut)))
    by = (
        f"By rules and {code_span(account.model)} (prompt {code_span(account.prompt)})"
        if account.model
        else "By rules"
    )
    undo = code_span(f"{prefix} undo review")
    blocks.append(f"<sub>{by}, at {code_span(account.head_sha[:7])}. Wrong? {undo} takes it all back.</sub>")
    return "\n\n".join(blocks)


def verdict(posted: Sequence[Finding], cut: Sequence[Finding], account: Account) -> str:
    """Return the one sentence that must be read."""
    # What rules tell of a deleted file is told although nothing of it was left to read.
    where = _count(max(account.files, len({one.path for one in posted})), "file")
    where += f" changed since {code_span(account.since[:7])}" if account.since else ""
    size = _size(account)
    if posted:
        found = len(posted) + len(cut)
        size = f" ({size})" if account.model and account.unshown else ""
        what = f"{_count(found, 'thing')} to look at in {where}{size}{_gravity((*posted, *cut))}"
    elif account.files:
        what = f"Nothing found in {where} ({size})"
    elif account.since:
        what = f"Nothing that is to be read has changed since {code_span(account.since[:7])}"
    else:
        what = f"Nothing here can be reviewed: {_why_not(account)}"
    return f"{what}{_unread(account)}."


def _size(account: Account) -> str:
    """Return how many lines were read, and how many of them by the model if those are fewer."""
    lines = _count(account.lines, "line")
    return (
        f"{lines}, {_seen(account):,} of them seen by the model"
        if account.model and account.unshown
        else lines
    )


def _seen(account: Account) -> int:
    return max(0, account.lines - sum(account.unshown.values()))


def _gravity(told: Sequence[Finding]) -> str:
    found = len(told)
    breaking = sum(one.source in BREAKING for one in told)
    if breaking:
        many = "all" if breaking == found else breaking
        who = "and it breaks" if found == 1 else f"{many} of them break{'s' if breaking == 1 else ''}"
        return f", {who} the build"
    errors = sum(one.severity == "error" for one in told)
    if not errors:
        return ""
    if found == 1:
        return ", and it is serious"
    return f", {'all' if errors == found else errors} of them serious"


def _why_not(account: Account) -> str:
    """Return why no file was read, the most frequent reasons first."""
    left = sorted(account.left.items(), key=lambda pair: -len(pair[1]))
    told = [
        f"{_count(len(paths), 'file')} {'is' if len(paths) == 1 else 'are'} {reason.value}"
        for reason, paths in left
        if paths
    ]
    return "; ".join(told[:3]) or "no file is changed"


def _unread(account: Account) -> str:
    """Return how much of a change that was read in part was not, as the end of a sentence."""
    missing = sum(len(account.left.get(reason, ())) for reason in (Left.LARGE, Left.BEGUN, Left.ROOM))
    told = []
    if missing and account.files:
        told.append(f"{missing:,} {'file was' if missing == 1 else 'files were'} not read in full")
    if not account.all_listed:
        told.append(f"GitHub lists only the first {LISTED:,} files")
    return f"; {' and '.join(told)}" if told else ""


def _earlier(gone: int, standing: int) -> str:
    told = [f"{gone} {'is' if gone == 1 else 'are'} gone"] if gone else []
    told += [f"{standing} still {'stands' if standing == 1 else 'stand'}"] if standing else []
    return f"Of what was found earlier, {' and '.join(told)}."


def _line(one: Finding) -> str:
    return f"- **{_SEVERITY[one.severity]}** {code_span(_place(one))} {title(one)}"


def _place(one: Finding) -> str:
    lines = f"{one.start_line}-{one.line}" if one.start_line is not None else f"{one.line}"
    return f"{shorten(one.path, LONGEST_PATH)}:{lines}{' (before)' if one.side == 'LEFT' else ''}"


def _reading(account: Account, cut: Sequence[Finding]) -> str:
    rows = [f"- Rules read {_count(account.lines, 'changed line')} in {_count(account.files, 'file')}."]
    if account.model:
        seen = _count(_seen(account), "changed line")
        rows.append(f"- The model read {seen}, in {_count(account.parts, 'part')}.")
    if account.model and account.unshown:
        names = listed(list(account.unshown))
        lines = _count(sum(account.unshown.values()), "changed line")
        rows.append(
            f"- Not shown to the model, for want of room: {lines} in {_count(len(account.unshown), 'file')}: {names}"
        )
    for reason, paths in account.left.items():
        if paths:
            rows.append(f"- Not read, {reason.value}: {_count(len(paths), 'file')}: {listed(paths)}")
    if account.unasked:
        rows.append(f"- Not asked for: {_count(account.unasked, 'file')}.")
    if not account.all_listed:
        rows.append(f"- GitHub lists no more than {LISTED:,} changed files; what follows was not read.")
    rows += [f"- {note}" for note in account.notes]
    rows += _dropped(account.tally)
    if cut:
        rows.append("- Found too, but more than `review.max_comments`:")
        rows += [f"  {_line(one)}" for one in cut[:LISTED_CUT]]
        if len(cut) > LISTED_CUT:
            rows.append(f"  - and {len(cut) - LISTED_CUT:,} more")
    return "\n".join(rows)


def _dropped(tally: Tally) -> list[str]:
    rows = []
    if tally.dropped:
        ways = ", ".join(f"{count} {reason.value}" for reason, count in sorted(tally.dropped.items()))
        rows.append(f"- Dropped by checks: {_count(sum(tally.dropped.values()), 'finding')} ({ways}).")
    if tally.suggestions:
        rows.append(f"- Dropped suggestions, which did not apply or parse: {tally.suggestions}.")
    return rows


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def listed(paths: Sequence[str]) -> str:
    """Return the first of some paths, as code, and how many more there are."""
    shown = ", ".join(code_span(shorten(path, LONGEST_PATH)) for path in paths[:NAMED])
    return shown + (f" and {len(paths) - NAMED:,} more" if len(paths) > NAMED else "")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
