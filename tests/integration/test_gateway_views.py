"""Views: standard ones, one's own, shared ones; their tickets, and how many there are."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.ids import partition_of
from libs.events.kafka import utc_now
from libs.events.published import tickets as t
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.http import views
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.projection import TICKETS
from services.gateway.views.standard import STANDARD
from tests.support.gateway import Gateway, append, deciding, gateway, keep, registered_contact
from tests.support.gateway_story import CUSTOMER, message, opened, recorded

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"
NETWORK = {"name": "Network", "filter": {"team_id": "network", "status": ["new", "open"]}}


def ticket(number: int, *steps: msgspec.Struct) -> Sequence[Recorded[object]]:
    """A ticket to which this happened."""
    id = f"t-00{number:024x}"
    life = [opened(number), *steps]
    return [recorded(step, n, "agent:lea", id) for n, step in enumerate(life, start=1)]


def log() -> Sequence[Recorded[object]]:
    now = utc_now()
    note = t.NoteAdded("lea", message("note", "agent", "internal", "out"), ("anna",))
    return [
        *ticket(1, t.TicketAssigned("anna", "network")),
        *ticket(2, t.TicketAssigned("", "network"), t.DueDateSet(now - timedelta(minutes=1))),
        *ticket(3, t.TicketAssigned("bob", "billing"), note, t.DueDateSet(now)),
        *ticket(4, t.FollowerAdded("anna"), t.DueDateSet(now + timedelta(days=40))),
        *ticket(5, t.TicketAssigned("anna"), t.TicketSolved("workaround", "anna", "open")),
        *ticket(6, t.TicketAssigned("anna"), t.TicketSnoozed(now + timedelta(days=1))),
    ]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway over a few tickets, with deciders."""
    async with gateway(module_ledger) as running:
        on = running.resources
        await on.keyring.load([CUSTOMER], create=True)
        await keep(on, CUSTOMER, first=Rendition("Printer", "It does not print."))
        async with deciding(on), running.client("agent", "nobody") as client:
            lanes: set[int] = set()
            while len(lanes) < on.ledger.lanes:  # until all of them serve
                id = await defined(client, {"name": "First", "filter": {}})
                lanes.add(partition_of(id, on.ledger.lanes))
            await registered_contact(on, CUSTOMER)
            told = await append(on, log())
            assert (await client.get("/v1/tickets", headers={POSITION: told})).status_code == 200
            yield running


async def numbers(client: httpx.AsyncClient, view: str) -> Sequence[int]:
    answer = await client.get(f"/v1/views/{view}/tickets")
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"]]


