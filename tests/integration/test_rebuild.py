"""Rebuilds: beside what is read, never mixed into it; taken up after a kill, or abandoned."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from libs.events import builds
from libs.events.builds import Builds, collection_of
from libs.events.folding import POSITION
from libs.events.ids import new_id
from libs.events.projection import Projection
from libs.events.rebuild import Busy, Rebuild, Step
from libs.mongo import Document
from libs.settings import Settings, kafka_client_options
from libs.telemetry import Telemetry
from tests.support.counter import Counted
from tests.support.lanes import Bench
from tests.support.reading import Replica, projecting, until, writer
from tests.support.tally import TALLY, tally
from tests.support.writing import Writer

pytestmark = pytest.mark.integration
# Less than one slice of the log needs.
SMALL = 50_000


class Killed(BaseException):
    """As a kill -9 would end it: nobody cleans up."""


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


def rebuild(
    bench: Bench, projection: Projection = TALLY, name: str = "cli", memory_bytes: int = 10**9
) -> Rebuild:
    return Rebuild(
        projection,
        name,
        cluster=bench.cluster,
        database=bench.mongo.database("gateway"),
        ledger=bench.ledger,
        telemetry=Telemetry(),
        memory_bytes=memory_bytes,
    )


async def count(log: Writer, ids: list[str], events: int) -> None:
    await log.append_all([(ids[n % len(ids)], Counted(1, n)) for n in range(events)])


async def builds_of(bench: Bench) -> dict[str, str]:
    """Every build's state, by name."""
    found = await Builds(bench.mongo.database("gateway"), [TALLY]).refresh()
    return {name: build.state for name, build in found[TALLY.id].builds.items()}


async def collections(bench: Bench) -> set[str]:
    return {
        name
        for name in await bench.mongo.database("gateway").list_collection_names()
        if name.startswith("tally.")
    }


async def groups(bench: Bench) -> set[str]:
    admin = AIOKafkaAdminClient(**kafka_client_options(bench.settings))
    await admin.start()
    try:
        found = {name for name, _ in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    return {bench.cluster.plain(name) for name in found if bench.settings.namespace in name}


async def documents(bench: Bench, table: str, build: str) -> list[Document]:
    collection = bench.mongo.database("gateway")[collection_of(TALLY, table, build)]
    return await collection.find().sort("_id").to_list()


async def caught_up(replica: Replica, projection: Projection = TALLY) -> None:
    async def ready() -> bool:
        return replica.progress.report()[projection.id].ready

    await until(ready)


async def test_a_rebuild_gives_the_same_documents_and_the_old_ones_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "GRACE", timedelta(seconds=1))
    ids = [new_id("x") for _ in range(30)]
    async with writer(bench) as log, projecting(bench) as replica:
        # given a projection that is being read
        await count(log, ids, 300)
        await caught_up(replica)
        before = [await documents(bench, table, "v1-1") for table in ("totals", "history")]
        # when it is rebuilt
        steps: list[Step] = []
        outcome = await rebuild(bench).run(steps.append)
        # then the new build is active, with the same documents, and the way there was shown
        assert (outcome.build, outcome.previous, outcome.events) == ("v1-2", "v1-1", 300)
        assert [await documents(bench, t, "v1-2") for t in ("totals", "history")] == before
        assert {step.phase for step in steps} >= {"folding", "indexing", "catching up", "active"}
        # and once its reader has changed over, the old one goes with all that belongs to it

        async def gone() -> bool:
            return await builds_of(bench) == {"v1-2": "active"}

        await until(gone, seconds=40)
        assert await collections(bench) == {"tally.totals.v1-2", "tally.history.v1-2"}
        assert await groups(bench) == {"gateway.tally.v1-2"}
        # and the new one is fed
        await count(log, ids, 30)
        view = await replica.projections.builds.view(TALLY)
        assert view.build == "v1-2"

        async def fed() -> bool:
            return bool(sum(d["total"] for d in await replica.documents("totals")) == 330)

        await until(fed)


async def test_readers_never_see_a_mix_nor_go_back_while_events_come_in(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(10)]
    async with writer(bench) as log, projecting(bench) as replica:
        await count(log, ids, 200)
        await caught_up(replica)
        seen: dict[str, int] = dict.fromkeys(ids, 0)
        read: list[str] = []

        async def write() -> None:
            while True:
                await count(log, ids, 10)
                await asyncio.sleep(0.01)

        async def read_on() -> None:
            while True:
                view = await replica.projections.builds.view(TALLY)
                totals = await view.collection("totals").find().to_list()
                history = view.collection("history")
                for one in totals:
                    # then no counter ever goes back, and every event that it counts once is there
                    assert one["total"] == one["counts"] == len(set(one["seen"]))
                    assert one["total"] >= seen[one["_id"]]
                    seen[one["_id"]] = one["total"]
                entries = await history.count_documents({"id": ids[0], "type": "Counted"})
                assert entries > 0
                read.append(view.build)
                await asyncio.sleep(0)

        # given someone who writes and someone who reads, all the time
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(write()), group.create_task(read_on())]
            # when it is rebuilt twice
            for _ in range(2):
                outcome = await rebuild(bench).run()

                async def changed_over(build: str = outcome.build) -> bool:
                    return read[-1:] == [build]

                await until(changed_over)
            for task in tasks:
                task.cancel()
        # then the reader has gone over from build to build, each time once
        assert list(dict.fromkeys(read)) == ["v1-1", "v1-2", "v1-3"]
        assert read == sorted(read)


