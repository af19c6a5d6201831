"""A problem with five thousand incidents is solved, while others go on working.

Its solution is carried to the customer of each incident and the incident is solved; beside it 200
other commands a second go through HTTP, and their latency stands beside that of the same load when
nothing else is going on.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bench import open_loop
from bench.frame import Chapter, Figure, at_most, at_most_times, percentile
from bench.latency import command
from bench.stack import running
from bench.tickets import agent_token, open_tickets
from libs.contents import RENDITION_TYPE, ContentRef, NewContent, Rendition
from libs.events.codec import decode_event
from libs.events.envelope import Command
from libs.events.ids import derived_id, digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.events.resources import Resources
from libs.events.topics import events
from libs.settings import Settings
from services.intake.processes.spreading import PAUSE, WAVE

INCIDENTS, QUICK_INCIDENTS = 5_000, 200
RATE = 200
OTHERS = 400
QUIET_SECONDS, WARM_UP_SECONDS = 20, 5
AT_ONCE = 100
PATIENCE_SECONDS = 300.0
PROBLEM = derived_id("t", "problem")
TOPIC = events("tickets")


def chapter(quick: bool) -> Chapter:
    incidents = QUICK_INCIDENTS if quick else INCIDENTS
    quiet = 3 if quick else QUIET_SECONDS
    least = (incidents / WAVE - 1) * PAUSE.total_seconds()
    with running(only=("kafka", "mongod", "topics", "intake", "gateway")) as settings:
        others = asyncio.run(open_tickets(settings, 40 if quick else OTHERS))
        token = agent_token(settings)
        asyncio.run(linked(settings, incidents))
        alone = load(settings, others, token, quiet)
        with ThreadPoolExecutor(max_workers=1) as pool:
            beside = pool.submit(load, settings, others, token, max(quiet, int(least * 1.2)))
            time.sleep(WARM_UP_SECONDS + 0.1)
            seconds = asyncio.run(solved(settings, incidents))
            during = beside.result()
    return Chapter(
        "(k) A problem with five thousand incidents",
        [
            Figure(
                f"{incidents:,} incidents told and solved",
                seconds,
                "s",
                "their waves, one after the other",
                least,
                [at_most_times(1.5)],
            ),
            *(
                Figure(
                    f"another command meanwhile, at {RATE}/s, p{percent}",
                    percentile(during.latencies, percent) * 1e3,
                    "ms",
                    "when all is quiet",
                    percentile(alone.latencies, percent) * 1e3,
                    [at_most_times(2)] if percent == 99 else [],
                )
                for percent in (50, 99)
            ),
            Figure(
                "commands that were not answered 200",
                sum(n for status, n in during.statuses.items() if status != 200),
                "",
                aims=[at_most(0)],
            ),
        ],
        f"Waves of {WAVE} every {PAUSE.total_seconds():g} s, each incident with a reply to its "
        "customer and a solution; the others' commands are notes and assignments on tickets of "
        "their own, in an open loop.",
    )


def load(settings: Settings, tickets: Sequence[str], token: str, seconds: int) -> open_loop.Answers:
    requests = [
        command(number, tickets[number % len(tickets)], token)
        for number in range(RATE * (seconds + WARM_UP_SECONDS))
    ]
    return open_loop.generate(settings.http_port, requests, RATE, RATE * WARM_UP_SECONDS)


async def linked(settings: Settings, incidents: int) -> None:
    """Open the problem and its incidents, link them, and wait until the problem knows them."""
    async with Resources.open(settings, "bench") as on, on.cluster.producing() as producer:
        sender = CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes)
        customer = derived_id("p", "affected")
        await on.keyring.load([customer], create=True)
        said = Rendition("No network", "Nothing works here. " * 10).encode()
        [words] = await on.contents.put([NewContent(customer, said, RENDITION_TYPE)])
        await sender.send([opening(PROBLEM, customer, words)])
        for first in range(0, incidents, AT_ONCE):
            ids = [incident(n) for n in range(first, min(first + AT_ONCE, incidents))]
            await sender.send([opening(id, customer, words) for id in ids])
            await sender.send(
                [
                    Command(
                        data=t.LinkTicket(PROBLEM, "problem"), aggregate_id=id, actor="agent:bench"
                    )
                    for id in ids
                ]
            )
        await seen(on, t.TicketLinked, incidents, of=PROBLEM)


async def solved(settings: Settings, incidents: int) -> float:
    """Solve the problem, have its solution carried on; seconds until the last incident is."""
    async with Resources.open(settings, "bench") as on, on.cluster.producing() as producer:
        sender = CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes)
        owner = derived_id("p", "affected")
        told = Rendition("", "The network is back. Please restart your computer.").encode()
        [words] = await on.contents.put([NewContent(owner, told, RENDITION_TYPE)])
        began = time.perf_counter()
        await sender.send(
            [
                Command(data=data, aggregate_id=PROBLEM, actor="agent:bench")
                for data in (
                    t.SolveTicket("solved_permanently", "router"),
                    t.SpreadSolution(rendition=words, length=50, language="en"),
                )
            ]
        )
        await seen(on, t.TicketSolved, incidents + 1)
        return time.perf_counter() - began


async def seen(on: Resources, event: type, count: int, of: str = "") -> None:
    """Wait until the log holds so many of these, of one ticket or of all. Raises TimeoutError."""
    partitions = [on.cluster.partition(TOPIC, lane) for lane in range(on.ledger.lanes)]
    async with asyncio.timeout(PATIENCE_SECONDS), on.cluster.consumer() as consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        while count > 0:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                for record in batch:
                    recorded = decode_event(record, TOPIC)
                    is_it = isinstance(recorded.data, event)
                    count -= is_it and of in ("", recorded.aggregate_id)


def incident(number: int) -> str:
    return derived_id("t", f"incident-{number}")


def opening(id: str, customer: str, words: ContentRef) -> Command[object]:
    facts = MessageFacts("email", "in", "customer", "public", words, utc_now(), 200, "en")
    return Command(
        data=t.OpenTicket(customer, "support", facts, digest(id)),
        aggregate_id=id,
        actor=f"contact:{customer}",
    )
