"""What happens is told while it happens: to whoever may see it, in order, once, and after a read
would show it; across replicas and restarts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from libs.settings import Settings
from services.gateway.live import presence, telling
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


async def test_a_list_tells_what_comes_changes_and_goes(desk: tuple[Gateway, Gateway]) -> None:
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
        other.client("partner", "petra", teams=["field"]) as petra,
    ):
        ticket = await opened(ada)
        id = ticket.rpartition("/")[2]
        async with (
            # given a list that Bob follows by its filter, Petra by her team's view
            listening(bob, "/v1/stream", team_id="field") as heard,
            listening(petra, "/v1/stream", view="team.field") as hers,
        ):
            # when the ticket is given to the team, is worked on, and is taken away again
            for team in ("field", "field", "it"):
                await anna.post(f"{ticket}/assignment", json={"team_id": team})
                await anna.post(f"{ticket}/notes", json={"text": "Note."})
            told = await heard.until(4)
            seen = (await bob.get("/v1/tickets", params={"team_id": "field"})).json()["items"]
            await hers.until(4)
        # then both hear of it from when it came until it went, and not of what happened then
        names = [(one.name, one.data["ticket_id"]) for one in told]
        assert names[0] == ("entered", id)
        assert set(names[1:-1]) == {("changed", id)}
        assert names[-1] == ("left", id)
        assert told[-1].data["place"] is None
        assert id not in {one["id"] for one in seen}
        assert [one.data for one in hers.events] == [one.data for one in told]


async def test_a_list_goes_on_where_it_was_at_a_replica_that_began_later(
    desk: tuple[Gateway, Gateway], module_ledger: Settings
) -> None:
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
    ):

        async def given() -> str:
            """A ticket that comes into the list: the other tests' tickets never do."""
            ticket = await opened(ada)
            done = await anna.post(f"{ticket}/assignment", json={"team_id": "late"})
            assert done.status_code == 200, done.text
            return ticket

        async with listening(bob, "/v1/stream", team_id="late") as before:
            first = await given()
            await before.until(1)
        missed = await given()
        # when the reader comes back to a replica that was not there before
        async with (
            gateway(module_ledger, parts="api") as later,
            later.client("agent", "bob") as again,
            listening(again, "/v1/stream", before.last_id, team_id="late") as after,
        ):
            last = await given()
            await after.until(2)
            tidy = after.last_id
            # and then to one that may be behind that
            async with listening(bob, "/v1/stream", tidy, team_id="late") as third:
                final = await given()
                await third.until(1)
                await after.until(3)
    # then each has heard of each ticket once
    told = [
        [f"/v1/tickets/{one.data['ticket_id']}" for one in heard.events]
        for heard in (before, after, third)
    ]
    assert told == [[first], [missed, last, final], [final]]
    assert "reset" not in {one.name for one in before.events + after.events + third.events}


async def test_what_is_not_remembered_is_to_be_fetched_anew(desk: tuple[Gateway, Gateway]) -> None:
    feeding, _ = desk
    async with feeding.client("agent") as anna:
        for id in ("x", "00000000.1.2"):
            async with listening(anna, "/v1/stream", id) as heard:
                [told] = await heard.until(1)
                assert told.name == "reset"


async def test_an_agent_hears_what_concerns_them(desk: tuple[Gateway, Gateway]) -> None:
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
        listening(bob, "/v1/stream/me") as heard,
        listening(anna, "/v1/stream/me") as hers,
    ):
        ticket = await opened(ada)
        await anna.post(f"{ticket}/notes", json={"text": "See this.", "mentions": ["bob"]})
        await anna.post(f"{ticket}/assignment", json={"agent_id": "bob"})
        answered = await ada.post(f"{ticket}/replies", json={"text": "Still broken."})
        assert answered.status_code == 200, answered.text
        await anna.post(f"{ticket}/assignment", json={"agent_id": "carl"})
        await heard.until(4)
        # what they do themselves is no news
        assert hers.events == []
    assert [one.name for one in heard.events] == ["mentioned", "assigned", "replied", "unassigned"]


async def test_a_partner_hears_nothing_of_what_others_have(
    desk: tuple[Gateway, Gateway],
) -> None:
    feeding, _ = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        feeding.client("partner", "petra", teams=["field"]) as petra,
        listening(petra, "/v1/stream") as heard,
    ):
        # given a ticket that she sees, and loses
        ticket = await opened(ada)
        await anna.post(f"{ticket}/assignment", json={"team_id": "field"})
        await heard.until(1)
        async with listening(petra, f"{ticket}/stream") as on_it:
            await anna.post(f"{ticket}/assignment", json={"team_id": "it"})
            # then its stream is over, and says nothing of where it went
            told = await on_it.end()
        await heard.until(2)
        assert (await petra.get(f"{ticket}/stream")).status_code == 404
    assert [one.name for one in told] == ["reset"]
    assert [one.name for one in heard.events] == ["entered", "left"]


