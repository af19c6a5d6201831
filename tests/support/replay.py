"""The replay of a log: incidents sent as commands, and what the tickets' log tells of them then."""

from collections.abc import Iterable
from itertools import islice

from libs.events.codec import decode_event
from libs.events.kafka import Cluster, CommandSender, end_offsets
from libs.events.topics import events
from tests.support.bpic import Incident, commands
from tests.support.course import Course

AT_ONCE = 100
TOPIC = events("tickets")


async def send(sender: CommandSender, incidents: Iterable[Incident]) -> int:
    """Send these incidents' commands, in order; how many there were."""
    some, sent = iter(incidents), 0
    while part := list(islice(some, AT_ONCE)):
        to_send = [command for incident in part for command in commands(incident)]
        await sender.send(to_send)
        sent += len(to_send)
    return sent


async def courses(cluster: Cluster, lanes: int) -> dict[str, Course]:
    """Every ticket's course, by its id, as the log tells it now."""
    partitions = [cluster.partition(TOPIC, lane) for lane in range(lanes)]
    ends = await end_offsets(cluster, partitions, "read_committed")
    found: dict[str, Course] = {}
    async with cluster.consumer(fetch_max_wait_ms=50) as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        while [tp for tp in partitions if await consumer.position(tp) < ends[tp]]:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                for record in batch:
                    recorded = decode_event(record, TOPIC)
                    course = found.get(recorded.aggregate_id)
                    if course is None:
                        course = found[recorded.aggregate_id] = Course.begun(recorded)
                    course.take(recorded)
    return found
