"""Projections on real servers: right whoever feeds them and dies, stopped by a sentence."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import msgspec
import pytest

from libs.events.builds import collection_of, consumer_of
from libs.events.checkpoints import Checkpoints, Stopped
from libs.events.codec import decode_event
from libs.events.documents import Documents
from libs.events.envelope import Position, Recorded
from libs.events.folding import POSITION, by_document, fold_all
from libs.events.ids import new_id
from libs.events.projector import Projector
from libs.events.published.contacts import AddressReleased
from libs.events.sources import Source, beginning
from libs.mongo import Document
from libs.settings import Settings
from libs.telemetry import Telemetry
from tests.support.counter import Counted
from tests.support.lanes import Bench
from tests.support.reading import Replica, projecting, until, writer
from tests.support.tally import TALLY, TOTALS
from tests.support.writing import Writer

pytestmark = pytest.mark.integration
CONSUMER = consumer_of(TALLY, "v1-1")
COLLECTION = collection_of(TALLY, "totals", "v1-1")


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


@pytest.fixture
async def wide_bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger.model_copy(update={"lanes": 6})) as bench:
        yield bench


async def count_at_random(writer: Writer, ids: Sequence[str], events: int) -> Sequence[Position]:
    """Events of all these counters, of both sources."""
    some: list[tuple[str, msgspec.Struct]] = []
    for number in range(events):
        id = random.choice(ids)
        if number % 5:
            some.append((id, Counted(number, number)))
        else:
            some.append((new_id("a"), AddressReleased(id)))
    return await writer.append_all(some)


async def expected(bench: Bench) -> dict[str, Document | None]:
    """What the log says, folded offline."""
    events: list[Recorded[object]] = []
    for topic in TALLY.sources:
        ends = await _ends(bench, topic)
        events += [decode_event(r, topic) for r in await bench.records(topic, ends)]
    return {id: fold_all(TOTALS.fold, some) for id, some in by_document(TOTALS.key, events).items()}


async def _ends(bench: Bench, topic: str) -> int:
    async with bench.cluster.consumer() as consumer:
        tps = [bench.cluster.partition(topic, p) for p in range(bench.ledger.lanes)]
        return sum((await consumer.end_offsets(tps)).values())


async def assert_right(bench: Bench, replica: Replica) -> None:
    """Documents are what the log says, every event once."""
    found = {d.pop("_id"): d for d in await replica.documents("totals")}
    for document in found.values():
        del document[POSITION]
    wanted = await expected(bench)
    # two sources interleave at will, but each counter's own events stay in order
    assert found == wanted
    history = await replica.documents("history")
    assert len(history) == sum(await asyncio.gather(*(_ends(bench, t) for t in TALLY.sources)))


async def test_events_become_documents_history_and_a_checkpoint(bench: Bench) -> None:
    # given a running projection
    id = new_id("x")
    async with writer(bench) as log, projecting(bench) as replica:
        # when events come in
        positions = [
            *await log.append(id, Counted(4, 1), Counted(2, 2)),
            *await log.append(new_id("a"), AddressReleased(id)),
        ]
        await replica.shows(positions)
        # then the document holds them and knows where they stand
        [document] = await replica.documents("totals")
        assert document == {
            "_id": id,
            POSITION: {Source.of(p).key: p.offset for p in positions[1:]},
            "total": 6,
            "counts": 2,
            "releases": 1,
            "seen": [1, 2],
        }
        assert len(await replica.documents("history")) == 3
        # and Kafka's copy of the checkpoint follows, with nothing left to read
        checkpoints = replica.projections.checkpoints

        async def copied() -> bool:
            stored = await checkpoints.next_offsets(CONSUMER)
            committed = {}
            async with bench.cluster.consumer(group=CONSUMER) as consumer:
                for source in map(Source.of, positions):
                    tp = bench.cluster.partition(*source)
                    committed[source.key] = await consumer.committed(tp) or 0
            return (
                stored is not None
                and committed.items() <= stored.items()
                and all(committed.values())
            )

        await until(copied)


async def test_three_replicas_share_the_work_and_take_over_from_each_other(
    wide_bench: Bench,
) -> None:
    ids = [new_id("x") for _ in range(20)]
    async with writer(wide_bench) as log, projecting(wide_bench, replica=0) as first:
        # given one replica that has everything
        positions = [*await count_at_random(log, ids, 100)]
        # when two more join while events come in, and one of them dies and comes back
        async with projecting(wide_bench, replica=1, replicas=3):
            positions += await count_at_random(log, ids, 100)
            async with projecting(wide_bench, replica=2, replicas=3) as third:
                positions += await count_at_random(log, ids, 100)
                await third.kill()
                positions += await count_at_random(log, ids, 100)
                async with projecting(wide_bench, replica=2, replicas=3):
                    positions += await count_at_random(log, ids, 100)
                    # then every event is in exactly once
                    await first.shows(positions, seconds=40)
                    await assert_right(wide_bench, first)


async def test_of_two_processes_with_one_name_the_older_one_stops(bench: Bench) -> None:
    # given a process, and a second one that was started under its name
    ids = [new_id("x") for _ in range(5)]
    async with writer(bench) as log, projecting(bench) as older:
        await older.shows(await count_at_random(log, ids, 20))
        async with projecting(bench) as newer:
            # when the older one notices

            async def says_why() -> bool:
                return "another process runs as gateway-0" in str(older.projections.details())

            await until(says_why)
            # then the newer one goes on, undisturbed
            await newer.shows(await count_at_random(log, ids, 20))
            await assert_right(bench, newer)


async def test_a_kill_between_documents_and_checkpoint_counts_nothing_twice(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(5)]
    async with writer(bench) as log:
        # given a projector that wrote half of its documents, but no checkpoint, when it died
        async with projecting(bench):
            pass
        positions = await count_at_random(log, ids, 60)
        records = await bench.records("tickets.events", 48)
        half = [decode_event(record, "tickets.events") for record in records[:30]]
        await Documents(TOTALS, bench.mongo.database("gateway")[COLLECTION]).apply(half)
        # when it starts again
        async with projecting(bench) as replica:
            # then every event is in exactly once
            await replica.shows(positions)
            await assert_right(bench, replica)


async def test_two_projectors_that_each_think_they_are_alone_do_no_harm(bench: Bench) -> None:
    # given two that work on the same documents with their own memory, as after a SIGSTOP
    ids = [new_id("x") for _ in range(4)]
    async with writer(bench) as log, projecting(bench) as replica:
        await replica.shows(await count_at_random(log, ids, 40))
        await replica.kill()
        positions = await count_at_random(log, ids, 200)
        collection = bench.mongo.database("gateway")[COLLECTION]
        records = await bench.records("tickets.events", 192)
        events = [decode_event(record, "tickets.events") for record in records]
        by_partition = [[e for e in events if e.position.partition == p] for p in (0, 1)]
        alone, zombie = Documents(TOTALS, collection), Documents(TOTALS, collection)
        # when both fold the same events at the same time, in batches of other sizes

        async def fold(documents: Documents, size: int) -> None:
            for some in by_partition:
                for start in range(0, len(some), size):
                    await documents.apply(some[start : start + size])

        await asyncio.gather(fold(alone, 7), fold(zombie, 11))
        # then the documents are right, also for the one who goes on
        async with projecting(bench) as after:
            await after.shows(positions)
            await assert_right(bench, after)


async def projector(bench: Bench, ledger_id: str) -> Projector:
    checkpoints = Checkpoints(bench.mongo.database("gateway"), ledger_id)
    await checkpoints.begin(CONSUMER, beginning(TALLY.sources, bench.ledger.lanes))
    return Projector(
        TALLY,
        "v1-1",
        cluster=bench.cluster,
        database=bench.mongo.database("gateway"),
        checkpoints=checkpoints,
        telemetry=Telemetry(),
    )


async def stopped(projector: Projector) -> str:
    """The sentence with which it stops."""
    with pytest.raises(Stopped) as why:
        async with asyncio.timeout(20):
            await projector.run()
    return str(why.value)


async def test_a_foreign_ledger_stops_it(bench: Bench) -> None:
    # given a checkpoint that was made from another Kafka
    ours = await projector(bench, bench.ledger.id)
    database = bench.mongo.database("gateway")
    await database["checkpoints"].update_one({"_id": CONSUMER}, {"$set": {"ledger": "other"}})
    # then it does not fold this log into those documents
    assert "belongs to the ledger other" in await stopped(ours)


async def test_a_kafka_that_was_replaced_stops_it(bench: Bench) -> None:
    assert "now holds the ledger" in await stopped(await projector(bench, "of before"))


async def test_a_log_that_lost_its_tail_stops_it(bench: Bench) -> None:
    ours = await projector(bench, bench.ledger.id)
    checkpoints = Checkpoints(bench.mongo.database("gateway"), bench.ledger.id)
    await checkpoints.store({CONSUMER: {Source("tickets.events", 1): 17}})
    assert "stands at 17 of tickets.events/1, which ends at 0" in await stopped(ours)


async def test_a_missing_checkpoint_stops_it(bench: Bench) -> None:
    ours = await projector(bench, bench.ledger.id)
    await bench.mongo.database("gateway")["checkpoints"].delete_one({"_id": CONSUMER})
    assert f"the checkpoint of {CONSUMER} is missing" in await stopped(ours)


async def test_a_source_without_a_position_stops_it(bench: Bench) -> None:
    ours = await projector(bench, bench.ledger.id)
    await bench.mongo.database("gateway")["checkpoints"].update_one(
        {"_id": CONSUMER}, {"$unset": {"next.tickets-events/0": 1}}
    )
    assert "has no position in tickets.events/0" in await stopped(ours)


async def test_an_event_of_a_newer_version_stops_it_before_it_skips_anything(bench: Bench) -> None:
    id = new_id("x")
    async with writer(bench) as log:
        # given an event of today, and one that a newer program has written
        [position] = await log.append(id, Counted(1, 1))
        [record] = await bench.records("tickets.events", 1)
        headers = [
            (n, v.replace(b".v1", b".v2") if n == "ce_type" else v) for n, v in record.headers
        ]
        await bench.send_raw(
            "tickets.events", position.partition, key=id.encode(), value=b"{}", headers=headers
        )
    # when a process reads them
    async with projecting(bench) as replica:
        # then its health says which program to deploy, and nothing behind it is read

        async def says_why() -> bool:
            return "Counted version 2 is newer" in str(replica.projections.details())

        await until(says_why)
        stored = await replica.projections.checkpoints.next_offsets(CONSUMER)
        assert stored is not None
        assert stored[Source.of(position).key] <= position.offset + 1


async def test_a_process_is_ready_once_it_has_caught_up(bench: Bench) -> None:
    async with writer(bench) as log:
        positions = await count_at_random(log, [new_id("x")], 300)
    async with projecting(bench) as replica:

        async def ready() -> bool:
            return replica.progress.report()[TALLY.id].ready

        await until(ready)
        await replica.shows(positions, seconds=0)


async def test_a_fold_with_a_bug_stops_its_projection_and_no_other(bench: Bench) -> None:
    def fail(document: Document | None, recorded: Recorded[object]) -> Document:
        raise ZeroDivisionError("a bug in a fold")

    buggy = replace(TALLY, name="buggy", tables=(replace(TOTALS, fold=fail),))
    # given two projections of one process
    async with writer(bench) as log, projecting(bench, [TALLY, buggy]) as replica:
        # when one of them cannot fold what the other can
        await replica.shows(await count_at_random(log, [new_id("x")], 10))

        # then the one says so, and the other goes on
        async def says_why() -> bool:
            return "ZeroDivisionError: a bug in a fold" in str(replica.projections.details())

        await until(says_why)
        await replica.shows(await count_at_random(log, [new_id("x")], 10))
        await assert_right(bench, replica)
