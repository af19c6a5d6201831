"""Pulling events: from a cursor on, in the order of their tickets, as far as sight goes."""

from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import msgspec
import pytest

from libs.events.envelope import Recorded
from libs.events.ids import event_id, new_id
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.gateway import Gateway, append, gateway
from tests.support.gateway_story import opened, recorded

pytestmark = pytest.mark.integration


def ticket(team: str) -> Sequence[Recorded[object]]:
    id = new_id("t")
    life = [opened(3), t.TicketAssigned("", team), t.TicketSolved("workaround", "lea", "open")]
    return [
        msgspec.structs.replace(recorded(one, n, "agent:lea", id), event_id=event_id())
        for n, one in enumerate(life, start=1)
    ]


TICKETS = [ticket("network" if n % 2 else "billing") for n in range(6)]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running:
        for events in TICKETS:
            await append(running.resources, events)
        yield running


async def page(client: httpx.AsyncClient, **query: str | int) -> Mapping[str, list[dict[str, str]]]:
    answer = await client.get("/v1/events", params=query, headers={"Prefer": "wait=1"})
    assert answer.status_code == 200, answer.text
    found: Mapping[str, list[dict[str, str]]] = answer.json()
    return found


async def test_pages_from_a_cursor_on_tell_each_event_once_in_its_tickets_order(
    desk: Gateway,
) -> None:
    told: list[dict[str, str]] = []
    async with desk.client("agent") as anna:
        first = await page(anna, limit=4)
        assert len(first["items"]) == 4
        told += first["items"]
        after = str(first["next"])
        while (found := await page(anna, limit=4, after=after))["items"]:
            told += found["items"]
            after = str(found["next"])

    assert sorted(one["id"] for one in told) == sorted(
        one.event_id for events in TICKETS for one in events
    )
    for events in TICKETS:
        mine = [one["id"] for one in told if one["subject"] == events[0].aggregate_id]
        assert mine == [one.event_id for one in events]


async def test_a_partner_is_told_of_their_teams_tickets_alone(desk: Gateway) -> None:
    async with desk.client("partner", teams=["network"]) as partner:
        told = (await page(partner, types="TicketSolved"))["items"]

    ours = {events[0].aggregate_id for n, events in enumerate(TICKETS) if n % 2}
    assert {one["subject"] for one in told} == ours
    assert {one["type"] for one in told} == {"deskledger.TicketSolved"}


@pytest.mark.parametrize("cursor", ["1", "0.99999", "x.y", "-1.0", "0.0.0", "9" * 40])
async def test_a_cursor_that_is_none_of_ours_is_refused(desk: Gateway, cursor: str) -> None:
    async with desk.client("agent") as anna:
        answer = await anna.get("/v1/events", params={"after": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "after"
