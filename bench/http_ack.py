"""HTTP commands per second, beside the same application with Kafka taken out.

A closed loop of clients sends notes and assignments. Acknowledged: Kafka has the command (202, or
200 where it was decided meanwhile). Visible: it was decided and the read model shows it (200), by
intake and projections on the same cores. The limit is the gateway's own application, tokens,
checks, contents and all, where sending and waiting return at once.
"""

import asyncio
import contextlib
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Event

import uvloop

from bench.frame import Chapter, Figure, at_least_times
from bench.latency import command
from bench.open_loop import Connection
from bench.stack import running
from bench.tickets import agent_token, open_tickets
from deploy.local.ports import spare
from libs.events.builds import Builds, View
from libs.events.envelope import Command, Reply
from libs.events.kafka import CommandSender
from libs.events.published.setup import DEFAULT
from libs.events.resources import Resources
from libs.events.waiting import Answer, Outcome, Waiter
from libs.serving import listening
from libs.tokens import Links, local_issuer
from services.gateway.callers import offline
from services.gateway.commanding.requests import Requests
from services.gateway.interface import Known, api, exporting, recording, signing_in
from services.gateway.keys.known import KnownKeys
from services.gateway.live.hub import Hub
from services.gateway.read_models import PROJECTIONS
from services.gateway.settings import GatewaySettings
from services.gateway.tickets.pages import Pseudonyms
from services.gateway.uploading.uploads import Uploads

CLIENTS = 32
MEASURED_SECONDS, WARM_UP_SECONDS = 15, 3
TICKETS = 400
REQUESTS = 2_000


def chapter(quick: bool) -> Chapter:
    seconds, warm_up = (3, 1) if quick else (MEASURED_SECONDS, WARM_UP_SECONDS)
    with running(only=("kafka", "mongod", "topics", "intake", "gateway")) as settings:
        tickets = asyncio.run(open_tickets(settings, 40 if quick else TICKETS))
        token = agent_token(settings)
        visible = [command(n, tickets[n % len(tickets)], token) for n in range(REQUESTS)]
        acknowledged = [_not_waiting(request) for request in visible]
        figures, remarks = [], []
        with without_kafka() as bare_port:
            for name, requests, aims in (
                ("acknowledged by Kafka", acknowledged, [at_least_times(0.5)]),
                ("decided and visible", visible, []),
            ):
                bare = measure(bare_port, requests, seconds, warm_up)
                ours = measure(settings.http_port, requests, seconds, warm_up)
                rate, limit = (succeeded(answers) / seconds for answers in (ours, bare))
                figures.append(
                    Figure(f"HTTP commands {name}", rate, "1/s", "without Kafka", limit, aims)
                )
                remarks.append(f"- {name}: {dict(ours)}; without Kafka: {dict(bare)}")
    return Chapter(
        "(c) HTTP commands acknowledged per second",
        figures,
        f"{CLIENTS} clients, each with one request under way; {seconds} s after {warm_up} s of "
        "warm-up; answers by status:\n\n" + "\n".join(remarks),
    )


def measure(port: int, requests: Sequence[bytes], seconds: float, warm_up: float) -> Counter[int]:
    """Answers by status, from clients in a process of their own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(_knock, port, requests, seconds, warm_up).result()


def succeeded(answers: Counter[int]) -> int:
    """How many of these were a success."""
    return answers[200] + answers[202]


def _knock(port: int, requests: Sequence[bytes], seconds: float, warm_up: float) -> Counter[int]:
    gc.disable()
    return uvloop.run(_knock_together(port, requests, seconds, warm_up))


async def _knock_together(
    port: int, requests: Sequence[bytes], seconds: float, warm_up: float
) -> Counter[int]:
    statuses: Counter[int] = Counter()
    begin = time.perf_counter() + warm_up

    async def client(place: int) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        while time.perf_counter() < begin + seconds:
            status = await connection.ask(requests[place % len(requests)])
            if time.perf_counter() >= begin:
                statuses[status] += 1
            place += CLIENTS
        connection.close()

    await asyncio.gather(*(client(place) for place in range(CLIENTS)))
    return statuses


def _not_waiting(request: bytes) -> bytes:
    return request.replace(b"\r\nContent-Type", b"\r\nPrefer: respond-async\r\nContent-Type", 1)


class SendsNothing(CommandSender):
    """Everything is there at once, because it goes nowhere."""

    def __init__(self) -> None:
        pass

    async def send(self, to_send: Sequence[Command[object]]) -> None:
        pass


class WaitsForNothing(Waiter):
    """Every command was decided before it was sent."""

    def __init__(self) -> None:
        self.name = "nobody"

    @contextlib.asynccontextmanager
    async def expecting(self, command_id: str) -> AsyncIterator["asyncio.Future[Answer]"]:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        reply = Reply(command_id=command_id, aggregate_id="", partition=0, sequence=1)
        answer.set_result(Answer(reply, "tickets.events"))
        yield answer

    async def outcome(
        self, answer: "asyncio.Future[Answer]", view: View, timeout: float
    ) -> Outcome:
        return Outcome("visible", answer.result().reply) if timeout else Outcome("unanswered")


@contextlib.contextmanager
def without_kafka() -> Iterator[int]:
    """The application without Kafka, in a process of its own on the same read models; its port."""
    spawn = multiprocessing.get_context("spawn")
    port, ready = spare(), spawn.Event()
    process = spawn.Process(target=_serve, args=(port, ready), daemon=True)
    process.start()
    try:
        if not ready.wait(60):
            raise TimeoutError("the application without Kafka did not start")
        yield port
    finally:
        process.terminate()
        process.join()


def _serve(port: int, ready: Event) -> None:
    uvloop.run(_serve_forever(port, ready))


async def _serve_forever(port: int, ready: Event) -> None:
    settings = GatewaySettings(http_port=port, gateway_requests_a_minute=0)
    async with Resources.open(settings, "bench") as on:
        database = on.mongo.database("gateway")
        builds = Builds(database, PROJECTIONS, "bench")
        following = asyncio.create_task(builds.run())
        requests = Requests(database)
        await requests.prepare()
        sender, waiter = SendsNothing(), WaitsForNothing()
        exports = exporting(on, builds, on.mongo.database("gateway"))
        known = Known(
            offline(local_issuer(settings)),
            KnownKeys(database["key_uses"]),
            Links(await on.keyring.secret("links")),
            Pseudonyms(bytes(32)),
            bytes(32),
            lambda: DEFAULT,
            recording(settings, database, bytes(32)),
            signing_in(settings, on, builds, sender, lambda name: bytes(32)),
        )
        uploads = Uploads(database, on.contents, on.keyring, 0)
        app = api(
            settings, on, builds, waiter, sender, requests, exports, uploads, dict, known, Hub()
        )
        async with listening(app, settings.http_host, settings.http_port):
            ready.set()
            await following
