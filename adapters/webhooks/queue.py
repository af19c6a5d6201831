"""What is to be told, to whom: once an event and webhook, whatever is read twice.

A delivery is ``waiting`` until its receiver has answered 2xx (``done``) or it has been tried for
days (``failed``); what does not go through at once is ``to_note`` for administrators. A process
that dies after the answer and before the mark sends it again, under the same id: the one window in
which a receiver hears of an event twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from libs.events.ids import derived_id
from libs.events.published.setup import FAILED_KEPT
from libs.mongo import BulkWriteError, Database, Document, duplicates_only

# So long one that has failed can be tried again, and one that is done is known when it is read a
# second time.
KEPT = {"failed": FAILED_KEPT, "done": timedelta(days=1)}
# With so many attempts a delivery is in trouble, and administrators hear of it.
TROUBLE = 5
_MOST_HEADS = 200


class Delivery(msgspec.Struct, rename={"id": "_id"}, kw_only=True):
    """An event on its way to a webhook.

    id: of webhook, event and, where it is told again, of the replay; offset: of the event, which is
    its place among its ticket's; body: as it is sent; due_at: when to try; first_at: of the first
    attempt; status, error: what the last one came to; retried: the sequence of the last request to
    try it again; to_note: whether its log lacks what has become of it; forget_at: once settled.
    """

    id: str
    webhook_id: str
    event_id: str
    ticket_id: str
    type: str
    lane: int
    offset: int
    body: str
    due_at: datetime
    replay: str = ""
    state: Literal["waiting", "done", "failed"] = "waiting"
    attempts: int = 0
    first_at: datetime | None = None
    forget_at: datetime | None = None
    status: int = 0
    error: str = ""
    retried: int = 0
    to_note: bool = False

    @property
    def chain(self) -> str:
        """What is told one after the other: a ticket's events, a replay beside what is new."""
        return f"{self.replay}/{self.ticket_id}"

    @property
    def is_known(self) -> bool:
        """Whether administrators have heard of it."""
        return self.attempts > TROUBLE or self.retried > 0


def delivery_id(webhook_id: str, event_id: str, replay: str) -> str:
    """The id that a delivery has here, and in the log where it is noted."""
    return derived_id("wd", webhook_id, event_id, replay)


