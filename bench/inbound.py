"""Inbound messages → committed tickets a second, and where each microsecond goes.

The mails lie in ``channels.inbound`` (published as the mail adapter does, contents first) before
intake starts, so it is intake that is measured: from its first event to the last TicketOpened.
Beside it: the records that it wrote, written once more by bare transactional producers; and
django-helpdesk, which opens tickets through its own API.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import TopicPartition

from adapters.email.accounts import Accounts
from adapters.email.taking.receive import Arrival, Reception
from bench import bare
from bench.frame import Chapter, Figure, at_least, at_least_times, at_most
from bench.peers import django_helpdesk
from bench.stack import process, running
from bench.tickets import all_open
from libs.contents import ContentStore
from libs.events.codec import Outgoing
from libs.events.kafka import Cluster, end_offsets
from libs.events.topics import INBOUND, TOPICS, commands, events, replies
from libs.keyring import Keyring
from libs.mongo import connect
from libs.settings import CHECKOUT, Settings

MAILS, SENDERS = 20_000, 2_000
PUBLISHING = 200  # mails under way at once
PEER_SECONDS = 8.0
AGGREGATES = ("conversations", "tickets", "contacts")
WRITTEN = [topic(name) for name in AGGREGATES for topic in (commands, events, replies)]
MAIL = """From: Customer {sender} <customer{sender}@example.org>\r
To: {support}\r
Subject: It does not work ({number})\r
Message-ID: <{number}.{run}@example.org>\r
Date: Mon, 02 Mar 2026 09:30:00 +0000\r
\r
Hello, my printer does not print any more since this morning, and the report has to be out at
noon. Could somebody please look at it? This is request {number}.\r
"""


@dataclass
class Run:
    """One backlog worked off.

    records: that intake wrote, by topic; cpu: processor seconds by process; samples: of intake, by
    (file:function, package).
    """

    mails: int
    seconds: float
    records: Mapping[str, Sequence[Outgoing]]
    cpu: Mapping[str, float]
    samples: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.mails / self.seconds

    @property
    def records_a_mail(self) -> float:
        return sum(map(len, self.records.values())) / self.mails


def chapter(quick: bool) -> Chapter:
    mails, senders = (1_000, 100) if quick else (MAILS, SENDERS)
    with running(("kafka", "mongod", "topics")) as settings:
        bench = Bench(settings)
        new = asyncio.run(bench.backlog(mails, mails))
        known = asyncio.run(bench.backlog(mails, senders))
        limit = new.mails / asyncio.run(bare.seconds(settings, new.records))
    with running() as settings:
        whole = asyncio.run(Bench(settings).beside_everything(mails // 2))
    peer = asyncio.run(django_helpdesk.tickets_per_second(1 if quick else PEER_SECONDS))
    name = "mails → committed tickets"
    return Chapter(
        "(b) Inbound messages → committed tickets",
        [
            Figure(
                f"{name}, known senders",
                known.rate,
                "1/s",
                "the same records in bare transactions",
                limit * new.records_a_mail / known.records_a_mail,
                [at_least(3_000)],
            ),
            Figure(
                f"{name}, every sender new",
                new.rate,
                "1/s",
                "the same records in bare transactions",
                limit,
                [at_least(3_000)],
            ),
            Figure(
                f"{name}, known senders",
                known.rate,
                "1/s",
                "django-helpdesk",
                peer,
                [at_least_times(25)],
            ),
            Figure(f"{name}, read models and mail running, every sender new", whole.rate, "1/s"),
            Figure("records a mail, known senders", known.records_a_mail, "", aims=[at_most(5)]),
            Figure("records a mail, every sender new", new.records_a_mail, ""),
        ],
        remarks(new, known),
    )


class Bench:
    """Backlogs on one stack."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cluster = Cluster(settings)
        self._published = 0

    async def backlog(self, mails: int, senders: int) -> Run:
        """Publish so many mails from so many senders, then let intake work them off, sampled."""
        await self._publish(mails, senders)
        starts = await self._ends()
        with tempfile.TemporaryDirectory() as folder:
            samples = Path(folder) / "samples.json"
            before = cpu_seconds()
            with intake("bench.sampled", str(samples)):
                await all_open(self._settings, self._published)
                cpu = {name: used - before[name] for name, used in cpu_seconds().items()}
            sampled = json.loads(samples.read_text())
            cpu["intake"] = sampled["seconds"]
            found = {(ours, package): count for ours, package, count in sampled["samples"]}
        return await self._outcome(mails, starts, cpu, found)

    async def beside_everything(self, mails: int) -> Run:
        """The same on a whole stack, whose read models follow meanwhile; its own intake rests."""
        resting = process("intake")
        resting.suspend()
        await self._publish(mails, mails)
        starts = await self._ends()
        resting.resume()
        await all_open(self._settings, self._published)
        return await self._outcome(mails, starts, {}, {})

    async def _publish(self, mails: int, senders: int) -> None:
        """Mails from outside, taken as the adapter takes them."""
        mongo = connect(self._settings)
        keyring = Keyring(mongo, self._settings, role="adapter")
        lanes = (await self._cluster.ledger()).lanes
        async with self._cluster.producing() as producer:
            reception = Reception(
                Accounts({self._settings.support_address: "support"}),
                keyring=keyring,
                contents=ContentStore(mongo, keyring),
                cluster=self._cluster,
                producer=producer,
                lanes=lanes,
            )
            working = asyncio.create_task(reception.run())
            room = asyncio.Semaphore(PUBLISHING)

            async def take(number: int) -> None:
                async with room:
                    arrival = Arrival(("support",), "customer@example.org")
                    await reception.take(self._mail(number, number % senders), arrival)

            numbers = range(self._published, self._published + mails)
            await asyncio.gather(*map(take, numbers))
            self._published += mails
            working.cancel()
        await mongo.close()

    def _mail(self, number: int, sender: int) -> bytes:
        return MAIL.format(
            sender=sender, number=number, run=os.getpid(), support=self._settings.support_address
        ).encode()

    async def _ends(self) -> Mapping[TopicPartition, int]:
        lanes = (await self._cluster.ledger()).lanes
        partitions = [self._cluster.partition(topic, p) for topic in WRITTEN for p in range(lanes)]
        return await end_offsets(self._cluster, partitions, "read_committed")

    async def _outcome(
        self,
        mails: int,
        starts: Mapping[TopicPartition, int],
        cpu: Mapping[str, float],
        samples: Mapping[tuple[str, str], int],
    ) -> Run:
        """What was written since, and how long it took."""
        records: dict[str, list[Outgoing]] = defaultdict(list)
        first = last = 0
        unread = {tp for tp, end in (await self._ends()).items() if end > starts[tp]}
        ends = await end_offsets(self._cluster, unread, "read_committed")
        async with self._cluster.consumer() as consumer:
            consumer.assign(list(unread))
            for tp in unread:
                consumer.seek(tp, starts[tp])
            while unread:
                for tp, batch in (await consumer.getmany(timeout_ms=500)).items():
                    topic = self._cluster.plain(tp.topic)
                    records[topic] += [
                        Outgoing(record.key, record.value, list(record.headers)) for record in batch
                    ]
                    if topic == events("conversations"):
                        first = min([first or batch[0].timestamp, batch[0].timestamp])
                    elif topic == events("tickets"):
                        last = max(last, batch[-1].timestamp)
                unread = {tp for tp in unread if await consumer.position(tp) < ends[tp]}
        return Run(mails, (last - first) / 1e3, records, cpu, samples)


