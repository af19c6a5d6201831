"""Memory of each process over a soak: under a steady load it must not grow.

A burst of messages first fills every bounded cache; what is measured is what comes after. Mails
come through SMTP, commands and lists through HTTP. SOAK_SECONDS: how long (600).
"""

import asyncio
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

import aiosmtplib

from bench import open_loop
from bench.frame import Chapter, Figure, at_most
from bench.latency import command
from bench.stack import process, running
from bench.tickets import agent_token, all_open, listed, publish
from libs.settings import Settings

SECONDS = int(os.environ.get("SOAK_SECONDS", "600"))
FILLED, TICKETS = 12_000, 400
MAILS_PER_SECOND, REQUESTS_PER_SECOND = 10, 30
LISTS = 3  # every so-manieth request reads a list
LOOK_SECONDS = 5.0
# The first part is warm-up: Python's allocator and the drivers' pools find their size.
WARM_UP = 0.3
MOST_GROWTH_PERCENT = 5.0
WATCHED = ("intake", "gateway", "email", "kafka", "mongod")

Series = Mapping[str, Sequence[float]]


def chapter(quick: bool) -> Chapter:
    seconds, filled = (20, 300) if quick else (SECONDS, FILLED)
    with running() as settings:
        series = asyncio.run(soak(settings, seconds, filled))
    figures = []
    for name in WATCHED:
        steady = series[name][int(len(series[name]) * WARM_UP) :]
        ours = name not in ("kafka", "mongod")
        figures.append(
            Figure(
                f"memory of {name}, growth over the soak",
                growth_percent(steady),
                "%",
                aims=[at_most(MOST_GROWTH_PERCENT)] if ours else (),
            )
        )
        figures.append(Figure(f"memory of {name}, at its end", steady[-1], "MB"))
    return Chapter("(h) Memory over a soak", figures, remarks(series, seconds, filled))


async def soak(settings: Settings, seconds: int, filled: int) -> Series:
    """Resident memory (MB) of each process, every LOOK_SECONDS, under load."""
    await publish(settings, filled)
    await all_open(settings, filled)
    async with asyncio.TaskGroup() as group:
        group.create_task(
            asyncio.to_thread(ask, settings, await listed(settings, TICKETS), seconds)
        )
        group.create_task(write_mails(settings, seconds))
        watching = group.create_task(watch(seconds))
    return watching.result()


def ask(settings: Settings, tickets: Sequence[str], seconds: int) -> None:
    """Commands and lists, from a process of its own."""
    token = agent_token(settings)
    page = open_loop.get("/v1/tickets?limit=20", token)
    requests = [
        command(number, tickets[number % len(tickets)], token) if number % LISTS else page
        for number in range(seconds * REQUESTS_PER_SECOND)
    ]
    answers = open_loop.generate(settings.http_port, requests, REQUESTS_PER_SECOND, 0)
    if answers.statuses[200] != len(requests):
        raise RuntimeError(f"the gateway answered {dict(answers.statuses)}")


async def write_mails(settings: Settings, seconds: int) -> None:
    """One mail after the other at a steady pace."""
    began = time.monotonic()
    for number in range(seconds * MAILS_PER_SECOND):
        await asyncio.sleep(max(0.0, began + number / MAILS_PER_SECOND - time.monotonic()))
        message = EmailMessage()
        message["From"] = f"customer{number % 1_000}@example.org"
        message["To"] = settings.support_address
        message["Subject"] = "It does not work"
        message["Message-ID"] = f"<{number}.soak@example.org>"
        message.set_content(f"Please help ({number}).")
        await aiosmtplib.send(
            message, hostname="127.0.0.1", port=settings.smtp_port, start_tls=False
        )


async def watch(seconds: int) -> Series:
    """Look at every process until the time is over. Raises LookupError when one is not there."""
    series: dict[str, list[float]] = {name: [] for name in WATCHED}
    watched = {name: process(name) for name in WATCHED}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for name, running_process in watched.items():
            series[name].append(running_process.memory_info().rss / 2**20)
        await asyncio.sleep(LOOK_SECONDS)
    return series


def growth_percent(series: Sequence[float]) -> float:
    """By how much the line through these values rises from its beginning to its end."""
    slope, start = statistics.linear_regression(range(len(series)), series)
    return slope * (len(series) - 1) / start * 100


def remarks(series: Series, seconds: int, filled: int) -> str:
    every = max(1, round(30 / LOOK_SECONDS)) if seconds > 60 else 1
    lines = [
        f"{seconds} s with {MAILS_PER_SECOND} mails and {REQUESTS_PER_SECOND} requests a second, "
        f"after a burst of {filled:,} messages; growth is that of a line through what follows the "
        f"first {WARM_UP:.0%}. Resident memory in MB, every {every * LOOK_SECONDS:.0f} s:",
        "",
    ]
    for name, values in series.items():
        lines.append(f"- {name}: {' '.join(f'{value:.0f}' for value in values[::every])}")
    return "\n".join(lines)
