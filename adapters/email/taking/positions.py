"""How far each mailbox is taken, in MongoDB: moved after its messages are in the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.email.taking.imap import Standing
from libs.mongo import Collection

COLLECTION = "mailboxes"
MOST_SKIPPED = 100


@dataclass(frozen=True, slots=True)
class Position:
    """validity: of the mailbox that the UIDs are of; next_uid: the first that is not taken yet;
    not_before: what arrived earlier had been there under other UIDs, or before our time, and is
    taken already or not to be; newest: the arrival of the last that was taken; attempts: how often
    the message at next_uid was begun."""

    validity: int
    next_uid: int
    not_before: datetime
    newest: datetime
    attempts: int = 0


class Positions:
    """The position of one mailbox; every write has returned when a majority has it."""

    def __init__(self, collection: Collection, name: str) -> None:
        self._collection = collection
        self._name = name

    async def load(self) -> Position | None:
        """None for a mailbox that was never looked at."""
        found = await self._collection.find_one({"_id": self._name})
        if found is None or "validity" not in found:
            return None
        return Position(
            found["validity"],
            found["next_uid"],
            found["not_before"],
            found["newest"],
            found["attempts"],
        )

    async def save(self, position: Position) -> Position:
        """Keep it; gives it back."""
        document = {
            "validity": position.validity,
            "next_uid": position.next_uid,
            "not_before": position.not_before,
            "newest": position.newest,
            "attempts": position.attempts,
        }
        await self._collection.update_one({"_id": self._name}, {"$set": document}, upsert=True)
        return position

    async def passed_over(self, position: Position, reason: str, now: datetime) -> None:
        """Note that the message at a position is not taken: it stays where it is, for a person."""
        noted = {
            "validity": position.validity,
            "uid": position.next_uid,
            "reason": reason,
            "at": now,
        }
        await self._collection.update_one(
            {"_id": self._name},
            {"$push": {"skipped": {"$each": [noted], "$slice": -MOST_SKIPPED}}},
            upsert=True,
        )


def begun(standing: Standing, take_existing: bool, now: datetime) -> Position:
    """Where a mailbox begins that was never looked at."""
    first = 1 if take_existing else standing.next_uid
    return Position(standing.validity, first, datetime.fromtimestamp(0, now.tzinfo), now)


def renumbered(position: Position, standing: Standing, not_before: datetime) -> Position:
    """Where a mailbox goes on whose messages have new UIDs: at its first, without what is older
    than what was taken last. What is taken twice is one message to intake."""
    return replace(
        position, validity=standing.validity, next_uid=1, not_before=not_before, attempts=0
    )
