"""Commands over HTTP, decided by the real deciders: outcomes, conditions, repetitions."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from libs.events import topics
from libs.events.codec import decode_command
from libs.events.envelope import Command
from libs.events.kafka import end_offsets, utc_now
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.gateway import Gateway, deciding, desk_of, gateway, registered_contact

pytestmark = pytest.mark.integration

ADA = "p-01" + "a" * 24
POSITION = "Deskledger-Position"


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact."""
    async with desk_of(module_ledger, ADA) as running:
        yield running


@pytest.fixture
async def ada(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("customer", ADA) as client:
        yield client


@pytest.fixture
async def ticket(ada: httpx.AsyncClient) -> str:
    """A new ticket of Ada's."""
    new = {"account": "support", "subject": "Printer", "text": "It does not print."}
    response = await ada.post("/v1/tickets", json=new)
    assert response.status_code == 200, response.text
    path: str = response.headers["location"]
    return path


async def test_a_ticket_lives_from_opening_to_rating(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, ticket: str
) -> None:
    """Every command is visible in the read that follows it at once."""
    steps: list[tuple[httpx.AsyncClient, str, dict[str, object], str]] = [
        (anna, "assignment", {"agent_id": "anna", "team_id": "it"}, "open"),
        (anna, "notes", {"text": "Third printer this week."}, "open"),
        (anna, "replies", {"text": "Is it plugged in?"}, "open"),
        (anna, "pending", {"reason": "asked"}, "pending"),
        (ada, "replies", {"text": "Now it is."}, "open"),
        (anna, "solution", {"resolution_code": "solved_permanently", "cause": "plug"}, "solved"),
        (anna, "reopening", {}, "open"),
        (anna, "solution", {"resolution_code": "workaround"}, "solved"),
        (ada, "rating", {"score": 5, "comment": "Quick!"}, "solved"),
        (anna, "closing", {}, "closed"),
    ]
    for who, command, body, status in steps:
        done = await who.post(f"{ticket}/{command}", json=body)
        assert done.status_code == 200, f"{command}: {done.text}"
        seen = (await anna.get(ticket)).json()
        assert (seen["status"], seen["sequence"]) == (status, done.json()["sequence"]), command
    said = (await anna.get(f"{ticket}/conversation")).json()["items"]
    assert [message["text"] for message in said] == [
        "It does not print.",
        "Third printer this week.",
        "Is it plugged in?",
        "Now it is.",
    ]
    assert (seen["rating"], seen["subject"], seen["agent_id"]) == (5, "Printer", "anna")
    told = (await anna.get(f"{ticket}/history")).json()["items"]
    assert told[-1]["sentence"].startswith("anna closed the ticket")


async def test_an_agent_opens_a_ticket_for_a_known_contact(anna: httpx.AsyncClient) -> None:
    new = {
        "account": "support",
        "requester_id": ADA,
        "channel": "phone",
        "subject": "Called",
        "text": "Wants a new mouse.",
    }
    done = await anna.post("/v1/tickets", json=new)
    assert done.status_code == 200
    seen = (await anna.get(done.headers["location"])).json()
    assert (seen["requester"]["id"], seen["channel"]) == (ADA, "phone")
    for requester in (None, "p-" + "0" * 26):
        refused = await anna.post("/v1/tickets", json=new | {"requester_id": requester})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/requester_id"


async def test_the_answer_carries_the_new_etag_and_a_position(
    anna: httpx.AsyncClient, ticket: str
) -> None:
    done = await anna.post(f"{ticket}/notes", json={"text": "n"})
    seen = await anna.get(ticket, headers={POSITION: done.headers[POSITION]})
    assert done.headers["etag"] == seen.headers["etag"]
    assert done.headers["location"] == ticket


async def test_a_command_on_condition_of_an_old_version_is_refused(
    anna: httpx.AsyncClient, ticket: str
) -> None:
    seen = (await anna.get(ticket)).headers["etag"]
    first = await anna.post(f"{ticket}/notes", json={"text": "1"}, headers={"If-Match": seen})
    second = await anna.post(f"{ticket}/notes", json={"text": "2"}, headers={"If-Match": seen})
    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (412, "changed_meanwhile")
    assert (await anna.get(ticket)).json()["messages"]["notes"] == 1


async def test_what_the_state_does_not_allow_is_a_409_with_its_sentence(
    anna: httpx.AsyncClient, ticket: str
) -> None:
    refused = await anna.post(f"{ticket}/reopening", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_waiting")
    assert "can be reopened" in refused.json()["detail"]


async def test_what_the_body_gets_wrong_is_a_422_with_a_pointer(
    anna: httpx.AsyncClient, ada: httpx.AsyncClient, ticket: str
) -> None:
    wrong: list[tuple[httpx.AsyncClient, str, dict[str, object], str]] = [
        (anna, "assignment", {}, "/agent_id"),
        (anna, "assignment", {"agent_id": "a b"}, "/agent_id"),
        (anna, "solution", {"resolution_code": "magic"}, "/resolution_code"),
        (anna, "solution", {}, "/resolution_code"),
        (anna, "notes", {"text": "  "}, "/text"),
        (anna, "notes", {"text": "x", "texts": "y"}, "/texts"),
        (anna, "notes", {"text": "\ud800"}, "/text"),
        (anna, "pending", {"reason": "a\nb"}, "/reason"),
        (ada, "rating", {"score": 11}, "/score"),
        (ada, "rating", {"score": "5 stars"}, "/score"),
    ]
    for who, command, body, pointer in wrong:
        raw = json.dumps(body).encode()  # httpx would not send half a surrogate pair
        refused = await who.post(
            f"{ticket}/{command}", content=raw, headers={"Content-Type": "application/json"}
        )
        assert refused.status_code == 422, (command, body)
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]


async def test_a_request_that_comes_again_under_its_key_is_done_once(
    anna: httpx.AsyncClient, ticket: str
) -> None:
    key = {"Idempotency-Key": '"note-1"'}
    answers = [
        await anna.post(f"{ticket}/notes", json={"text": "once"}, headers=key) for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    together = await asyncio.gather(
        *(
            anna.post(f"{ticket}/notes", json={"text": "twice"}, headers={"Idempotency-Key": "2"})
            for _ in range(5)
        )
    )
    assert {answer.status_code for answer in together} == {200}
    assert (await anna.get(ticket)).json()["messages"]["notes"] == 2


async def test_a_refusal_under_a_key_stays_the_answer(anna: httpx.AsyncClient, ticket: str) -> None:
    key = {"Idempotency-Key": "reopen-1"}
    before = await anna.post(f"{ticket}/reopening", json={}, headers=key)
    await anna.post(f"{ticket}/solution", json={"resolution_code": "workaround"})
    again = await anna.post(f"{ticket}/reopening", json={}, headers=key)
    assert [before.status_code, again.status_code] == [409, 409]
    assert (await anna.get(ticket)).json()["status"] == "solved"


async def test_a_key_stands_for_one_request_of_one_caller(
    desk: Gateway, anna: httpx.AsyncClient, ticket: str
) -> None:
    key = {"Idempotency-Key": "shared"}
    first = await anna.post(f"{ticket}/notes", json={"text": "a"}, headers=key)
    other_body = await anna.post(f"{ticket}/notes", json={"text": "b"}, headers=key)
    other_path = await anna.post(f"{ticket}/replies", json={"text": "a"}, headers=key)
    async with desk.client("agent", "bob") as bob:
        other_caller = await bob.post(f"{ticket}/notes", json={"text": "c"}, headers=key)
    assert first.status_code == other_caller.status_code == 200
    for reused in (other_body, other_path):
        assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    texts = [m["text"] for m in (await anna.get(f"{ticket}/conversation")).json()["items"]]
    assert texts == ["It does not print.", "a", "c"]


async def test_who_does_not_wait_gets_a_place_to_look(ledger: Settings) -> None:
    """Given nobody decides, when commands are sent, then their places tell once somebody does."""
    new = {"account": "support", "subject": "Printer", "text": "It does not print."}
    soon = {"Prefer": "respond-async"}
    async with (
        gateway(ledger) as desk,
        desk.client("agent") as anna,
        desk.client("agent", "bob") as bob,
        desk.client("customer", ADA) as ada,
    ):
        async with deciding(desk.resources):
            await registered_contact(desk.resources, ADA)
            async with asyncio.timeout(30):
                while (await anna.get(f"/v1/contacts/{ADA}")).status_code != 200:
                    await asyncio.sleep(0.05)
            ticket = (await ada.post("/v1/tickets", json=new)).headers["location"]

        note = await anna.post(f"{ticket}/notes", json={"text": "later"}, headers=soon)
        reopening = await anna.post(f"{ticket}/reopening", headers=soon)
        waiting = await anna.post(f"{ticket}/closing", headers={"Prefer": "wait=1"})
        answers = [note, reopening, waiting]
        assert [answer.status_code for answer in answers] == [202, 202, 202]
        places = [answer.headers["location"] for answer in answers]
        before = [(await anna.get(place)).json()["state"] for place in places]
        assert before == ["underway", "underway", "underway"]
        assert (await bob.get(places[0])).status_code == 404

        async with deciding(desk.resources), asyncio.timeout(30):
            after = []
            for place in places:
                while (found := (await anna.get(place)).json())["state"] == "underway":
                    await asyncio.sleep(0.05)
                after.append((found["state"], found["sequence"], found["code"]))
        assert after == [
            ("carried_out", 2, ""),
            ("refused", 0, "not_waiting"),
            ("refused", 0, "not_solved"),
        ]


async def test_what_reaches_kafka_says_whose_it_is_and_until_when(
    desk: Gateway, anna: httpx.AsyncClient, ticket: str
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"traceparent": trace, "If-Match": (await anna.get(ticket)).headers["etag"]}
    done = await anna.post(f"{ticket}/notes", json={"text": "x"}, headers=headers)
    command = await _command(desk, done.json()["command_id"])
    assert isinstance(command.data, t.AddNote)
    assert (command.actor, command.reply_to) == ("agent:anna", "gateway-0")
    assert (command.expected_sequence, command.traceparent) == (1, trace)
    assert command.not_after is not None
    assert timedelta(0) < command.not_after - utc_now() <= timedelta(seconds=60)


async def test_an_erasure_is_asked_for_by_a_lead(desk: Gateway) -> None:
    id = "p-05" + "5" * 24
    await registered_contact(desk.resources, id)
    async with desk.client("lead", "lea") as lea:
        async with asyncio.timeout(30):
            while (await lea.get(f"/v1/contacts/{id}")).status_code != 200:
                await asyncio.sleep(0.05)
        done = await lea.post(f"/v1/contacts/{id}/erasure", json={"reason": "asked_by_letter"})
        assert done.status_code == 200
        seen = (await lea.get(f"/v1/contacts/{id}")).json()
        assert seen["erasure_requested_at"] != ""
        assert seen["name"] == "(erased)"
        unknown = await lea.post(f"/v1/contacts/p-{'0' * 26}/erasure", json={"reason": "x"})
        assert unknown.status_code == 404


async def _command(desk: Gateway, command_id: str) -> Command[object]:
    """The command of this id, from its topic."""
    on = desk.resources
    topic = topics.commands("tickets")
    partitions = [on.cluster.partition(topic, p) for p in range(on.ledger.lanes)]
    ends = await end_offsets(on.cluster, partitions, "read_committed")
    async with on.cluster.consumer() as consumer:
        consumer.assign(partitions)
        for tp in partitions:
            consumer.seek(tp, 0)
        seen = 0
        while seen < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    seen += 1
                    if ("ce_id", command_id.encode()) in record.headers:
                        return decode_command(record, topic)
    raise AssertionError("the command is not in its topic")
