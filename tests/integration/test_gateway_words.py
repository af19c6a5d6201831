"""Tickets by the words of their messages; what is erased or redacted is found no more."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.kafka import utc_now
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.rebuild import Rebuild
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.sight import WHOLE
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.lists import ListReader
from services.gateway.tickets.projection import TICKETS
from services.gateway.words.indexing import Indexing
from services.gateway.words.projection import MESSAGES, WORDS, written_by
from services.gateway.words.reading import WordReader
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import (
    CUSTOMER,
    STRANGER,
    message,
    opened,
    recorded,
    rendition,
)
from tests.support.plans import explained, stages

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"
SAID = {
    "vpn": Rendition("VPN down", "The tunnel to Zürich is broken since Monday."),
    "printer": Rendition("Drucker", "Der Drucker im dritten Stock streikt."),
    "chinese": Rendition("打印机", "我的打印机坏了"),
    "arabic": Rendition("", "الطابعة لا تعمل"),
    "again": Rendition("Re: VPN down", "tunnel again\n> quoted pineapple"),
    "note": Rendition("", "Ask the tunnel people: zanzibar"),
    "better_note": Rendition("", "Ask the tunnel people: madagascar"),
    "secret": Rendition("Card", "My number is 4711 tunnel"),
    "left": Rendition("Card", "My number is gone"),
}


def ticket(number: int, *steps: msgspec.Struct, at: int = 0) -> Sequence[Recorded[object]]:
    """A ticket to which this happened, so many hours after the start."""
    id = f"t-00{number:024x}"
    events = []
    for sequence, step in enumerate(steps, start=1):
        one = recorded(step, sequence, "agent:anna", id)
        moment = one.recorded_at + timedelta(hours=at)
        events.append(msgspec.structs.replace(one, recorded_at=moment, occurred_at=moment))
    return events


def said(number: int, name: str, requester: str = CUSTOMER) -> t.TicketOpened:
    first = message(name)
    return msgspec.structs.replace(opened(number), message=first, requester_id=requester)


def added(name: str) -> t.CustomerMessageAdded:
    return t.CustomerMessageAdded(CUSTOMER, message(name), f"d-{name}")


def noted(name: str) -> t.NoteAdded:
    return t.NoteAdded("anna", message(name, "agent", "internal", "out"))


def log() -> Sequence[Recorded[object]]:
    return [
        *ticket(1, said(1, "vpn"), t.TicketAssigned("anna", "network"), added("again")),
        *ticket(2, said(2, "printer"), t.TicketAssigned("bob", "print"), at=1),
        *ticket(3, said(3, "chinese"), noted("note"), at=2),
        *ticket(4, said(4, "arabic"), added("vpn"), at=3),
    ]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running:
        on = running.resources
        known = await known_contact(on, CUSTOMER, "ada@example.org", "Ada")
        words = {name: one for name, one in SAID.items() if name not in ("left", "better_note")}
        quoting = replace_folded(words["again"])
        await keep(on, CUSTOMER, **(words | {"again": quoting}))
        told = await append(on, log())
        async with running.client("agent") as anna:
            await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: known})
            seen = await anna.get("/v1/tickets?q=vpn", headers={POSITION: told})
            assert seen.status_code == 200, seen.text
        yield running


def replace_folded(words: Rendition) -> Rendition:
    """Its last line is a quotation."""
    start = words.text.index("\n")
    passages = [(start, len(words.text), "quote")]
    return msgspec.convert({**msgspec.to_builtins(words), "folded": passages}, Rendition)


async def numbers(client: httpx.AsyncClient, told: str = "", **query: str) -> Sequence[int]:
    headers = {POSITION: told} if told else {}
    answer = await client.get("/v1/tickets", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("tunnel", [4, 3, 1]),
        ("TUNNEL zurich", [4, 1]),
        ("tunnel again", [1]),
        ("vpn monday", [4, 1]),
        ("drucker STREIKT", [2]),
        ("打印机", [3]),
        ("الطابعة", [4]),
        ("zanzibar", [3]),
        ("pineapple", []),  # what is quoted was said elsewhere
        ("tunnel drucker", []),
        ("unheard", []),
        ("$where", []),
    ],
)
async def test_tickets_are_found_by_the_words_of_one_of_their_messages(
    anna: httpx.AsyncClient, asked: str, found: list[int]
) -> None:
    assert await numbers(anna, q=asked) == found


async def test_words_stand_beside_every_other_filter(anna: httpx.AsyncClient) -> None:
    assert await numbers(anna, q="tunnel", agent_id="me") == [1]
    assert await numbers(anna, q="tunnel", team_id="none", status="new") == [4]
    assert await numbers(anna, q="tunnel", tag="none") == []


async def test_a_ticket_is_found_once_however_long_the_list(anna: httpx.AsyncClient) -> None:
    found: list[int] = []
    query = "/v1/tickets?q=tunnel&limit=1"
    cursor = ""
    for _ in range(10):
        page = (await anna.get(query + cursor)).json()
        found += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == [4, 3, 1]


async def test_nobody_finds_what_they_do_not_see(desk: Gateway) -> None:
    async with desk.client("partner", "pat", teams=["print"]) as pat:
        assert await numbers(pat, q="tunnel") == []
        assert await numbers(pat, q="drucker") == [2]
    async with desk.client("analyst") as ann, desk.client("customer", CUSTOMER) as ada:
        for client in (ann, ada):
            assert (await client.get("/v1/tickets?q=tunnel")).status_code == 403


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("q=", "q"),
        ("q=%21%3F", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=vpn&sort=created", "sort"),
        ("q=vpn&overdue=true", "sort"),
        ("q=vpn&as_of=2026-03-02T00:00:00Z", "q"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_parameter(
    anna: httpx.AsyncClient, query: str, parameter: str
) -> None:
    answer = await anna.get(f"/v1/tickets?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


async def test_what_is_rewritten_or_redacted_is_found_no_more(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    on = desk.resources
    life = [said(20, "secret"), noted("note"), t.NoteEdited(2, rendition("better_note"))]
    first = ticket(20, *life[:2], at=20)
    told = await append(on, first)
    assert await numbers(anna, told, q="4711") == [20]
    assert await numbers(anna, q="zanzibar") == [20, 3]
    # when the note is rewritten, and a number redacted
    await keep(on, CUSTOMER, better_note=SAID["better_note"], left=SAID["left"])
    redacted = t.MessageRedacted(1, ("secret",), "card_number", rendition("left"))
    told = await append(on, ticket(20, *life, redacted, at=20)[2:])
    # then the words that are left are found, and the others are not
    assert await numbers(anna, told, q="madagascar") == [20]
    assert await numbers(anna, q="zanzibar") == [3]
    assert await numbers(anna, q="number gone") == [20]
    assert await numbers(anna, q="4711") == []
    told = await append(on, ticket(20, *life, redacted, redacted_whole(), at=20)[4:])
    assert await numbers(anna, told, q="number gone") == []


def redacted_whole() -> t.MessageRedacted:
    return t.MessageRedacted(1, ("left",), "card_number")


async def test_whoever_is_erased_takes_their_words_along(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    # given somebody has written, and another message of theirs is on its way
    on = desk.resources
    await known_contact(on, STRANGER, "eve@example.org", "Eve")
    await keep(on, STRANGER, hers=Rendition("", "albatross"), late=Rendition("", "cormorant"))
    told = await append(on, ticket(30, said(30, "hers", STRANGER), at=30))
    assert await numbers(anna, told, q="albatross") == [30]
    # when they are erased, their key being there still
    erasure = recorded(c.ErasureRequested("asked", ()), 2, "agent:lea", STRANGER, "contacts.events")
    erased = await append(on, [erasure])
    assert await numbers(anna, erased, q="albatross") == []
    # and the message comes after all
    late = ticket(30, said(30, "hers", STRANGER), added("late"), at=30)[1:]
    told = await append(on, late)
    # then nothing of it is found
    assert await numbers(anna, told, q="cormorant") == []
    documents = await index_of(desk)
    assert [one["words"] for one in documents if one.get("ticket_id") == late[0].aggregate_id] == [
        [],
        [],
    ]


async def test_what_came_to_its_owner_late_goes_with_them(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    # given an agent's mail is read while its words are still under the key of their way here
    on, eve = desk.resources, STRANGER[:-1] + "7"
    await known_contact(on, eve, "eve@example.net", "Eve")
    await keep(on, eve, first=Rendition("", "pelican"))
    transit = await on.keyring.transit_key(utc_now(), eve)
    [under_way] = await keep(on, transit, way=Rendition("", "guillemot"))
    told = await append(on, ticket(31, said(31, "first", eve), noted("way"), at=31))
    assert await numbers(anna, told, q="guillemot") == [31]
    # when they come to the customer, who is erased
    await on.contents.adopt({under_way.id: eve})
    erasure = recorded(c.ErasureRequested("asked", ()), 2, "agent:lea", eve, "contacts.events")
    erased = await append(on, [erasure])
    # then they are found no more
    assert await numbers(anna, erased, q="guillemot pelican") == []
    assert await numbers(anna, erased, q="guillemot") == []


async def test_the_index_holds_numbers_only_and_is_rebuilt_the_same(desk: Gateway) -> None:
    on = desk.resources
    before = await index_of(desk)
    assert all(isinstance(word, int) for one in before for word in one.get("words", ()))
    assert not any("tunnel" in str(one).casefold() for one in before)
    database = on.mongo.database("gateway")
    made = await Rebuild(
        written_by(Indexing(on.contents, on.keyring).write),
        "test-builder",
        cluster=on.cluster,
        database=database,
        ledger=on.ledger,
        telemetry=on.telemetry,
    ).run()
    view = replace(await Builds(database, [WORDS]).view(WORDS), build=made.build)
    after = [one async for one in view.collection(MESSAGES).find().sort("_id")]
    gone = [one for one in after if one not in before]
    assert [one for one in before if one not in after] == []
    assert gone == []


async def test_what_is_found_by_words_is_counted(desk: Gateway) -> None:
    on = desk.resources
    builds = Builds(on.mongo.database("gateway"), [TICKETS, WORDS])
    lists = ListReader(builds, WordReader(builds, on.keyring))
    asked = (("vpn", 10, (2, True)), ("vpn", 1, (1, False)), ("unheard", 5, (0, True)))
    for words, most, counted in asked:
        assert await lists.count(TicketList(words=words), WHOLE, most) == counted


async def test_a_word_is_read_from_the_index(desk: Gateway) -> None:
    database = desk.resources.mongo.database("gateway")
    messages = (await Builds(database, [WORDS]).view(WORDS)).collection(MESSAGES)
    some = next(one for one in await index_of(desk) if one.get("words"))
    fields = WORDS.written[0].indexes[0].fields
    order = [("at", -1), ("_id", -1)]
    plan = await explained(database, messages, {"words": some["words"][0]}, order, fields)
    assert set(stages(plan["queryPlanner"]["winningPlan"])) <= {"LIMIT", "FETCH", "IXSCAN"}
    ran = plan["executionStats"]
    assert ran["totalKeysExamined"] <= ran["nReturned"] + 1


async def index_of(desk: Gateway) -> Sequence[Document]:
    """All that the index holds."""
    database = desk.resources.mongo.database("gateway")
    messages = (await Builds(database, [WORDS]).view(WORDS)).collection(MESSAGES)
    return [one async for one in messages.find().sort("_id")]
