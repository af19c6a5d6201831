"""Reading the log from the command line: some partitions, from here to there, or on and on."""

from collections.abc import AsyncGenerator, Mapping

from aiokafka import TopicPartition

from libs.events.codec import KafkaRecord
from libs.events.kafka import Cluster, end_offsets

Offsets = Mapping[TopicPartition, int]


async def ends_of(cluster: Cluster, topics: list[str], partitions: list[int]) -> Offsets:
    """The ends of what is committed in these partitions of these topics."""
    wanted = [cluster.partition(topic, number) for topic in topics for number in partitions]
    return await end_offsets(cluster, wanted, "read_committed")


async def records_between(
    cluster: Cluster, starts: Offsets, ends: Offsets
) -> AsyncGenerator[KafkaRecord, None]:
    """Committed records from `starts` up to (not including) `ends`; each partition in its order."""
    unread = {tp for tp, end in ends.items() if starts[tp] < end}
    if not unread:
        return
    async with cluster.consumer(topics=_topics(cluster, unread)) as consumer:
        consumer.assign(list(unread))
        for tp in unread:
            consumer.seek(tp, starts[tp])
        while unread:
            for tp, batch in (await consumer.getmany(timeout_ms=500)).items():
                for record in batch:
                    if record.offset < ends[tp]:
                        yield record
            for tp in list(unread):
                if await consumer.position(tp) >= ends[tp]:
                    unread.discard(tp)
                    consumer.pause(tp)


async def records_from(cluster: Cluster, starts: Offsets) -> AsyncGenerator[KafkaRecord, None]:
    """Committed records from `starts` on, for as long as somebody asks."""
    async with cluster.consumer(topics=_topics(cluster, starts), fetch_max_wait_ms=100) as consumer:
        consumer.assign(list(starts))
        for tp, offset in starts.items():
            consumer.seek(tp, offset)
        while True:
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    yield record


def _topics(cluster: Cluster, partitions: Offsets | set[TopicPartition]) -> list[str]:
    return sorted({cluster.plain(tp.topic) for tp in partitions})
