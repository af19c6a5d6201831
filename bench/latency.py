"""Command → visible: how long an agent waits until the answer to a command shows what it did.

The whole stack runs. A command is a note or an assignment on one of many tickets; the gateway
answers 200 once its read model shows it (reading one's own writes). Beside it: two bare Kafka
transactions, one after the other, since a command takes one write to reach its owner and one
transaction to become an event.
"""

import asyncio
import time

import msgspec

from bench import open_loop
from bench.frame import Chapter, Figure, at_most, percentile
from bench.stack import running
from bench.tickets import agent_token, open_tickets
from libs.events.kafka import Cluster
from libs.events.provisioning import apply
from libs.events.topics import INBOUND
from libs.settings import Settings

RATES = (50, 200, 500)
MEASURED_SECONDS, WARM_UP_SECONDS = 20, 5
TICKETS = 400
PAIRS = 400
PAUSE_SECONDS = 0.02


def chapter(quick: bool) -> Chapter:
    measured, warm_up = (3, 1) if quick else (MEASURED_SECONDS, WARM_UP_SECONDS)
    with running() as settings:
        tickets = asyncio.run(open_tickets(settings, 40 if quick else TICKETS))
        pairs = asyncio.run(two_transactions(settings, 40 if quick else PAIRS))
        token = agent_token(settings)
        figures: list[Figure] = []
        remarks = []
        for rate in RATES:
            requests = [
                command(number, tickets[number % len(tickets)], token)
                for number in range(rate * (measured + warm_up))
            ]
            answers = open_loop.generate(settings.http_port, requests, rate, rate * warm_up)
            figures += at_rate(rate, answers, pairs)
            others = {s: n for s, n in answers.statuses.items() if s != 200}
            remarks.append(
                f"- {rate}/s: {answers.statuses[200]} answers 200"
                + (f", others {others}" if others else "")
                + f"; the generator took {answers.cpu_seconds / answers.asked * 1e6:.0f} µs of "
                f"processor time a request and sent 99 % of them within "
                f"{percentile(answers.late, 99) * 1e3:.1f} ms of their instant"
            )
    return Chapter(
        "(a) Command → visible in the API",
        figures,
        "Latency counts from the instant at which a request was due (open loop), through HTTP, "
        f"command, decision, event and read model. {measured} s a rate after {warm_up} s of "
        "warm-up.\n\n" + "\n".join(remarks),
    )


def command(number: int, ticket: str, token: str) -> bytes:
    """Notes and assignments in turns; an assignment always to another agent."""
    if number % 2:
        body = msgspec.json.encode({"text": f"Looked into it, step {number}."})
        return open_loop.post(f"/v1/tickets/{ticket}/notes", token, body)
    body = msgspec.json.encode({"agent_id": f"agent-{number}"})
    return open_loop.post(f"/v1/tickets/{ticket}/assignment", token, body)


def at_rate(rate: int, answers: open_loop.Answers, pairs: list[float]) -> list[Figure]:
    aims = {50: [at_most(15)], 99: [at_most(50)]} if rate == 200 else {}
    return [
        Figure(
            f"command → visible at {rate}/s, p{percent}",
            percentile(answers.latencies, percent) * 1e3,
            "ms",
            f"two bare transactions, p{percent}",
            percentile(pairs, percent) * 1e3,
            aims.get(percent, ()),
        )
        for percent in (50, 99)
    ]


async def two_transactions(settings: Settings, pairs: int) -> list[float]:
    """Seconds that two transactions of one record take one after the other, ascending."""
    cluster = Cluster(settings.model_copy(update={"namespace": "bare-"}))
    await apply(cluster)  # topics of its own, which nobody else reads
    producer = cluster.producer(transactional_id="bench")
    await producer.start()
    seconds = []
    try:
        for _ in range(pairs):
            began = time.perf_counter()
            for _ in range(2):
                async with producer.transaction():
                    await producer.send_and_wait(cluster.topic(INBOUND), b"{}", partition=0)
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await producer.stop()
    return sorted(seconds)
