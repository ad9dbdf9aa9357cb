"""REST: what is handed out through a signed address outside the API: archives and job logs.

The storage refuses a request that shows credentials, as real ones do, so a leak of ours is noticed.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from triagebot.simulator.api import ApiError, Call, Reply, Routes, not_found
from triagebot.simulator.gitstore import GitStore
from triagebot.simulator.model import Repo
from triagebot.simulator.rest_repos import REPO
from triagebot.simulator.shapes import at

routes = Routes()
ARCHIVE = "/_codeload/{owner}/{repo}/legacy.tar.gz/{sha}"
LOG = "/_logs/{owner}/{repo}/{job_id}"
SYMLINK = "120000"
_BLOCK = 512


@routes.add("GET", f"{REPO}/tarball/{{ref+}}")
@routes.add("GET", f"{REPO}/tarball")
def get_tarball(call: Call) -> Reply:
    """Redirect to the archive of a commit."""
    repo = call.repo(("contents", "read"))
    sha = repo.git.resolve(repo.default_branch if (ref := call.params.get("ref", "HEAD")) == "HEAD" else ref)
    if sha is None:
        raise not_found()
    return _redirect(call, f"/_codeload/{repo.full_name}/legacy.tar.gz/{sha}", seconds=300)


@routes.add("GET", f"{REPO}/actions/jobs/{{job_id}}/logs")
def get_job_log(call: Call) -> Reply:
    """Redirect to the log of a job of GitHub Actions, which has the id of its check run."""
    repo = call.repo(("actions", "read"))
    run = repo.check_runs.get(call.number("job_id"))
    if run is None or run.log is None:
        raise not_found()
    return _redirect(call, f"/_logs/{repo.full_name}/{run.id}", seconds=60)


def _redirect(call: Call, path: str, *, seconds: int) -> Reply:
    token = call.services.tokens.sign(path, seconds)
    return Reply(302, headers={"Location": f"{call.world.base_url}{path}?token={token}"})


def _signed(call: Call) -> Repo:
    """Return the repository of a signed address; 404 if the signature is not good (any more)."""
    if "authorization" in call.headers:
        raise ApiError(400, "Only one authentication method is allowed.")
    repo = call.world.repos.get(f"{call.params['owner']}/{call.params['repo']}".lower())
    if repo is None or not call.services.tokens.signed(call.path, call.query.get("token", "")):
        raise not_found()
    return repo


@routes.add("GET", ARCHIVE, auth="any")
def send_archive(call: Call) -> Reply:
    """Send the archive while it is packed."""
    repo, sha = _signed(call), call.params["sha"]
    top = f"{repo.owner.login}-{repo.name}-{sha[:7]}"
    return Reply(200, media="application/x-gzip", stream=_packed(repo.git, sha, top))


@routes.add("GET", LOG, auth="any")
def send_log(call: Call) -> Reply:
    """Send a job's log, each line after its time."""
    repo = _signed(call)
    run = repo.check_runs[call.number("job_id")]
    stamp = (at(run.completed_at or call.world.now()) or "").removesuffix("Z") + ".1234567Z"
    lines = "".join(f"{stamp} {line}\n" for line in (run.log or "").splitlines())
    return Reply(200, "\ufeff" + lines, media="text/plain; charset=utf-8")


def _packed(git: GitStore, sha: str, top: str) -> Iterator[bytes]:
    gzip = zlib.compressobj(1, wbits=31)
    yield gzip.compress(tarfile.TarInfo.create_pax_global_header({"comment": sha}))
    for path, mode, blob in list(git.files(git.commits[sha].tree)):
        content = git.blobs.get(blob, b"")
        info = tarfile.TarInfo(f"{top}/{path}")
        info.mode = int(mode, 8) & 0o777
        if mode == SYMLINK:
            info.type, info.linkname, content = tarfile.SYMTYPE, content.decode(), b""
        elif blob not in git.blobs:
            info.type = tarfile.DIRTYPE  # a submodule is an empty folder
        info.size = len(content)
        packed = gzip.compress(info.tobuf(tarfile.PAX_FORMAT))
        source = BytesIO(content)
        while piece := source.read(65_536):
            packed += gzip.compress(piece)
            if packed:
                yield packed
                packed = b""
        packed += gzip.compress(bytes(-len(content) % _BLOCK))
        if packed:
            yield packed
    yield gzip.compress(bytes(2 * _BLOCK)) + gzip.flush()
