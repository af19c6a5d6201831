"""A replica's name belongs to the newest process that claims it.

Static members of a consumer group who share a name throw each other out for ever: the one that was
thrown out joins again, under the same name. So whoever notices a newer claim stops.
"""

import uuid

from libs.events.checkpoints import Stopped
from libs.mongo import Database


class Claim:
    """The claim of one process to the name of a replica (``gateway-0``)."""

    def __init__(self, database: Database, name: str) -> None:
        self.name = name
        self._collection = database["claims"]
        self._process = uuid.uuid4().hex

    async def take(self) -> None:
        """Have the name from now on."""
        await self._collection.update_one(
            {"_id": self.name}, {"$set": {"process": self._process}}, upsert=True
        )

    async def check(self) -> None:
        """Raises Stopped when a newer process has the name."""
        found = await self._collection.find_one({"_id": self.name})
        if found is not None and found["process"] != self._process:
            raise Stopped(
                f"another process runs as {self.name} since: give each replica a number of its own "
                "(DESKLEDGER_REPLICA), or let this one end"
            )
