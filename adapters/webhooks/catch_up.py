"""Webhooks that are behind catch up: new ones from their definition on, full ones from where they
were. Once level with the follower they go along with it."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace

from aiokafka.errors import KafkaError

from adapters.webhooks.courses import Courses
from adapters.webhooks.directory import Directory
from adapters.webhooks.facts import Facts
from adapters.webhooks.follow import MOST_RECORDS, Follower, is_told
from adapters.webhooks.rereading import Rereader, Stretch
from libs.events.envelope import Recorded
from libs.mongo import PyMongoError

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_FULL_SECONDS = 2.0


class Catcher:
    """Brings webhooks level. most: deliveries that may wait for one; wake: called after adding."""

    def __init__(
        self,
        lanes: Collection[int],
        *,
        directory: Directory,
        courses: Courses,
        follower: Follower,
        rereader: Rereader,
        most: int,
        wake: Callable[[], None],
    ) -> None:
        self._lanes = lanes
        self._directory = directory
        self._courses = courses
        self._follower = follower
        self._rereader = rereader
        self._most = most
        self._wake = wake
        # Which queues are full, and until when (s, of the loop's clock) nobody looks at them.
        self._full: dict[tuple[str, int], float] = {}

    async def run(self) -> None:
        """Look after those that are behind until cancelled."""
        while True:
            try:
                for lane in self._lanes:
                    await self._look(lane)
            except (KafkaError, PyMongoError, OSError) as error:
                log.warning("webhooks that are behind wait: %r", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self, lane: int) -> None:
        followed = self._follower.positions.get(lane)
        if followed is None:
            return
        for id in self._courses.missing(lane):
            # Looked up after the follower's place: whatever is recorded later lies behind both.
            first = await self._rereader.first_since(lane, self._directory.webhooks[id].since)
            await self._courses.go_on(id, lane, followed if first is None else first)
        now = asyncio.get_running_loop().time()
        for id, at in self._courses.behind(lane):
            if now >= self._full.get((id, lane), now):
                await self._catch_up(id, lane, at, followed)

    async def _catch_up(self, id: str, lane: int, at: int, followed: int) -> None:
        async def moved(next: int) -> None:
            await self._courses.go_on(id, lane, next)
            self._wake()

        def told(recorded: Recorded[object], facts: Facts) -> bool:
            return is_told(self._directory.webhooks[id], recorded, facts)

        stretch = Stretch(id, lane, at, followed, self._most, told)
        reached = await self._rereader.turn(stretch, moved)
        if reached < followed:
            if reached == at:
                now = asyncio.get_running_loop().time()
                self._full[id, lane] = now + _FULL_SECONDS
            return
        async with self._follower.turn:  # so that it does not move meanwhile
            last = replace(stretch, start=reached, end=self._follower.positions[lane])
            if last.end - last.start <= MOST_RECORDS:
                reached = await self._rereader.turn(last, moved)
            if reached >= last.end:
                await self._courses.go_on(id, lane, None)
