"""The App proves who it is; tokens open what was granted, for an hour."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.support.clock import ManualClock
from tests.support.github_api import Api

from triagebot.simulator import Simulator

ISSUE = "/repos/octo/parser/issues/1"


async def test_the_app_sees_itself_its_installations_and_the_one_of_a_repository(api: Api) -> None:
    assert (await api.as_app("GET", "/app")).json()["slug"] == "triagebot"
    listed = (await api.as_app("GET", "/app/installations")).json()
    found = (await api.as_app("GET", "/repos/octo/parser/installation")).json()
    assert [each["id"] for each in listed] == [found["id"]]
    assert (await api.as_app("GET", f"/app/installations/{found['id']}")).json() == found
    assert (await api.as_app("GET", "/repos/octo/none/installation")).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "77"}, id="another App"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": 4_000_000_000}, id="too far ahead"),
        pytest.param({"iat": 4_000_000_000}, id="from the future"),
    ],
)
async def test_a_wrong_jwt_is_401(api: Api, claims: dict[str, object]) -> None:
    assert (await api.get("/app", token=api.jwt(**claims))).status_code == 401


async def test_a_jwt_of_another_key_is_401(api: Api) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert (await api.get("/app", token=api.jwt(key=pem.decode()))).status_code == 401


async def test_each_kind_of_route_wants_its_kind_of_caller(api: Api, sim: Simulator) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    assert (await api.get("/app")).status_code == 401
    assert (await api.as_app("GET", ISSUE)).status_code == 403
    assert (await api.get(ISSUE, token="none")).status_code == 401
    assert (await api.client.get(ISSUE)).status_code == 401


async def test_a_token_dies_after_an_hour(api: Api, sim: Simulator, clock: ManualClock) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    clock.advance(3_599)
    assert (await api.get(ISSUE)).status_code == 200
    clock.advance(1)
    assert (await api.get(ISSUE)).status_code == 401
    await api.sign_in()
    assert (await api.get(ISSUE)).status_code == 200
    assert sim.token_requests == 2
    assert 300 < len(api.token) <= 520


async def test_permissions_hold_for_token_and_installation(api: Api, sim: Simulator) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    await api.sign_in(permissions={"issues": "read"})
    assert (await api.get(ISSUE)).status_code == 200
    refused = await api.post(f"{ISSUE}/comments", {"body": "hi"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    await api.sign_in()
    installation = next(iter(sim.world.installations))
    sim.world.set_installation_permissions(installation, {"metadata": "read"})
    assert (await api.get(ISSUE)).status_code == 403
    answer = await api.as_app(
        "POST", f"/app/installations/{installation}/access_tokens", json={"permissions": {"issues": "write"}}
    )
    assert answer.status_code == 422


async def test_pull_request_permission_reaches_only_pull_requests(api: Api, sim: Simulator) -> None:
    sim.world.open_issue("octo/parser", "hubot", "Crash")
    sim.world.open_pull("octo/parser", "hubot", "Mend", files={"a.py": "1\n"})
    await api.sign_in(permissions={"pull_requests": "write"})
    assert (await api.post(f"{ISSUE}/labels", {"labels": ["bug"]})).status_code == 403
    assert (await api.post("/repos/octo/parser/issues/2/labels", {"labels": ["bug"]})).status_code == 200


async def test_a_token_for_one_repository_does_not_see_another_private_one(api: Api, sim: Simulator) -> None:
    sim.world.add_repo("octo/secret", private=True)
    assert (await api.get("/repos/octo/secret")).status_code == 200
    await api.sign_in(repositories=["parser"])
    assert (await api.get("/repos/octo/secret")).status_code == 404
    listed = (await api.get("/installation/repositories")).json()
    assert [each["name"] for each in listed["repositories"]] == ["parser"]


async def test_a_suspended_installation_is_shut_out_until_it_is_taken_back(api: Api, sim: Simulator) -> None:
    installation = next(iter(sim.world.installations))
    sim.world.suspend_installation(installation)
    assert (await api.get("/repos/octo/parser")).status_code == 403
    path = f"/app/installations/{installation}/access_tokens"
    assert (await api.as_app("POST", path)).status_code == 403
    sim.world.unsuspend_installation(installation)
    assert (await api.get("/repos/octo/parser")).status_code == 200
    sim.world.uninstall(installation)
    assert (await api.get("/repos/octo/parser")).status_code == 401
    assert (await api.as_app("POST", path)).status_code == 404


async def test_people_and_their_permissions(api: Api, sim: Simulator) -> None:
    base = "/repos/octo/parser/collaborators"
    sim.world.add_user("stranger")
    sim.world.set_permission("octo/parser", "mel", "maintain")
    seen = {}
    for login in ("mona", "kay", "mel", "octo", "stranger"):
        body = (await api.get(f"{base}/{login}/permission")).json()
        seen[login] = (body["permission"], body["role_name"])
    assert seen == {
        "mona": ("write", "write"),
        "kay": ("read", "triage"),
        "mel": ("write", "maintain"),
        "octo": ("admin", "admin"),
        "stranger": ("read", "read"),
    }
    assert (await api.get(f"{base}/nobody/permission")).status_code == 404
    assert (await api.get("/users/triagebot[bot]")).json()["type"] == "Bot"
    assert (await api.get("/repos/octo/parser/assignees/mona")).status_code == 204
    assert (await api.get("/repos/octo/parser/assignees/stranger")).status_code == 404


async def test_reading_again_with_the_etag_costs_nothing(api: Api) -> None:
    first = await api.get("/repos/octo/parser/labels")
    again = await api.get("/repos/octo/parser/labels", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] or (
        int(again.headers["x-ratelimit-used"]) <= 1
    )
    left = (await api.get("/rate_limit")).json()["rate"]
    assert (left["limit"], left["used"]) == (5_000, 1)
    assert len(first.headers["x-github-request-id"]) == 20


async def test_the_enterprise_base_serves_the_same(api: Api, sim: Simulator) -> None:
    plain = await api.get("/repos/octo/parser")
    enterprise = await api.get(f"{sim.enterprise_url}/repos/octo/parser")
    assert plain.json() == enterprise.json()
