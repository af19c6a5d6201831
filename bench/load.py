"""200 requests a second of a desk on one gateway process, mixed reads and writes, by locust.

The whole way runs on this machine: Kafka, mongod, intake, the gateway and locust. Beside each
endpoint stands a bare FastAPI application with one indexed find, asked by as many users at the same
rate shortly before: for one document, or for as many as a list shows.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import uvloop
from fastapi import FastAPI

from bench.frame import Chapter, Figure, at_most, percentile
from bench.stack import process, running
from bench.tickets import agent_token, open_tickets
from deploy.local.ports import spare
from libs.mongo import IndexModel, connect
from libs.serving import listening
from libs.settings import Settings

RATE = 200
MEASURED_SECONDS, WARM_UP_SECONDS = 120, 15
TICKETS = 2_000
DOCUMENTS, AGENTS, PAGE = 10_000, 50, 25
PROCESSES = ("kafka", "mongod", "intake", "gateway")
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def chapter(quick: bool) -> Chapter:
    rate, seconds, warm_up, tickets = (
        (40, 5, 2, 40) if quick else (RATE, MEASURED_SECONDS, WARM_UP_SECONDS, TICKETS)
    )
    with running(only=(*PROCESSES, "topics")) as settings:
        plan = {
            "token": agent_token(settings),
            "tickets": asyncio.run(open_tickets(settings, tickets)),
            "documents": DOCUMENTS,
            "agents": AGENTS,
        }
        with only_finding() as port:
            bare = ask("Bare", port, plan, rate, seconds, warm_up)
        before = spent()
        answers = ask("Agent", settings.http_port, plan, rate, seconds, warm_up)
        shares = {name: (now - before[name]) / (seconds + warm_up) for name, now in spent().items()}
    return Chapter(
        f"(q) {RATE} requests a second, mixed",
        figures(answers, bare, rate),
        f"{rate} users, each with one request a second at an instant of their own, for {seconds} s "
        f"after {warm_up} s of warm-up, {tickets:,} tickets, one gateway process. "
        "Times are taken by locust in a process of its own on the same machine, the bare ones in "
        f"the same way. Answers by status: {dict(answers.statuses)}; bare: {dict(bare.statuses)}. "
        f"Cores taken: {', '.join(f'{name} {share:.2f}' for name, share in shares.items())}.",
    )


@dataclass(frozen=True)
class Answers:
    """What came back. milliseconds: ascending, of those answered 200, by what was asked; a_second:
    how many answers of any kind came in one."""

    milliseconds: Mapping[str, Sequence[float]]
    statuses: Counter[int]
    a_second: float


def figures(answers: Answers, bare: Answers, rate: int) -> list[Figure]:
    """Each endpoint beside the bare find of as much."""
    found = [
        Figure("requests answered", answers.a_second, "1/s", "asked for", rate),
        Figure(
            "requests not answered 200",
            answers.statuses.total() - answers.statuses[200],
            "",
            aims=[at_most(0)],
        ),
    ]
    for name, taken in sorted(answers.milliseconds.items()):
        kind = "some" if "list" in name else "one"
        for percent in (50, 99):
            found.append(
                Figure(
                    f"{name}, p{percent}",
                    percentile(taken, percent),
                    "ms",
                    f"bare find of {PAGE if kind == 'some' else 1}",
                    percentile(bare.milliseconds[kind], percent),
                )
            )
    return found


def spent() -> Mapping[str, float]:
    """Seconds of processor time, by process."""
    taken = {name: process(name).cpu_times() for name in PROCESSES}
    return {name: times.user + times.system for name, times in taken.items()}


def ask(
    users: str, port: int, plan: Mapping[str, object], rate: int, seconds: int, warm_up: int
) -> Answers:
    """Let locust be so many users of this class. Raises subprocess.SubprocessError where it fails
    of itself or does not end."""
    with tempfile.TemporaryDirectory() as folder:
        told, lines = Path(folder) / "plan", Path(folder) / "answers"
        told.write_text(json.dumps(plan))
        command = [
            *(sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), users),
            *("--headless", "--only-summary", "--host", f"http://127.0.0.1:{port}"),
            *("--users", str(rate), "--spawn-rate", str(rate)),
            *("--run-time", f"{warm_up + seconds}s", "--exit-code-on-error", "0"),
        ]
        subprocess.run(
            command,
            check=True,
            timeout=warm_up + seconds + 60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LOAD_PLAN": str(told), "LOAD_ANSWERS": str(lines)},
        )
        return counted(lines.read_text().splitlines(), warm_up)


def counted(lines: Sequence[str], warm_up: int) -> Answers:
    """What locust wrote down, but for what was asked during the warm-up."""
    every = [line.split("\t") for line in lines]
    begun = min(float(at) for *_, at in every) + warm_up
    taken: dict[str, list[float]] = defaultdict(list)
    statuses: Counter[int] = Counter()
    ended = begun
    for name, milliseconds, status, at in every:
        if float(at) < begun:
            continue
        ended = max(ended, float(at))
        statuses[int(status)] += 1
        if status == "200":
            taken[name].append(float(milliseconds))
    by_name = {name: sorted(some) for name, some in taken.items()}
    return Answers(by_name, statuses, statuses.total() / (ended - begun))


@contextlib.contextmanager
def only_finding() -> Iterator[int]:
    """The bare application, in a process of its own on the same mongod; its port."""
    spawn = multiprocessing.get_context("spawn")
    port, ready = spare(), spawn.Event()
    process = spawn.Process(target=_serve, args=(port, ready), daemon=True)
    process.start()
    try:
        if not ready.wait(60):
            raise TimeoutError("the bare application did not start")
        yield port
    finally:
        process.terminate()
        process.join()


def _serve(port: int, ready: Event) -> None:
    uvloop.run(_serve_forever(port, ready))


async def _serve_forever(port: int, ready: Event) -> None:
    mongo = connect(Settings())
    documents = mongo.database("bench")["documents"]
    await documents.create_indexes([IndexModel([("agent_id", 1), ("updated_at", -1)])])
    await documents.insert_many(
        [
            {
                "_id": number,
                "number": number,
                "subject": f"It does not work ({number})",
                "status": "open",
                "agent_id": f"agent-{number % AGENTS}",
                "updated_at": number,
            }
            for number in range(DOCUMENTS)
        ]
    )
    app = FastAPI()

    @app.get("/one/{number}")
    async def one(number: int) -> object:
        return await documents.find_one({"_id": number})

    @app.get("/some/{agent}")
    async def some(agent: str) -> object:
        return (
            await documents.find({"agent_id": agent})
            .sort([("updated_at", -1)])
            .limit(PAGE)
            .to_list()
        )

    async with listening(app, "127.0.0.1", port):
        ready.set()
        await asyncio.Event().wait()
