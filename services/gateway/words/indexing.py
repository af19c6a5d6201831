"""Indexing messages: their words are read from the content store once, and only hashes are kept.

A message that is rewritten or redacted has other words from then on. Who is erased takes the words
of all their contents along: a tombstone stands first, then words go, and whoever writes words looks
for tombstones after it; so whichever comes first, none stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.contents import Content, ContentStore, Rendition
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.keyring import TRANSIT_PREFIX, Keyring
from libs.mongo import Collection, UpdateOne, WriteOperation
from services.gateway.instants import text
from services.gateway.tickets import pages
from services.gateway.tickets.history import entry_id
from services.gateway.words.hashing import MOST_WORDS, SECRET, Hashing, words_of

# Contents in memory at a time.
_AT_ONCE = 50
# Behind every transit key.
_AFTER_TRANSIT = TRANSIT_PREFIX[:-1] + chr(ord(TRANSIT_PREFIX[-1]) + 1)


@dataclass(frozen=True, slots=True)
class Said:
    """A message has these words from now on. id: of the event that holds it; at: when it was said,
    "" for what changes an earlier one; content: "" once nothing is left."""

    id: str
    ticket_id: str
    content: str
    at: str = ""


class Indexing:
    """Writes the index."""

    def __init__(self, contents: ContentStore, keyring: Keyring) -> None:
        self._contents = contents
        self._keyring = keyring

    async def write(self, index: Collection, events: Sequence[Recorded[object]]) -> None:
        """What these events make of it. Repeating it changes nothing."""
        said = [one for recorded in events if (one := _said(recorded)) is not None]
        for start in range(0, len(said), _AT_ONCE):
            await self._index(index, said[start : start + _AT_ONCE])
        erasures = [one for one in events if isinstance(one.data, c.ErasureRequested)]
        if erasures:
            await self._settle(index)
        for recorded in events:
            if isinstance(recorded.data, c.ErasureRequested):
                await _forget(index, [recorded.aggregate_id, *recorded.data.also_ids])

    async def _settle(self, index: Collection) -> None:
        """Contents of agents' mails may have been read before they came to their customer."""
        under_way = {"owner": {"$gte": TRANSIT_PREFIX, "$lt": _AFTER_TRANSIT}}
        found = await index.find(under_way, ("content",)).to_list()
        owners = await self._contents.owners(one["content"] for one in found)
        settled: list[WriteOperation] = [
            UpdateOne({"_id": one["_id"]}, {"$set": _of(owner), "$unset": {"content": ""}})
            for one in found
            if not (owner := owners.get(one["content"], "")).startswith(TRANSIT_PREFIX)
        ]
        if settled:
            await index.bulk_write(settled)

    async def _index(self, index: Collection, said: Sequence[Said]) -> None:
        ids = {one.content for one in said if one.content}
        owners = await self._contents.owners(ids)
        words = await self._words(ids)
        operations: list[WriteOperation] = []
        for one in said:
            owner = owners.get(one.content, "")
            known = {"words": words.get(one.content, []) if owner else [], "owner": owner}
            if owner.startswith(TRANSIT_PREFIX):
                known["content"] = one.content
            if one.at:
                known |= {"ticket_id": one.ticket_id, "at": one.at}
            operations.append(UpdateOne({"_id": one.id}, {"$set": known}, upsert=bool(one.at)))
        await index.bulk_write(operations)
        gone = [_tombstone(owner) for owner in set(owners.values())]
        erased = await index.find({"_id": {"$in": gone}}, ("contact_id",)).to_list()
        if erased:
            await _forget(index, [one["contact_id"] for one in erased])

    async def _words(self, ids: set[str]) -> Mapping[str, list[int]]:
        found = await self._contents.get(ids)
        hashing = Hashing(await self._keyring.secret(SECRET))
        return {
            id: hashing.of(_written(Rendition.decode(content.data))[:MOST_WORDS])
            for id, content in found.items()
            if isinstance(content, Content)
        }


def _of(owner: str) -> dict[str, object]:
    """What a document says of a content that has come to its owner; "" for one that is gone."""
    return {"owner": owner} if owner else {"owner": "", "words": []}


def _written(words: Rendition) -> Sequence[str]:
    """What somebody wrote: of a mail not what it quotes."""
    return words_of("\n".join((words.subject, words.visible, *words.attachments)))


def _said(recorded: Recorded[object]) -> Said | None:
    ticket, event = recorded.aggregate_id, recorded.data
    match event:
        case t.NoteEdited(note_sequence=sequence, rendition=rendition):
            return Said(entry_id(ticket, sequence), ticket, rendition.id)
        case t.MessageRedacted(message_sequence=sequence, rendition=left):
            return Said(entry_id(ticket, sequence), ticket, left.id if left else "")
    if not isinstance(event, pages.MESSAGES):
        return None
    id = entry_id(ticket, recorded.sequence)
    return Said(id, ticket, pages.facts_of(event).rendition.id, text(recorded.recorded_at))


async def _forget(index: Collection, contacts: Sequence[str]) -> None:
    """Let nothing of what these people own be found any more, now and later."""
    for contact in contacts:
        stone = {"$set": {"contact_id": contact}}
        await index.update_one({"_id": _tombstone(contact)}, stone, upsert=True)
    owned = {"owner": {"$in": list(contacts)}}
    await index.update_many(owned, {"$set": {"words": [], "owner": ""}})


def _tombstone(contact: str) -> str:
    return f"erased/{contact}"
