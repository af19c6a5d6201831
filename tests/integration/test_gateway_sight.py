"""What somebody may not see does not exist for them: everywhere alike, and at once."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from msgspec.structs import replace

from libs.contents import Rendition
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.sight import Sight
from services.gateway.tickets.view import CUSTOMERS, TicketView
from tests.integration.test_gateway_roles import WORK
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import CUSTOMER, STRANGER, TICKET, message, opened, recorded

pytestmark = pytest.mark.integration

OPEN, SECRET = TICKET, "t-00" + "a" * 24
SOON = {"Prefer": "respond-async"}
PEOPLE = s.Department("People", ("hr", "payroll"), private=True)


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """Two tickets of one customer: IT's, which names the other, and the one of personnel."""
    async with gateway(module_ledger) as running:
        on = running.resources
        known = await known_contact(on, STRANGER, "eve@example.org", "Eve")
        await known_contact(on, CUSTOMER, "ada@example.org", "Ada")
        texts = {"first": Rendition("Printer", "No ink."), "other": Rendition("Pay", "Too little.")}
        kept = dict(zip(texts, await keep(on, CUSTOMER, **texts), strict=True))
        said = replace(opened().message, rendition=kept["first"])
        secret = replace(opened(8), message=replace(message("other"), rendition=kept["other"]))
        told = await append(
            on,
            [
                recorded(secret, 1, f"contact:{CUSTOMER}", SECRET),
                recorded(t.TicketAssigned("hedda", "hr"), 2, "agent:hedda", SECRET),
                recorded(replace(opened(), message=said), 1, f"contact:{CUSTOMER}", OPEN),
                recorded(t.TicketAssigned("anna", "it"), 2, "agent:anna", OPEN),
                recorded(t.TicketLinked(SECRET, "related"), 3, "agent:hedda", OPEN),
                recorded(
                    t.TicketSplit(SECRET, (1,), kept["first"], CUSTOMER, "a", "web"),
                    4,
                    "agent:hedda",
                    OPEN,
                ),
            ],
        )
        async with running.client("admin") as admin:
            await admin.get("/v1/tickets", headers={"Deskledger-Position": told})
            await admin.get(f"/v1/contacts/{STRANGER}", headers={"Deskledger-Position": known})
        await define(running, s.DepartmentDefined("people", PEOPLE), 1)
        yield running


async def define(desk: Gateway, event: s.DepartmentDefined, sequence: int) -> None:
    """Let the desk have it, as its owner would record it, and wait until the gateway knows."""
    step = recorded(event, sequence, "agent:admin", s.DESK_ID, "setup.events")
    await append(desk.resources, [step])
    async with desk.client("agent") as nobody, asyncio.timeout(20):
        hidden = event.definition.private
        while ((await nobody.get(f"/v1/tickets/{SECRET}")).status_code == 404) != hidden:
            await asyncio.sleep(0.02)


@pytest.fixture(params=["anna", "lead", "light", "analyst", "partner"])
async def outsider(
    desk: Gateway, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """Everybody who is not of personnel."""
    clients = {
        "anna": lambda: desk.client("agent", "anna", ["it"]),
        "lead": lambda: desk.client("lead", "lea", ["it"]),
        "light": lambda: desk.client("light_agent", "lou"),
        "analyst": lambda: desk.client("analyst", "ada", ["it"]),
        "partner": lambda: desk.client("partner", "ext", ["it"]),
    }
    async with clients[request.param]() as client:
        yield client


async def test_a_private_ticket_does_not_exist_for_others(outsider: httpx.AsyncClient) -> None:
    items = (await outsider.get("/v1/tickets")).json()["items"]
    assert [one["id"] for one in items] == [OPEN]
    assert (await outsider.get("/v1/tickets?team_id=hr")).json()["items"] == []
    for reference in (SECRET, "8"):
        for place in ("", "/conversation", "/history", "/contents/other", "?as_of=1"):
            answer = await outsider.get(f"/v1/tickets/{reference}{place}")
            forbidden = answer.request.headers["authorization"] and answer.status_code == 403
            assert answer.status_code == 404 or forbidden, place
            assert "Pay" not in answer.text


async def test_no_command_reaches_it(outsider: httpx.AsyncClient) -> None:
    for command, body in {**WORK, "replies": {"text": "t"}}.items():
        path = re.sub(r"{[a-z]+}", "1", command)
        answer = await outsider.post(f"/v1/tickets/{SECRET}/{path}", json=body, headers=SOON)
        assert answer.status_code in (403, 404), (command, answer.text)


@pytest.mark.parametrize("role", ["agent", "lead"])
async def test_nor_is_it_reached_by_its_neighbour(desk: Gateway, role: str) -> None:
    client = desk.client("agent" if role == "agent" else "lead", "anna", ["it"])
    async with client as anna:
        for place, body in (
            ("links", {"other_id": SECRET, "relation": "child"}),
            ("links/removal", {"other_id": SECRET, "relation": "related"}),
            ("absorptions", {"source_id": SECRET}),
        ):
            answer = await anna.post(f"/v1/tickets/{OPEN}/{place}", json=body, headers=SOON)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), place


async def test_a_link_to_it_is_one_to_another_ticket(outsider: httpx.AsyncClient) -> None:
    read = [f"/v1/tickets/{OPEN}", "/v1/tickets", f"/v1/tickets/{OPEN}/history"]
    answers = [await outsider.get(place) for place in read]
    assert all(answer.status_code == 200 for answer in answers)
    assert not [answer for answer in answers if SECRET in answer.text]


