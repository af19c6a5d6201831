"""Which steps of which tickets were taken, so that an import goes on where it was stopped.

It only spares work: commands are known by their ids for a week, and messages by their words for
ever, so an import without this memory does nothing twice either.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from deskledger.history.model import Value
from libs.events.ids import digest
from libs.mongo import Database, Document, PyMongoError, ReplaceOne

__all__ = ["Memory", "PyMongoError", "Taken", "short"]

COLLECTION = "imported_tickets"


class Taken(msgspec.Struct):
    """done: what was taken, as ``short`` remembers it; stands: what each field was left as;
    refused: how often what was not taken has been refused."""

    done: set[str] = set()
    stands: dict[str, Value] = {}
    refused: dict[str, int] = {}


class Memory:
    """The memory of all imports on this installation, by tickets' ids."""

    def __init__(self, database: Database) -> None:
        self._tickets = database[COLLECTION]

    async def of(self, ticket_ids: Collection[str]) -> Mapping[str, Taken]:
        """What is known of these. Raises PyMongoError."""
        found = await self._tickets.find_by_id(set(ticket_ids))
        return {id: msgspec.convert(document, Taken) for id, document in found.items()}

    async def store(self, taken: Sequence[tuple[str, Taken]]) -> None:
        """Remember it. Raises PyMongoError."""
        if taken:
            await self._tickets.bulk_write(
                [
                    ReplaceOne[Document](
                        {"_id": id}, msgspec.to_builtins(one, order="sorted"), upsert=True
                    )
                    for id, one in taken
                ],
                ordered=False,
            )


def short(key: str) -> str:
    """How a step is remembered: 64 bits, in hex."""
    return digest(key)[:16]
