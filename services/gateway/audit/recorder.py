"""Writes down what leaves no event: who was turned away, who read of whom, who took data along.

Requests do not wait for it: a note is some microseconds' work in memory, and what there is to write
goes to MongoDB once a second. It forgets by itself what has had its time (``until``); acts have no
end.
"""

import asyncio
import hmac
import logging
from collections.abc import Sequence
from datetime import timedelta

import uuid_utils

from libs.events.kafka import utc_now
from libs.mongo import Collection, Document, PyMongoError, UpdateOne, WriteOperation
from services.gateway.audit.entries import INDEXES, AuditEntry, act
from services.gateway.audit.summing import Happening, Note, Summing
from services.gateway.instants import text

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
_HOST_CHARACTERS = 16


class Recorder:
    """Notes, and the collection that they go to. secret: under which hosts are hashed; kept: how
    long refusals and reads; reads: whether reads are noted at all."""

    def __init__(self, notes: Collection, secret: bytes, kept: timedelta, reads: bool) -> None:
        self.notes = notes
        self.reads = reads
        self._secret = secret
        self._kept = kept
        self._summing = Summing()

    async def prepare(self) -> None:
        """Make the indexes, and the one that forgets."""
        for index in INDEXES:
            await self.notes.create_index(list(index.fields))
        await self.notes.create_index("until", expire_after_seconds=0)

    def host(self, address: str) -> str:
        """What stands for where a connection came from."""
        if not address:
            return ""
        return hmac.digest(self._secret, address.encode(), "sha256").hex()[:_HOST_CHARACTERS]

    def note(self, happening: Happening, request_id: str) -> None:
        """It happened; it is written within a second or so."""
        self._summing.note(happening, request_id, utc_now())

    async def act(
        self, what: str, actor: str, targets: Sequence[str], sentence: str, request_id: str
    ) -> None:
        """Write down what somebody is about to do, and come back when it is. Raises
        PyMongoError: then it is not to be done."""
        entry = act(text(utc_now()), actor, what, targets, sentence)
        stored: AuditEntry = {**entry, "request_id": request_id}
        await self.notes.insert_one({"_id": f"n-{uuid_utils.uuid7().hex}", **stored})

    async def run(self) -> None:
        """Write what there is to write, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what waits; where that fails it waits on."""
        waiting = self._summing.taken()
        if not waiting:
            return
        try:
            await self.notes.bulk_write([self._written(note) for note in waiting], ordered=False)
        except PyMongoError as error:
            log.warning("%d audit entries wait: %s", len(waiting), type(error).__name__)
            self._summing.give_back(waiting)

    def _written(self, note: Note) -> WriteOperation:
        """Counts as they are, so that writing again after a failure counts nothing twice."""
        entry: Document = {**note.entry(), "until": note.last + self._kept}
        return UpdateOne({"_id": note.id}, {"$set": entry}, upsert=True)
