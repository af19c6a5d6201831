"""Finding messages by their words: the latest first, of one word from the index, then picked."""

import asyncio
from collections.abc import Sequence

from libs.events.builds import Builds
from libs.keyring import Keyring
from libs.mongo import Collection, Document
from services.gateway.tickets.asked import Cursor
from services.gateway.words.hashing import MOST_ASKED, SECRET, Hashing, words_of
from services.gateway.words.projection import MESSAGES, WORDS

# How far words are counted to know which is the rarest.
_COUNTED = 1_000
_INDEX = WORDS.written[0].indexes[0].fields


class WordReader:
    """Answers which messages have all of some words."""

    def __init__(self, builds: Builds, keyring: Keyring) -> None:
        self._builds = builds
        self._keyring = keyring

    async def matches(
        self, asked: str, after: Cursor | None, most: int
    ) -> tuple[Sequence[Document], Cursor | None]:
        """Messages (``ticket_id``, ``at``) that have all these words, the latest first; of so many
        that have the rarest word, and where to go on if there are more of those."""
        hashes = await self._hashes(asked)
        if not hashes:
            return [], None
        messages = await self._messages()
        rarest = hashes[0]
        if len(hashes) > 1:
            counts = await asyncio.gather(*(self._count(messages, one) for one in hashes))
            rarest = hashes[counts.index(min(counts))]
        wanted: Document = {"words": rarest}
        if after is not None:
            wanted["at"] = {"$lte": after.value}
            wanted["$nor"] = [{"at": after.value, "_id": {"$gte": after.id}}]
        found = messages.find(wanted).hint(_INDEX).sort([("at", -1), ("_id", -1)])
        seen = await found.limit(most + 1).to_list()
        last = seen[most - 1] if len(seen) > most else None
        fit = [one for one in seen[:most] if set(hashes) <= set(one["words"])]
        return fit, Cursor(last["at"], last["_id"]) if last else None

    async def shown_before(self, asked: str, tickets: Sequence[str], after: Cursor) -> set[str]:
        """Of these tickets, those that have a message with these words before this place: a page
        before has shown them."""
        hashes = await self._hashes(asked)
        later = {"ticket_id": {"$in": list(tickets)}, "at": {"$gte": after.value}}
        messages = await self._messages()
        found = await messages.find({**later, "words": {"$all": hashes}}).to_list()
        return {one["ticket_id"] for one in found if (one["at"], one["_id"]) >= tuple_of(after)}

    async def _hashes(self, asked: str) -> Sequence[int]:
        hashing = Hashing(await self._keyring.secret(SECRET))
        return hashing.of(words_of(asked)[:MOST_ASKED])

    async def _count(self, messages: Collection, hashed: int) -> int:
        return await messages.count_documents({"words": hashed}, _COUNTED, _INDEX)

    async def _messages(self) -> Collection:
        return (await self._builds.view(WORDS)).collection(MESSAGES)


def tuple_of(cursor: Cursor) -> tuple[str, str]:
    """As places compare."""
    return cursor.value, cursor.id
