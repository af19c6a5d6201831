"""What is done to a running stack. Every blow returns once it is dealt, not once it is mended."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from asyncio.subprocess import Process as Child
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import psutil

from deploy.local import Narrator, Problem, process, stack
from deploy.local.ports import spare
from libs.events.ids import partition_of
from libs.events.kafka import Cluster, end_offsets
from libs.events.published.channels import InboundMessage
from libs.events.topics import INBOUND
from libs.settings import CHECKOUT, home

KILLED = ("intake", "gateway", "email", "kafka", "mongod")
EXTRAS = ("zombie", "replicas", "storm", "twice")
START_SECONDS = 60.0
# A fenced process notices with its next transaction, and there is one a moment.
FENCED_SECONDS = 45.0
REPEATED = 20
CONFUSED = "is out of sync with the underlying log"


class Unmended(Exception):
    """Something did not come back, or did not go away, when it had to."""


class Silent(Narrator):
    """The rounds tell what happens."""

    def happened(self, text: str) -> None:
        pass


def deck(rounds: int, dice: random.Random) -> list[tuple[str, ...]]:
    """The blows in a random order: so many kills, some of two processes at once, and the extras.

    Every kind of kill comes equally often.
    """
    kills: list[tuple[str, ...]] = [(KILLED[i % len(KILLED)],) for i in range(rounds)]
    for i in range(0, rounds, 8):
        kills[i] = (*kills[i], dice.choice([name for name in KILLED if name not in kills[i]]))
    extras: list[tuple[str, ...]] = [(name,) for name in EXTRAS for _ in range(1 + rounds // 25)]
    blows = kills + extras
    dice.shuffle(blows)
    return blows


class Harm:
    """Deals blows to the stack in this process's DESKLEDGER_HOME."""

    def __init__(self, cluster: Cluster, lanes: int, dice: random.Random) -> None:
        self._cluster = cluster
        self._lanes = lanes
        self._dice = dice

    async def deal(self, blow: Sequence[str]) -> None:
        """Kill these processes at once, or do the one extra that is named."""
        extras = {
            "zombie": self._zombie,
            "replicas": self._replicas,
            "storm": self._storm,
            "twice": self._twice,
        }
        if blow[0] in extras:
            await extras[blow[0]]()
        else:
            for running in [await self._running(name) for name in blow]:
                running.kill()

    async def restart_confused_kafka(self) -> bool:
        """Do what an operator does when Kafka's own coordinator of groups has lost its state.

        Kafka 4.1 loads groups at a restart, unloads them when it registers anew, and loads them
        again; if the first loading ends late, it counts as the second, and groups are empty until
        another restart. Our lanes stop rather than start over (which is what this test is about).
        Returns whether that was so.
        """
        log = (home() / "logs" / "kafka.log").read_text(errors="replace")
        since_start = log.rpartition("supervisor: started")[2]
        if CONFUSED not in since_start:
            return False
        (await self._running("kafka")).kill()
        return True

    async def _running(self, name: str) -> psutil.Process:
        """The process of this name, once there is one."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                state = stack.state()
                pid = state.processes[name].pid
                with contextlib.suppress(psutil.NoSuchProcess):
                    if pid is not None and psutil.Process(pid).ppid() == state.supervisor:
                        return psutil.Process(pid)
                await asyncio.sleep(0.05)

    async def _zombie(self) -> None:
        """Freeze the writer, let another one take over its lanes, and let the first go on.

        The first must find that it is fenced and end; its supervisor's next attempt fences the
        second, which must end by itself, too.
        """
        first = await self._running("intake")
        first.suspend()
        async with self._another("intake", {}) as second:
            try:
                await self._ready(second)
                await asyncio.sleep(self._dice.uniform(0.5, 3))
            finally:
                first.resume()
            try:
                await asyncio.wait_for(second.child.wait(), FENCED_SECONDS)
            except TimeoutError:
                raise Unmended("the second intake did not end when it was fenced") from None

    async def _replicas(self) -> None:
        """One intake becomes two, one of which is killed; two become one again."""
        await self._scale(2)
        await asyncio.sleep(self._dice.uniform(0, 2))
        (await self._running(self._dice.choice(["intake", "intake-1"]))).kill()
        await asyncio.sleep(self._dice.uniform(0, 3))
        await self._scale(1)

    async def _scale(self, replicas: int) -> None:
        """Change the number of intakes; what else is down just now is not waited for."""
        with contextlib.suppress(Problem):
            await asyncio.to_thread(stack.up, Silent(), replicas={"intake": replicas})
        for number in range(replicas):
            await self._running(f"intake-{number}" if number else "intake")

    async def _storm(self) -> None:
        """Projectors join the projections' groups and leave them, politely or not."""

        async def visit(number: int) -> None:
            await asyncio.sleep(self._dice.uniform(0, 3))
            environment = {
                "DESKLEDGER_GATEWAY_PARTS": "projections",
                "DESKLEDGER_REPLICA": str(10 + number),
            }
            async with self._another("gateway", environment) as projector:
                await self._ready(projector)
                await asyncio.sleep(self._dice.uniform(0, 4))
                if self._dice.random() < 0.5:
                    projector.child.terminate()
                    await projector.child.wait()

        await asyncio.gather(*(visit(number) for number in range(3)))

    async def _twice(self) -> None:
        """Some of the last inbound records come again, every other one in a wrong partition."""
        partitions = [self._cluster.partition(INBOUND, p) for p in range(self._lanes)]
        ends = await end_offsets(self._cluster, partitions, "read_committed")
        async with (
            self._cluster.consumer() as consumer,
            self._cluster.producing() as producer,
        ):
            consumer.assign(partitions)
            for tp, end in ends.items():
                consumer.seek(tp, max(0, end - REPEATED))
            found = await consumer.getmany(timeout_ms=5_000)
            for record in [record for batch in found.values() for record in batch]:
                message = InboundMessage.model_validate_json(record.value)
                own = partition_of(message.conversation_id, self._lanes)
                await producer.send_and_wait(
                    self._cluster.topic(INBOUND),
                    key=record.key,
                    value=record.value,
                    partition=(own + record.offset % 2) % self._lanes,
                )

    @contextlib.asynccontextmanager
    async def _another(
        self, service: str, environment: Mapping[str, str]
    ) -> AsyncIterator["Extra"]:
        """One more process of a service, beside those that the supervisor keeps; killed at the
        end."""
        planned = {entry.name: entry for entry in process.read(home() / "run" / "plan.json")}
        port = spare()
        wrapper = [str(CHECKOUT / "deploy/local/die_with_parent.py"), str(os.getpid())]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DESKLEDGER_")}
        with (home() / "logs" / f"another-{service}.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", *wrapper, *planned[service].command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                env={
                    **inherited,
                    **planned[service].environment,
                    **environment,
                    "DESKLEDGER_HEALTH_PORT": str(port),
                },
                start_new_session=True,
            )
        try:
            yield Extra(child, port)
        finally:
            if child.returncode is None:
                child.send_signal(signal.SIGKILL)
                await child.wait()

    async def _ready(self, extra: "Extra") -> None:
        """Wait until it serves, or has ended."""
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                async with asyncio.timeout(START_SECONDS):
                    while extra.child.returncode is None:
                        with contextlib.suppress(httpx.HTTPError):
                            url = f"http://127.0.0.1:{extra.health_port}/health/ready"
                            if (await client.get(url)).is_success:
                                return
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise Unmended("one more process did not become ready") from None


class Extra:
    """A process beside the stack's own."""

    def __init__(self, child: Child, health_port: int) -> None:
        self.child = child
        self.health_port = health_port