async def test_a_stream_ends_with_its_token(
    desk: tuple[Gateway, Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "HEARTBEAT_SECONDS", 0.5)
    feeding, _ = desk
    token = feeding.tokens.issue("anna", ["agent"], timedelta(seconds=3))
    async with (
        httpx.AsyncClient(
            base_url=feeding.url, headers={"Authorization": f"Bearer {token}"}
        ) as anna,
        listening(anna, "/v1/stream") as heard,
    ):
        await heard.end(seconds=10)
    assert heard.comments[-1].startswith("ended: ")


async def test_words_are_not_followed(desk: tuple[Gateway, Gateway]) -> None:
    feeding, _ = desk
    async with feeding.client("agent") as anna:
        refused = await anna.get("/v1/stream", params={"q": "printer"})
        both = await anna.get("/v1/stream", params={"view": "mine", "status": "new"})
        unknown = await anna.get("/v1/stream", params={"view": "v-none"})
    assert (refused.status_code, both.status_code, unknown.status_code) == (422, 422, 404)


async def test_streams_do_not_keep_a_process_from_stopping(module_ledger: Settings) -> None:
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack, contextlib.AsyncExitStack() as running:
        one = await running.enter_async_context(gateway(module_ledger, parts="api"))
        anna = await stack.enter_async_context(one.client("agent"))
        heard = await stack.enter_async_context(listening(anna, "/v1/stream"))
        began = loop.time()
        await running.aclose()
        await heard.end()
        assert loop.time() - began < 5
    assert heard.comments[-1] == "closing"


async def test_two_on_one_ticket_know_of_each_other_within_a_second(
    desk: tuple[Gateway, Gateway],
) -> None:
    feeding, other = desk
    loop = asyncio.get_running_loop()
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        feeding.client("light_agent", "lea") as lea,
        other.client("agent", "bob") as bob,
    ):
        ticket = await opened(ada)
        place = f"{ticket}/presence"
        async with (
            listening(bob, f"{ticket}/stream") as heard,
            listening(bob, "/v1/stream/me") as his,
            listening(ada, f"{ticket}/stream") as hers,
        ):
            # when Bob looks, and Anna types on another replica
            assert (await bob.put(place, json={"doing": "looking"})).json() == {"items": []}
            began = loop.time()
            seen = await anna.put(place, json={"doing": "typing"})
            # then she knows at once, and he within a second
            assert seen.json() == {
                "items": [{"actor": "agent:bob", "name": "", "doing": "looking"}]
            }
            there = {"items": [{"actor": "agent:anna", "name": "", "doing": "typing"}]}
            [told] = await heard.until(1)
            assert loop.time() - began < 1
            assert (told.name, told.data, told.id) == ("presence", there, heard.last_id)
            [told] = await his.until(1)
            assert (told.name, told.data["items"]) == ("collision", there["items"])
            # and the customer knows that an answer is typed, and by nobody's name
            [told] = await hers.until(1)
            assert told.data == {"items": [{"actor": "agent", "name": "", "doing": "typing"}]}
            # when she goes, while somebody types who does not answer customers
            await lea.put(place, json={"doing": "typing"})
            await anna.put(place, json={"doing": "gone"})
            [*_, told] = await hers.until(2)
            assert told.data == {"items": []}
        assert (await ada.get(place)).json() == {"items": []}
        found = (await bob.get(place)).json()["items"]
        assert found == [{"actor": "agent:lea", "name": "", "doing": "typing"}]
        wrong = await anna.put(place, json={"doing": "sleeping"})
        assert wrong.status_code == 422


async def test_who_says_nothing_any_more_is_gone(
    desk: tuple[Gateway, Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LASTS_SECONDS", 2)
    feeding, other = desk
    async with (
        feeding.client("customer", ADA) as ada,
        feeding.client("agent") as anna,
        other.client("agent", "bob") as bob,
    ):
        ticket = await opened(ada)
        async with listening(bob, f"{ticket}/stream") as heard:
            await anna.put(f"{ticket}/presence", json={"doing": "looking"})
            told = await heard.until(2)
            assert [len(one.data["items"]) for one in told] == [1, 0]  # type: ignore[arg-type]
        assert (await bob.get(f"{ticket}/presence")).json() == {"items": []}
