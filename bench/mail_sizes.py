"""Mail in by size: mails of 3 kB, 100 kB and 10 MB over SMTP until their tickets are committed, and
what memory the adapter needs when 50 of 25 MB come at once.

Beside it aiosmtpd that only counts bytes, a process of its own as the adapter is, asked by the same
clients.
"""

import asyncio
import base64
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import psutil
from aiosmtpd.smtp import SMTP

from bench.frame import Chapter, Figure, at_most_times
from bench.mail_in import Counting, over_smtp
from bench.stack import process, running
from bench.tickets import all_open
from deploy.local.ports import spare
from deploy.local.probe import knock
from libs.settings import Settings

T = TypeVar("T")

LARGEST_BYTES, AT_ONCE = 25_000_000, 50
PATIENCE_SECONDS = 600
HEAD = """From: Customer <customer-{number}@example.org>\r
To: support@helpdesk.example\r
Subject: It does not work ({number})\r
Message-ID: <{size}-{number}@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=limit\r
\r
--limit\r
Content-Type: text/plain\r
\r
Hello, my printer does not print any more. The report is attached.\r
--limit\r
Content-Type: application/octet-stream\r
Content-Disposition: attachment; filename=report.bin\r
Content-Transfer-Encoding: base64\r
\r
"""


@dataclass(frozen=True)
class Size:
    """Mails of one size. connections: over which so many come."""

    name: str
    size: int
    mails: int
    connections: int


SIZES = (
    Size("3 kB", 3_000, 2_000, 16),
    Size("100 kB", 100_000, 300, 8),
    Size("10 MB", 10_000_000, 12, 4),
)


def chapter(quick: bool) -> Chapter:
    only = ("kafka", "mongod", "topics", "intake", "email")
    with running(only) as settings, counting() as bare_port:
        return asyncio.run(measure(settings, bare_port, quick))


async def measure(settings: Settings, bare_port: int, quick: bool) -> Chapter:
    await listening(bare_port)
    figures: list[Figure] = []
    tickets = 0
    for size in SIZES:
        mails = max(4, size.mails // (20 if quick else 1))
        raws = [mail(number, size.size) for number in range(mails)]
        bare = mails / await over_smtp(bare_port, raws, size.connections)
        began = time.perf_counter()
        records = mails / await over_smtp(settings.smtp_port, raws, size.connections)
        tickets += mails
        await all_open(settings, tickets)
        opened = mails / (time.perf_counter() - began)
        beside = ("aiosmtpd that only counts bytes", bare)
        figures += [
            Figure(f"mails of {size.name} to committed records", records, "1/s", *beside),
            Figure(f"mails of {size.name} to committed tickets", opened, "1/s", *beside),
        ]
    email = process("email")
    large = [mail(number, LARGEST_BYTES) for number in range(4)]
    _, alone = await watched(email, over_smtp(settings.smtp_port, large, 1))
    many = 6 if quick else AT_ONCE
    large = [mail(4 + number, LARGEST_BYTES) for number in range(many)]
    seconds, together = await watched(email, over_smtp(settings.smtp_port, large, many))
    megabytes = LARGEST_BYTES // 10**6
    figures.append(
        Figure(
            f"most memory with {many} mails of {megabytes} MB at once",
            together / 1e6,
            "MB",
            "the same one after the other",
            alone / 1e6,
            [at_most_times(1.3)],
        )
    )
    remarks = (
        f"Servers, intake and adapter are processes of their own on the same machine as the "
        f"clients. All {many} large mails were answered 250 after {seconds:.0f} s."
    )
    return Chapter("Mail in: by size", figures, remarks)


def mail(number: int, size: int) -> bytes:
    """A mail of about so many bytes, most of them a file."""
    head = HEAD.format(number=number, size=size).encode()
    data = os.urandom(max(0, (size - len(head)) * 57 // 78))
    return head + base64.encodebytes(data).replace(b"\n", b"\r\n") + b"--limit--\r\n"


async def listening(port: int) -> None:
    """Wait until somebody listens there."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(OSError):
                return await knock(port)
            await asyncio.sleep(0.05)


async def watched(server: psutil.Process, work: Coroutine[object, object, T]) -> tuple[T, int]:
    """What the work gives, and the most resident memory (bytes) of a process meanwhile."""
    working, most = asyncio.ensure_future(work), 0
    while not working.done():
        most = max(most, server.memory_info().rss)
        await asyncio.wait([working], timeout=0.02)
    return working.result(), most


@contextmanager
def counting() -> Iterator[int]:
    """The bare server in a process of its own, while the block runs; its port."""
    port = spare()
    server = subprocess.Popen([sys.executable, "-m", "bench.mail_sizes", str(port)])
    try:
        yield port
    finally:
        server.kill()
        server.wait()


async def count_for_ever(port: int) -> None:
    """Take every mail and count its bytes."""
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(Counting()), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(count_for_ever(int(sys.argv[1])))
