"""A stranger who knows a ticket's number, subject and every Message-ID of its thread: gets nothing.

Asserted as those see it whom it concerns: the customer, an agent, the stranger, over HTTP.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from libs.events.published import contacts as p
from libs.events.published import tickets as t
from libs.references import References
from libs.settings import Settings
from tests.support.desk import Desk
from tests.support.gateway import Gateway, gateway

pytestmark = pytest.mark.integration
ADA, EVE, ANNA = "ada@example.org", "eve@evil.example", "anna@desk.example"
ROOT = "<root@example.org>"
SECRET, INTRUSION = "My bank is Lovelace & Sons.", "Click here, says your bank."


@dataclass
class World:
    """A customer with a ticket, an agent, and a stranger who is a customer, too."""

    desk: Desk
    gateway: Gateway
    agent: httpx.AsyncClient
    customer: httpx.AsyncClient
    stranger: httpx.AsyncClient
    ticket: str
    number: int
    reference: str

    async def write(self, sender: str, text: str, **more: object) -> None:
        """A mail, as the adapter publishes it."""
        who = {"address": sender, "name": ""}
        await self.desk.publish(channel="email", sender=who, text=text, **_plain(more))

    async def read(self, who: httpx.AsyncClient, ticket: str = "") -> list[Mapping[str, Any]]:
        """The messages of a ticket, as somebody sees them."""
        answer = await who.get(f"/v1/tickets/{ticket or self.ticket}/conversation")
        return list(answer.json()["items"]) if answer.status_code == 200 else []

    async def seen(self, who: httpx.AsyncClient, text: str, ticket: str = "") -> Mapping[str, Any]:
        """A message, once it is there."""
        async with asyncio.timeout(30):
            while True:
                for message in await self.read(who, ticket):
                    if message["text"] == text:
                        return message
                await asyncio.sleep(0.1)

    async def intruded(self) -> bool:
        """Whether the customer sees anything of the stranger's."""
        return any(INTRUSION in one["text"] for one in await self.read(self.customer))


def _plain(more: Mapping[str, object]) -> dict[str, Any]:
    return dict(more)


@pytest.fixture
async def world(ledger: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Desk.on(ledger))
        on = await stack.enter_async_context(desk.intake(agents={ANNA: "anna"}))
        served = await stack.enter_async_context(gateway(ledger))

        async def contact(sender: str, text: str, count: int, id: str) -> t.TicketOpened:
            who = {"address": sender, "name": ""}
            await desk.publish(channel="email", sender=who, text=text, id=id, thread=id)
            opened = await desk.until(t.TicketOpened, count)
            await desk.until(p.ContactCreated, count)
            return max(opened, key=lambda event: event.recorded_at).data

        first = await contact(ADA, SECRET, 1, ROOT)
        [opened] = await desk.until(t.TicketOpened)
        strangers = await contact(EVE, "Hello.", 2, "<eve@evil.example>")
        references = References(await on.keyring.secret("references"))
        agent = await stack.enter_async_context(served.client("agent"))
        world = World(
            desk,
            served,
            agent,
            await stack.enter_async_context(served.client("customer", first.requester_id)),
            await stack.enter_async_context(served.client("customer", strangers.requester_id)),
            opened.aggregate_id,
            first.number,
            f"support+{references.sign(opened.aggregate_id)}@desk.example",
        )
        await world.seen(world.customer, SECRET)
        yield world


async def test_the_thread_and_the_number_lead_a_stranger_to_a_ticket_of_their_own(
    world: World,
) -> None:
    # when a stranger answers in the thread, with the number and subject of the ticket
    await world.write(
        EVE, INTRUSION, thread=ROOT, subject=f"Re: Printer [#{world.number}]", references=[ROOT]
    )
    opened = await world.desk.until(t.TicketOpened, 3)
    theirs = max(opened, key=lambda event: event.recorded_at).aggregate_id
    # then it is a ticket of their own, which they see, and the customer does not
    await world.seen(world.stranger, INTRUSION, theirs)
    assert theirs != world.ticket
    assert await world.read(world.customer, theirs) == []
    assert not await world.intruded()
    # and the stranger sees nothing of the customer's
    assert (await world.stranger.get(f"/v1/tickets/{world.ticket}")).status_code == 404
    assert await world.read(world.stranger) == []
    assert all(SECRET not in one["text"] for one in await world.read(world.stranger, theirs))
    # while the agents know that somebody tried
    history = (await world.agent.get(f"/v1/tickets/{world.ticket}/history")).json()["items"]
    assert any("takes no part" in step["sentence"] for step in history)


