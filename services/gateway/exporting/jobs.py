"""Exports as jobs: asked for, made by whichever replica comes first, kept for a week, then deleted.

What is made lies in the content store under the person's own key: it is erased with them. A job
whose maker died is taken over when its lease is over; what it had stored is nobody's and is swept.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Literal, cast

from typing_extensions import TypedDict

from libs.contents import ContentStore
from libs.events.kafka import utc_now
from libs.keyring import Erased, KeyringError
from libs.mongo import Database, Document, PyMongoError
from services.gateway.contacts.reading import ContactReader
from services.gateway.exporting.archive import MEDIA_TYPE, Archivist

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
LEASE = timedelta(minutes=30)
_IDLE_SECONDS = 5.0


class Export(TypedDict):
    """One export. content: its id in the store, "" until it is ready; size: in bytes; until: when
    its maker is given up, or, once it is ready, when it is deleted."""

    contact_id: str
    asked_by: str
    asked_at: datetime
    state: Literal["asked", "making", "ready", "gone"]
    content: str
    size: int
    until: datetime


class Exports:
    """The exports of this installation, in the gateway's own database."""

    def __init__(
        self,
        database: Database,
        contents: ContentStore,
        contacts: ContactReader,
        archivist: Archivist,
    ) -> None:
        self._collection = database["exports"]
        self._contents = contents
        self._contacts = contacts
        self._archivist = archivist
        self._wake = asyncio.Event()

    async def ask(self, id: str, contact_id: str, by: str) -> None:
        """Have it made. The same id again is the same export."""
        now = utc_now()
        export = Export(
            contact_id=contact_id,
            asked_by=by,
            asked_at=now,
            state="asked",
            content="",
            size=0,
            until=now,
        )
        await self._collection.update_one(
            {"_id": id}, {"$setOnInsert": cast(Document, export)}, upsert=True
        )
        self._wake.set()

    async def find(self, id: str, contact_id: str) -> Export | None:
        """An export of this contact."""
        found = await self._collection.find_one({"_id": id, "contact_id": contact_id})
        return cast(Export | None, found)

    async def open(self, export: Export) -> AsyncIterator[bytes] | Erased:
        """Its bytes; ERASED once it was deleted, or the person was erased."""
        return await self._contents.open(export["content"])

    async def run(self) -> None:
        """Make what is asked for and delete what has had its time, until cancelled."""
        while True:
            try:
                while await self._next():
                    pass
            except (PyMongoError, KeyringError) as error:
                log.warning("exports wait: %s", type(error).__name__)
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def _next(self) -> bool:
        """Do one thing; False when there is nothing to do."""
        now = utc_now()
        over = {"state": "ready", "until": {"$lte": now}}
        if (old := await self._collection.find_one(over)) is not None:
            await self._contents.delete([old["content"]])
            await self._collection.update_one({"_id": old["_id"]}, {"$set": {"state": "gone"}})
            return True
        found = await self._collection.find_one_and_update(
            {"state": {"$in": ["asked", "making"]}, "until": {"$lte": now}},
            {"$set": {"state": "making", "until": now + LEASE}},
            return_after=True,
        )
        if found is None:
            return False
        await self._make(found["_id"], cast(Export, found))
        return True

    async def _make(self, id: str, export: Export) -> None:
        view = await self._contacts.find(export["contact_id"])
        if view is None or view["erasure_requested_at"]:
            await self._collection.update_one({"_id": id}, {"$set": {"state": "gone"}})
            return
        pieces = self._archivist.archive(export["contact_id"], view)
        stored = await self._contents.put_stream(export["contact_id"], MEDIA_TYPE, pieces)
        ready = {"content": stored.id, "size": stored.size, "until": utc_now() + KEPT}
        await self._collection.update_one({"_id": id}, {"$set": {"state": "ready", **ready}})
