"""A real desk's log replayed: events written a second, beside the same in bare transactions.

The commands lie in Kafka before the lanes start, so it is deciding that is measured. Needs the log
of BPI Challenge 2013 (tests/support/bpic.py says where it is looked for).
"""

import time
from itertools import islice

import uvloop

from bench import bare
from bench.frame import Chapter, Figure, NotHere, at_least_times
from bench.stack import running
from libs.events.codec import Outgoing
from libs.events.topics import events
from libs.settings import Settings
from tests.support.bpic import DESK, INCIDENTS, incidents, row_of, ticket_id, truth
from tests.support.lanes import Bench
from tests.support.replay import courses, send

QUICK_INCIDENTS = 200
PATIENCE_SECONDS = 600.0
TOPIC = events("tickets")


def chapter(quick: bool) -> Chapter:
    if not INCIDENTS.exists():
        raise NotHere("the log of BPI Challenge 2013 is not in ../shared/corpora/eventlog")
    with running(("kafka", "mongod")) as settings:
        figures = uvloop.run(replayed(settings, QUICK_INCIDENTS if quick else None))
    return Chapter(
        "(i) A real desk's log, replayed",
        figures,
        "Incidents of BPI Challenge 2013 as commands with their own instants; two lanes in one "
        f"process, {bare.IN_A_TRANSACTION} records a transaction beside it. A row is equal if all "
        "18 figures of it are: instants, final status, hand-overs, tiers, reopenings, seconds "
        "waiting and queued.",
    )


async def replayed(settings: Settings, most: int | None) -> list[Figure]:
    """Send so many incidents (None: all), then let the lanes work them off."""
    async with Bench.on(settings) as bench:
        lanes = bench.ledger.lanes
        sent = await send(bench.sender, islice(incidents(), most))
        began = time.perf_counter()
        async with bench.running(DESK, *range(lanes)):
            await bench.drained(DESK, PATIENCE_SECONDS)
            seconds = time.perf_counter() - began
        found = await courses(bench.cluster, lanes)
        written = sum(course.events for course in found.values())
        again = [
            Outgoing(record.key or b"", record.value or b"", list(record.headers))
            for record in await bench.records(TOPIC, written, PATIENCE_SECONDS)
        ]
        limit = await bare.seconds(settings, {TOPIC: again})
    rows = {id: row for case, row in truth().items() if (id := ticket_id(case)) in found}
    equal = sum(row_of(found[id]) == row for id, row in rows.items())
    name = "the same events in bare transactions"
    return [
        Figure("events written", written / seconds, "1/s", name, written / limit),
        Figure("commands decided", sent / seconds, "1/s"),
        Figure("incidents replayed", len(found) / seconds, "1/s", name, len(found) / limit),
        Figure(
            "incidents equal to the truth file",
            equal,
            "",
            "incidents replayed",
            len(found),
            [at_least_times(1)],
        ),
    ]
