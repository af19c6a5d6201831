"""Mail in: how many small mails a second the receiving side takes, and what its parts cost.

A mail is taken when its words and bytes are contents and its record is committed. Beside it, the
same bytes with no thought at all: bare inserts of as many documents, and bare sends of as many
records, one after the other.
"""

import asyncio
import email
import time
from collections.abc import Awaitable, Callable, Sequence
from email.policy import default

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.email.accounts import Accounts
from adapters.email.reading.parse import digest, parse
from adapters.email.settings import EmailSettings
from adapters.email.taking.receive import Arrival, Reception
from adapters.email.taking.smtp import Entrance, serve
from bench.frame import Chapter, Figure, at_least, percentile
from bench.stack import running
from libs.contents import ContentStore
from libs.events.kafka import Cluster
from libs.events.provisioning import apply
from libs.events.topics import INBOUND
from libs.keyring import Keyring
from libs.mongo import connect
from libs.settings import Settings
from libs.telemetry import Telemetry

MAILS, AT_ONCE, CONNECTIONS = 12_000, 200, 16
PATIENCE_SECONDS = 600
MAIL = """From: Customer <customer@example.org>\r
To: {support}\r
Subject: It does not work ({number})\r
Message-ID: <{number}@example.org>\r
Date: Mon, 02 Mar 2026 09:30:00 +0000\r
\r
Hello, my printer does not print any more since this morning, and the report has to be out at
noon. Could somebody please look at it? This is request {number}.\r
"""
Take = Callable[[bytes], Awaitable[object]]


class Counting:
    """A bare SMTP server's handler: it counts bytes."""

    count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.count += len(envelope.original_content or b"")
        return "250 OK"


def chapter(quick: bool) -> Chapter:
    mails = 600 if quick else MAILS
    with running(("kafka", "mongod")) as settings:
        return uvloop.run(measure(settings, mails))


async def measure(settings: Settings, mails: int) -> Chapter:
    cluster = Cluster(settings)
    ledger, _ = await apply(cluster)
    mongo = connect(settings)
    keyring = Keyring(mongo, settings, role="adapter")
    support = settings.support_address
    raws = [MAIL.format(support=support, number=number).encode() for number in range(3 * mails)]
    async with cluster.producing() as producer:
        reception = Reception(
            Accounts({support: "support"}),
            keyring=keyring,
            contents=ContentStore(mongo, keyring),
            cluster=cluster,
            producer=producer,
            lanes=ledger.lanes,
        )
        working = asyncio.create_task(reception.run())

        async def take(raw: bytes) -> None:
            await reception.take(raw, Arrival(("support",), "customer@example.org", (support,)))

        await at_once(take, raws[:100], 10)
        together, _ = await at_once(take, raws[100:mails], AT_ONCE)
        _, alone = await at_once(take, raws[mails : mails + mails // 10], 1)

        inserted = time.perf_counter()
        bare = mongo.database("bench")["mails"]
        for start in range(0, mails, AT_ONCE):
            batch = raws[start : start + AT_ONCE]
            await bare.insert_many([{"body": raw} for raw in batch for _ in range(2)])
        sent = time.perf_counter()
        topic = cluster.topic(INBOUND)
        for start in range(0, mails, AT_ONCE):
            batch = raws[start : start + AT_ONCE]
            futures = [await producer.send(topic, raw, partition=0) for raw in batch]
            await asyncio.gather(*futures)
        bare_seconds = (time.perf_counter() - sent, sent - inserted)

        entrance = Entrance.of(EmailSettings(), reception, Telemetry())
        async with serve(entrance, "127.0.0.1", 0) as (port, _):
            smtp = mails / await over_smtp(port, raws[2 * mails :])
        working.cancel()
    counting = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Counting()), "127.0.0.1", 0
    )
    counted = mails / await over_smtp(counting.sockets[0].getsockname()[1], raws[:mails])
    counting.close()
    await mongo.close()
    return Chapter(
        "Mail in: small mails taken",
        [
            Figure(
                f"mails taken, {AT_ONCE} at once",
                together,
                "1/s",
                "bare inserts and sends of the same bytes, in series",
                mails / sum(bare_seconds),
                [at_least(3_000)],
            ),
            Figure("a mail alone, p50", percentile(alone, 50) * 1_000, "ms"),
            Figure("a mail alone, p99", percentile(alone, 99) * 1_000, "ms"),
            Figure(
                f"mails taken over SMTP, {CONNECTIONS} connections",
                smtp,
                "1/s",
                "aiosmtpd that only counts bytes",
                counted,
            ),
            Figure(
                "reading a mail and its digest",
                per_second(lambda raw: (parse(raw), digest("support", raw)), raws[:2_000]),
                "1/s",
                "the standard library's modern parser, nothing read",
                per_second(lambda raw: email.message_from_bytes(raw, policy=default), raws[:2_000]),
            ),
        ],
        f"{mails:,} mails of {len(raws[0])} bytes, one process, {ledger.lanes} lanes. Over SMTP, "
        "clients and server share that process.",
    )


async def at_once(take: Take, raws: Sequence[bytes], many: int) -> tuple[float, Sequence[float]]:
    """Mails a second with so many under way, and how long each took (s), ascending."""
    waiting, took = iter(raws), []

    async def one_after_the_other() -> None:
        for raw in waiting:
            began = time.perf_counter()
            await take(raw)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(many)))
    return len(raws) / (time.perf_counter() - began), sorted(took)


async def over_smtp(port: int, raws: Sequence[bytes], connections: int = CONNECTIONS) -> float:
    """Seconds until every mail was answered 250, over connections that stay open; a client that
    only writes and reads."""
    waiting = iter(raws)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        await answer(reader, writer, b"HELO bench\r\n")
        for raw in waiting:
            await answer(reader, writer, b"MAIL FROM:<customer@example.org>\r\n")
            await answer(reader, writer, b"RCPT TO:<support@helpdesk.example>\r\n")
            await answer(reader, writer, b"DATA\r\n")
            async with asyncio.timeout(PATIENCE_SECONDS):
                await answer(reader, writer, raw + b".\r\n")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return time.perf_counter() - began


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> None:
    """Say a line and hear its answer, which must not be a refusal."""
    writer.write(line)
    said = await reader.readline()
    if not said.startswith((b"2", b"3")):
        raise RuntimeError(f"the server said {said!r}")


def per_second(work: Callable[[bytes], object], raws: Sequence[bytes]) -> float:
    """How many of these are done a second."""
    began = time.perf_counter()
    for raw in raws:
        work(raw)
    return len(raws) / (time.perf_counter() - began)
