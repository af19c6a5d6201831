"""Rebuilding the gateway's tickets, lists and histories, from a long log: what it costs beside its
three parts taken one after the other (consume, decode and fold, insert).
"""

import asyncio
import gc
import itertools
import logging
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import uvloop

from bench import stack
from bench.frame import Chapter, Figure, at_least_times
from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.builds import collection_of, make_indexes
from libs.events.bulk import INSERT, SLICE, STREAMS
from libs.events.codec import KafkaRecord, Outgoing, decode_event, encode_event, encoder
from libs.events.envelope import Position, Recorded
from libs.events.folding import Held
from libs.events.ids import event_id, new_id, partition_of
from libs.events.kafka import Cluster, Ledger
from libs.events.provisioning import apply
from libs.events.published import tickets as t
from libs.events.published.messages import Direction, MessageFacts, Role
from libs.events.rebuild import Rebuild
from libs.events.transaction import write
from libs.keyring import Keyring
from libs.mongo import Collection, Document, Mongo, connect
from libs.settings import Settings
from libs.telemetry import Telemetry
from services.gateway.tickets.projection import TICKETS

EVENTS = 1_000_000
QUICK_EVENTS = 4_000
TOPIC = "tickets.events"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
CHUNK = 50_000
ALIVE = 500


def life(number: int) -> Sequence[msgspec.Struct]:
    """What happens to a ticket that is answered, asked back, and solved."""

    def message(name: str, role: Role, direction: Direction) -> MessageFacts:
        content = ContentRef(f"{number:08x}{name}", 1_532, RENDITION_TYPE, f"{number:064x}")
        return MessageFacts(
            channel="email",
            direction=direction,
            role=role,
            visibility="public",
            rendition=content,
            received_at=START + timedelta(seconds=number),
            length=480,
            language="en",
        )

    customer, agent = f"p-{number % 256:02x}{number:024x}", f"agent-{number % 40}"
    answer = message("a", "agent", "out")
    return [
        t.TicketOpened(
            number, customer, "support", message("q", "customer", "in"), f"{number:064x}"
        ),
        t.TicketAssigned(agent_id=agent, team_id="billing", reason="skill"),
        t.AgentReplied(agent_id=agent, to_id=customer, account="support", message=answer),
        t.ReplyDelivered(reply_sequence=3, attempts=1),
        t.TicketMarkedPending(from_status="open"),
        t.CustomerMessageAdded(customer, message("r", "customer", "in"), f"{number:063x}r"),
        t.TicketSolved("solved_permanently", agent, "open"),
        t.TicketRated(score=1 + number % 5, agent_id=agent),
    ]


