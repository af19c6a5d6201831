"""The audit log over HTTP: what it tells and to whom, whole and bounded, changed by nobody."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from libs.events.published import contacts as c
from libs.events.published import setup as s
from libs.settings import Settings
from tests.support.gateway import Gateway, append, gateway, known_contact
from tests.support.gateway_story import CUSTOMER, STRANGER, TICKET, opened, recorded

pytestmark = pytest.mark.integration

Entry = dict[str, object]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger, gateway_audit_reads=True) as running:
        await known_contact(running.resources, CUSTOMER, "ada@example.org", "Ada")
        position = await append(
            running.resources, [recorded(opened(), 1, f"contact:{CUSTOMER}", TICKET)]
        )
        async with running.client("agent") as client:
            headers = {"Deskledger-Position": position}
            (await client.get(f"/v1/tickets/{TICKET}", headers=headers)).raise_for_status()
        yield running


@pytest.fixture
async def admin(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("admin", "root") as client:
        yield client


async def until(
    admin: httpx.AsyncClient, holds: Callable[[list[Entry]], bool], **query: str
) -> list[Entry]:
    """The entries, once they are as expected: they are written once a second."""
    found: list[Entry] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(15):
            while not holds(found):
                answer = await admin.get("/v1/audit", params=query)
                assert answer.status_code == 200, answer.text
                found = answer.json()["items"]
                await asyncio.sleep(0.1)
    assert holds(found), found
    return found


async def test_refusals_are_told_apart_and_counted(desk: Gateway, admin: httpx.AsyncClient) -> None:
    async with desk.client("customer", STRANGER) as eve:
        for _ in range(3):
            assert (await eve.get(f"/v1/tickets/{TICKET}")).status_code == 404
        assert (await eve.get("/v1/tickets/999999")).status_code == 404
        assert (await eve.get("/v1/audit")).status_code == 403
        assert (await eve.get("/wp-admin.php")).status_code == 404
    found = await until(admin, lambda some: len(some) == 3, actor=f"contact:{STRANGER}")
    told = {one["what"]: (one["count"], one["targets"], one["route"]) for one in found}
    assert told == {
        "out_of_sight": (3, [TICKET], "/v1/tickets/{ticket}"),
        "not_found": (1, ["999999"], "/v1/tickets/{ticket}"),
        "forbidden": (1, [], "/v1/audit"),
    }
    assert all(one["kind"] == "refusal" and one["host"] for one in found)


async def test_nobody_known_is_known_by_a_hash_and_tokens_are_not_kept(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    secret = "dlk_" + "a" * 26 + "_secret-that-must-not-be-kept-anywhere-at-all"
    async with httpx.AsyncClient(base_url=desk.url) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert (await client.get("/v1/tickets?q=card+number", headers=headers)).status_code == 401
        assert (await client.get("/t/" + "x" * 64)).status_code == 404
    found = await until(
        admin, lambda some: {one["route"] for one in some} >= {"/v1/tickets", "/t/{token}"}
    )
    mine = [one for one in found if one["route"] in ("/v1/tickets", "/t/{token}")]
    assert {one["what"] for one in mine} >= {"unauthenticated", "not_found"}
    stored = await desk.resources.mongo.database("gateway")["audit_notes"].find().to_list()
    written = str(stored)
    for word in ("secret-that", "card", "x" * 64, "127.0.0.1", "ada@example.org"):
        assert word not in written


async def test_what_was_set_up_and_who_was_merged_is_an_act_by_somebody(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    merged = c.ContactMerged(CUSTOMER)
    for done in (
        recorded(s.LightRepliesDefined(True), 1, "agent:root", s.DESK_ID, "setup.events"),
        recorded(merged, 9, "agent:anna", "p-00" + "9" * 24, "contacts.events"),
    ):
        await append(desk.resources, [done])
    found = await until(
        admin,
        lambda some: {"LightRepliesDefined", "ContactMerged"} <= {str(one["what"]) for one in some},
        kind="act",
    )
    [light] = [one for one in found if one["what"] == "LightRepliesDefined"]
    assert (light["actor"], light["sentence"]) == (
        "agent:root",
        "root let light agents answer customers.",
    )
    about = await until(
        admin, lambda some: any(one["what"] == "ContactMerged" for one in some), target=CUSTOMER
    )
    assert {one["kind"] for one in about} <= {"act", "read", "refusal"}


async def test_reads_of_people_are_noted_and_customers_reading_their_own_are_not(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    async with desk.client("agent", "reader") as anna, desk.client("customer", CUSTOMER) as ada:
        assert (await anna.get(f"/v1/contacts/{CUSTOMER}")).status_code == 200
        for reference in ("7", TICKET):
            assert (await anna.get(f"/v1/tickets/{reference}")).status_code == 200
        assert (await anna.get("/v1/macros")).status_code == 200
        assert (await ada.get(f"/v1/tickets/{TICKET}")).status_code == 200
    found = await until(admin, lambda some: len(some) == 3, actor="agent:reader", kind="read")
    assert {(one["what"], *(one["targets"] or ())) for one in found} == {  # type: ignore[misc]
        ("contacts.read", CUSTOMER),
        ("tickets.read", "7"),
        ("tickets.read", TICKET),
    }
    assert all(one["request_id"] for one in found)
    of_ticket = await admin.get(f"/v1/audit?target={TICKET}&kind=read&actor=agent:reader")
    assert len(of_ticket.json()["items"]) == 2  # by its number, too
    assert (await admin.get(f"/v1/audit?kind=read&actor=contact:{CUSTOMER}")).json()["items"] == []


async def test_pages_go_on_without_gap_or_repetition_and_the_export_is_whole(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    async with desk.client("agent", "busy") as busy:
        for number in range(12):
            assert (await busy.get(f"/v1/tickets/88{number:02}")).status_code == 404
    whole = await until(admin, lambda some: len(some) == 12, actor="agent:busy")
    assert [one["at"] for one in whole] == sorted((str(o["at"]) for o in whole), reverse=True)
    paged: list[Entry] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"actor": "agent:busy", "limit": "5"} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/v1/audit", params=query)).json()
        paged += page["items"]
        cursor = page["next"]
    assert paged == whole

    exported = await admin.get("/v1/audit/export", params={"actor": "agent:busy"})
    assert exported.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in exported.text.splitlines()]
    assert lines == whole[::-1]
    half = await admin.get(
        "/v1/audit/export", params={"actor": "agent:busy", "since": str(lines[6]["at"])}
    )
    assert [json.loads(line) for line in half.text.splitlines()] == lines[6:]
    acts = await until(admin, lambda some: len(some) == 2, what="AuditExported")
    assert acts[0]["actor"] == "agent:root"


async def test_taking_a_person_s_data_along_is_an_act_that_is_kept(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    asked = await admin.post(f"/v1/contacts/{CUSTOMER}/export")
    place = asked.headers["location"]
    async with asyncio.timeout(20):
        while (await admin.get(place)).json()["state"] != "ready":
            await asyncio.sleep(0.1)
    assert (await admin.get(f"{place}/archive")).status_code == 200
    acts = await until(
        admin,
        lambda some: {one["what"] for one in some} >= {"PersonExportAsked", "PersonExportTaken"},
        kind="act",
        target=CUSTOMER,
    )
    kept = desk.resources.mongo.database("gateway")["audit_notes"]
    stored = await kept.find({"kind": "act"}).to_list()
    assert acts
    assert stored
    assert not any("until" in one for one in stored)
    forgotten = await kept.find({"kind": {"$ne": "act"}}).to_list()
    assert forgotten
    assert all("until" in one for one in forgotten)


async def test_only_administrators_read_it_and_nobody_writes_it(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    async with desk.client("lead", "lena") as lead:
        assert (await lead.get("/v1/audit")).status_code == 403
        assert (await lead.get("/v1/audit/export")).status_code == 403
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await admin.request(method, "/v1/audit", json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_what_cannot_be_asked_gets_a_sentence(admin: httpx.AsyncClient) -> None:
    for query in ({"since": "yesterday"}, {"cursor": "x"}, {"kind": "all"}, {"limit": "0"}):
        answer = await admin.get("/v1/audit", params=query)
        assert answer.status_code == 422
        assert answer.json()["errors"]
    assert (await admin.get("/v1/audit", params={"actor": "$ne", "what": "{}"})).json() == {
        "items": [],
        "next": None,
    }


async def test_a_batch_of_guesses_is_as_many_refusals(
    desk: Gateway, admin: httpx.AsyncClient
) -> None:
    body = {"tickets": ["777001", "777002"], "action": "closing"}
    async with desk.client("agent", "batch") as client:
        assert (await client.post("/v1/tickets/batch", json=body)).status_code == 200
    found = await until(admin, lambda some: len(some) == 2, actor="agent:batch")
    assert sorted(str(one["targets"]) for one in found) == ["['777001']", "['777002']"]
