"""A projection that follows the log, event by event stored, beside bare replaces of the same
documents in parallel streams.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import uvloop

from bench import stack
from bench.frame import Chapter, Figure, at_least_times
from bench.rebuild import TOPIC, chunks, life, write_log
from libs.events.builds import Builds, make_indexes
from libs.events.checkpoints import Checkpoints
from libs.events.codec import decode_event
from libs.events.folding import Held
from libs.events.kafka import Cluster, Ledger
from libs.events.projection import Projection
from libs.events.projector import MAX_BATCH, Projector
from libs.events.provisioning import apply
from libs.keyring import Keyring
from libs.mongo import Collection, Database, Document, ReplaceOne, connect
from libs.settings import Settings
from libs.telemetry import Telemetry
from services.gateway.tickets import view
from services.gateway.tickets.projection import TICKETS

EVENTS = 160_000
QUICK_EVENTS = 4_000
STREAMS = 4
LISTS = replace(TICKETS, name="lists", tables=(view.TABLE,))


async def online(
    cluster: Cluster, ledger: Ledger, database: Database, projection: Projection
) -> float:
    """Seconds until a projector has stored the whole log, from its first poll."""
    checkpoints = Checkpoints(database, ledger.id)
    await Builds(database, [projection]).begin(projection, ledger.lanes, checkpoints)
    projector = Projector(
        projection,
        "v1-1",
        cluster=cluster,
        database=database,
        checkpoints=checkpoints,
        telemetry=Telemetry(),
    )
    partitions = [cluster.partition(TOPIC, p) for p in range(ledger.lanes)]
    async with cluster.consumer() as consumer:
        ends = await consumer.end_offsets(partitions)
    running = asyncio.create_task(projector.run())
    began = 0.0
    while True:
        stored = await checkpoints.next_offsets(projector.consumer) or {}
        if any(stored.values()) and not began:
            began = time.perf_counter()
            already = sum(stored.values())
        if sum(stored.values()) >= sum(ends.values()):
            break
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - began
    running.cancel()
    await asyncio.wait([running])
    total = sum(ends.values())
    return float(seconds * total / (total - already))


async def bare(collection: Collection, documents: Sequence[Document]) -> float:
    """Seconds that replacing these one by one takes, in parallel streams."""
    rest = iter(documents)

    async def stream() -> None:
        for document in rest:
            await collection.replace_one({"_id": document["_id"]}, document, upsert=True)

    began = time.perf_counter()
    await asyncio.gather(*(stream() for _ in range(STREAMS)))
    return time.perf_counter() - began


async def bulks(collection: Collection, documents: Sequence[Document]) -> float:
    """Seconds that replacing them in bulks takes, one bulk after the other, on no condition."""
    began = time.perf_counter()
    for start in range(0, len(documents), MAX_BATCH):
        some = documents[start : start + MAX_BATCH]
        await collection.bulk_write(
            [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in some],
            ordered=False,
        )
    return time.perf_counter() - began


async def every_version(cluster: Cluster, ledger: Ledger) -> list[Document]:
    """The list's documents after every event, in the order of the log."""
    held: dict[str, Held] = {}
    documents = []
    async for _, records in chunks(cluster, ledger):
        for record in records:
            recorded = decode_event(record, TOPIC)
            one = held.setdefault(recorded.aggregate_id, Held())
            one.fold_one(view.TABLE.fold, recorded)
            documents.append({**one.to_store(recorded.aggregate_id), "_position": {}})
    return documents


async def measure(settings: Settings, events: int) -> Chapter:
    """Write the log, let a projector follow it, replace the same documents."""
    cluster = Cluster(settings)
    ledger, _ = await apply(cluster)
    mongo = connect(settings)
    await write_log(cluster, ledger, Keyring(mongo, settings), events)
    documents = await every_version(cluster, ledger)
    count = len(documents)
    lists = await online(cluster, ledger, mongo.database("lists"), LISTS)
    both = await online(cluster, ledger, mongo.database("both"), TICKETS)
    database = mongo.database("bare")
    await make_indexes(database, LISTS, "v1-1")
    replaces = await bare(database["lists.tickets.v1-1"], documents)
    await database["lists.tickets.v1-1"].drop()
    await make_indexes(database, LISTS, "v1-1")
    bulk = await bulks(database["lists.tickets.v1-1"], documents)
    await mongo.close()
    return Chapter(
        "(e) Online projection",
        [
            Figure(
                "tickets' list, following the log",
                count / lists,
                "events/s",
                f"bare replaces in {STREAMS} streams",
                count / replaces,
                [at_least_times(0.7)],
            ),
            Figure(
                "tickets' list, following the log",
                count / lists,
                "events/s",
                f"bare bulks of {MAX_BATCH}, without consuming, folding and conditions",
                count / bulk,
            ),
            Figure("the same with histories", count / both, "events/s"),
        ],
        f"{count:,} events of {count // len(life(0)):,} tickets, nearly every event of a poll for "
        f"another document; the list has {len(view.TABLE.indexes)} indexes, also for the bare "
        "replaces. Each write is journaled, by a majority.",
    )


def chapter(quick: bool) -> Chapter:
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    with stack.running(only=stack.SERVERS) as settings:
        return uvloop.run(measure(settings, QUICK_EVENTS if quick else EVENTS))
