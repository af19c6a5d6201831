"""How far consumers are behind the log, measured with eyes other than their own.

An alive consumer can sit stuck for ever after a rebalance, and its own lag reads zero while an
open transaction pins the last stable offset. So the ends of the log are asked from Kafka by a
client that follows nothing, and what is done is read from the stored checkpoints.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from libs.events.checkpoints import Checkpoints
from libs.events.kafka import Cluster
from libs.events.sources import Offsets, Source
from libs.mongo import PyMongoError
from libs.telemetry import Telemetry

log = logging.getLogger(__name__)

MEASURE_SECONDS = 5.0
STARTING_SECONDS = 0.25
# A consumer with something to do that stores nothing for so long is stuck.
STUCK_SECONDS = 60.0


@dataclass
class Watched:
    """One consumer. mine: the sources that this process answers for (None: not known yet)."""

    sources: Sequence[Source]
    mine: Callable[[], Collection[Source] | None]
    behind: int = 0
    stopped: str = ""
    caught_up: bool = False
    goal: Offsets | None = None
    done: Mapping[str, int] = field(default_factory=dict)
    moved_at: float = 0.0


class Lag:
    """Measures the consumers of one service. Units: records (commit markers included)."""

    def __init__(self, cluster: Cluster, checkpoints: Checkpoints, telemetry: Telemetry) -> None:
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._telemetry = telemetry
        self._watched: dict[str, Watched] = {}

    def watch(
        self,
        consumer: str,
        sources: Sequence[Source],
        mine: Callable[[], Collection[Source] | None],
    ) -> None:
        """Measure this consumer from now on."""
        self._watched[consumer] = Watched(sources, mine, moved_at=time.monotonic())

    def forget(self, consumer: str) -> None:
        """It is gone for good."""
        self._watched.pop(consumer, None)

    def stopped(self, consumer: str, sentence: str) -> None:
        """It will not go on, and why."""
        self._watched[consumer].stopped = sentence

    def caught_up(self, consumer: str) -> bool:
        """Whether it has been where the log ended when we first looked."""
        return consumer in self._watched and self._watched[consumer].caught_up

    def stuck(self, consumer: str) -> bool:
        """Whether it has stopped, or has something to do and has done nothing for long."""
        watched = self._watched.get(consumer)
        if watched is None:
            return False
        idle = time.monotonic() - watched.moved_at
        return bool(watched.stopped) or (watched.behind > 0 and idle > STUCK_SECONDS)

    def report(self) -> Mapping[str, object]:
        """By consumer: how many records it is behind, or why it has stopped."""
        return {name: watched.stopped or watched.behind for name, watched in self._watched.items()}

    async def run(self) -> None:
        """Measure until cancelled; without Kafka or MongoDB the last figures stay."""
        while True:
            try:
                async with (
                    self._cluster.consumer(isolation="read_committed") as stable,
                    self._cluster.consumer(isolation="read_uncommitted") as newest,
                ):
                    while True:
                        await self.measure(stable, newest)
                        starting = not all(w.caught_up for w in self._watched.values())
                        await asyncio.sleep(STARTING_SECONDS if starting else MEASURE_SECONDS)
            except (KafkaError, PyMongoError, OSError) as error:
                log.warning("cannot measure how far consumers are behind: %r", error)
                await asyncio.sleep(1)

    async def measure(self, stable: AIOKafkaConsumer, newest: AIOKafkaConsumer) -> None:
        """Look once, at those who are watched now: more may come while the answers are awaited."""
        watching = dict(self._watched)
        sources = sorted({source for w in watching.values() for source in w.sources})
        if not sources:
            return
        partitions = {source: self._cluster.partition(*source) for source in sources}
        found = await stable.end_offsets(list(partitions.values()))
        ends = {source: found[tp] for source, tp in partitions.items()}
        for consumer, watched in watching.items():
            done = await self._checkpoints.next_offsets(consumer) or {}
            _compare(watched, done, ends)
            if self._telemetry.enabled:
                for source in watched.sources:
                    self._telemetry.metrics.lag.set(
                        max(0, ends[source] - done.get(source.key, 0)),
                        consumer=consumer,
                        topic=source.topic,
                        partition=source.partition,
                    )
        if self._telemetry.enabled:
            highest = await newest.end_offsets(list(partitions.values()))
            for source, tp in partitions.items():
                self._telemetry.metrics.stable_offset_gap.set(
                    max(0, highest[tp] - ends[source]),
                    topic=source.topic,
                    partition=source.partition,
                )


def _compare(watched: Watched, done: Mapping[str, int], ends: Offsets) -> None:
    if watched.goal is None:
        watched.goal = {source: ends[source] for source in watched.sources}
    if all(done.get(source.key, 0) >= end for source, end in watched.goal.items()):
        watched.caught_up = True
    mine = watched.mine()
    answered_for = watched.sources if mine is None else mine
    before = watched.behind
    watched.behind = sum(max(0, ends[s] - done.get(s.key, 0)) for s in answered_for)
    moved = any(done.get(s.key) != watched.done.get(s.key) for s in answered_for)
    if moved or before == 0:
        watched.moved_at = time.monotonic()
    watched.done = done
