"""The plain page that a person sees who opens the service's address on the machine it runs on."""

from __future__ import annotations

import html
from collections.abc import Mapping

from triagebot.web.health import Finding

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;"
    "color-scheme:light dark}dt{font-weight:600}dd{margin:0 0 .5rem}"
)


def render(version: str, findings: Mapping[str, Finding]) -> str:
    """Return the page as HTML."""
    rows = "".join(
        f"<dt>{html.escape(name)}: {'ok' if finding.ok else 'not ok'}</dt><dd>{html.escape(finding.detail)}</dd>"
        for name, finding in findings.items()
    )
    ready = all(finding.ok for finding in findings.values())
    state = "It is ready: deliveries are stored and worked on." if ready else "It is not ready; see below."
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>triagebot</title><style>{_STYLE}</style>"
        f"<h1>triagebot {html.escape(version)}</h1>"
        "<p>A self-hosted GitHub App that labels issues and pull requests, and says why. "
        f"{state}</p><dl>{rows}</dl>"
        "<p>GitHub sends its deliveries to <code>/webhook</code>. For machines: "
        '<a href="/health/ready">/health/ready</a>, <a href="/health/live">/health/live</a>, '
        '<a href="/metrics">/metrics</a>. On the command line, <code>triagebot deliveries list</code> shows '
        "what came in, and the README and the folder <code>docs</code> say the rest.</p>"
        "<p>This page is shown only on the machine itself.</p></html>\n"
    )
