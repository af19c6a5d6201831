"""Uploads: each under a transit key, its sender's alone, until a message names it.

The first message that names one gives it to whose message it is, as mail's files are given to whom
they came from. What no message names a day after it came is deleted. What one names is still known
as an upload for a week, for as long as the same command may come again.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import uuid_utils

from libs.contents import ContentRef, ContentStore
from libs.events.deciding import REMEMBERED
from libs.events.kafka import utc_now
from libs.files import names, sniffing
from libs.keyring import Erased, Keyring, KeyringError
from libs.mongo import Database, Document, PyMongoError
from services.gateway.uploading.incoming import Incoming

log = logging.getLogger(__name__)

KEPT = timedelta(days=1)
# Of one sender, in no message so far.
MOST_UNUSED = 100
# So many messages may hold the same one.
MOST_USES = 20
_SWEPT_EVERY_SECONDS = 60.0
_SWEPT_AT_ONCE = 100
# Nobody can have begun to use what is so much too old, whichever clock is right.
_GRACE = timedelta(minutes=5)


class Described(msgspec.Struct, frozen=True):
    """What is sealed of an upload. sha256: of the file, in hex; really: its type, where that is
    not what it says."""

    name: str
    sha256: str
    really: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is there, whole. until: when it is deleted, if no message names it by then."""

    content: ContentRef
    file: Described
    until: datetime


class TooMany(Exception):
    """The sender has too many that are in no message."""


