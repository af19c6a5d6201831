"""Lists as they were: equal to an offline fold of the log, paged, and read from an index.

``PAST_INSTANTS=200`` tries so many random instants; without it a few.
"""

import os
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rebuild import Rebuild
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.instants import text
from services.gateway.past.projection import PAST
from services.gateway.past.reading import PastList
from services.gateway.past.rows import ROWS, VERSIONS
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import CUSTOMER, START, opened, recorded
from tests.support.past import AGENTS, BEGIN, CATEGORIES, STATUSES, TEAMS, listed, lives
from tests.support.plans import explained, stages

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"
INSTANTS = int(os.environ.get("PAST_INSTANTS", "15"))
LOG = lives(tickets=120, seed=6)
LAST = LOG[-1].recorded_at


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway over the random lives of many tickets."""
    async with gateway(module_ledger) as running:
        on = running.resources
        known = await known_contact(on, CUSTOMER, "ada@example.org", "Ada")
        await keep(on, CUSTOMER, first=Rendition("Subject of first", "Text of first"))
        told = await append(on, LOG)
        async with running.client("agent") as anna:
            await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: known})
            await anna.get("/v1/tickets", headers={POSITION: told})
            seen = await anna.get(
                "/v1/tickets", params={"as_of": text(LAST)}, headers={POSITION: told}
            )
            assert seen.status_code == 200, seen.text
        yield running


async def whole(client: httpx.AsyncClient, query: Mapping[str, str]) -> Sequence[Document]:
    """All pages of a list, one after the other."""
    items: list[Document] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get("/v1/tickets", params={**query, **cursor, "limit": "7"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


def lists(chance: random.Random) -> Sequence[tuple[str, object]]:
    """Every kind of standard list, each with one of its values."""
    return (
        ("", ""),
        ("agent_id", chance.choice(AGENTS)),
        ("team_id", chance.choice(TEAMS)),
        ("priority", chance.randrange(1, 6)),
        ("category", chance.choice(CATEGORIES[1:])),
    )


async def test_lists_at_random_instants_are_those_of_an_offline_fold(
    anna: httpx.AsyncClient,
) -> None:
    chance = random.Random(INSTANTS)
    tickets = 0
    for _ in range(INSTANTS):
        instant = BEGIN + chance.random() * (LAST - BEGIN)
        if chance.random() < 0.3:  # the very instant of a change, or just before it
            instant = chance.choice(LOG).recorded_at - chance.choice([0, 1]) * timedelta.resolution
        for field, value in lists(chance):
            status = chance.choice(["", *STATUSES])
            query = {"as_of": text(instant)}
            query |= {field: str(value) or "none"} if field else {}
            query |= {"status": status} if status else {}
            found = await whole(anna, query)
            expected = listed(LOG, instant, field, value, status)
            assert [(row["id"], row["updated_at"]) for row in found] == expected, query
            tickets += len(found)
    assert tickets > INSTANTS


async def test_a_row_is_as_it_was_and_its_words_are_todays(anna: httpx.AsyncClient) -> None:
    instant = LOG[len(LOG) // 2].recorded_at
    for row in (await whole(anna, {"as_of": text(instant)}))[:10]:
        then = (await anna.get(f"/v1/tickets/{row['id']}", params={"as_of": text(instant)})).json()
        assert row == {field: then[field] for field in row}
        assert row["subject"] == "Subject of first"
        assert row["requester"] == {"id": CUSTOMER, "name": "Ada"}


async def test_today_s_redaction_holds_in_the_past(desk: Gateway) -> None:
    on, id = desk.resources, "t-01" + "a" * 24
    before = recorded(opened(900), 1, f"contact:{CUSTOMER}", id)
    redacted = t.MessageRedacted(1, ("first",), "card_number")
    told = await append(on, [before, recorded(redacted, 2, "agent:anna", id)])
    async with desk.client("lead") as lea:
        query = {"as_of": text(START + timedelta(minutes=1)), "team_id": "none", "status": "new"}
        page = (await lea.get("/v1/tickets", params=query, headers={POSITION: told})).json()
    row = next(row for row in page["items"] if row["id"] == id)
    assert (row["sequence"], row["subject"]) == (1, "(redacted)")


async def test_the_past_shows_what_its_reader_sees_today(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    query = {"as_of": text(BEGIN + (LAST - BEGIN) / 2)}
    everything = [row["id"] for row in await whole(anna, query)]
    theirs = {one["id"] for one in await whole(anna, {"team_id": "it"})}
    async with desk.client("partner", "pat", teams=["it"]) as pat:
        seen = [row["id"] for row in await whole(pat, query)]
    assert seen == [id for id in everything if id in theirs]
    assert 0 < len(seen) < len(everything)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"as_of": "17"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "9999-12-31T23:59:59-01:00"}, "as_of"),
        ({"as_of": "2100-01-01T00:00:00Z"}, "as_of"),
        ({"as_of": "2024-01-01T00:00:00Z", "sort": "created"}, "sort"),
        ({"as_of": "2024-01-01T00:00:00Z", "tag": "outage"}, "tag"),
        ({"as_of": "2024-01-01T00:00:00Z", "agent_id": "anna", "priority": "2"}, "priority"),
        ({"as_of": "2024-01-01T00:00:00Z", "cursor": "x"}, "cursor"),
    ],
)
async def test_what_the_past_cannot_be_asked_is_refused_with_the_parameter(
    anna: httpx.AsyncClient, query: Mapping[str, str], parameter: str
) -> None:
    answer = await anna.get("/v1/tickets", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


async def test_customers_list_the_present_only(desk: Gateway) -> None:
    async with desk.client("customer", CUSTOMER) as ada:
        answer = await ada.get("/v1/tickets", params={"as_of": text(LAST)})
        assert answer.status_code == 403


async def test_a_list_of_the_past_examines_little_more_than_it_returns(desk: Gateway) -> None:
    database = desk.resources.mongo.database("gateway")
    view = await Builds(database, [PAST]).view(PAST)
    for past in (PastList(BEGIN + (LAST - BEGIN) / 2), PastList.by(LAST, "team_id", "it")):
        for table, wanted, last in (
            (ROWS, past.standing(None), "_id"),
            (VERSIONS, past.over(None), "ticket_id"),
        ):
            documents = view.collection(table.name)
            plan = await explained(
                database,
                documents,
                wanted,
                [("updated_at", -1), (last, -1)],
                table.indexes[0].fields,
            )
            stats = plan["executionStats"]
            assert not {"COLLSCAN", "SORT"} & set(stages(plan["queryPlanner"]["winningPlan"]))
            assert stats["totalDocsExamined"] <= stats["nReturned"] + 20
            # One key more for each range of the index that is looked into.
            assert stats["totalKeysExamined"] <= stats["nReturned"] * 2 + 18 * 7 * 2


async def test_a_rebuild_makes_the_same_rows_and_versions(desk: Gateway) -> None:
    on = desk.resources
    database = on.mongo.database("gateway")
    before = await Builds(database, [PAST]).view(PAST)
    made = await Rebuild(
        PAST,
        "test-builder",
        cluster=on.cluster,
        database=database,
        ledger=on.ledger,
        telemetry=on.telemetry,
        memory_bytes=300_000,  # so that it writes what it has left behind several times
    ).run()
    after = replace(before, build=made.build)
    for table in (ROWS.name, VERSIONS.name):
        assert [one async for one in before.collection(table).find().sort("_id")] == [
            one async for one in after.collection(table).find().sort("_id")
        ]


def test_the_lives_are_worth_folding() -> None:
    """Steps of one instant, and stretches of minutes and of months."""
    ends: dict[str, Recorded[object]] = {}
    lasting = []
    for one in LOG:
        if one.aggregate_id in ends:
            lasting.append(one.recorded_at - ends[one.aggregate_id].recorded_at)
        ends[one.aggregate_id] = one
    assert timedelta(0) in lasting
    assert any(timedelta(0) < some < timedelta(minutes=1) for some in lasting)
    assert any(some > timedelta(days=60) for some in lasting)