class Queue:
    """The deliveries of some lanes."""

    def __init__(self, database: Database, lanes: Collection[int]) -> None:
        self._deliveries = database["deliveries"]
        self._lanes: Document = {"lane": {"$in": list(lanes)}}

    async def prepare(self) -> None:
        """Make the indexes."""
        waiting: Document = {"state": "waiting"}
        await self._deliveries.create_index([("webhook_id", 1), ("due_at", 1)], partial=waiting)
        await self._deliveries.create_index(
            [("webhook_id", 1), ("ticket_id", 1), ("replay", 1), ("offset", 1)], partial=waiting
        )
        await self._deliveries.create_index("to_note", partial={"to_note": True})
        await self._deliveries.create_index("forget_at", expire_after_seconds=0)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Put in what is not there yet."""
        if not deliveries:
            return
        documents: list[Document] = [
            msgspec.to_builtins(one, builtin_types=(datetime,)) for one in deliveries
        ]
        try:
            await self._deliveries.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)

    async def heads(self, webhook_id: str, now: datetime) -> Sequence[Delivery]:
        """What may be sent now: of each ticket the first that waits, longest due first.

        A later event of a ticket whose first is not due yet is put off until then.
        """
        due = self._waiting(webhook_id) | {"due_at": {"$lte": now}}
        found = await self._deliveries.find(due).sort("due_at").limit(_MOST_HEADS).to_list()
        heads: dict[str, Delivery] = {}
        for one in map(_delivery, found):
            if one.chain in heads:
                continue
            head = await self.first(one)
            if head is None:
                continue
            heads[one.chain] = head
            if head.due_at > now:
                await self.put_off(head, head.due_at)
        return [head for head in heads.values() if head.due_at <= now]

    async def first(self, of: Delivery) -> Delivery | None:
        """The first of its ticket that waits; None when none does any more."""
        head = await self._deliveries.find_one(self._chain(of), sort=[("offset", 1)])
        return _delivery(head) if head else None

    async def next_due(self, webhook_id: str) -> datetime | None:
        """When there will be something to send; None while nothing waits."""
        first = await self._deliveries.find_one(self._waiting(webhook_id), sort=[("due_at", 1)])
        return _delivery(first).due_at if first else None

    async def settle(self, one: Delivery, state: Literal["done", "failed"], at: datetime) -> None:
        """It is done with, one way or the other."""
        failed = state == "failed"
        changes: Document = {"state": state, "forget_at": at + KEPT[state]}
        # What is done is never sent again: that it was is all there is to keep.
        changes |= {"to_note": True} if failed or one.is_known else {}
        await self._note(one, changes if failed else changes | {"body": ""})

    async def delay(self, one: Delivery, until: datetime) -> None:
        """It failed for now, and its ticket's later events wait with it."""
        news = one.attempts == TROUBLE or (one.attempts == 1 and one.is_known)
        await self._note(one, {"due_at": until} | ({"to_note": True} if news else {}))
        await self.put_off(one, until)

    async def put_off(self, one: Delivery, until: datetime) -> None:
        """What waits of this ticket waits until then."""
        earlier = self._chain(one) | {"due_at": {"$lt": until}}
        await self._deliveries.update_many(earlier, {"$set": {"due_at": until}})

    async def hurry(self, webhook_id: str, now: datetime) -> None:
        """The receiver is back: everything that waits for another attempt is due."""
        later = self._waiting(webhook_id) | {"due_at": {"$gt": now}}
        await self._deliveries.update_many(later, {"$set": {"due_at": now}})

    async def retry(self, id: str, sequence: int, now: datetime) -> bool:
        """Try one again that has failed, or waits; whether there is something to try. What was
        asked for before the last such request is done."""
        wanted = self._lanes | {
            "_id": id,
            "state": {"$in": ["waiting", "failed"]},
            "retried": {"$lt": sequence},
        }
        afresh = {
            "state": "waiting",
            "due_at": now,
            "attempts": 0,
            "first_at": None,
            "forget_at": None,
            "retried": sequence,
        }
        return (await self._deliveries.update_one(wanted, {"$set": afresh})).modified_count == 1

    async def to_note(self, limit: int) -> Sequence[Delivery]:
        """Deliveries of which the log does not know yet what has become of them."""
        found = await self._deliveries.find(self._lanes | {"to_note": True}).limit(limit).to_list()
        return [_delivery(one) for one in found]

    async def noted(self, one: Delivery) -> None:
        """The log knows of it as it was here."""
        as_it_was = {"_id": one.id, "attempts": one.attempts, "state": one.state}
        await self._deliveries.update_one(as_it_was, {"$set": {"to_note": False}})

    async def waiting(self, webhook_id: str, replay: str, most: int) -> int:
        """How many deliveries of a replay wait, or of no replay; counted no further than most."""
        wanted = self._waiting(webhook_id) | {"replay": replay}
        return await self._deliveries.count_documents(wanted, limit=most)

    async def forget(self, webhook_id: str) -> None:
        """Nobody is to be told any more."""
        await self._deliveries.delete_many(self._waiting(webhook_id))

    async def _note(self, one: Delivery, changes: Document) -> None:
        known = {
            "attempts": one.attempts,
            "first_at": one.first_at,
            "status": one.status,
            "error": one.error,
        }
        await self._deliveries.update_one({"_id": one.id}, {"$set": known | changes})

    def _waiting(self, webhook_id: str) -> Document:
        return self._lanes | {"webhook_id": webhook_id, "state": "waiting"}

    def _chain(self, one: Delivery) -> Document:
        return {
            "webhook_id": one.webhook_id,
            "ticket_id": one.ticket_id,
            "replay": one.replay,
            "state": "waiting",
        }


def _delivery(document: Document) -> Delivery:
    return msgspec.convert(document, Delivery)
