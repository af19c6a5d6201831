"""Webhooks end to end: defined by the API, told by the adapter, heard by a real server."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import msgspec
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.responses import Response

from libs.events.envelope import Recorded
from libs.events.ids import event_id, new_id, partition_of
from libs.events.kafka import utc_now
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.gateway import Gateway, append, deciding, gateway
from tests.support.gateway_story import opened, recorded
from tests.support.hooks import Heard, Receiver, adapter

pytestmark = pytest.mark.integration

NOW = {"Prefer": "wait=30"}


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running, deciding(running.resources):
        async with running.client("admin", "root") as admin:
            lanes: set[int] = set()
            while len(lanes) < running.resources.ledger.lanes:  # until all of them serve
                id = (await defined(admin, "http://127.0.0.1:9/hooks"))["id"]
                lanes.add(partition_of(str(id), running.resources.ledger.lanes))
                assert (await admin.delete(f"/v1/webhooks/{id}", headers=NOW)).status_code == 200
        yield running


@pytest.fixture
async def admin(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator, who retires every webhook in the end."""
    async with desk.client("admin", "root") as client:
        yield client
        for one in (await client.get("/v1/webhooks")).json()["items"]:
            await client.delete(f"/v1/webhooks/{one['id']}", headers=NOW)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    told = Receiver()
    async with told.serving():
        yield told


async def defined(admin: httpx.AsyncClient, url: str, **more: object) -> Mapping[str, str]:
    """A webhook: its id and its secret."""
    body = {"name": "Billing", "url": url, **more}
    answer = await admin.post("/v1/webhooks", json=body, headers=NOW)
    assert answer.status_code == 200, answer.text
    done: Mapping[str, str] = answer.json()
    return done


def ticket(*steps: msgspec.Struct, number: int = 7) -> Sequence[Recorded[object]]:
    """A new ticket to which this happened just now."""
    id = new_id("t")
    now = utc_now()
    life = [
        recorded(step, n, "agent:lea", id)
        for n, step in enumerate([opened(number), *steps], start=1)
    ]
    fresh = {"recorded_at": now, "occurred_at": now}
    return [msgspec.structs.replace(one, event_id=event_id(), **fresh) for one in life]


async def happens(desk: Gateway, *tickets: Sequence[Recorded[object]]) -> None:
    for events in tickets:
        await append(desk.resources, events)


def types(receiver: Receiver) -> Sequence[str]:
    return [one.event["type"].removeprefix("deskledger.") for one in receiver.taken]


