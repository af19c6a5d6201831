"""One command to many tickets: each has its outcome, and none is done twice."""

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.settings import Settings
from tests.support.gateway import Gateway, desk_of

pytestmark = pytest.mark.integration

ADA = "p-01" + "a" * 24
NOBODYS = "t-02" + "b" * 24


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact."""
    async with desk_of(module_ledger, ADA) as running:
        yield running


@pytest.fixture
async def tickets(desk: Gateway) -> list[str]:
    """Three new tickets of Ada's."""
    new = {"account": "support", "subject": "Printer", "text": "It burns."}
    async with desk.client("customer", ADA) as ada:
        return [(await ada.post("/v1/tickets", json=new)).json()["id"] for _ in range(3)]


async def test_each_ticket_has_its_own_outcome(anna: httpx.AsyncClient, tickets: list[str]) -> None:
    # given three tickets, of which one has changed since it was seen, and one that is nobody's
    one, two, three = tickets
    assert (await anna.post(f"/v1/tickets/{two}/notes", json={"text": "Mine."})).status_code == 200
    chosen = {
        "tickets": [one, two, three, NOBODYS, one],
        "action": "assignment",
        "body": {"agent_id": "anna"},
        "seen": {two: '"1.agent"', three: '"1.agent"'},
    }
    # when all are assigned
    answer = await anna.post("/v1/tickets/batch", json=chosen)
    # then each is told of, once, and what was refused kept none of the others
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [(item["ticket"], item["status"]) for item in told["items"]] == [
        (one, 200),
        (two, 412),
        (three, 200),
        (NOBODYS, 404),
    ]
    assert told["refused"] == 2
    assert told["items"][0]["done"]["sequence"] == 2
    assert told["items"][1]["problem"]["code"] == "changed_meanwhile"
    agents = [(await anna.get(f"/v1/tickets/{id}")).json()["agent_id"] for id in tickets]
    assert agents == ["anna", "", "anna"]


async def test_a_batch_that_comes_again_under_its_key_does_nothing_twice(
    anna: httpx.AsyncClient, tickets: list[str]
) -> None:
    chosen = {"tickets": tickets, "action": "notes", "body": {"text": "All three."}}
    keyed = {"Idempotency-Key": "batch-1"}
    first = (await anna.post("/v1/tickets/batch", json=chosen, headers=keyed)).json()
    again = (await anna.post("/v1/tickets/batch", json=chosen, headers=keyed)).json()
    assert first == again
    assert [item["status"] for item in first["items"]] == [200] * 3
    said = (await anna.get(f"/v1/tickets/{tickets[0]}/conversation")).json()["items"]
    assert [one["text"] for one in said] == ["It burns.", "All three."]


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        ({"tickets": [], "action": "closing"}, 422),
        ({"tickets": ["1"] * 101, "action": "closing"}, 422),
        ({"tickets": ["1"], "action": "../../desk/labels"}, 422),
        ({"tickets": ["1"], "action": "closing?wait=9"}, 422),
        ({"tickets": ["x/../../desk"], "action": "closing"}, 422),
        ({"tickets": ["1"], "action": "closing", "mode": "fast"}, 422),
    ],
)
async def test_what_is_no_batch_is_refused(
    anna: httpx.AsyncClient, chosen: dict[str, object], status: int
) -> None:
    assert (await anna.post("/v1/tickets/batch", json=chosen)).status_code == status


async def test_an_action_that_there_is_not_and_a_body_that_will_not_do_are_told_for_each(
    anna: httpx.AsyncClient, tickets: list[str]
) -> None:
    nothing = {"tickets": tickets[:1], "action": "dance"}
    wrong = {"tickets": tickets[:1], "action": "priority", "body": {"priority": "high"}}
    answers = [
        (await anna.post("/v1/tickets/batch", json=each)).json() for each in (nothing, wrong)
    ]
    assert [answer["items"][0]["status"] for answer in answers] == [404, 422]
    assert answers[1]["items"][0]["problem"]["errors"][0]["pointer"] == "/priority"


async def test_customers_have_no_batches(desk: Gateway, tickets: list[str]) -> None:
    async with desk.client("customer", ADA) as ada:
        chosen = {"tickets": tickets, "action": "replies", "body": {"text": "Me."}}
        assert (await ada.post("/v1/tickets/batch", json=chosen)).status_code == 403
