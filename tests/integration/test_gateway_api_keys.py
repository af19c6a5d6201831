"""API keys over HTTP: shown once, scoped, rotated with an overlap, revoked at once."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.settings import Settings
from tests.support.gateway import Gateway, deciding, gateway

pytestmark = pytest.mark.integration

NEW = {
    "name": "CRM",
    "subject": "service.crm",
    "role": "agent",
    "scopes": ["tickets:read", "contacts:write"],
    "expires_at": "2027-06-01T00:00:00Z",
}


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running, deciding(running.resources):
        yield running


@pytest.fixture
async def admin(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("admin", "root") as client:
        yield client


async def status(desk: Gateway, key: str, path: str = "/v1/tickets", method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=desk.url, headers=headers, timeout=20) as client:
        return (await client.request(method, path, json={"name": "Nordwind"})).status_code


async def until(desk: Gateway, key: str, expected: int) -> None:
    """The gateway hears of keys milliseconds after they were recorded."""
    async with asyncio.timeout(10):
        while await status(desk, key) != expected:
            await asyncio.sleep(0.01)


async def test_a_key_comes_in_for_what_it_is_for_and_is_shown_once(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    made = await admin.post("/v1/api-keys", json=NEW)
    assert made.status_code == 200, made.text
    key, id = made.json()["key"], made.json()["id"]
    assert made.headers["cache-control"] == "no-store"
    await until(desk, key, 200)
    assert await status(desk, key, "/v1/tickets/7/closing", "POST") == 403
    assert await status(desk, key, "/v1/desk") == 403
    assert await status(desk, key, "/v1/organisations", "POST") == 200
    assert await status(desk, key, "/v1/api-keys") == 403

    listed = await admin.get("/v1/api-keys")
    [page] = [one for one in listed.json()["items"] if one["id"] == id]
    history = await admin.get(f"/v1/api-keys/{id}/history")
    assert (page["subject"], page["scopes"]) == ("service.crm", NEW["scopes"])
    async with asyncio.timeout(10):
        while not (await admin.get(f"/v1/api-keys/{id}")).json()["used_at"]:
            await asyncio.sleep(0.05)
    secret = key[-43:]
    for answer in (listed, history, await admin.get(f"/v1/api-keys/{id}")):
        assert secret not in answer.text
        assert "digest" not in answer.text
    assert "issued the API key CRM for service.crm" in history.text


async def test_it_is_rotated_with_an_overlap_and_revoked_at_once(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    made = (await admin.post("/v1/api-keys", json=NEW)).json()
    place, first = f"/v1/api-keys/{made['id']}", made["key"]
    await until(desk, first, 200)
    second = (await admin.post(f"{place}/rotation", json={"overlap_seconds": 3600})).json()["key"]
    await until(desk, second, 200)
    assert await status(desk, first) == 200
    third = (await admin.post(f"{place}/rotation", json={"overlap_seconds": 0})).json()["key"]
    await until(desk, third, 200)
    assert [await status(desk, one) for one in (first, second)] == [401, 401]
    revoked = await admin.post(f"{place}/revocation", json={"reason": "leaked"})
    assert revoked.status_code == 200
    await until(desk, third, 401)
    assert (await admin.post(f"{place}/rotation")).status_code == 409


async def test_what_is_no_key_or_no_good_one_is_refused(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    made = (await admin.post("/v1/api-keys", json=NEW)).json()["key"]
    await until(desk, made, 200)
    other = "A" if made[-2] != "A" else "B"
    for key in (f"{made[:-2]}{other}{made[-1]}", "dlk_", f"{made}x", "dlk_" + "0" * 26, made[:-1]):
        assert await status(desk, key) == 401
    keyed = await admin.post("/v1/api-keys", json=NEW, headers={"Idempotency-Key": "once"})
    assert (keyed.status_code, keyed.json()["code"]) == (400, "bad_header")
    people = await admin.post("/v1/api-keys", json=NEW | {"subject": "anna"})
    assert (people.status_code, people.json()["code"]) == (422, "no_service_user")
    assert people.json()["errors"][0]["pointer"] == "/subject"
    over = await admin.post("/v1/api-keys", json=NEW | {"expires_at": "2020-01-01T00:00:00Z"})
    assert (over.status_code, over.json()["code"]) == (422, "unusable_end")
    assert (await admin.get("/v1/api-keys/k-" + "0" * 26)).status_code == 404
