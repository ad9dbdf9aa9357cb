"""The bare route that the intake is compared with: FastAPI, a signature, a commit, and nothing else.

No size limit, no parsing, no states, no metrics. The database has the service's settings (WAL, every
commit synced). `commit` commits each delivery by itself, as one would write it first; `group` commits
through the service's own inbox, many with one sync.

    python -m bench.bare commit|group FOLDER PORT
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

from triagebot.ports import StoredDelivery
from triagebot.settings import Settings
from triagebot.store import open_store

SECRET = b"bench"


def _signed(request: Request, body: bytes) -> bool:
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", ""))


def committing(folder: Path) -> FastAPI:
    """Return the route that commits each delivery by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE deliveries (id TEXT PRIMARY KEY, event TEXT, received_at TEXT, body BLOB)")
    app = FastAPI()

    @app.post("/webhook", status_code=202)
    async def webhook(request: Request) -> Response:
        body = await request.body()
        if not _signed(request, body):
            return Response(status_code=401)
        database.execute(  # in autocommit: this statement is the transaction
            "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?)",
            (
                request.headers["x-github-delivery"],
                request.headers["x-github-event"],
                datetime.now(UTC).isoformat(),
                body,
            ),
        )
        return Response(status_code=202)

    return app


def grouping(folder: Path) -> FastAPI:
    """Return the route that commits through the service's inbox."""
    store = open_store(Settings(data_dir=folder, database_url=None))
    app = FastAPI()

    @app.post("/webhook", status_code=202)
    async def webhook(request: Request) -> Response:
        body = await request.body()
        if not _signed(request, body):
            return Response(status_code=401)
        await store.inbox.add(
            StoredDelivery(
                id=request.headers["x-github-delivery"],
                event=request.headers["x-github-event"],
                installation_id=0,
                repo_id=0,
                repo="",
                subject_key="",
                received_at=datetime.now(UTC),
                state="stored",
                payload=body,
            )
        )
        return Response(status_code=202)

    return app


def main() -> None:
    """Serve until stopped."""
    mode, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    app = {"commit": committing, "group": grouping}[mode](folder)
    uvicorn.run(app, port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