async def test_a_receiver_is_told_in_order_and_can_check_who_tells(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async with adapter(module_ledger, public_url="https://help.example"):
        hook = await defined(admin, receiver.url)
        story = ticket(
            t.TicketAssigned("anna", "network"), t.TicketSolved("workaround", "anna", "open")
        )
        await happens(desk, story)
        await receiver.has_taken(3)

    assert types(receiver) == ["TicketOpened", "TicketAssigned", "TicketSolved"]
    heard = receiver.taken[2]
    assert Webhook(hook["secret"]).verify(heard.body, dict(heard.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(heard.body + b" ", dict(heard.headers))
    told = heard.event
    assert told["id"] == heard.headers["webhook-id"] == story[2].event_id
    assert heard.headers["content-type"] == "application/cloudevents+json"
    assert told["data"]["ticket"] == {
        "id": story[0].aggregate_id,
        "number": 7,
        "url": f"https://help.example/v1/tickets/{story[0].aggregate_id}",
    }
    assert told["data"]["sequence"] == 3
    assert told["data"]["actor"] == "agent:lea"


async def test_what_is_filtered_is_not_told(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    wanted = {"types": ["TicketAssigned", "TicketSolved"], "filter": {"team_id": ["network"]}}
    async with adapter(module_ledger):
        await defined(admin, receiver.url, **wanted)
        await happens(
            desk, ticket(t.TicketAssigned("", "billing")), ticket(t.TicketAssigned("", "network"))
        )
        await receiver.has_taken(1)
        await happens(desk, ticket(t.TicketAssigned("", "network")))
        await receiver.has_taken(2)

    assert types(receiver) == ["TicketAssigned", "TicketAssigned"]


async def test_after_an_outage_each_event_comes_once_in_the_order_of_its_ticket(
    desk: Gateway, admin: httpx.AsyncClient, module_ledger: Settings
) -> None:
    receiver = Receiver()
    async with adapter(module_ledger):
        await defined(admin, receiver.url)
        steps = [t.TicketAssigned(f"agent{n}") for n in range(5)]
        tickets = [ticket(*steps, number=n) for n in range(1, 101)]
        await happens(desk, *tickets[:50])  # nobody is there
        await asyncio.sleep(1.5)
    async with adapter(module_ledger):  # and the adapter begins again meanwhile
        await happens(desk, *tickets[50:])
        async with receiver.serving():
            await receiver.has_taken(600)
            await asyncio.sleep(0.5)

    ids = [one.headers["webhook-id"] for one in receiver.taken]
    assert sorted(ids) == sorted(one.event_id for events in tickets for one in events)
    for events in tickets:
        mine = [one for one in receiver.taken if one.event["subject"] == events[0].aggregate_id]
        assert [one.event["data"]["sequence"] for one in mine] == [1, 2, 3, 4, 5, 6]


async def test_an_event_that_fails_holds_up_its_ticket_alone(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    refused: set[str] = set()

    async def moody(heard: Heard) -> Response:
        return Response(status_code=500 if heard.event["id"] in refused else 204)

    receiver.behave = moody
    async with adapter(module_ledger):
        await defined(admin, receiver.url)
        stuck, free = ticket(t.TicketAssigned("anna")), ticket(t.TicketAssigned("anna"))
        refused.add(stuck[0].event_id)
        await happens(desk, stuck, free)
        await receiver.has_taken(2)
        assert {one.event["subject"] for one in receiver.taken} == {free[0].aggregate_id}
        refused.clear()
        await receiver.has_taken(4)

    told = [one.event for one in receiver.taken if one.event["subject"] == stuck[0].aggregate_id]
    assert [one["id"] for one in told] == [one.event_id for one in stuck]


async def test_a_rotated_secret_signs_beside_the_one_before(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async with adapter(module_ledger):
        hook = await defined(admin, receiver.url)
        rotated = await admin.post(f"/v1/webhooks/{hook['id']}/secret", headers=NOW)
        assert rotated.status_code == 200, rotated.text
        await happens(desk, ticket())
        await receiver.has_taken(1)

    assert rotated.json()["secret"] != hook["secret"]
    for secret in (hook["secret"], rotated.json()["secret"]):
        assert Webhook(secret).verify(receiver.taken[0].body, dict(receiver.taken[0].headers))


async def test_who_answers_410_is_left_alone_until_somebody_resumes(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async def gone(_: Heard) -> Response:
        return Response(status_code=410)

    async def paused() -> str:
        page = await admin.get(f"/v1/webhooks/{hook['id']}")
        return str(page.json()["paused"])

    receiver.behave, welcoming = gone, receiver.behave
    async with adapter(module_ledger):
        hook = await defined(admin, receiver.url)
        await happens(desk, ticket(t.TicketAssigned("anna")))
        async with asyncio.timeout(30):
            while not await paused():
                await asyncio.sleep(0.05)
        assert "410" in await paused()
        page = (await admin.get(f"/v1/webhooks/{hook['id']}")).json()
        assert page["paused_by"] == "adapter:webhooks"
        assert page["paused_at"] >= page["since"]
        receiver.behave = welcoming
        resumed = await admin.post(f"/v1/webhooks/{hook['id']}/resume", headers=NOW)
        assert resumed.status_code == 200
        await receiver.has_taken(2)

    assert types(receiver) == ["TicketOpened", "TicketAssigned"]


async def test_a_replay_tells_again_what_was_recorded_since_and_says_so(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    since = utc_now().isoformat()
    story = ticket(t.TicketAssigned("anna"))
    await happens(desk, story)
    async with adapter(module_ledger):
        hook = await defined(admin, receiver.url)
        asked = await admin.post(
            f"/v1/webhooks/{hook['id']}/replay", json={"since": since}, headers=NOW
        )
        assert asked.status_code == 200, asked.text
        await receiver.has_taken(2)

    assert [one.event["id"] for one in receiver.taken] == [one.event_id for one in story]
    assert all(one.event["data"]["replay"] for one in receiver.taken)


async def test_a_replay_begins_behind_a_cursor_of_the_pull_api(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async def asked(id: str, **beginning: str) -> httpx.Response:
        return await admin.post(f"/v1/webhooks/{id}/replay", json=beginning, headers=NOW)

    # given what was pulled up to a cursor, and what came then
    await happens(desk, ticket(t.TicketAssigned("anna")))
    cursor = (await admin.get("/v1/events", params={"after": "now"})).json()["next"]
    story = ticket(t.TicketAssigned("anna"))
    await happens(desk, story)
    async with adapter(module_ledger):
        hook = await defined(admin, receiver.url)
        # when it is told again from there
        done = await asked(hook["id"], after=cursor)
        assert done.status_code == 200, done.text
        await receiver.has_taken(2)
        # and what is no beginning is refused with words
        far = ".".join("999999999" for _ in cursor.split("."))
        refused = [
            await asked(hook["id"], after=far),
            await asked(hook["id"], after="now"),
            await asked(hook["id"], after=cursor, since="2026-03-01T00:00:00Z"),
            await asked(hook["id"]),
        ]

    assert [one.event["id"] for one in receiver.taken] == [one.event_id for one in story]
    assert all(one.event["data"]["replay"] for one in receiver.taken)
    assert {one.status_code for one in refused} == {422}
    assert [one.json()["errors"][0]["pointer"] for one in refused] == ["/after", "/after", "", ""]


async def test_who_is_refused_waits_their_time_while_others_are_taken(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    poison: list[str] = []

    async def picky(heard: Heard) -> Response:
        return Response(status_code=500 if heard.event["id"] in poison else 204)

    receiver.behave = picky
    seconds = {"webhook_retry_seconds": 1_000, "webhook_retry_most_seconds": 1_000}
    async with adapter(module_ledger, **seconds):
        await defined(admin, receiver.url)
        # given one event that its receiver cannot take
        story = ticket()
        poison.append(story[0].event_id)
        await happens(desk, story)
        async with asyncio.timeout(20):
            while not receiver.heard:
                await asyncio.sleep(0.02)
        # when it takes others, one after the other
        for n in range(1, 6):
            await happens(desk, ticket())
            await receiver.has_taken(n)

    # then the first is not tried again for the sake of these
    tried = [one for one in receiver.heard if one.event["id"] in poison]
    assert len(tried) == 1


async def test_a_webhook_may_be_defined_while_others_are_told(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async with adapter(module_ledger) as running:
        await defined(admin, receiver.url)
        for n in range(1, 11):
            await asyncio.gather(defined(admin, receiver.url), happens(desk, ticket()))
            await receiver.has_taken(n)  # the first one's, at the least
        assert all(part.ready for part in running.progress.report().values())


async def troubled(
    admin: httpx.AsyncClient, hook: Mapping[str, str], state: str
) -> Mapping[str, object]:
    """The first delivery in this state that administrators are shown."""
    async with asyncio.timeout(30):
        while True:
            place = f"/v1/webhooks/{hook['id']}/deliveries"
            answer = await admin.get(place, params={"state": state})
            assert answer.status_code == 200, answer.text
            if items := answer.json()["items"]:
                first: Mapping[str, object] = items[0]
                return first
            await asyncio.sleep(0.05)


async def test_what_failed_for_good_can_be_seen_and_tried_again(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    refused: set[str] = set()

    async def moody(heard: Heard) -> Response:
        return Response(status_code=500 if heard.event["id"] in refused else 204)

    receiver.behave = moody
    async with adapter(module_ledger, webhook_hours=0.0001):  # a third of a second
        hook = await defined(admin, receiver.url)
        story = ticket(t.TicketAssigned("anna"))
        refused.add(story[0].event_id)
        await happens(desk, story)
        letter = await troubled(admin, hook, "failed")
        await receiver.has_taken(1)  # the ticket goes on without it
        refused.clear()
        place = f"/v1/webhooks/{hook['id']}/deliveries/{letter['id']}"
        retried = await admin.post(f"{place}/retry", headers=NOW)
        assert retried.status_code == 200, retried.text
        await receiver.has_taken(2)
        await troubled(admin, hook, "delivered")
        page = (await admin.get(place)).json()
        again = await admin.post(f"{place}/retry", headers=NOW)

    assert letter["event_id"] == story[0].event_id
    assert (letter["status"], letter["error"]) == (500, "It answered 500.")
    assert [one.event["id"] for one in receiver.taken] == [story[1].event_id, story[0].event_id]
    assert (page["state"], page["status"], page["retried_by"]) == ("delivered", 204, "agent:root")
    assert again.status_code == 409, again.text
    assert again.json()["code"] == "already_delivered"


async def test_what_waits_after_five_attempts_is_shown_and_in_the_end_as_delivered(
    desk: Gateway, admin: httpx.AsyncClient, receiver: Receiver, module_ledger: Settings
) -> None:
    async def busy(_: Heard) -> Response:
        return Response(status_code=503)

    receiver.behave, welcoming = busy, receiver.behave
    async with adapter(module_ledger):
        hook = await defined(admin, receiver.url)
        [told] = ticket()
        await happens(desk, [told])
        waiting = await troubled(admin, hook, "waiting")
        receiver.behave = welcoming
        delivered = await troubled(admin, hook, "delivered")

    assert waiting["event_id"] == delivered["event_id"] == told.event_id
    assert waiting["attempts"] == 5
    assert waiting["next_at"]
    assert delivered["id"] == waiting["id"]
    assert not delivered["next_at"]
    [taken] = receiver.taken
    assert taken.event["id"] == told.event_id


async def test_of_a_webhook_that_cannot_keep_up_little_is_queued_and_all_is_told_in_the_end(
    desk: Gateway, admin: httpx.AsyncClient, module_ledger: Settings
) -> None:
    receiver = Receiver()
    # given one that has been told something, and is then away
    async with adapter(module_ledger, webhook_queue_most=5) as on:
        hook = await defined(admin, receiver.url, filter={"team_id": ["", "network"]})
        first = ticket()
        await happens(desk, first)
        async with receiver.serving():
            await receiver.has_taken(1)
        # when much happens, to tickets that leave its filter, too
        steps = [t.TicketAssigned("", "network"), t.TicketAssigned("", "billing")]
        tickets = [ticket(*steps, number=n) for n in range(1, 31)]
        for some in range(0, 30, 5):
            await happens(desk, *tickets[some : some + 5])
            await asyncio.sleep(0.3)
        waiting = await on.mongo.database("webhooks")["deliveries"].count_documents(
            {"webhook_id": hook["id"], "state": "waiting"}
        )
    # and the adapter begins anew meanwhile
    async with adapter(module_ledger, webhook_queue_most=5), receiver.serving():
        await receiver.has_taken(61)
        await asyncio.sleep(0.5)
        # then it is told on as it happens
        last = ticket()
        await happens(desk, last)
        await receiver.has_taken(62)

    # then little was queued, each was told once, in order, and filtered as it was then
    assert 0 < waiting < 40
    ids = [one.headers["webhook-id"] for one in receiver.taken]
    wanted = [first, *(events[:2] for events in tickets), last]
    assert sorted(ids) == sorted(one.event_id for events in wanted for one in events)
    for events in tickets:
        mine = [one for one in receiver.taken if one.event["subject"] == events[0].aggregate_id]
        assert [one.event["data"]["sequence"] for one in mine] == [1, 2]
