"""What the records of a run would cost if they only had to be written: the limit of any decider."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from libs.events.codec import Outgoing
from libs.events.kafka import Cluster
from libs.events.provisioning import apply
from libs.events.transaction import write
from libs.settings import Settings

IN_A_TRANSACTION = 400


async def seconds(settings: Settings, records: Mapping[str, Sequence[Outgoing]]) -> float:
    """Seconds for these records, by topic, in transactions of a producer a lane, nothing decided.

    They go into a namespace of their own, ``bare-``.
    """
    cluster = Cluster(settings.model_copy(update={"namespace": "bare-"}))
    ledger, _ = await apply(cluster)

    async def produce(lane: int) -> None:
        producer = cluster.producer(transactional_id=f"bare-{lane}")
        await producer.start()
        try:
            for topic, some in records.items():
                mine = some[lane :: ledger.lanes]
                for start in range(0, len(mine), IN_A_TRANSACTION):
                    async with producer.transaction():
                        part = mine[start : start + IN_A_TRANSACTION]
                        await write(producer, cluster.topic(topic), lane, part)
        finally:
            await producer.stop()

    began = time.perf_counter()
    await asyncio.gather(*(produce(lane) for lane in range(ledger.lanes)))
    return time.perf_counter() - began
