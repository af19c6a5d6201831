"""What happens is told while it happens: to whoever may see it, in order, once, and after a read
would show it; across replicas and restarts."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.settings import Settings
from tests.support.gateway import Gateway, deciding, gateway, registered_contact
from tests.support.live import listening

pytestmark = pytest.mark.integration

ADA, EVE = "p-01" + "a" * 24, "p-02" + "e" * 24
NEW = {"account": "support", "subject": "Printer", "text": "It does not print."}


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """A gateway that keeps the read models, and another that only answers."""
    async with (
        gateway(module_ledger) as feeding,
        gateway(module_ledger, parts="api") as other,
        deciding(feeding.resources),
    ):
        await registered_contact(feeding.resources, ADA)
        async with feeding.client("customer", ADA) as ada, asyncio.timeout(30):
            while (await ada.get(f"/v1/contacts/{ADA}")).status_code != 200:
                await asyncio.sleep(0.05)
        yield feeding, other


async def opened(ada: httpx.AsyncClient) -> str:
    """A new ticket's address."""
    done = await ada.post("/v1/tickets", json=NEW)
    assert done.status_code == 200, done.text
    return str(done.headers["location"])


async def test_each_step_is_told_on_every_replica_once_a_read_shows_it(
    desk: tuple[Gateway, Gateway],
) -> None:
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
    ):
        # given Bob, who follows a ticket on another replica than the one that Anna works on
        ticket = await opened(ada)
        async with listening(bob, f"{ticket}/stream") as heard:
            # when she works
            for n in range(5):
                done = await anna.post(f"{ticket}/assignment", json={"agent_id": f"agent-{n}"})
                assert done.status_code == 200, done.text
                # then he is told, and what he reads then shows it
                told = (await heard.until(n + 1))[n]
                seen = (await bob.get(ticket)).json()
                assert seen["sequence"] >= told.data["sequence"]
        # and he was told what the history says, in its order and once
        history = (await bob.get(f"{ticket}/history", params={"after": 1})).json()["items"]
        assert [one.data for one in heard.events] == history
        assert [one.id for one in heard.events] == [str(step["sequence"]) for step in history]


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(
    desk: tuple[Gateway, Gateway],
) -> None:
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
    ):
        ticket = await opened(ada)
        # given somebody who left after two steps, while three more were made
        async with listening(anna, f"{ticket}/stream") as before:
            for n in range(2):
                await anna.post(f"{ticket}/assignment", json={"agent_id": f"agent-{n}"})
            await before.until(2)
        for n in range(2, 5):
            await anna.post(f"{ticket}/assignment", json={"agent_id": f"agent-{n}"})
        # when they come back, to another replica, and one more is made
        async with listening(bob, f"{ticket}/stream", before.last_id) as after:
            await after.until(3)
            await anna.post(f"{ticket}/assignment", json={"agent_id": "agent-5"})
            await after.until(4)
    # then they have heard each once
    told = [one.data["sequence"] for one in before.events + after.events]
    assert told == [2, 3, 4, 5, 6, 7]


async def test_customers_hear_of_what_is_theirs_to_read_and_strangers_of_nothing(
    desk: tuple[Gateway, Gateway],
) -> None:
    feeding, _ = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("customer", EVE) as eve,
        feeding.client("agent") as anna,
    ):
        ticket = await opened(ada)
        # given a stranger: for them there is no such ticket
        assert (await eve.get(f"{ticket}/stream")).status_code == 404
        # when Anna, who works on it, writes a note and then answers
        await anna.post(f"{ticket}/assignment", json={"agent_id": "anna"})
        async with listening(ada, f"{ticket}/stream") as heard:
            await anna.post(f"{ticket}/notes", json={"text": "Difficult."})
            answered = await anna.post(f"{ticket}/replies", json={"text": "Is it on?"})
            assert answered.status_code == 200, answered.text
            told = await heard.until(1)
        # then the customer hears that there is the answer, and nothing of the note
        sequence = answered.json()["sequence"]
        changed = {"ticket_id": ticket.rpartition("/")[2], "sequence": sequence}
        assert [(one.name, one.data) for one in told] == [("changed", changed)]


async def test_an_id_that_is_none_is_refused_with_words(desk: tuple[Gateway, Gateway]) -> None:
    feeding, _ = desk
    async with feeding.client("customer", ADA) as ada, feeding.client("agent") as anna:
        ticket = await opened(ada)
        refused = await anna.get(f"{ticket}/stream", headers={"Last-Event-ID": "x"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["header"] == "Last-Event-ID"