async def defined(client: httpx.AsyncClient, view: Mapping[str, object]) -> str:
    """The id of a view that this client has defined."""
    answer = await client.post("/v1/views", json=view, headers={"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    id: str = answer.json()["id"]
    return id


async def test_every_desk_has_standard_views(anna: httpx.AsyncClient) -> None:
    offered = (await anna.get("/v1/views")).json()["items"]
    assert [one["id"] for one in offered if one["sharing"] == "standard"] == list(STANDARD)
    assert {view: await numbers(anna, view) for view in STANDARD} == {
        "mine": [6, 1],
        "unassigned": [4, 2],
        "unsolved": [3, 6, 4, 2, 1],
        "waiting": [1, 2, 3, 4, 6],
        "urgent": [1, 2, 3, 4, 6],
        "due_today": [2, 3],
        "overdue": [2, 3],
        "mentioned": [3],
        "followed": [4],
        "snoozed": [6],
        "recently_solved": [5],
    }
    assert await numbers(anna, "team.network") == [2, 1]


async def test_counts_are_those_of_the_lists(anna: httpx.AsyncClient) -> None:
    found = (await anna.get("/v1/views/counts")).json()["items"]
    assert [one["id"] for one in found][: len(STANDARD)] == list(STANDARD)
    for one in found:
        assert one == {"id": one["id"], "count": len(await numbers(anna, one["id"])), "exact": True}
    asked = await anna.get("/v1/views/counts", params={"view": ["team.network", "mine"]})
    assert [(one["id"], one["count"]) for one in asked.json()["items"]] == [
        ("team.network", 2),
        ("mine", 2),
    ]


async def test_a_view_and_its_count_show_no_more_than_its_reader_sees(desk: Gateway) -> None:
    async with desk.client("partner", "pat", teams=["billing"]) as pat:
        assert await numbers(pat, "unsolved") == [3]
        assert await numbers(pat, "team.network") == []
        found = await pat.get("/v1/views/counts", params={"view": ["unsolved", "team.network"]})
        assert [one["count"] for one in found.json()["items"]] == [1, 0]


async def test_beyond_a_number_there_are_more_than_that(
    anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "COUNTED", 3)
    answer = await anna.get("/v1/views/counts", params={"view": ["unsolved", "mine", "snoozed"]})
    assert [(one["count"], one["exact"]) for one in answer.json()["items"]] == [
        (3, False),
        (2, True),
        (1, True),
    ]


async def test_a_count_reads_no_ticket(desk: Gateway) -> None:
    database = desk.resources.mongo.database("gateway")
    tickets = (await Builds(database, [TICKETS]).view(TICKETS)).collection("tickets")
    wanted = TicketList(statuses=("new", "open"), agent_id="", team_id="network")
    counting: Document = {
        "aggregate": tickets.name,
        "pipeline": [
            {"$match": wanted.filter(None)},
            {"$limit": 1_001},
            {"$group": {"_id": 1, "n": {"$sum": 1}}},
        ],
        "hint": dict(wanted.index),
        "cursor": {},
    }
    plan = await database.command({"explain": counting, "verbosity": "executionStats"})
    ran = plan["stages"][0]["$cursor"]["executionStats"] if "stages" in plan else None
    ran = ran or plan["executionStats"]
    assert ran["totalKeysExamined"] <= 1 + 2


async def test_an_agent_s_own_view_is_theirs_alone(
    desk: Gateway, anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    # given a view with columns
    own = {"name": "Slow ones", "filter": {"agent_id": "me", "sort": "waiting"}}
    id = await defined(anna, {**own, "columns": ["number", "subject"]})
    # when she reads it, then it has her tickets, and these columns
    page = (await anna.get(f"/v1/views/{id}/tickets")).json()
    assert [tuple(one) for one in page["items"]] == [("id", "number", "subject")] * 3
    read = (await anna.get(f"/v1/views/{id}")).json()
    assert (read["filter"], read["sharing"], read["agent_id"]) == (
        {"agent_id": ["me"], "sort": ["waiting"]},
        "own",
        "anna",
    )
    # and nobody else knows of it, a lead neither
    for path in ("", "/tickets", "/history"):
        assert (await lea.get(f"/v1/views/{id}{path}")).status_code == 404
    assert (await lea.delete(f"/v1/views/{id}")).status_code == 404
    assert id not in [one["id"] for one in (await lea.get("/v1/views")).json()["items"]]
    # and it cannot be turned into a shared one
    refused = await anna.put(f"/v1/views/{id}", json={**own, "sharing": "all"})
    assert refused.status_code == 403
    # when it is changed and retired, then its history says so
    await anna.put(f"/v1/views/{id}", json={**own, "name": "Slowest"})
    assert (await anna.delete(f"/v1/views/{id}")).status_code == 200
    assert id not in [one["id"] for one in (await anna.get("/v1/views")).json()["items"]]
    steps = (await anna.get(f"/v1/views/{id}/history")).json()["items"]
    assert [step["sentence"] for step in steps] == [
        "anna defined the view Slow ones.",
        "anna defined the view Slowest.",
        "anna retired the view.",
    ]


async def test_what_is_shared_is_defined_by_leads_and_read_by_all(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    shared = {**NETWORK, "sharing": "team", "team_id": "network"}
    assert (await anna.post("/v1/views", json=shared)).status_code == 403
    id = await defined(lea, shared)
    assert await numbers(anna, id) == [2, 1]
    assert (await anna.get(f"/v1/views/{id}")).json()["team_id"] == "network"
    assert (await anna.put(f"/v1/views/{id}", json=shared)).status_code == 403
    assert (await anna.delete(f"/v1/views/{id}")).status_code == 403
    refused = await lea.put(f"/v1/views/{id}", json=NETWORK)
    assert (refused.status_code, refused.json()["code"]) == (422, "stays_own")


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        ({"name": "x", "filter": {"agent": "me"}}, "/filter/agent"),
        ({"name": "x", "filter": {"status": ["odd"]}}, "/filter/status/0"),
        ({"name": "x", "filter": {"due_before": "soon"}}, "/filter/due_before"),
        ({"name": "x", "filter": {"field": ["room"]}}, "/filter/field"),
        ({"name": "x", "filter": {"overdue": True, "sort": "created"}}, "/filter/sort"),
        ({"name": "x", "filter": {}, "columns": ["secret"]}, "/columns"),
        ({"name": "x", "filter": {}, "sharing": "nobody"}, "/sharing"),
        ({"name": "x"}, "/filter"),
    ],
)
async def test_a_view_that_no_list_could_show_is_refused_with_the_place(
    anna: httpx.AsyncClient, view: Mapping[str, object], pointer: str
) -> None:
    answer = await anna.post("/v1/views", json=view)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_standard_views_stay_as_they_are(lea: httpx.AsyncClient) -> None:
    for answer in (
        await lea.put("/v1/views/mine", json=NETWORK),
        await lea.delete("/v1/views/mine"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "standard_view")


async def test_today_ends_where_the_reader_is(anna: httpx.AsyncClient) -> None:
    for tz in ("Pacific/Kiritimati", "Europe/Vienna"):
        answer = await anna.get("/v1/views/due_today/tickets", params={"tz": tz})
        assert 2 in [one["number"] for one in answer.json()["items"]]
    for tz in ("Mars/Olympus", "../../etc/passwd", "/etc/passwd", "\0"):
        answer = await anna.get("/v1/views/due_today/tickets", params={"tz": tz})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "tz")
