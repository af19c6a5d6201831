"""All lanes of one replica of a service, and what they tell about themselves."""

import asyncio
import logging
from collections.abc import Mapping

from libs.events.deciding import Broken
from libs.events.lane import Deciders, own_lanes
from libs.events.resources import Resources
from libs.mongo import PyMongoError

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 30.0


class Lanes:
    """The lanes of this replica: those p with p mod replicas = replica."""

    def __init__(self, deciders: Deciders, on: Resources) -> None:
        settings = on.settings
        self._deciders = deciders
        self._on = on
        self._numbers = own_lanes(on.ledger.lanes, settings.replica, settings.replicas)
        self._states = on.mongo.database(deciders.service)["states"]
        self._broken: dict[str, str] = {}
        self._quarantined = 0

    def details(self) -> Mapping[str, object]:
        """For the health page: lanes that have stopped and why, aggregates in quarantine."""
        return {"broken": dict(self._broken), "quarantined": self._quarantined}

    async def run(self) -> None:
        """Run them until cancelled. Raises Fenced when somebody newer owns one of them."""
        await self._states.create_index("quarantined", partial={"quarantined": True})
        async with asyncio.TaskGroup() as group:
            group.create_task(self._count_quarantined())
            for number in self._numbers:
                group.create_task(self._run(number))

    async def _run(self, number: int) -> None:
        while True:
            try:
                await self._on.lane(self._deciders, number).run()
            except Broken as why:
                # The others go on; this one waits for a person, and its health says so. It looks
                # again by itself: what was missing may be back (restored, or Kafka had only
                # mislaid its groups), and looking changes nothing.
                log.critical("lane %s-%d has stopped: %s", self._deciders.service, number, why)
                self._broken[str(number)] = str(why)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                del self._broken[str(number)]

    async def _count_quarantined(self) -> None:
        while True:
            try:
                self._quarantined = await self._states.count_documents({"quarantined": True})
            except PyMongoError as error:
                log.warning("cannot count what is quarantined: %s", type(error).__name__)
            self._on.telemetry.metrics.quarantined.set(
                self._quarantined, service=self._deciders.service
            )
            await asyncio.sleep(LOOK_SECONDS)
