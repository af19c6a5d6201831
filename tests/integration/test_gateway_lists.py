"""Lists by everything that they can be narrowed down to, in every order, each from an index."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.published import tickets as t
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.instants import text
from services.gateway.sight import Sight
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.lists import PICKED_OF
from services.gateway.tickets.projection import TICKETS
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import CUSTOMER, START, message, opened, recorded
from tests.support.plans import explained, stages

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"
TICKETS_IN_ALL = 90
OPEN: tuple[t.Status, ...] = ("new", "open", "pending")
Ticket = Mapping[str, object]


def log(secret: Personal[str]) -> Sequence[Recorded[object]]:
    """Many tickets that differ in everything that a list can be narrowed down to."""
    chance = random.Random(7)
    events: list[Recorded[object]] = []
    for number in range(1, TICKETS_IN_ALL + 1):
        id = f"t-00{number:024x}"
        first = msgspec.structs.replace(
            opened(number),
            organisation_id=chance.choice(["", "o-1", "o-2"]),
            brand=chance.choice(["", "acme"]),
            message=message("first", channel=chance.choice(["email", "chat"])),
        )
        steps: list[msgspec.Struct] = [first]
        maybe: Sequence[Callable[[], msgspec.Struct]] = (
            lambda: t.TicketAssigned(chance.choice(["", "anna", "bob"]), chance.choice(["it", ""])),
            lambda: t.PriorityChanged(chance.randrange(1, 4), "hand"),
            lambda: t.TagsChanged(added=("vpn",)),
            lambda: t.TagsChanged(added=("wifi",)),
            lambda: t.FieldsChanged((t.FieldChange("room", chance.choice(["3.14", "9"])),)),
            lambda: t.FieldsChanged((t.FieldChange("seats", 3.0), t.FieldChange("big", True))),
            lambda: t.FieldsChanged((t.FieldChange("iban", None, secret),)),
            lambda: t.DueDateSet(START + timedelta(days=chance.randrange(-90, 90))),
            lambda: t.FollowerAdded(chance.choice(["anna", "bob"])),
            lambda: t.NoteAdded("bob", message("note", "agent", "internal", "out"), ("anna",)),
            lambda: t.TicketSnoozed(START + timedelta(days=900)),
            lambda: t.AgentReplied("bob", CUSTOMER, "support", message("answer", "agent")),
            lambda: t.TicketMarkedPending(from_status="open", reason="serial_number"),
        )
        steps += [step() for step in maybe if chance.random() < 0.4]
        steps += [t.TicketClosed(START)] * (chance.random() < 0.2)
        for sequence, step in enumerate(steps, start=1):
            one = recorded(step, sequence, "agent:anna", id)
            at = one.recorded_at + timedelta(hours=number)
            events.append(msgspec.structs.replace(one, recorded_at=at, occurred_at=at))
    return events


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running:
        on = running.resources
        known = await known_contact(on, CUSTOMER, "ada@example.org", "Ada")
        secret = Personal[str].of("DE02120300000000202051", CUSTOMER)
        secret.seal(on.keyring)
        names = ("first", "answer", "note")
        await keep(on, CUSTOMER, **{name: Rendition(name, f"Text of {name}") for name in names})
        told = await append(on, log(secret))
        async with running.client("agent") as anna:
            await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: known})
            seen = await anna.get("/v1/tickets", headers={POSITION: told})
            assert seen.status_code == 200, seen.text
        yield running


async def listed(client: httpx.AsyncClient, query: str, limit: int = 13) -> Sequence[Ticket]:
    """All pages of a list, one after the other."""
    items: list[Ticket] = []
    cursor = ""
    while True:
        answer = await client.get(f"/v1/tickets?limit={limit}&{query}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


Holds = Callable[[Document], bool]
FILTERS: Mapping[str, Holds] = {
    "organisation_id=o-1": lambda one: one["organisation_id"] == "o-1",
    "brand=acme": lambda one: one["brand"] == "acme",
    "channel=chat": lambda one: one["channel"] == "chat",
    "follower_id=bob": lambda one: "bob" in one["followers"],
    "follower_id=me": lambda one: "anna" in one["followers"],
    "mentioned_id=me": lambda one: "anna" in one["mentioned"],
    "snoozed=true": lambda one: one["snoozed_until"] is not None,
    "snoozed=false": lambda one: one["snoozed_until"] is None,
    "field=room:3.14": lambda one: one["fields"].get("room") == "3.14",
    "field=seats:3&field=big:true": lambda one: "seats" in one["fields"],
    "tag=vpn&tag=wifi": lambda one: {"vpn", "wifi"} <= set(one["tags"]),
    "agent_id=me&team_id=it": lambda one: (one["agent_id"], one["team_id"]) == ("anna", "it"),
    "status=open&team_id=it&tag=vpn": lambda one: (
        one["status"] == "open" and one["team_id"] == "it" and "vpn" in one["tags"]
    ),
    "status=open&status=new&agent_id=none&channel=email&snoozed=false": lambda one: (
        one["status"] in ("open", "new")
        and (one["agent_id"], one["channel"]) == ("", "email")
        and one["snoozed_until"] is None
    ),
}


async def test_a_page_is_full_though_few_of_those_looked_through_fit(
    anna: httpx.AsyncClient,
) -> None:
    query = "channel=chat&follower_id=bob&mentioned_id=me"
    every = await listed(anna, query)
    sizes, cursor = [], ""
    while cursor is not None:
        behind = f"&cursor={cursor}" if cursor else ""
        page = (await anna.get(f"/v1/tickets?limit=1&{query}{behind}")).json()
        sizes.append(len(page["items"]))
        cursor = page["next"]

    assert len(every) > 1
    assert sum(sizes) == len(every)
    assert set(sizes[:-1]) == {1}


@pytest.mark.parametrize("query", FILTERS)
async def test_a_filter_finds_what_it_says_and_nothing_else(
    anna: httpx.AsyncClient, query: str
) -> None:
    everything = await listed(anna, "")
    assert len(everything) == TICKETS_IN_ALL
    expected = [one["id"] for one in everything if FILTERS[query](dict(one))]
    assert expected
    assert [one["id"] for one in await listed(anna, query)] == expected
    assert [one["id"] for one in await listed(anna, query, limit=1)] == expected


async def test_personal_fields_are_no_filter(anna: httpx.AsyncClient) -> None:
    assert await listed(anna, "field=iban:DE02120300000000202051") == []


async def test_orders(anna: httpx.AsyncClient) -> None:
    everything = [dict(one) for one in await listed(anna, "")]

    def expect(fits: Holds, key: Callable[[Document], tuple[object, ...]]) -> list[object]:
        return [one["id"] for one in sorted(filter(fits, everything), key=key)]

    found = {
        by: [one["id"] for one in await listed(anna, f"sort={by}")]
        for by in ("created", "priority", "due", "waiting")
    }
    assert found["created"] == expect(lambda one: True, lambda one: (-one["number"],))
    assert found["priority"] == expect(
        lambda one: True, lambda one: (one["priority"] or 9, one["created_at"])
    )
    assert found["due"] == expect(lambda one: one["due"], lambda one: (one["due"], one["id"]))
    assert found["waiting"] == expect(
        lambda one: one["unanswered_since"], lambda one: (one["unanswered_since"], one["id"])
    )
    assert 0 < len(found["due"]) < TICKETS_IN_ALL > len(found["waiting"]) > 0


async def test_what_is_due_and_what_is_overdue(anna: httpx.AsyncClient) -> None:
    due = [dict(one) for one in await listed(anna, "sort=due")]
    before = text(START)
    expected = [one["id"] for one in due if str(one["due"]) < before]
    assert [one["id"] for one in await listed(anna, f"due_before={before}")] == expected
    overdue = [dict(one) for one in await listed(anna, "overdue=true")]
    assert overdue
    assert {one["status"] for one in overdue} <= {"new", "open", "pending", "on_hold"}


async def test_pages_with_some_fields_only(anna: httpx.AsyncClient) -> None:
    rows = await listed(anna, "fields=number, subject&status=new")
    assert rows
    assert {tuple(one) for one in rows} == {("id", "number", "subject")}
    one = await anna.get("/v1/tickets/1", params={"fields": "status"})
    assert set(one.json()) == {"id", "status"}
    past = await listed(anna, f"fields=status&as_of={text(START + timedelta(days=30))}")
    assert {tuple(one) for one in past} == {("id", "status")}
    async with httpx.AsyncClient(base_url=anna.base_url, headers=anna.headers) as client:
        answer = await client.get("/v1/tickets", params={"fields": "number,secret"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "fields")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("field=room", "field"),
        ("field=:x", "field"),
        ("due_before=soon", "due_before"),
        ("overdue=true&sort=updated", "sort"),
        ("snoozed=perhaps", "snoozed"),
        ("tag=" + "&tag=".join("abcdefghijk"), "tag"),
        ("channel=" + "x" * 101, "channel"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_parameter(
    anna: httpx.AsyncClient, query: str, parameter: str
) -> None:
    answer = await anna.get(f"/v1/tickets?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


@pytest.mark.parametrize("query", ["follower_id=bob", "overdue=true", "field=room:9", "brand=acme"])
async def test_customers_do_not_list_by_how_their_tickets_are_worked_on(
    desk: Gateway, query: str
) -> None:
    async with desk.client("customer", CUSTOMER) as ada:
        assert (await ada.get(f"/v1/tickets?{query}")).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        TicketList(),
        TicketList(statuses=OPEN, agent_id=""),
        TicketList(statuses=OPEN, team_id="it", agent_id=""),
        TicketList(statuses=OPEN, team_id="it", tags=("vpn",), sort="priority"),
        TicketList(statuses=OPEN, agent_id="bob", snoozed=False, sort="waiting"),
        TicketList(fields=(("room", "9"),), sort="created"),
        TicketList(mentioned_id="anna", sort="due", due_before=text(START)),
        TicketList(statuses=OPEN, team_id=("it", "hr"), priority=2),
    ],
)
async def test_a_list_examines_little_more_than_it_returns(
    desk: Gateway, wanted: TicketList
) -> None:
    database = desk.resources.mongo.database("gateway")
    tickets = (await Builds(database, [TICKETS]).view(TICKETS)).collection("tickets")
    assert not wanted.is_picked
    plan = await explained(database, tickets, wanted.filter(None), wanted.order, wanted.index)
    assert set(stages(plan["queryPlanner"]["winningPlan"])) <= {
        "LIMIT",
        "FETCH",
        "SORT_MERGE",
        "IXSCAN",
    }
    ran = plan["executionStats"]
    ranges = 2 * 7  # for each status of each team one key that is the end, or the next page's
    assert ran["totalKeysExamined"] <= ran["nReturned"] + ranges
    assert ran["totalDocsExamined"] <= ran["nReturned"] + ranges


@pytest.mark.parametrize(
    "sight", [Sight(hidden=frozenset({"hr", "legal"})), Sight(teams=frozenset({"it", "sub"}))]
)
@pytest.mark.parametrize(
    "wanted",
    [
        TicketList(),
        TicketList(tags=("vpn",), sort="created"),
        TicketList(statuses=OPEN, agent_id="bob", sort="waiting"),
        TicketList(statuses=OPEN, team_id="hr", priority=2),
    ],
)
async def test_what_a_reader_does_not_see_is_passed_over_in_the_index(
    desk: Gateway, wanted: TicketList, sight: Sight
) -> None:
    database = desk.resources.mongo.database("gateway")
    tickets = (await Builds(database, [TICKETS]).view(TICKETS)).collection("tickets")
    narrowed = wanted.within(sight)
    seen = {"$and": [narrowed.filter(None), sight.filter()]}
    plan = await explained(database, tickets, seen, narrowed.order, narrowed.index)
    used = set(stages(plan["queryPlanner"]["winningPlan"]))
    assert used <= {"LIMIT", "FETCH", "SORT_MERGE", "IXSCAN", "EOF"}
    ran = plan["executionStats"]
    assert ran["totalDocsExamined"] <= ran["nReturned"] + 2 * 7  # as above: read, but not hidden


async def test_what_is_picked_is_picked_of_so_many_at_a_time(anna: httpx.AsyncClient) -> None:
    assert TicketList(statuses=OPEN, channel="chat", tags=("vpn",)).is_picked
    assert PICKED_OF == 1_000
    answer = await anna.get("/v1/tickets?channel=chat&tag=vpn&status=open&limit=200")
    assert answer.json()["next"] is None
