"""A ticket of ten thousand messages beside one that has just begun.

The whole way of a note over HTTP until the read model shows it, and pages of the conversation, in
turns on the long ticket and on a short one. A state is stored whole and a page reads fifty
messages: what grows with the ticket shows here.
"""

import asyncio
import time

import httpx
import uvloop

from bench.frame import Chapter, Figure, at_most_times, percentile
from bench.stack import running
from bench.tickets import agent_token
from libs.contents import RENDITION_TYPE, ContentRef, NewContent, Rendition
from libs.events.envelope import Command
from libs.events.ids import derived_id, digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.events.resources import Resources
from libs.settings import Settings

MESSAGES, QUICK_MESSAGES = 10_000, 300
ROUNDS, QUICK_ROUNDS = 200, 10
PAGE = 50
AT_ONCE = 200
PATIENCE_SECONDS = 120.0
CUSTOMER = derived_id("p", "patient")
LONG, SHORT = derived_id("t", "long"), derived_id("t", "short")


def chapter(quick: bool) -> Chapter:
    messages, rounds = (QUICK_MESSAGES, QUICK_ROUNDS) if quick else (MESSAGES, ROUNDS)
    with running(only=("kafka", "mongod", "topics", "intake", "gateway")) as settings:
        figures = uvloop.run(measure(settings, messages, rounds))
    return Chapter(
        "(j) A ticket of ten thousand messages",
        figures,
        f"{messages:,} messages beside {PAGE}; {rounds} times each, one request at a time, in "
        f"turns. A page has {PAGE} messages with their words.",
    )


async def measure(settings: Settings, messages: int, rounds: int) -> list[Figure]:
    await write(settings, messages)
    headers = {"Authorization": f"Bearer {agent_token(settings)}"}
    base = f"http://127.0.0.1:{settings.http_port}/v1/tickets"
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:

        async def ask(method: str, path: str, **more: object) -> float:
            began = time.perf_counter()
            answer = await client.request(method, f"{base}/{path}", **more)  # type: ignore[arg-type]
            assert answer.status_code == 200, answer.text
            return time.perf_counter() - began

        await shown(client, f"{base}/{LONG}", messages)
        await shown(client, f"{base}/{SHORT}", PAGE)
        notes: dict[str, list[float]] = {LONG: [], SHORT: []}
        tickets: dict[str, list[float]] = {LONG: [], SHORT: []}
        pages: dict[int, list[float]] = {0: [], messages - PAGE: []}
        for number in range(rounds):
            for id in (LONG, SHORT):
                body = {"text": f"Looked into it, step {number}."}
                notes[id].append(await ask("POST", f"{id}/notes", json=body))
                tickets[id].append(await ask("GET", id))
            for after in pages:
                query = f"conversation?after={after}&limit={PAGE}"
                pages[after].append(await ask("GET", f"{LONG}/{query}"))
    return [
        *beside("a note until it is visible", notes[LONG], notes[SHORT], "on a short ticket"),
        *beside("its page", tickets[LONG], tickets[SHORT], "a short ticket's"),
        *beside("its last messages", pages[messages - PAGE], pages[0], "its first ones"),
    ]


def beside(name: str, ours: list[float], theirs: list[float], limit: str) -> list[Figure]:
    ours, theirs = sorted(ours), sorted(theirs)
    return [
        Figure(
            f"{name}, p{percent}",
            percentile(ours, percent) * 1e3,
            "ms",
            limit,
            percentile(theirs, percent) * 1e3,
            [at_most_times(1.5)] if percent == 50 else [],
        )
        for percent in (50, 99)
    ]


async def write(settings: Settings, messages: int) -> None:
    """Both tickets, with words that can be read."""
    async with Resources.open(settings, "bench") as on, on.cluster.producing() as producer:
        await on.keyring.load([CUSTOMER], create=True)
        said = Rendition("It does not print", "Still not. " * 40).encode()
        [words] = await on.contents.put([NewContent(CUSTOMER, said, RENDITION_TYPE)])
        sender = CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes)
        for id, count in ((SHORT, PAGE), (LONG, messages)):
            commands = [written(id, number, words) for number in range(count)]
            for first in range(0, count, AT_ONCE):
                await sender.send(commands[first : first + AT_ONCE])


def written(ticket_id: str, number: int, words: ContentRef) -> Command[object]:
    facts = MessageFacts("email", "in", "customer", "public", words, utc_now(), 440, "en")
    name = digest(ticket_id, str(number))
    return Command(
        data=t.AddCustomerMessage(CUSTOMER, facts, name, "support")
        if number
        else t.OpenTicket(CUSTOMER, "support", facts, name),
        aggregate_id=ticket_id,
        actor=f"contact:{CUSTOMER}",
    )


async def shown(client: httpx.AsyncClient, url: str, sequence: int) -> None:
    """Wait until the read model has come so far. Raises TimeoutError."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        answer = await client.get(url)
        if answer.status_code == 200 and answer.json()["sequence"] >= sequence:
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{url} did not come to {sequence}")
