"""Blocked, suspended, released, trusted, rejected: over HTTP, on real servers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from libs.events.published import conversations as c
from libs.events.published import senders as s
from libs.events.published import tickets as t
from libs.events.waiting import token
from libs.settings import Settings
from tests.support.desk import Desk
from tests.support.gateway import Gateway, gateway

pytestmark = pytest.mark.integration
ROBOT = "robot@machines.example"


@dataclass
class World:
    """A desk with intake and a gateway on it."""

    desk: Desk
    gateway: Gateway
    agent: httpx.AsyncClient
    lead: httpx.AsyncClient

    async def waiting(self, count: int, **filters: str) -> list[Mapping[str, Any]]:
        """The suspended messages, once there are so many."""
        async with asyncio.timeout(30):
            while True:
                listed = (await self.agent.get("/v1/suspended", params=filters)).json()
                if len(listed["items"]) == count:
                    return list(listed["items"])
                await asyncio.sleep(0.1)

    async def publish(self, text: str, sender: str = ROBOT, automatic: str = "") -> None:
        await self.desk.publish(
            channel="email",
            sender={"address": sender, "name": "R"},
            text=text,
            automatic=automatic,
        )


async def done(client: httpx.AsyncClient, path: str, **body: object) -> Mapping[str, Any]:
    answered = await client.post(path, json=body or None)
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


@pytest.fixture
async def world(ledger: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Desk.on(ledger))
        await stack.enter_async_context(desk.intake())
        served = await stack.enter_async_context(gateway(ledger))
        agent = await stack.enter_async_context(served.client("agent"))
        lead = await stack.enter_async_context(served.client("lead", "lea"))
        yield World(desk, served, agent, lead)


async def test_what_is_suspended_is_seen_released_and_its_sender_trusted(world: World) -> None:
    # given a message of a machine
    await world.publish("Disk is full.", automatic="auto-generated")
    [held] = await world.waiting(1)
    assert (held["reason"], held["address"], held["subject"]) == ("automatic", ROBOT, "Printer")
    # when somebody looks
    shown = (await world.agent.get(f"/v1/suspended/{held['id']}")).json()
    assert (shown["text"], shown["state"]) == ("Disk is full.", "suspended")
    # and lets it through, with all that comes later
    await done(world.agent, f"/v1/suspended/{held['id']}/release-and-trust")
    [opened] = await world.desk.until(t.TicketOpened)
    after = (await world.agent.get(f"/v1/suspended/{held['id']}")).json()
    assert (after["state"], after["decided_by"], after["ticket_id"]) == (
        "released",
        "agent:anna",
        opened.aggregate_id,
    )
    [trusted] = await world.desk.until(s.SenderTrusted)
    assert trusted.actor == "agent:anna"
    # then the next message of that machine opens a ticket by itself
    async with asyncio.timeout(10):
        while (await _sender(world, held))["trusted"] != ["automatic"]:
            await asyncio.sleep(0.05)
    await world.publish("Disk is fuller.", automatic="auto-generated")
    await world.desk.until(t.TicketOpened, 2)
    # until it is distrusted
    await done(world.lead, "/v1/senders/distrust", address=ROBOT, suspicion="automatic")
    await asyncio.sleep(0.3)  # reception hears of it a moment later
    await world.publish("Disk is fullest.", automatic="auto-generated")
    await world.waiting(1)
    assert await world.waiting(0, reason="blocked") == []


async def _sender(world: World, held: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict((await world.agent.get(f"/v1/senders/{held['sender_id']}")).json())


async def test_a_rejected_message_is_gone(world: World) -> None:
    await world.publish("Buy!", automatic="auto-generated")
    [held] = await world.waiting(1)

    await done(world.agent, f"/v1/suspended/{held['id']}/rejection")

    async with asyncio.timeout(20):
        while True:
            shown = (await world.agent.get(f"/v1/suspended/{held['id']}")).json()
            if (shown["text"], shown["address"]) == ("(erased)", "(erased)"):
                break
            await asyncio.sleep(0.2)
    assert shown["state"] == "rejected"
    assert await world.waiting(0) == []
    released = await done(world.agent, f"/v1/suspended/{held['id']}/release")
    assert released["sequence"] == shown["sequence"]  # nothing happened


async def test_what_a_blocked_contact_sends_waits_and_can_be_let_in_once_they_are_unblocked(
    world: World,
) -> None:
    # given a customer who is blocked
    eve = "eve@example.org"
    await world.publish("You are fools.", eve)
    [opened] = await world.desk.until(t.TicketOpened)
    contact = opened.data.requester_id
    await done(world.lead, f"/v1/contacts/{contact}/block", reason="abuse")
    await world.desk.until(s.SenderBlocked)
    await asyncio.sleep(0.3)
    # when they write again
    await world.publish("Utter fools.", eve)
    # then it is no ticket
    [held] = await world.waiting(1, reason="blocked")
    assert held["sentence"] == "Nothing is taken from this sender (abuse)."
    assert (await _sender(world, held))["blocked_for"] == "abuse"
    refused = await world.agent.post(f"/v1/suspended/{held['id']}/release-and-trust")
    assert (refused.status_code, refused.json()["code"]) == (409, "unblock_instead")
    # until they are unblocked, and somebody lets in what had come
    await done(world.lead, f"/v1/contacts/{contact}/unblock")
    await world.desk.until(s.SenderUnblocked)
    [mine] = await world.waiting(1, sender=held["sender_id"])
    await done(world.agent, f"/v1/suspended/{mine['id']}/release")
    await world.desk.until(t.TicketOpened, 2)


async def test_a_blocked_domain_and_a_blocked_stranger(world: World) -> None:
    await done(world.lead, "/v1/senders/block", domain="Spam.example", reason="spam")
    await done(world.lead, "/v1/senders/block", address="Mallory@example.net", reason="spam")
    await asyncio.sleep(0.5)

    await world.publish("one", "anybody@spam.example")
    await world.publish("two", "mallory@example.net")
    await world.publish("three", "mallorys-neighbour@example.net")

    assert {one["reason"] for one in await world.waiting(2)} == {"blocked"}
    await world.desk.until(t.TicketOpened, 1)
    await world.desk.until(c.MessageSuspended, 2)


async def test_agents_look_leads_block_and_customers_do_neither(world: World) -> None:
    async with world.gateway.client("customer", "p-00" + "c" * 24) as customer:
        for path in ("/v1/suspended", "/v1/suspended/x", "/v1/senders/x"):
            assert (await customer.get(path)).status_code == 403
        assert (await customer.post("/v1/suspended/x/release")).status_code == 403
    blocked = await world.agent.post("/v1/senders/block", json={"address": ROBOT, "reason": "x"})
    assert blocked.status_code == 403
    assert (await world.agent.get("/v1/suspended/x")).status_code == 404
    neither = await world.lead.post("/v1/senders/block", json={"reason": "x"})
    assert neither.status_code == 422
    nowhere = {"domain": "nowhere", "reason": "x"}
    assert (await world.lead.post("/v1/senders/block", json=nowhere)).status_code == 422


async def test_a_flood_is_one_ticket_that_says_how_many_messages_wait(world: World) -> None:
    for number in range(27):
        await world.publish(f"Buy {number}!", "eve@example.org")
    await world.publish("Hello?", "ada@example.org")

    # twenty became tickets, and so did what somebody else wrote; one more stands for the others
    await world.waiting(7, reason="flood")
    [told] = await world.desk.until(t.MessagesHeldBack)
    opened = await world.desk.until(t.TicketOpened, 20 + 1 + 1)
    assert told.data.count == 7
    [summary] = [one for one in opened if one.aggregate_id == told.aggregate_id]
    assert summary.data.message.visibility == "internal"
    shown = await world.agent.get(
        f"/v1/tickets/{told.aggregate_id}", headers={"Deskledger-Position": token(told.position)}
    )
    assert shown.json()["messages"]["held_back"] == 7
    assert shown.json()["subject"] == "Many messages from this sender are held back"


async def test_so_is_a_flood_of_one_mail_domain(
    ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a desk that takes three messages of a domain, and four have come
    monkeypatch.setenv("DESKLEDGER_FLOOD_DOMAIN", "3")
    async with Desk.on(ledger) as desk, desk.intake(), gateway(ledger) as served:
        for number in range(4):
            await publish(desk, number)
        await desk.until(s.SenderHeldBack)
        await asyncio.sleep(0.5)  # reception hears of it a moment later
        # when others of the domain write
        for number in range(4, 9):
            await publish(desk, number)
        # then one ticket of somebody there says how many messages wait
        [told] = await desk.until(t.MessagesHeldBack)
        assert told.data.count == 5
        async with served.client("agent") as agent:
            at = {"Deskledger-Position": token(told.position)}
            shown = await agent.get(f"/v1/tickets/{told.aggregate_id}", headers=at)
            assert shown.json()["subject"] == "Many messages from one mail domain are held back"
            assert shown.json()["requester"]["id"] in {
                opened.data.requester_id for opened in await desk.until(t.TicketOpened, 5)
            }


async def publish(desk: Desk, number: int) -> None:
    sender = {"address": f"person{number}@crowd.example", "name": "P"}
    await desk.publish(channel="email", sender=sender, text=f"Number {number}")