async def test_agents_read_that_there_is_another_ticket(desk: Gateway) -> None:
    async with desk.client("agent", teams=["it"]) as anna, desk.client("agent") as other:
        page = await anna.get(f"/v1/tickets/{OPEN}")
        assert page.json()["links"][0]["ticket_id"] == "another ticket"
        assert page.json()["splits"] == ["another ticket"]
        steps = (await anna.get(f"/v1/tickets/{OPEN}/history")).json()["items"]
        assert "another ticket" in steps[3]["sentence"]
        assert page.headers["etag"] == (await other.get(f"/v1/tickets/{OPEN}")).headers["etag"]
    async with desk.client("agent", "hedda", ["hr"]) as hedda:
        seen = await hedda.get(f"/v1/tickets/{OPEN}")
        assert seen.json()["links"][0]["ticket_id"] == SECRET
        assert seen.headers["etag"] != page.headers["etag"]


async def test_it_is_there_for_its_own_department_administrators_and_its_customer(
    desk: Gateway,
) -> None:
    async with (
        desk.client("agent", "paul", ["payroll"]) as paul,
        desk.client("admin") as admin,
        desk.client("customer", CUSTOMER) as customer,
        desk.client("partner", "ext", ["hr"]) as partner,
    ):
        for client in (paul, admin, customer, partner):
            assert (await client.get(f"/v1/tickets/{SECRET}")).status_code == 200
            listed = (await client.get("/v1/tickets")).json()["items"]
            assert SECRET in {one["id"] for one in listed}
        assert [one["id"] for one in (await partner.get("/v1/tickets")).json()["items"]] == [SECRET]


async def test_archives_are_not_for_who_does_not_see_all_of_it(desk: Gateway) -> None:
    async with desk.client("lead", teams=["it"]) as lead, desk.client("admin") as admin:
        refused = await lead.post(f"/v1/contacts/{CUSTOMER}/export")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await admin.post(f"/v1/contacts/{CUSTOMER}/export")).status_code == 202


async def test_the_outcome_of_a_command_goes_out_of_sight_with_its_ticket(desk: Gateway) -> None:
    async with desk.client("agent", "zoe", ["hr"]) as zoe, desk.client("agent", "zoe") as moved:
        asked = await zoe.post(f"/v1/tickets/{SECRET}/closing", headers=SOON)
        place = asked.headers["location"]
        assert (await zoe.get(place)).json()["state"] == "underway"
        assert (await moved.get(place)).status_code == 404


async def test_analysts_see_what_can_be_counted_and_nobody(desk: Gateway) -> None:
    async with desk.client("analyst", teams=["it"]) as analyst:
        [page] = (await analyst.get("/v1/tickets")).json()["items"]
        history = (await analyst.get(f"/v1/tickets/{OPEN}/history")).json()["items"]
        assert page["requester"] == (await analyst.get(f"/v1/tickets/{OPEN}")).json()["requester"]
        assert re.fullmatch(r"x-[0-9a-f]{24}", page["requester"])
        assert history[0]["actor"] == f"contact:{page['requester']}"
        for told in (str(page), str(history)):
            assert not [w for w in (CUSTOMER, "anna", "Ada", "Printer", "support") if w in told]
        guess = await analyst.get("/v1/tickets?agent_id=anna")
        assert guess.status_code == 403
        assert (await analyst.get("/v1/tickets?agent_id=none")).status_code == 200


async def test_a_department_that_opens_shows_its_tickets(desk: Gateway) -> None:
    try:
        await define(desk, s.DepartmentDefined("people", replace(PEOPLE, private=False)), 2)
        async with desk.client("agent") as anna:
            assert len((await anna.get("/v1/tickets")).json()["items"]) == 2
    finally:
        await define(desk, s.DepartmentDefined("people", PEOPLE), 3)


async def test_predicate_and_filter_of_a_sight_say_the_same(desk: Gateway) -> None:
    """Of every kind of ticket, for every kind of sight, as MongoDB itself finds them."""
    teams, people = ("", "hr", "it", "field"), (CUSTOMER, STRANGER)
    tickets = [
        {"_id": str(n), "team_id": team, "requester_id": who, "collaborators": list(others)}
        for n, (team, who, others) in enumerate(
            itertools.product(teams, people, [(), (CUSTOMER,), (STRANGER,)])
        )
    ]
    collection = desk.resources.mongo.database("gateway")["sights"]
    documents: list[Document] = [
        {**one, CUSTOMERS: [one["requester_id"], *one["collaborators"]]} for one in tickets
    ]
    await collection.insert_many(documents)
    some = [frozenset(c) for n in range(5) for c in itertools.combinations(teams, n)]
    sights = [Sight(teams=own, hidden=hid) for own in [None, *some] for hid in some]
    sights += [Sight(customer_id=who, hidden=hid) for who in people for hid in some]
    asked = [frozenset(some) for some in ((), people, people[:1])]
    sights += [Sight(requesters=who, hidden=hid) for who in asked for hid in some]
    for sight in sights:
        found = {one["_id"] for one in await collection.find(sight.filter()).to_list()}
        assert found == {t["_id"] for t in tickets if sight.admits(cast(TicketView, t))}, sight
