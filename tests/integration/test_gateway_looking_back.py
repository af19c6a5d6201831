"""What has changed: between two points, while somebody was away; and the tickets of a contact."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.settings import Settings
from services.gateway.away import MOST_STEPS
from services.gateway.instants import text
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import (
    COLLEAGUE,
    CUSTOMER,
    START,
    STRANGER,
    TICKET,
    message,
    opened,
    recorded,
    story,
)

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"
FIRM = "o-00" + "f" * 24
LEFT = START + timedelta(hours=2)


def later(number: int, *steps: tuple[str, int, msgspec.Struct]) -> Sequence[Recorded[object]]:
    """A ticket of the firm, and what somebody did so many minutes after the start."""
    id = f"t-00{number:024x}"
    first = msgspec.structs.replace(opened(number), organisation_id=FIRM)
    life = [("contact:x", 1, first), *steps]
    events = []
    for sequence, (actor, minutes, step) in enumerate(life, start=1):
        at = START + timedelta(minutes=minutes)
        one = recorded(step, sequence, actor, id)
        events.append(msgspec.structs.replace(one, recorded_at=at, occurred_at=at))
    return events


def note(*mentions: str) -> t.NoteAdded:
    return t.NoteAdded("bob", message("note", "agent", "internal", "out"), mentions)


def log() -> Sequence[Recorded[object]]:
    tags = [("agent:bob", 200 + n, t.TagsChanged(added=(f"tag{n}",))) for n in range(30)]
    return [
        *story(),
        # anna's, given to bob while she was away
        *later(
            20,
            ("agent:lea", 10, t.TicketAssigned("anna", "network")),
            ("agent:lea", 150, t.TicketAssigned("bob", "network", reason="anna_is_away")),
        ),
        # bob's, with a note that names her
        *later(21, ("agent:bob", 10, t.TicketAssigned("bob")), ("agent:bob", 160, note("anna"))),
        # hers, and she alone did something
        *later(
            22,
            ("agent:lea", 10, t.TicketAssigned("anna")),
            ("agent:anna", 170, t.PriorityChanged(1, "hand")),
        ),
        # hers, and nothing has happened
        *later(23, ("agent:lea", 10, t.TicketAssigned("anna"))),
        # followed, and much has happened
        *later(24, ("agent:anna", 10, t.FollowerAdded("anna")), *tags),
        # nothing to her
        *later(25, ("agent:bob", 180, t.TicketAssigned("bob"))),
        *later(26, ("agent:bob", 20, t.CollaboratorAdded(COLLEAGUE))),
    ]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running:
        on = running.resources
        tokens = [
            await known_contact(on, id, f"{name}@example.org", name)
            for id, name in ((CUSTOMER, "Ada"), (STRANGER, "Eve"), (COLLEAGUE, "Cy"))
        ]
        names = ("first", "answer", "note", "more", "again", "praise")
        words = {name: Rendition(f"Subject of {name}", f"Text of {name}") for name in names}
        await keep(on, CUSTOMER, **words)
        await keep(on, STRANGER, foreign=Rendition("Let me in", "Text of foreign"))
        firm = c.OrganisationCreated("Nordwind")
        tokens.append(await append(on, [recorded(firm, 1, "agent:lea", FIRM, "contacts.events")]))
        told = await append(on, log())
        async with running.client("agent") as anna:
            for position in tokens:
                await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: position})
            query = {"as_of": text(START)}
            seen = await anna.get("/v1/tickets", params=query, headers={POSITION: told})
            assert seen.status_code == 200, seen.text
        yield running


async def test_a_diff_says_which_fields_and_what_happened(anna: httpx.AsyncClient) -> None:
    found = (await anna.get(f"/v1/tickets/{TICKET}/diff", params={"from": 2, "to": 7})).json()
    assert (found["from_sequence"], found["to_sequence"], found["more"]) == (2, 7, False)
    assert [step["sequence"] for step in found["steps"]] == [3, 4, 5, 6, 7]
    changed = found["fields"]
    assert changed["status"] == {"before": "open", "after": "pending"}
    assert changed["messages"]["before"]["replies"] == 0
    assert changed["messages"]["after"] == changed["messages"]["before"] | {
        "replies": 1,
        "notes": 1,
    }
    assert not changed.keys() & {"number", "agent_id", "subject", "requester", "created_at"}


async def test_a_diff_of_all_is_the_ticket_and_of_nothing_is_nothing(
    anna: httpx.AsyncClient,
) -> None:
    whole = (await anna.get(f"/v1/tickets/{TICKET}/diff")).json()
    ticket = (await anna.get(f"/v1/tickets/{TICKET}")).json()
    assert {field: change["after"] for field, change in whole["fields"].items()} == ticket
    assert all(change["before"] is None for change in whole["fields"].values())
    assert len(whole["steps"]) == ticket["sequence"]
    same = (await anna.get(f"/v1/tickets/{TICKET}/diff", params={"from": 5, "to": 5})).json()
    assert (same["fields"], same["steps"]) == ({}, [])


async def test_a_diff_takes_instants(anna: httpx.AsyncClient) -> None:
    instants = {
        "from": text(START + timedelta(minutes=2)),
        "to": text(START + timedelta(minutes=7)),
    }
    by_instant = (await anna.get(f"/v1/tickets/{TICKET}/diff", params=instants)).json()
    by_sequence = (await anna.get(f"/v1/tickets/{TICKET}/diff", params={"from": 2, "to": 7})).json()
    assert by_instant == by_sequence


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"from": "9", "to": "3"}, "to"),
        ({"from": "3", "to": "2020-01-01T00:00:00Z"}, "to"),
        ({"to": "99"}, "to"),
        ({"from": "99"}, "from"),
        ({"from": "yesterday"}, "from"),
    ],
)
async def test_a_diff_that_cannot_be_is_refused_with_the_parameter(
    anna: httpx.AsyncClient, query: dict[str, str], parameter: str
) -> None:
    answer = await anna.get(f"/v1/tickets/{TICKET}/diff", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


async def test_who_was_away_is_told_what_others_did_to_their_tickets(
    anna: httpx.AsyncClient,
) -> None:
    found = (await anna.get("/v1/away", params={"since": text(LEFT)})).json()
    told = {one["number"]: one for one in found["items"]}
    assert list(told) == [24, 21, 20]
    assert found["more"] is False
    # what was given to somebody else
    assert (told[20]["was_mine"], told[20]["mine"]) == (True, False)
    [step] = told[20]["steps"]
    assert "bob" in step["sentence"]
    assert "anna is away" in step["sentence"]
    # a note that names her
    assert told[21]["steps"][0]["sentence"] == "bob left an internal note for anna."
    assert told[21]["subject"] == "Subject of first"
    # of what is much, the latest
    assert (len(told[24]["steps"]), told[24]["more"]) == (MOST_STEPS, True)
    assert told[24]["steps"][-1]["sequence"] == 32


async def test_nothing_is_told_to_whom_nothing_happened(desk: Gateway) -> None:
    async with desk.client("agent", "zoe") as zoe:
        found = (await zoe.get("/v1/away", params={"since": text(LEFT)})).json()
    assert found == {"since": text(LEFT), "items": [], "more": False}


async def test_a_partner_is_told_of_their_team_s_tickets_only(desk: Gateway) -> None:
    async with desk.client("partner", "anna", teams=["network"]) as anna:
        found = (await anna.get("/v1/away", params={"since": text(LEFT)})).json()
    assert [one["number"] for one in found["items"]] == [20]


@pytest.mark.parametrize("since", ["17", "monday", "2999-01-01T00:00:00Z"])
async def test_an_absence_begins_at_an_instant_that_was(
    anna: httpx.AsyncClient, since: str
) -> None:
    answer = await anna.get("/v1/away", params={"since": since})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "since")


async def test_a_contact_and_an_organisation_have_all_their_tickets(
    anna: httpx.AsyncClient,
) -> None:
    async def numbers(path: str) -> list[int]:
        answer = await anna.get(path)
        assert answer.status_code == 200, answer.text
        return [one["number"] for one in answer.json()["items"]]

    assert set(await numbers(f"/v1/contacts/{CUSTOMER}/tickets")) == {7, *range(20, 27)}
    assert await numbers(f"/v1/contacts/{CUSTOMER}/tickets?status=closed") == [7]
    assert set(await numbers(f"/v1/organisations/{FIRM}/tickets")) == set(range(20, 27))
    assert await numbers(f"/v1/organisations/{FIRM}/tickets?agent_id=me&priority=1") == [22]
    assert await numbers(f"/v1/contacts/{COLLEAGUE}/tickets") == []
    assert await numbers(f"/v1/contacts/{COLLEAGUE}/tickets?involved=true") == [26]
    refused = await anna.get(f"/v1/contacts/{COLLEAGUE}/tickets?involved=true&tag=x")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "involved")
    assert (await anna.get("/v1/contacts/p-unknown/tickets")).status_code == 404
    assert (await anna.get("/v1/organisations/o-unknown/tickets")).status_code == 404
