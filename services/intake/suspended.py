"""Suspended messages, kept until a person has looked: each under a key of its own.

What is in transit can be read for 30 days only, and a suspended message belongs to no contact yet
whose key could keep it. So its contents and its sender move to a key that is the message's alone,
which an erasure can destroy.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from libs.contents import ContentStore
from libs.events.catalogue import CATALOGUE
from libs.events.codec import encoder
from libs.events.published.conversations import Arrival, MessageReceived
from libs.keyring import Keyring
from libs.mongo import BulkWriteError, Database, Document, duplicates_only
from services.intake.conversations.decide import suspension_key


class Suspended:
    """The suspended messages of this installation, in intake's own database."""

    def __init__(self, database: Database, keyring: Keyring, contents: ContentStore) -> None:
        self._collection = database["suspended"]
        self._keyring = keyring
        self._contents = contents

    async def park(self, messages: Sequence[tuple[Arrival, datetime]]) -> None:
        """Keep these, suspended at that instant; one that is kept already stays as it is."""
        rekeyed = [(_under(arrival, key_of(arrival.digest)), at) for arrival, at in messages]
        await self._keyring.load({arrival.address.key for arrival, _ in rekeyed}, create=True)
        await self._keyring.load(
            {value.key for arrival, _ in messages for value in (arrival.address, arrival.name)}
        )
        await self._contents.adopt(
            {
                content_id: arrival.address.key
                for arrival, _ in rekeyed
                for content_id in arrival.message.content_ids
            }
        )
        json = encoder(self._keyring)
        header = CATALOGUE.entry(MessageReceived).header
        documents: list[Document] = [
            {
                "_id": arrival.digest,
                "address_id": arrival.address_id,
                "at": at,
                "type": header,
                "data": json.encode(MessageReceived(arrival)),
            }
            for arrival, at in rekeyed
        ]
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)

    async def get(self, digests: Iterable[str]) -> Mapping[str, Arrival]:
        """Parked messages by digest. Raises LookupError for one that is not parked (yet)."""
        wanted = set(digests)
        found: dict[str, Arrival] = {}
        for digest, document in (await self._collection.find_by_id(wanted)).items():
            _, received = CATALOGUE.decode(document["type"], document["data"])
            found[digest] = cast(MessageReceived, received).arrival
        if missing := wanted - found.keys():
            raise LookupError(f"the suspended message {min(missing)} is not parked yet")
        return found

    async def erase(self, address_ids: Sequence[str], until: datetime) -> int:
        """Destroy what came from these addresses up to an instant; how many contents it had.

        What stays of a message are the facts that the log has, too.
        """
        named = {"address_id": {"$in": list(address_ids)}, "at": {"$lte": until}}
        found = [document["_id"] async for document in self._collection.find(named, ("_id",))]
        return await self.discard(found)

    async def discard(self, digests: Iterable[str]) -> int:
        """Destroy these messages; how many contents they had."""
        deleted = 0
        for digest in digests:
            key = key_of(digest)
            await self._keyring.erase(key)
            deleted += await self._contents.delete_owned(key)
        return deleted


def key_of(digest: str) -> str:
    """The key of a suspended message."""
    return suspension_key(digest)


def _under(arrival: Arrival, key: str) -> Arrival:
    return replace(arrival, address=arrival.address.under(key), name=arrival.name.under(key))