async def write_log(cluster: Cluster, ledger: Ledger, keyring: Keyring, events: int) -> None:
    """So many events of tickets of which hundreds live side by side, as lanes write them."""
    json = encoder(keyring)
    steps = len(life(0))
    async with cluster.producing(linger_ms=5) as producer:
        for first in range(0, events // steps, ALIVE):
            tickets = [(new_id("t"), life(number)) for number in range(first, first + ALIVE)]
            batches: dict[int, list[Outgoing]] = {p: [] for p in range(ledger.lanes)}
            for step, (id, lived) in itertools.product(range(steps), tickets):
                recorded = _recorded(id, lived[step], step + 1, START + timedelta(seconds=first))
                batches[partition_of(id, ledger.lanes)].append(encode_event(recorded, json))
            await asyncio.gather(
                *(write(producer, cluster.topic(TOPIC), p, some) for p, some in batches.items())
            )


def _recorded(id: str, data: msgspec.Struct, sequence: int, at: datetime) -> Recorded[object]:
    return Recorded(
        data=data,
        event_id=event_id(),
        type=type(data).__name__,
        version=1,
        aggregate_id=id,
        sequence=sequence,
        occurred_at=at,
        recorded_at=at,
        actor="agent:ann",
        correlation_id=event_id(),
        causation_id=event_id(),
        input=f"tickets.commands/0/{sequence}",
        aggregate_prev="0" * 64,
        partition_prev="0" * 64,
        position=Position(TOPIC, 0, 0),
    )


async def chunks(
    cluster: Cluster, ledger: Ledger
) -> AsyncIterator[tuple[float, list[KafkaRecord]]]:
    """The log in pieces of CHUNK records, each with the seconds that consuming it took."""
    partitions = [cluster.partition(TOPIC, p) for p in range(ledger.lanes)]
    async with cluster.consumer() as consumer:
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for tp in partitions:
            consumer.seek(tp, 0)
        records: list[KafkaRecord] = []
        began = time.perf_counter()
        left = True
        while left:
            for batch in (await consumer.getmany(timeout_ms=500, max_records=SLICE)).values():
                records += batch
            left = any([await consumer.position(tp) < ends[tp] for tp in partitions])
            if len(records) >= CHUNK or not left:
                yield time.perf_counter() - began, records
                records, began = [], time.perf_counter()


async def in_series(cluster: Cluster, ledger: Ledger, mongo: Mongo) -> tuple[float, float, float]:
    """Seconds that consuming, decoding and folding, and inserting take, nothing side by side.

    What one part hands to the next is made while its clock stands.
    """
    database = mongo.database("bench")
    consume = fold = insert = 0.0
    held: dict[str, dict[str, Held]] = {table.name: {} for table in TICKETS.tables}
    gc.disable()
    async for seconds, records in chunks(cluster, ledger):
        consume += seconds
        began = time.perf_counter()
        recorded = [decode_event(record, TOPIC) for record in records]
        appended: dict[str, list[Document]] = {}
        for table in TICKETS.tables:
            for one in recorded:
                id = table.key(one)
                if id is None:
                    continue
                if table.append:
                    document = {"_id": id, **table.fold(None, one)}
                    appended.setdefault(table.name, []).append(document)
                else:
                    held[table.name].setdefault(id, Held()).fold_one(table.fold, one)
        fold += time.perf_counter() - began
        for name, documents in appended.items():
            insert += await _insert(database[collection_of(TICKETS, name, "series")], documents)
    for name, by_id in held.items():
        documents = [one.to_store(id) for id, one in by_id.items()]
        if documents:
            insert += await _insert(database[collection_of(TICKETS, name, "series")], documents)
    gc.enable()
    began = time.perf_counter()
    await make_indexes(database, TICKETS, "series")
    insert += time.perf_counter() - began
    await mongo.drop_database("bench")
    return consume, fold, insert


async def _insert(collection: Collection, documents: Sequence[Document]) -> float:
    pieces = iter([documents[n : n + INSERT] for n in range(0, len(documents), INSERT)])

    async def stream() -> None:
        for piece in pieces:
            await collection.insert_many(piece, ordered=False)

    began = time.perf_counter()
    await asyncio.gather(*(stream() for _ in range(STREAMS)))
    return time.perf_counter() - began


async def measure(settings: Settings, events: int) -> Chapter:
    """Write the log, take the parts, rebuild."""
    cluster = Cluster(settings)
    ledger, _ = await apply(cluster)
    mongo = connect(settings)
    await write_log(cluster, ledger, Keyring(mongo, settings), events)
    consume, fold, insert = await in_series(cluster, ledger, mongo)
    began = time.perf_counter()
    outcome = await Rebuild(
        TICKETS,
        "bench",
        cluster=cluster,
        database=mongo.database("gateway"),
        ledger=ledger,
        telemetry=Telemetry(),
    ).run()
    whole = time.perf_counter() - began
    await mongo.close()
    count = outcome.events
    return Chapter(
        "(d) Rebuild of the gateway's tickets",
        [
            Figure("consume only", count / consume, "events/s"),
            Figure("decode and fold only", count / fold, "events/s"),
            Figure("insert only, indexes included", count / insert, "events/s"),
            Figure(
                "rebuild, to the flip",
                count / whole,
                "events/s",
                "the three in series",
                count / (consume + fold + insert),
                [at_least_times(0.85)],
            ),
        ],
        f"{count:,} events of {count // len(life(0)):,} tickets; two tables (lists with "
        f"{len(TICKETS.tables[0].indexes)} indexes, histories with a document an event). "
        f"Consume {consume:.1f} s, decode and fold {fold:.1f} s, insert {insert:.1f} s; "
        f"rebuild {whole:.1f} s.",
    )


def chapter(quick: bool) -> Chapter:
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    with stack.running(only=stack.SERVERS) as settings:
        return uvloop.run(measure(settings, QUICK_EVENTS if quick else EVENTS))