@contextlib.contextmanager
def intake(*module_and_arguments: str) -> Iterator[None]:
    """Intake as this module runs it, while the block runs."""
    child = subprocess.Popen([sys.executable, "-m", *module_and_arguments], cwd=CHECKOUT)
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def cpu_seconds() -> dict[str, float]:
    """Processor time that the servers have used so far."""
    used = {name: process(name).cpu_times() for name in ("kafka", "mongod")}
    return {name: times.user + times.system for name, times in used.items()}


def remarks(new: Run, known: Run) -> str:
    """Where each microsecond goes, by process and, within intake, by whose work it is."""
    lines = [
        f"{new.mails:,} mails each, two lanes, {bare.IN_A_TRANSACTION} records a transaction "
        "beside it. Processor time in µs a mail; both cores together have "
        f"{2e6 / new.rate:.0f} (new senders) and {2e6 / known.rate:.0f} (known).",
        "",
        "| process | every sender new | known senders |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {new.cpu[name] / new.mails * 1e6:.0f} "
            f"| {known.cpu[name] / known.mails * 1e6:.0f} |"
            for name in new.cpu
        ),
        "",
        "| within intake: work of | in the code of | every sender new | known senders |",
        "| --- | --- | --- | --- |",
    ]
    mine, other = by_file(new), by_file(known)
    for where in sorted(mine, key=lambda where: -mine[where]):
        if max(mine[where], other[where]) >= 2:
            file, package = where
            lines.append(f"| {file} | {package} | {mine[where]:.0f} | {other[where]:.0f} |")
    lines += ["", "| records a mail | every sender new | known senders |", "| --- | --- | --- |"]
    for topic in [topic.name for topic in TOPICS if topic.name != INBOUND]:
        if topic in new.records:
            counts = [len(run.records.get(topic, ())) / run.mails for run in (new, known)]
            lines.append(f"| {topic} | {counts[0]:.2f} | {counts[1]:.2f} |")
    return "\n".join(lines)


def by_file(run: Run) -> Mapping[tuple[str, str], float]:
    """µs a mail of intake's processor time, by our file and the package at work."""
    each = run.cpu["intake"] / run.mails * 1e6 / max(1, sum(run.samples.values()))
    found: dict[tuple[str, str], float] = defaultdict(float)
    for (ours, package), count in run.samples.items():
        found[ours.partition(":")[0], package] += count * each
    return found
