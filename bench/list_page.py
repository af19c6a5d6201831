"""The first page of a list with many tickets beside few, and beside a bare indexed find.

The read model is filled with what its own fold makes of opened and assigned tickets; their words
and contacts are stored as in life, though many tickets share them. One client then reads first
pages over HTTP, one after the other, in turns with bare finds of the same rows.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

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
from services.gateway.contacts.view import CONTACTS
from services.gateway.http.lists import Filter
from services.gateway.http.views import COUNTED
from services.gateway.instants import text
from services.gateway.past.projection import PAST
from services.gateway.past.reading import PastList
from services.gateway.past.rows import ROWS, VERSIONS
from services.gateway.principal import Principal
from services.gateway.read_models import PROJECTIONS
from services.gateway.sight import WHOLE
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.view import TABLE
from services.gateway.views.standard import STANDARD

FEW, MANY = 10_000, 1_000_000
PAGE = 25
READS = 500
PERSONS = 1_000
AGENTS = 50
BATCH = 5_000
_SOON, _SOLVED, _CLOSED = timedelta(minutes=10), timedelta(hours=3), timedelta(days=7)
START = datetime(2026, 1, 1, tzinfo=UTC)
OPEN: tuple[t.Status, ...] = ("new", "open")
# Half of the fewer tickets had been opened by then.
THEN = START + timedelta(seconds=FEW // 2)
Query = dict[str, str | list[str]]
LISTS: dict[str, tuple[Query, TicketList]] = {
    "all": ({}, TicketList()),
    "one agent's": ({"agent_id": "agent-7"}, TicketList(agent_id="agent-7")),
    "unassigned": ({"agent_id": "none"}, TicketList(agent_id="")),
    "a team's that nobody has, waiting longest first": (
        {"team_id": "it", "agent_id": "none", "status": list(OPEN), "sort": "waiting"},
        TicketList(team_id="it", agent_id="", statuses=OPEN, sort="waiting"),
    ),
}
AS_OF = "a team's as of an instant"
COUNTS = "counts of all standard views"


@dataclass(frozen=True)
class Stored:
    """The collections that lists are read from."""

    tickets: Collection
    rows: Collection
    versions: Collection


def chapter(quick: bool) -> Chapter:
    few, many, reads = (2_000, 6_000, 50) if quick else (FEW, MANY, READS)
    with running(only=("kafka", "mongod", "topics", "gateway")) as settings:
        figures = uvloop.run(measure(settings, few, many, reads))
    return Chapter(
        "(g) The first page of a list",
        figures,
        f"{PAGE} tickets a page with subject and customer's name revealed, {reads} pages of each "
        f"kind, one at a time; {many:,} tickets beside {few:,}. The bare find asks for the same "
        "rows by the same index and gives them back as they are; beside the counts stand the same "
        "counts, one after the other.",
    )


async def measure(settings: Settings, few: int, many: int, reads: int) -> list[Figure]:
    async with Resources.open(settings, "bench") as on:
        builds = Builds(on.mongo.database("gateway"), PROJECTIONS, "bench")
        past = await builds.view(PAST)
        stored = Stored(
            (await builds.view(TICKETS)).collection("tickets"),
            past.collection(ROWS.name),
            past.collection(VERSIONS.name),
        )
        contacts = (await builds.view(CONTACTS)).collection("contacts")
        words = await persons(on, contacts)
        await fill(stored, words, 0, few)
        names = (*LISTS, AS_OF, COUNTS)
        at_few = {name: await read(settings, stored, name, reads) for name in names}
        await fill(stored, words, few, many)
        at_many = {name: await read(settings, stored, name, reads) for name in names}
    figures = []
    for name in names:
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
    settings: Settings, stored: Stored, name: str, reads: int
) -> tuple[list[float], list[float]]:
    """Seconds of first pages over HTTP and of bare finds, both ascending."""
    path, query, bare = asked(stored, name)
    pages, finds = [], []
    base = f"http://127.0.0.1:{settings.http_port}"
    headers = {"Authorization": f"Bearer {agent_token(settings)}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        for _ in range(reads):
            began = time.perf_counter()
            answer = await client.get(path, params=query)
            pages.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
            assert answer.json()["items"]
            began = time.perf_counter()
            await bare()
            finds.append(time.perf_counter() - began)
    return sorted(pages), sorted(finds)


def asked(stored: Stored, name: str) -> tuple[str, Query, Callable[[], Awaitable[object]]]:
    """Where a list is asked for, how, and the same as a bare find or count."""
    if name == COUNTS:
        somebody = Principal("agent-7", "agent", WHOLE)
        views = [Filter.of(one.filter).asked(somebody) for one in STANDARD.values()]

        async def count() -> None:
            for one in views:
                await stored.tickets.count_documents(one.filter(None), COUNTED + 1, one.index)

        return "/v1/views/counts", {}, count
    if name == AS_OF:
        past = PastList.by(THEN, "team_id", "it", "open")
        query: Query = {"as_of": text(THEN), "team_id": "it", "status": "open"}
        found = partial(stored.versions.find, past.over(None))
        order, index = [("updated_at", -1), ("ticket_id", -1)], VERSIONS.indexes[0].fields
    else:
        query, wanted = LISTS[name]
        found = partial(stored.tickets.find, wanted.filter(None))
        order, index = wanted.order, wanted.index
    return (
        "/v1/tickets",
        {**query, "limit": str(PAGE)},
        lambda: found().sort(order).hint(index).limit(PAGE).to_list(),
    )


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
        documents.append(_document(CONTACTS.tables[0], id, [_recorded(created, id, 1, START)], []))
    await contacts.insert_many(documents)
    return list(zip(ids, words, strict=True))


async def fill(
    stored: Stored, words: Sequence[tuple[str, ContentRef]], first: int, last: int
) -> None:
    """Tickets from this number to that, a second apart, most of them solved and closed: what the
    read models' own folds make of their events, without Kafka. A batch is stored while the next is
    folded."""
    chance = random.Random(first)
    under_way: list[asyncio.Task[object]] = []
    async with asyncio.TaskGroup() as storing:
        for start in range(first, last, BATCH):
            lives = [life(n, words, chance) for n in range(start, min(last, start + BATCH))]
            left: list[Document] = []
            made = {
                collection: [_document(table, id, events, left) for id, events in lives]
                for collection, table in ((stored.tickets, TABLE), (stored.rows, ROWS))
            }
            await asyncio.gather(*under_way)
            made[stored.versions] = left
            under_way = [
                storing.create_task(collection.insert_many(documents, ordered=False))
                for collection, documents in made.items()
            ]
            await asyncio.sleep(0)  # so that they are on their way while the next are folded


def life(
    number: int, words: Sequence[tuple[str, ContentRef]], chance: random.Random
) -> tuple[str, Sequence[Recorded[object]]]:
    """A ticket's id, and what happened to it."""
    id = derived_id("t", str(number))
    at = START + timedelta(seconds=number)
    requester, said = chance.choice(words)
    agent = f"agent-{chance.randrange(AGENTS)}"
    facts = MessageFacts("email", "in", "customer", "public", said, at)
    opening = t.TicketOpened(number, requester, "support", facts, "d")
    if chance.random() < 0.03:
        steps = [(timedelta(), opening), (_SOON, t.TicketAssigned(team_id="it"))]
    elif chance.random() < 0.1:
        steps = [(timedelta(), opening), (_SOON, t.TicketAssigned(agent, "it"))]
    else:
        steps = [
            (timedelta(), opening),
            (_SOON, t.TicketAssigned(agent, "it")),
            (_SOLVED, t.TicketSolved("workaround", agent, "open")),
            (_CLOSED, t.TicketClosed(at)),
        ]
    return id, [_recorded(step, id, n, at + when) for n, (when, step) in enumerate(steps, 1)]


def _document(
    table: Table, id: str, events: Sequence[Recorded[object]], left: list[Document]
) -> Document:
    document: Document | None = None
    fold = table.fold_into(left)
    for recorded in events:
        document = fold(document, recorded)
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
