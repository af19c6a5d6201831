"""Who reads our logs, and how far they are: what an erasure has to wait for, and may cut off."""

from collections.abc import Mapping

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from libs.events.kafka import Cluster, end_offsets
from libs.events.sources import Offsets, Source, sources_of
from libs.events.topics import INBOUND, TOPICS
from libs.settings import kafka_client_options


def event_sources(lanes: int) -> list[Source]:
    """Every partition of events, of every service."""
    return sources_of((t.name for t in TOPICS if t.name.endswith(".events")), lanes)


async def ends_of_events(cluster: Cluster, lanes: int) -> dict[Source, int]:
    """Where every partition of events ends now, open transactions included."""
    partitions = {cluster.partition(*source): source for source in event_sources(lanes)}
    ends = await end_offsets(cluster, partitions, "read_uncommitted")
    return {partitions[tp]: end for tp, end in ends.items()}


async def groups_passed(cluster: Cluster, ends: Offsets) -> bool:
    """Whether every group that follows events has read all that lies before these ends."""
    wanted = {cluster.partition(*source): end for source, end in ends.items()}
    behind = await _slowest(cluster, wanted)
    return not behind or await _only_markers(cluster, behind, wanted)


async def _slowest(
    cluster: Cluster, wanted: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The least committed offset of each partition that some group has not read to its end.

    Groups of this ledger count, ``<namespace><service>.<what it makes>…``. One that follows a
    topic and has said nothing of some partition yet stands at the beginning of that.
    """
    namespace = cluster.settings.namespace
    admin = AIOKafkaAdminClient(**kafka_client_options(cluster.settings))
    await admin.start()
    behind: dict[TopicPartition, int] = {}
    try:
        for group, *_ in await admin.list_consumer_groups():
            if not group.startswith(namespace) or "." not in group:
                continue
            committed = await admin.list_consumer_group_offsets(group)
            followed = {tp.topic for tp in committed}
            for tp, end in wanted.items():
                offset = committed[tp].offset if tp in committed else 0
                if tp.topic in followed and offset < end:
                    behind[tp] = min(offset, behind.get(tp, offset))
    finally:
        await admin.close()
    return behind


async def _only_markers(
    cluster: Cluster, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> bool:
    """Whether no event lies between these offsets. Transactions end with markers, which have
    offsets, too, and a reader need not step over the last of them."""
    topics = sorted({cluster.plain(tp.topic) for tp in starts})
    async with cluster.consumer(topics=topics, fetch_max_wait_ms=20) as consumer:
        consumer.assign(list(starts))
        for tp, offset in starts.items():
            consumer.seek(tp, offset)
        unread = set(starts)
        while unread:
            batches = await consumer.getmany(timeout_ms=500)
            if any(records[0].offset < ends[tp] for tp, records in batches.items()):
                return False
            passed = {tp for tp in unread if await consumer.position(tp) >= ends[tp]}
            if not passed:
                return False
            unread -= passed
    return True


async def cut_inbound(cluster: Cluster, lanes: int) -> None:
    """Cut off of ``channels.inbound`` what intake has read: other people's adapters may write
    senders and words in clear there, and all of it lives on in our own logs, or in dead letters."""
    partitions = [cluster.partition(INBOUND, lane) for lane in range(lanes)]
    async with cluster.consumer(group="intake") as consumer:
        read = {tp: await consumer.committed(tp) for tp in partitions}
    admin = AIOKafkaAdminClient(**kafka_client_options(cluster.settings))
    await admin.start()
    try:
        await admin.delete_records(
            {tp: RecordsToDelete(before_offset=offset) for tp, offset in read.items() if offset}
        )
    finally:
        await admin.close()
