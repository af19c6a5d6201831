"""The first page of a list with many tickets beside few, and beside a bare indexed find.

The read model is filled with what its own fold makes of opened and assigned tickets; their words
and contacts are stored as in life, though many tickets share them. One client then reads first
pages over HTTP, one after the other, in turns with bare finds of the same rows.
"""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import uvloop

from bench.frame import Chapter, Figure, at_most_times, percentile
from bench.stack import running
from bench.tickets import agent_token
from libs.contents import RENDITION_TYPE, ContentRef, NewContent, Rendition
from libs.events.builds import Builds
from libs.events.envelope import Position, Recorded
from libs.events.ids import derived_id
from libs.events.personal import Personal
from libs.events.projection import Table
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.events.resources import Resources
from libs.mongo import Collection, Document
from libs.settings import Settings
from services.gateway.app import PROJECTIONS
from services.gateway.contacts.view import CONTACTS
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.view import TABLE

FEW, MANY = 10_000, 1_000_000
PAGE = 25
READS = 500
PERSONS = 1_000
AGENTS = 50
BATCH = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)
LISTS = {
    "all": TicketList(),
    "one agent's": TicketList(agent_id="agent-7"),
    "unassigned": TicketList(agent_id=""),
}


def chapter(quick: bool) -> Chapter:
    few, many, reads = (2_000, 6_000, 50) if quick else (FEW, MANY, READS)
    with running(only=("kafka", "mongod", "topics", "gateway")) as settings:
        figures = uvloop.run(measure(settings, few, many, reads))
    return Chapter(
        "(g) The first page of a list",
        figures,
        f"{PAGE} tickets a page with subject and customer's name revealed, {reads} pages of each "
        f"kind, one at a time; {many:,} tickets beside {few:,}. The bare find asks for the same "
        "rows by the same index and gives them back as they are.",
    )


async def measure(settings: Settings, few: int, many: int, reads: int) -> list[Figure]:
    async with Resources.open(settings, "bench") as on:
        builds = Builds(on.mongo.database("gateway"), PROJECTIONS, "bench")
        tickets = (await builds.view(TICKETS)).collection("tickets")
        contacts = (await builds.view(CONTACTS)).collection("contacts")
        words = await persons(on, contacts)
        await fill(tickets, words, 0, few)
        at_few = {name: await read(settings, tickets, name, reads) for name in LISTS}
        await fill(tickets, words, few, many)
        at_many = {name: await read(settings, tickets, name, reads) for name in LISTS}
    figures = []
    for name in LISTS:
        (few_pages, _), (many_pages, finds) = at_few[name], at_many[name]
        for percent, aims in ((50, [at_most_times(1.5)]), (99, [])):
            figures.append(
                Figure(
                    f"{name}, {many:,} tickets, p{percent}",
                    percentile(many_pages, percent) * 1e3,
                    "ms",
                    f"{few:,} tickets",
                    percentile(few_pages, percent) * 1e3,
                    aims,
                )
            )
        figures.append(
            Figure(
                f"{name}, {many:,} tickets, p99",
                percentile(many_pages, 99) * 1e3,
                "ms",
                "bare indexed find, p99",
                percentile(finds, 99) * 1e3,
                [at_most_times(10)],
            )
        )
    return figures


async def read(
    settings: Settings, tickets: Collection, name: str, reads: int
) -> tuple[list[float], list[float]]:
    """Seconds of first pages over HTTP and of bare finds, both ascending."""
    wanted = LISTS[name]
    pages, finds = [], []
    base = f"http://127.0.0.1:{settings.http_port}"
    query: dict[str, str | int | list[str]] = {"limit": PAGE, "status": list(wanted.statuses)}
    if wanted.agent_id is not None:
        query["agent_id"] = wanted.agent_id or "none"
    headers = {"Authorization": f"Bearer {agent_token(settings)}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        for _ in range(reads):
            began = time.perf_counter()
            answer = await client.get("/v1/tickets", params=query)
            pages.append(time.perf_counter() - began)
            assert len(answer.raise_for_status().json()["items"]) == PAGE
            began = time.perf_counter()
            found = tickets.find(wanted.filter(None)).sort(wanted.order).hint(wanted.index)
            assert len(await found.limit(PAGE).to_list()) == PAGE
            finds.append(time.perf_counter() - began)
    return sorted(pages), sorted(finds)


async def persons(on: Resources, contacts: Collection) -> Sequence[tuple[str, ContentRef]]:
    """Contacts with names, and a message of each."""
    ids = [derived_id("p", str(n)) for n in range(PERSONS)]
    await on.keyring.load(ids, create=True)
    words = await on.contents.put(
        [
            NewContent(id, Rendition(f"Request {n}", "x" * 600).encode(), RENDITION_TYPE)
            for n, id in enumerate(ids)
        ]
    )
    documents = []
    for n, id in enumerate(ids):
        name = Personal[str].of(f"Customer {n}", id)
        name.seal(on.keyring)
        created = c.ContactCreated(derived_id("a", str(n)), "email", name, name)
        documents.append(_document(CONTACTS.tables[0], id, [_recorded(created, id, 1, START)]))
    await contacts.insert_many(documents)
    return list(zip(ids, words, strict=True))


async def fill(
    tickets: Collection, words: Sequence[tuple[str, ContentRef]], first: int, last: int
) -> None:
    """Tickets from this number to that, a second apart, most of them solved and closed."""
    chance = random.Random(first)
    for start in range(first, last, BATCH):
        batch = range(start, min(last, start + BATCH))
        await tickets.insert_many([ticket(n, words, chance) for n in batch], ordered=False)


def ticket(number: int, words: Sequence[tuple[str, ContentRef]], chance: random.Random) -> Document:
    """A ticket's document, by the fold."""
    id = derived_id("t", str(number))
    at = START + timedelta(seconds=number)
    requester, said = chance.choice(words)
    agent = f"agent-{chance.randrange(AGENTS)}"
    facts = MessageFacts("email", "in", "customer", "public", said, at)
    life: list[object] = [t.TicketOpened(number, requester, "support", facts, "d")]
    if chance.random() < 0.97:
        life.append(t.TicketAssigned(agent_id=agent, team_id="it"))
        if chance.random() < 0.9:
            life.append(t.TicketSolved("workaround", agent, "open"))
            life.append(t.TicketClosed(at))
    return _document(TABLE, id, [_recorded(e, id, n, at) for n, e in enumerate(life, 1)])


def _document(table: Table, id: str, events: Sequence[Recorded[object]]) -> Document:
    document: Document | None = None
    for recorded in events:
        document = table.fold(document, recorded)
    return {"_id": id, "_position": {}, **(document or {})}


def _recorded(data: object, id: str, sequence: int, at: datetime) -> Recorded[object]:
    return Recorded(
        data=data,
        event_id="",
        type=type(data).__name__,
        version=1,
        aggregate_id=id,
        sequence=sequence,
        occurred_at=at,
        recorded_at=at,
        actor="service:bench",
        correlation_id="",
        causation_id="",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position("tickets.events", 0, sequence),
    )
