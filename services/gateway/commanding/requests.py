"""The memory of requests: which key stood for what, and what became of those answered with 202.

A key is remembered as long as the owner of the aggregate remembers the command that was made from
it; another request under the same key would otherwise get the first one's answer.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from typing_extensions import TypedDict

from libs.batching import Batches
from libs.events.deciding import REMEMBERED
from libs.events.envelope import Reply
from libs.mongo import BulkWriteError, Database, Document, UpdateOne, duplicates_only

MOST = 200
WORKERS = 2


class KeyReused(Exception):
    """An Idempotency-Key came again with another request."""


class Request(TypedDict):
    """One remembered request. actor: whose; refusal: its code once refused; sequence: of its
    aggregate once carried out, else 0."""

    actor: str
    fingerprint: str
    aggregate_id: str
    at: datetime
    sequence: int
    refusal: str
    sentence: str


class Requests:
    """Requests by the id of their command. Many at once are written together."""

    def __init__(self, database: Database) -> None:
        self._collection = database["requests"]
        self._admitting = Batches(self._insert, MOST, WORKERS)
        self._deciding = Batches(self._note, MOST, WORKERS)

    async def prepare(self) -> None:
        """Make the index that forgets."""
        seconds = int(REMEMBERED.total_seconds())
        await self._collection.create_index("at", expire_after_seconds=seconds)

    async def admit(self, command_id: str, actor: str, fingerprint: str, aggregate_id: str) -> None:
        """Remember a request before its command is sent. Raises KeyReused."""
        request = Request(
            actor=actor,
            fingerprint=fingerprint,
            aggregate_id=aggregate_id,
            at=datetime.now(UTC),
            sequence=0,
            refusal="",
            sentence="",
        )
        if not await self._admitting.do({"_id": command_id, **request}):
            first = await self._collection.find_one({"_id": command_id})
            if first is not None and first["fingerprint"] != fingerprint:
                raise KeyReused(command_id)

    async def decided(self, command_id: str, reply: Reply) -> None:
        """Note the outcome of a command whose caller does not wait for it any more."""
        outcome = {
            "sequence": 0 if reply.refusal else reply.sequence,
            "refusal": reply.refusal,
            "sentence": reply.sentence,
        }
        await self._deciding.do(UpdateOne({"_id": command_id}, {"$set": outcome}))

    async def find(self, command_id: str, actor: str) -> Request | None:
        """A request of this actor's."""
        found = await self._collection.find_one({"_id": command_id, "actor": actor})
        return cast(Request | None, found)

    async def _insert(self, requests: Sequence[Document]) -> Sequence[bool]:
        """Which of these are new."""
        known: Sequence[int] = ()
        try:
            await self._collection.insert_many(requests, ordered=False)
        except BulkWriteError as error:
            known = duplicates_only(error)
        return [place not in known for place in range(len(requests))]

    async def _note(self, outcomes: Sequence[UpdateOne]) -> Sequence[None]:
        await self._collection.bulk_write(outcomes, ordered=False)
        return [None] * len(outcomes)
