"""Catching up after an outage: an hour's events of a busy desk, told once the receiver is back.

The hour is one of volume, not of waiting: all events are in the log before the receiver answers.
The limit is a bare loop that posts as many bodies to the same receiver, as many at a time.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import httpx
import msgspec
import uvloop

from bench.frame import Chapter, Figure, at_least_times, at_most
from bench.stack import running
from libs.events.codec import encode_event, encoder
from libs.events.envelope import Recorded
from libs.events.ids import event_id, new_id, partition_of
from libs.events.kafka import utc_now
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.resources import Resources
from libs.settings import Settings
from tests.support.gateway_story import opened, recorded
from tests.support.hooks import Receiver, adapter

# An hour of two events a second, and how many requests the adapter has under way at a time.
TICKETS, EVENTS_A_TICKET, AT_ONCE = 900, 8, 8
PATIENCE_SECONDS = 600.0


def chapter(quick: bool) -> Chapter:
    tickets = 50 if quick else TICKETS
    with running(only=("kafka", "mongod", "topics")) as settings:
        figures = uvloop.run(measure(settings, tickets))
    return Chapter(
        "(r) A webhook after an outage",
        figures,
        f"{tickets * EVENTS_A_TICKET:,} events of {tickets} tickets wait, about 1,000 of them "
        "queued at a time; the receiver, the adapter and the bare loop share the machine.",
    )


async def measure(settings: Settings, count: int) -> list[Figure]:
    receiver, quick = Receiver(), {"webhook_at_once": AT_ONCE, "webhook_queue_most": 1_000}
    async with adapter(settings, **quick) as on:
        hook = s.WebhookDefined("Bench", receiver.url, secret_id="bench")
        defined = recorded(hook, 1, "agent:root", new_id("wh"))
        await append(on, "setup.events", [fresh(defined)])
        lives = [life(number) for number in range(1, count + 1)]
        await append(on, "tickets.events", [one for each in lives for one in each])
        async with receiver.serving():
            began = time.perf_counter()
            await receiver.has_taken(count * EVENTS_A_TICKET, PATIENCE_SECONDS)
            told = count * EVENTS_A_TICKET / (time.perf_counter() - began)
            await asyncio.sleep(2)
            heard = list(receiver.taken)
            bare = await bare_loop(receiver.url, [one.body for one in heard])
    ids = Counter(one.headers["webhook-id"] for one in heard)
    order: dict[str, list[int]] = defaultdict(list)
    for one in heard:
        order[one.event["subject"]].append(one.event["data"]["sequence"])
    wanted = {one.event_id for each in lives for one in each}
    return [
        Figure("events never told", len(wanted - set(ids)), "events", aims=[at_most(0)]),
        Figure("events told twice", len(heard) - len(ids), "events", aims=[at_most(0)]),
        Figure(
            "tickets told out of order",
            sum(told != sorted(told) for told in order.values()),
            "tickets",
            aims=[at_most(0)],
        ),
        Figure(
            "told after the outage",
            told,
            "events/s",
            "a bare loop of HTTP POSTs",
            bare,
            [at_least_times(0.1)],
        ),
    ]


def life(number: int) -> Sequence[Recorded[object]]:
    id = new_id("t")
    steps = [
        opened(number),
        *(t.TicketAssigned(f"agent{n}") for n in range(2, EVENTS_A_TICKET + 1)),
    ]
    return [fresh(recorded(step, n, "agent:lea", id)) for n, step in enumerate(steps, start=1)]


def fresh(one: Recorded[object]) -> Recorded[object]:
    """The same, just now."""
    now = utc_now()
    return msgspec.structs.replace(one, event_id=event_id(), recorded_at=now, occurred_at=now)


async def append(on: Resources, topic: str, events: Sequence[Recorded[object]]) -> None:
    """Write events as a lane would, chain left out."""
    json = encoder(on.keyring)
    async with on.cluster.producing(linger_ms=5) as producer:
        sent = []
        for one in events:
            record = encode_event(one, json)
            sent.append(
                await producer.send(
                    on.cluster.topic(topic),
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=partition_of(one.aggregate_id, on.ledger.lanes),
                )
            )
        await asyncio.gather(*sent)


async def bare_loop(url: str, bodies: Sequence[bytes]) -> float:
    """Requests a second of clients that do nothing else."""
    left = iter(bodies)
    began = time.perf_counter()
    async with httpx.AsyncClient(trust_env=False) as client:

        async def post() -> None:
            for body in left:
                (await client.post(url, content=body)).raise_for_status()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(post())
    return len(bodies) / (time.perf_counter() - began)