async def test_our_own_reference_in_a_strangers_hands_is_a_comment_for_agents(world: World) -> None:
    await world.write(EVE, INTRUSION, thread=ROOT, references=[world.reference])

    flagged = await world.seen(world.agent, INTRUSION)
    assert (flagged["visibility"], flagged["role"]) == ("internal", "third_party")
    assert not await world.intruded()
    assert await world.read(world.stranger) == []


async def test_nobody_is_invited_by_a_stranger(world: World) -> None:
    await world.write(
        EVE, "Listen.", thread=ROOT, references=[world.reference], copied=["mallory@evil.example"]
    )
    await world.seen(world.agent, "Listen.")
    await world.write("mallory@evil.example", INTRUSION, thread=ROOT, references=[world.reference])

    flagged = await world.seen(world.agent, INTRUSION)
    assert flagged["visibility"] == "internal"
    assert not await world.intruded()


async def test_a_copied_message_id_suppresses_nobodys_message(world: World) -> None:
    # given a stranger who sends a message under the Message-ID that the customer's will have
    same = {"id": "<next@example.org>", "thread": ROOT}
    await world.write(EVE, INTRUSION, **same)
    await world.desk.until(t.TicketOpened, 3)
    # when the customer's own comes, then it is there
    await world.write(ADA, "And the curtains.", **same)
    await world.seen(world.customer, "And the curtains.")
    assert not await world.intruded()
    # even with the same words: a message is its sender's
    await world.write(EVE, "Please hurry.", id="<third@example.org>", thread=ROOT)
    await world.write(ADA, "Please hurry.", id="<third@example.org>", thread=ROOT)
    await world.seen(world.customer, "Please hurry.")


async def test_writing_an_agents_address_makes_nobody_an_agent(world: World) -> None:
    # when somebody writes as the agent, and nobody vouches for them, or somebody says they lie
    await world.write(ANNA, INTRUSION, thread=ROOT, references=[world.reference])
    await world.write(ANNA, f"{INTRUSION} 2", references=[world.reference], authentication="failed")
    # then it is a comment for agents, as a stranger's
    for text in (INTRUSION, f"{INTRUSION} 2"):
        flagged = await world.seen(world.agent, text)
        assert (flagged["visibility"], flagged["role"]) == ("internal", "third_party")
    assert not await world.intruded()
    assert await world.desk.so_far(t.AgentReplied) == []
    # and what they claim to send on is nobody else's ticket
    await world.write(ANNA, "Pay!", forwarded={"address": ADA, "name": ""})
    opened = await world.desk.until(t.TicketOpened, 3)
    claimed = max(opened, key=lambda event: event.recorded_at)
    assert await world.read(world.customer, claimed.aggregate_id) == []


async def test_the_agent_whom_the_channel_vouches_for_answers_the_customer(world: World) -> None:
    vouched = {"references": [world.reference], "authentication": "passed"}
    await world.write(ANNA, "Try the other plug.", **vouched)
    await world.write(ANNA, "#note\nA difficult one.", as_note=True, **vouched)

    answer = await world.seen(world.customer, "Try the other plug.")
    assert (answer["role"], answer["visibility"]) == ("agent", "public")
    note = await world.seen(world.agent, "#note\nA difficult one.")
    assert note["visibility"] == "internal"
    assert all("difficult" not in one["text"] for one in await world.read(world.customer))
    # and sends on what somebody else has written: it is a ticket of theirs
    await world.write(
        ANNA,
        "Fwd: see below",
        authentication="passed",
        forwarded={"address": EVE, "name": "Eve"},
    )
    opened = await world.desk.until(t.TicketOpened, 3)
    theirs = max(opened, key=lambda event: event.recorded_at)
    await world.seen(world.stranger, "Fwd: see below", theirs.aggregate_id)
    assert theirs.actor == "agent:anna"
