"""How often the desk has spoken to somebody of its own accord: what ends a loop with an automaton.

An answer that needs no question could be answered by another one for ever. So they are counted, by
addressee and within a window, before they leave; the count survives every process.
"""

from datetime import timedelta

from libs.events.kafka import utc_now
from libs.mongo import Database, Document, DuplicateKeyError

# As long as the longest window that anybody would set: then what was counted is forgotten.
_KEPT = timedelta(days=30)


class Answers:
    """The count of automatic answers."""

    def __init__(self, database: Database) -> None:
        self._given = database["automatic_answers"]

    async def prepare(self) -> None:
        """Make the index by which old counts are forgotten."""
        seconds = int(_KEPT.total_seconds())
        await self._given.create_index("last", expire_after_seconds=seconds)

    async def may(self, contact_id: str, answer: str, most: int, window: timedelta) -> bool:
        """Whether this answer may go to this contact; if so it is counted, once, however often it
        is asked about. Raises PyMongoError."""
        now = utc_now()
        over: Document = {"given": {"at": {"$lt": now - window}}}
        await self._given.update_one({"_id": contact_id}, {"$pull": over})
        known = await self._given.find_one({"_id": contact_id, "given.answer": answer})
        if known is not None:
            return True
        try:
            # Where there are so many the filter fits nothing, and no second document can be made.
            await self._given.update_one(
                {"_id": contact_id, f"given.{most - 1}": {"$exists": False}},
                {"$push": {"given": {"answer": answer, "at": now}}, "$set": {"last": now}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return True
