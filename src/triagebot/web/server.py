"""Put the web application together and serve it. It takes what it needs as arguments: no globals."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import Route

from triagebot.ports import Inbox
from triagebot.web import page
from triagebot.web.budget import BodyBudget
from triagebot.web.connection import BoundedConnection
from triagebot.web.health import Check, Health
from triagebot.web.metrics import Depths, Meters
from triagebot.web.webhook import ANSWERS, Timing, Webhook

BODY_BYTES = 64 * 1024 * 1024
"""What all bodies in flight may hold together."""
RESERVED_BYTES = 12 * 1024 * 1024
"""What large bodies leave to ordinary ones. The rest takes two of the largest at a time."""
GRACE_SECONDS = 20
"""How long requests in flight may take to end once the process was asked to stop."""

SECURITY_HEADERS = [
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
]
"""On every answer, those of the server itself included."""
_log = structlog.get_logger()


def create_app(
    *,
    inbox: Inbox,
    secrets: Sequence[bytes],
    wants: Callable[[str], bool],
    checks: Mapping[str, Check],
    depths: Depths,
    version: str,
    local: bool,
    timing: Timing | None = None,
) -> FastAPI:
    """Return the application.

    `wants` says whether some handler takes an event (`issues.opened`). `checks` decide
    `/health/ready`, `depths` counts the deliveries by state for `/metrics`. `local` says that the
    service is bound to loopback, where it shows its page. Raises `ValueError` without a secret.
    """
    budget, meters, health = BodyBudget(BODY_BYTES, RESERVED_BYTES), Meters(version, ANSWERS), Health(checks)
    meters.watch_bytes(lambda: budget.used)
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we count ourselves, see metrics.py
    )
    webhook = Webhook(
        inbox=inbox, secrets=secrets, wants=wants, budget=budget, meters=meters, timing=timing or Timing()
    )
    # The class goes in as it is, an ASGI application: FastAPI's own handling would read the body first.
    app.router.routes.append(Route("/webhook", endpoint=webhook, methods=["POST"]))
    _add_health(app, health)
    _add_metrics(app, meters, depths)
    if local:
        _add_page(app, health, version)
    return app


def server(
    app: FastAPI, *, host: str, port: int, connection: type[BoundedConnection] = BoundedConnection
) -> uvicorn.Server:
    """Return a server for `app`; `await .serve()` runs it until SIGTERM or SIGINT.

    It then takes no new connection, ends what is in flight, and raises the signal again for whoever
    started it. Addresses in `X-Forwarded-*` are not believed.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=SECURITY_HEADERS,
            # Longer than the minute that reverse proxies keep theirs: whoever closes first must be
            # the side that sends, or a delivery can meet a connection that is just being closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Run `serving` on the quickest event loop there is: uvloop where it is installed."""
    factory = uvicorn.Config("", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serving)


def is_loopback(host: str) -> bool:
    """Return True if `host`, an address or a name, can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    """Return the name or address in a Host header, which may hold anything."""
    return host.partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _add_health(app: FastAPI, health: Health) -> None:
    @app.api_route("/health/live", methods=["GET", "HEAD"])
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.api_route("/health/ready", methods=["GET", "HEAD"])
    async def ready() -> JSONResponse:
        findings = await health.findings()
        ok = all(finding.ok for finding in findings.values())
        body: dict[str, Any] = {
            "status": "ready" if ok else "not ready",
            "checks": {name: {"ok": found.ok, "detail": found.detail} for name, found in findings.items()},
        }
        return JSONResponse(body, status_code=200 if ok else 503)


def _add_metrics(app: FastAPI, meters: Meters, depths: Depths) -> None:
    @app.get("/metrics")
    async def metrics() -> Response:
        try:
            known = await depths()
        except Exception as error:  # noqa: BLE001 - the last wall: a sick database must not hide the rest
            _log.warning("deliveries could not be counted", error=repr(error))
            known = None
        return Response(meters.render(known), media_type=CONTENT_TYPE_LATEST)


def _add_page(app: FastAPI, health: Health, version: str) -> None:
    @app.get("/")
    async def home(request: Request) -> Response:
        # Behind a proxy on this machine, or a name that somebody points here, it is not local.
        if not is_loopback(_without_port(request.headers.get("host", ""))):
            return Response(status_code=404)
        return HTMLResponse(page.render(version, await health.findings()))