class Unusable(Exception):
    """An upload cannot be named by this message. place: in the list of them; the message is a
    sentence for whoever named it."""

    def __init__(self, place: int, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


class Uploads:
    """The uploads of this installation, in the gateway's own database. An upload's id is that of
    its content. message_bytes: how large the files of one message may be together."""

    def __init__(
        self, database: Database, contents: ContentStore, keyring: Keyring, message_bytes: int
    ) -> None:
        self._collection = database["uploads"]
        self._contents = contents
        self._keyring = keyring
        self._message_bytes = message_bytes

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._collection.create_index("until")
        await self._collection.create_index([("actor", 1), ("used", 1)])
        await self._collection.create_index("request", partial={"request": {"$exists": True}})

    async def keep(
        self, request: str, actor: str, about: str, name: str, declared: str, file: Incoming
    ) -> Upload:
        """Store a file while it comes.

        request: what it is known by when it comes again, which stores nothing, "" for nothing;
        about: the contact whose erasure destroys it, "" for none; name, declared: as its sender
        calls it and its type. Raises TooMany, Corrupted, whatever reading the file raises,
        PyMongoError; then nothing is left of it. What is left by a cancellation is swept up.
        """
        if request and (known := await self._known(request, actor)) is not None:
            async for _ in file:
                pass
            return known
        unused = {"actor": actor, "used": False}
        if await self._collection.count_documents(unused, MOST_UNUSED) >= MOST_UNUSED:
            raise TooMany
        media_type = names.media_type(declared) if declared else names.type_of_name(name)
        name = names.file_name(name, media_type)
        id, until = uuid_utils.uuid7().hex, (utc_now() + KEPT).replace(microsecond=0)
        key = await self._keyring.transit_key(utc_now(), about)
        new: Document = {"_id": id, "actor": actor, "key": key, "until": until, "content": None}
        new |= {"owner": "", "used": False, "uses": []} | ({"request": request} if request else {})
        # Before its content is there: so whatever becomes of us, somebody knows it and deletes it.
        await self._collection.insert_one(new)
        try:
            content = await self._contents.put_stream(key, media_type, aiter(file), id)
            said = Described(name, file.sha256, sniffing.really(name, media_type, file.beginning))
            await self._keyring.load([key])  # it may have taken long
            whole = {
                "file": self._keyring.seal(key, msgspec.json.encode(said)),
                "content": msgspec.to_builtins(content),
            }
            await self._collection.update_one({"_id": id}, {"$set": whole})
        except Exception:
            await self._contents.delete([id])
            await self._collection.delete_one({"_id": id})
            raise
        return Upload(content, said, until)

    async def find(self, id: str, actor: str) -> Upload | None:
        """An upload of this sender's."""
        return (await self._found({"_id": id}, actor)).get(id)

    async def delete(self, id: str, actor: str) -> bool:
        """Delete one that no message names; whether there was such."""
        mine = {"_id": id, "actor": actor, "used": False, "content": {"$ne": None}}
        if (await self._collection.delete_one(mine)).deleted_count == 0:
            return False
        await self._contents.delete([id])
        return True

    async def use(
        self, ids: Sequence[str], actor: str, owner: str, message: str
    ) -> Sequence[Upload]:
        """A sender's uploads, for a message whose words are under this owner's key; from now on
        they are theirs. message: an id of it and of no other, also where two have one
        Idempotency-Key; for the same one again: the same. Raises Unusable."""
        found = await self._found({"_id": {"$in": list(ids)}}, actor)
        size = 0
        for place, id in enumerate(ids):
            if id not in found:
                raise Unusable(place, "There is no such upload of yours (any more): send it again.")
            size += found[id].content.size
            if size > self._message_bytes:
                sentence = f"The files of a message may have {self._message_bytes} bytes together."
                raise Unusable(place, sentence)
        mine = {
            "_id": {"$in": list(ids)},
            "actor": actor,
            "owner": {"$in": ["", owner]},
            f"uses.{MOST_USES - 1}": {"$exists": False},
        }
        taken = {"$set": {"owner": owner, "used": True}, "$addToSet": {"uses": message}}
        await self._collection.update_many(mine, taken)
        in_use = self._collection.find({"_id": {"$in": list(ids)}, "uses": message}, ("key",))
        keys = {document["_id"]: document["key"] async for document in in_use}
        for place, id in enumerate(ids):
            if id not in keys:
                await self.release(ids, message)
                raise Unusable(
                    place,
                    "This upload is in a message of somebody else, or in too many: send it again.",
                )
        await self._keyring.tie(dict.fromkeys(keys.values(), owner))
        await self._contents.adopt(dict.fromkeys(ids, owner))
        return [found[id] for id in ids]

    async def release(self, ids: Sequence[str], message: str) -> None:
        """It was refused: they are not in it."""
        held = {"_id": {"$in": list(ids)}, "uses": message}
        await self._collection.update_many(held, {"$pull": {"uses": message}})
        alone = {"_id": {"$in": list(ids)}, "uses": []}
        await self._collection.update_many(alone, {"$set": {"used": False}})

    async def run(self) -> None:
        """Delete what nobody used, and what crashes have left of files, and forget what was used,
        until cancelled."""
        while True:
            try:
                while await self.sweep(utc_now()):
                    pass
                while await self._contents.sweep(utc_now() - KEPT):
                    pass
            except (PyMongoError, KeyringError) as error:
                log.warning("old uploads wait: %s", type(error).__name__)
            await asyncio.sleep(_SWEPT_EVERY_SECONDS)

    async def sweep(self, now: datetime) -> int:
        """Do some of it; how many were deleted."""
        old = {"used": False, "until": {"$lte": now - _GRACE}}
        some = await self._collection.find(old, ("_id",)).limit(_SWEPT_AT_ONCE).to_list()
        ids = [document["_id"] for document in some]
        if ids:
            await self._contents.delete(ids)
            await self._collection.delete_many({"_id": {"$in": ids}} | old)
        await self._collection.delete_many({"used": True, "until": {"$lte": now - REMEMBERED}})
        return len(ids)

    async def _known(self, request: str, actor: str) -> Upload | None:
        found = await self._found({"request": request}, actor)
        return next(iter(found.values()), None)

    async def _found(self, which: Document, actor: str) -> dict[str, Upload]:
        """Those that are there, whole and readable."""
        mine = {**which, "actor": actor, "content": {"$ne": None}}
        documents = await self._collection.find(mine).to_list()
        await self._keyring.load({document["key"] for document in documents})
        now = utc_now()
        found = {}
        for document in documents:
            said = self._keyring.unseal(document["key"], document["file"])
            if isinstance(said, Erased) or not (document["used"] or document["until"] > now):
                continue
            found[document["_id"]] = Upload(
                msgspec.convert(document["content"], ContentRef),
                msgspec.json.decode(said, type=Described),
                document["until"],
            )
        return found
