"""Links into a repository, as Markdown: to its issues without telling them, and to lines of its files.

GitHub would put "mentioned this issue" on each issue that is linked. Its documented way around that is
`redirect.github.com` (see "Avoiding backlinks to linked references" under "Autolinked references and
URLs"). Other hosts (GitHub Enterprise) have no such address: there it is a plain link, and the issue
shows that line once.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from triagebot.core.markdown import code_span


def repository(near: str) -> str:
    """Return the address of the repository that `near` is in, or "" if it is none.

    `near` is the address of any issue or pull request of the repository, as GitHub gives it.
    """
    address = urlsplit(near)
    path = address.path.rsplit("/", 2)[0]
    return f"{address.scheme}://{address.netloc}{path}" if address.scheme and address.netloc and path else ""


def reference(number: int, near: str) -> str:
    """Return a link to the issue `number` of the repository that the address `near` is in."""
    home = repository(near)
    if not home:
        return code_span(f"#{number}")
    host = urlsplit(home).netloc
    elsewhere = home.replace(f"://{host}", "://redirect.github.com", 1) if host == "github.com" else home
    return f"[#{number}]({elsewhere}/issues/{number})"


def lines(near: str, ref: str, path: str, start: int | None = None, end: int | None = None) -> str:
    """Return a link to a file at the commit `ref`, or to its lines `start`..`end`, that shows the path and the lines.

    The path is a stranger's words: it stands in a code span, and is quoted in the address.
    """
    span = "" if start is None else f":{start}" if end in (None, start) else f":{start}-{end}"
    shown, home = code_span(f"{path}{span}"), repository(near)
    if not (home and ref and shown):
        return shown
    place = "" if start is None else f"#L{start}" if end in (None, start) else f"#L{start}-L{end}"
    return f"[{shown}]({home}/blob/{quote(ref, safe='/')}/{quote(path, safe='/', errors='replace')}{place})"
