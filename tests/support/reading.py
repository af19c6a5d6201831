"""Processes that project, as replicas of one service, in the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from libs.events.envelope import Position
from libs.events.kafka import Cluster
from libs.events.projection import Projection
from libs.events.projections import Projections
from libs.mongo import Document
from libs.telemetry import Progress, Telemetry
from tests.support.lanes import Bench
from tests.support.tally import TALLY
from tests.support.writing import Writer


@dataclass
class Replica:
    """One process of the gateway."""

    projections: Projections
    progress: Progress
    task: "asyncio.Task[None]"

    async def documents(self, table: str, projection: Projection = TALLY) -> list[Document]:
        """What a reader finds, by id."""
        view = await self.projections.builds.view(projection)
        return await view.collection(table).find().sort("_id").to_list()

    async def shows(
        self, positions: Iterable[Position], projection: Projection = TALLY, seconds: float = 20
    ) -> None:
        """Wait until the read build holds all of these."""
        view = await self.projections.builds.view(projection)
        for position in positions:
            assert await self.projections.checkpoints.passed(view.consumer, position, seconds)

    async def kill(self) -> None:
        """Stop it in the middle of whatever it does."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@contextlib.asynccontextmanager
async def writer(bench: Bench) -> AsyncIterator[Writer]:
    """Who writes the log."""
    async with bench.cluster.producing() as producer:
        yield Writer(bench.cluster, producer, bench.keyring, bench.ledger.lanes)


@contextlib.asynccontextmanager
async def projecting(
    bench: Bench, projections: Sequence[Projection] = (TALLY,), replica: int = 0, replicas: int = 1
) -> AsyncIterator[Replica]:
    """A replica that feeds and reads these projections while the block runs."""
    settings = bench.settings.model_copy(update={"replica": replica, "replicas": replicas})
    progress = Progress()
    running = Projections(
        "gateway",
        projections,
        cluster=Cluster(settings),
        database=bench.mongo.database("gateway"),
        ledger=bench.ledger,
        telemetry=Telemetry(),
        progress=progress,
    )
    process = Replica(running, progress, asyncio.create_task(running.run()))
    try:
        async with asyncio.timeout(20):
            while not await _begun(running, projections):
                if process.task.done():
                    process.task.result()
                await asyncio.sleep(0.02)
        yield process
    finally:
        await process.kill()


async def _begun(running: Projections, projections: Sequence[Projection]) -> bool:
    try:
        for projection in projections:
            await running.builds.view(projection)
    except LookupError:
        return False
    return True


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)
