"""Telling a webhook again what was recorded since an instant, or behind a cursor: a second reading
of the log.

It goes its own way beside what is new, no faster than the receiver takes it, and is resumed where
it was.
"""

import asyncio
import logging
from collections.abc import Callable, Collection

from aiokafka.errors import KafkaError

from adapters.webhooks.directory import Directory, Replay
from adapters.webhooks.facts import Facts
from adapters.webhooks.follow import TICKETS, Follower
from adapters.webhooks.rereading import Rereader, Stretch
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster, end_offsets
from libs.mongo import Database, Document, PyMongoError
from libs.telemetry import Progress

log = logging.getLogger(__name__)

PART = "webhooks-replay"
# So many of a replay may wait in the queue.
MOST_WAITING = 1_000
_LOOK_SECONDS = 0.5


class Replayer:
    """Carries out the replays that were asked for, a turn of each, on these lanes."""

    def __init__(
        self,
        cluster: Cluster,
        database: Database,
        lanes: Collection[int],
        *,
        directory: Directory,
        follower: Follower,
        rereader: Rereader,
        wake: Callable[[], None],
        progress: Progress,
    ) -> None:
        self._cluster = cluster
        self._replays = database["replays"]
        self._lanes = lanes
        self._directory = directory
        self._follower = follower
        self._rereader = rereader
        self._wake = wake
        progress.expect(PART, has_work=lambda: False)
        progress.ready(PART)

    async def run(self) -> None:
        """Carry out what is asked for until cancelled."""
        done: set[tuple[str, int]] = set()
        while True:
            for replay in list(self._directory.replays):
                for lane in self._lanes:
                    if (replay.id, lane) in done:
                        continue
                    try:
                        if await self._is_done(replay, lane):
                            done.add((replay.id, lane))
                    except (KafkaError, PyMongoError, OSError) as error:
                        log.warning("a replay waits: %r", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _is_done(self, replay: Replay, lane: int) -> bool:
        """One lane of it, a turn from where it was."""
        id = f"{replay.id}/{lane}"
        known = await self._replays.find_one({"_id": id})
        if known is None:
            known = await self._begin(id, replay, lane)
        at, end = known["next"], known["end"]
        if at >= end or self._directory.webhooks[replay.webhook_id].retired:
            return True
        followed = min(end, self._follower.positions.get(lane, 0))

        def told(recorded: Recorded[object], facts: Facts) -> bool:
            wants = self._directory.webhooks[replay.webhook_id].wants
            return replay.covers(recorded.recorded_at) and wants(recorded.type, facts.named())

        async def moved(next: int) -> None:
            await self._replays.update_one({"_id": id}, {"$set": {"next": next}})
            self._wake()

        stretch = Stretch(replay.webhook_id, lane, at, followed, MOST_WAITING, told, replay.id)
        return bool(await self._rereader.turn(stretch, moved) >= end)

    async def _begin(self, id: str, replay: Replay, lane: int) -> Document:
        """From where it was asked for to where the log ends now."""
        tp = self._cluster.partition(TICKETS, lane)
        end = (await end_offsets(self._cluster, [tp], "read_committed"))[tp]
        if replay.since is None:
            first = replay.after[lane] if lane < len(replay.after) else 0
        else:
            since = await self._rereader.first_since(lane, replay.since)
            first = end if since is None else since
        document: Document = {"_id": id, "next": first, "end": end}
        await self._replays.replace_one({"_id": id}, document, upsert=True)
        return document