async def test_a_rebuild_that_is_abandoned_leaves_the_active_one_and_nothing_else(
    bench: Bench,
) -> None:
    async with writer(bench) as log, projecting(bench) as replica:
        await count(log, [new_id("x") for _ in range(50)], 2_000)
        await caught_up(replica)
        # given a rebuild that has begun to write
        cancelled = rebuild(bench, memory_bytes=SMALL)
        await killed_after_a_checkpoint(cancelled)
        assert await documents(bench, "totals", "v1-2") != []
        # when it is cancelled
        await cancelled.abandon()
        # then
        assert await builds_of(bench) == {"v1-1": "active"}
        assert await collections(bench) == {"tally.totals.v1-1", "tally.history.v1-1"}
        assert await groups(bench) == {"gateway.tally.v1-1"}
        assert len(await replica.documents("history")) == 2_000


async def killed_after_a_checkpoint(some: Rebuild) -> None:
    """Run a rebuild with so little memory that it stores something; it dies on the way."""

    def die(step: Step) -> None:
        if step.phase == "folding" and step.done > 0:
            raise Killed

    with pytest.raises(Killed):
        await some.run(die)


async def test_a_rebuild_that_was_killed_is_taken_up_where_it_was(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with writer(bench) as log:
        ids = [new_id("x") for _ in range(40)]
        await count(log, ids, 9_000)
    async with projecting(bench) as replica:
        await caught_up(replica)
    expected = await documents(bench, "totals", "v1-1")
    # given a rebuild that was killed after some of its checkpoints
    await killed_after_a_checkpoint(rebuild(bench, name="killed", memory_bytes=SMALL))
    # when somebody else tries while its last sign of life is fresh
    # then one is told who is at it
    with pytest.raises(Busy, match="killed is rebuilding"):
        await rebuild(bench).run()
    # and when it is known to be gone
    monkeypatch.setattr(builds, "GONE", timedelta(seconds=0))
    outcome = await rebuild(bench, memory_bytes=SMALL).run()
    # then only the rest is read, and the documents are right
    assert outcome.build == "v1-2"
    assert 0 < outcome.events < 9_000
    assert await documents(bench, "totals", "v1-2") == expected
    assert len(await documents(bench, "history", "v1-2")) == 9_000


async def test_a_log_larger_than_memory_is_rebuilt_in_pieces(bench: Bench) -> None:
    async with writer(bench) as log:
        # given counters that go on for the whole length of the log
        ids = [new_id("x") for _ in range(100)]
        await count(log, ids, 9_000)
    async with projecting(bench) as replica:
        await caught_up(replica)
    # when there is room for a part of it only
    outcome = await rebuild(bench, memory_bytes=SMALL).run()
    # then the documents are the same
    assert outcome.events == 9_000
    assert await documents(bench, "totals", "v1-2") == await documents(bench, "totals", "v1-1")
    assert len(await documents(bench, "history", "v1-2")) == 9_000


async def test_code_of_a_new_version_builds_its_own_and_the_old_code_reads_on(
    bench: Bench,
) -> None:
    ids = [new_id("x") for _ in range(10)]
    old, new = tally(1), tally(2)
    async with writer(bench) as log, projecting(bench, [old], replica=0) as before:
        # given a build of the old version
        await count(log, ids, 100)
        await caught_up(before, old)
        # when a replica with newer code comes up beside it
        async with projecting(bench, [new], replica=1) as after:
            await caught_up(after, new)
            await count(log, ids, 100)
            # then each of the two reads what its own fold has made, and both are fed
            for replica, projection in ((before, old), (after, new)):

                async def complete(
                    replica: Replica = replica, projection: Projection = projection
                ) -> bool:
                    found = await replica.documents("totals", projection)
                    return bool(sum(d["total"] for d in found) == 200)

                await until(complete)
                found = await replica.documents("totals", projection)
                assert {d["version"] for d in found} == {projection.version}
        assert await builds_of(bench) == {"v1-1": "retiring", "v2-2": "active"}


async def test_positions_of_a_rebuilt_document_are_those_of_the_one_that_was_fed(
    bench: Bench,
) -> None:
    async with writer(bench) as log:
        id = new_id("x")
        positions = await log.append(id, Counted(1, 1), Counted(1, 2))
    await rebuild(bench).run()
    [document] = await documents(bench, "totals", "v1-2")
    assert document[POSITION] == {f"tickets-events/{positions[-1].partition}": positions[-1].offset}


async def test_nobody_needs_to_run_for_a_rebuild(bench: Bench) -> None:
    async with writer(bench) as log:
        await count(log, [new_id("x")], 10)
    async with asyncio.timeout(20):
        outcome = await rebuild(bench).run()
    assert (outcome.build, await builds_of(bench)) == (
        "v1-2",
        {"v1-1": "retiring", "v1-2": "active"},
    )
