"""The keyring: makes, finds, erases and rewraps keys in MongoDB; seals and unseals from a cache.

A key is one document: made once, insert if absent; erased by a tombstone that keeps its id, so that
it can never be made again. Sealing is synchronous: load the keys of a batch first, then work.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.keyring.cache import Gone, KeyCache
from libs.keyring.errors import KeyAbsent, KeyRefused, MasterKeyError, Tampered
from libs.keyring.master import KEY_BYTES, MasterKey, master_keys
from libs.keyring.sealing import ERASED, Erased, decrypt, encrypt, from_text, to_text
from libs.mongo import (
    BulkWriteError,
    Collection,
    Document,
    Mongo,
    UpdateOne,
    WriteOperation,
    duplicates_only,
)
from libs.settings import Settings

Role = Literal["service", "adapter"]

TRANSIT_PREFIX = "transit-"
LETTER_PREFIX = "letter-"
PASSING = (TRANSIT_PREFIX, LETTER_PREFIX)
TRANSIT_READABLE = timedelta(days=37)
# As long as a dead letter can be retried (its topic's retention).
LETTER_READABLE = timedelta(days=90)
# An adapter signs reply addresses and webhooks and logs in to mailboxes; the others tie addresses
# to persons.
ADAPTER_SECRETS = frozenset({"references", "mailboxes", "webhooks"})
_REWRAP_BATCH = 1_000
_PASSING: Document = {"$exists": True}


class Keyring:
    """Keys of this installation, as far as `role` may use them. Share one in a process.

    `seconds_to_live` bounds how long an erased key is still served by another process's cache.
    """

    def __init__(
        self,
        mongo: Mongo,
        settings: Settings,
        role: Role = "service",
        *,
        capacity: int = 20_000,
        seconds_to_live: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        database = mongo.database("keyring")
        self._keys = database["keys"]
        self._secrets = database["secrets"]
        masters = master_keys(settings)
        self._master = masters[0]
        self._masters = {master.id: AESGCM(master.key) for master in masters}
        self._role = role
        self._capacity = capacity
        self._cache = KeyCache(capacity, seconds_to_live, clock)
        self._known_secrets: dict[str, bytes] = {}
        self._indexed = False

    async def load(self, key_ids: Iterable[str], create: bool = False) -> None:
        """Make the keys usable for at least half of the cache's time to live.

        With `create`, keys that never existed are made; erased ones stay erased, and passing keys
        are made by `transit_keys` and `letter_keys` alone. Raises KeyRefused, ValueError for more
        keys than the cache holds, MasterKeyError for a key under an unknown master key,
        PyMongoError.
        """
        wanted = set(key_ids)
        for key_id in wanted:
            self._check_role(key_id)
        if len(wanted) > self._capacity:
            raise ValueError(f"{len(wanted)} keys at once; the cache holds {self._capacity}")
        stale = self._cache.stale(wanted)
        if not stale:
            return
        makeable = {key_id for key_id in stale if create and not key_id.startswith(PASSING)}
        found = await self._find_or_make(makeable)
        found |= await self._keys.find_by_id(stale - makeable)
        for key_id, document in found.items():
            self._cache.put(key_id, self._material(document))
        for key_id in stale - found.keys():
            self._cache.put(key_id, Gone.ABSENT)

    def seal(self, key_id: str, clear: bytes) -> str:
        """`clear` under the key, as base64url; "" when the key is erased.

        Raises KeyNotLoaded, and KeyAbsent for a key that nobody has made.
        """
        sealed = self._encrypt(key_id, clear, b"seal:")
        return to_text(sealed) if sealed else ""

    def unseal(self, key_id: str, sealed: str) -> bytes | Erased:
        """What was sealed; ERASED when the key is gone or was when this was sealed ("").

        Raises KeyNotLoaded, and Tampered when the text is not what `seal` wrote under this key.
        """
        try:
            return self._decrypt(key_id, from_text(sealed), b"seal:")
        except ValueError:
            raise Tampered(key_id) from None

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """A content's data key under a person's key; b"" when that is erased. Raises as `seal`."""
        return self._encrypt(key_id, data_key, b"wrap:")

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes | Erased:
        """The data key, or ERASED. Raises as `unseal`."""
        try:
            return self._decrypt(key_id, wrapped, b"wrap:")
        except ValueError:
            raise Tampered(key_id) from None

    async def erase(self, key_id: str) -> None:
        """Delete the key's material now and for ever; what was sealed under it cannot be read.

        Other processes serve it from their caches for at most `seconds_to_live`. A key that was
        never made gets a tombstone, too. Raises KeyRefused for an adapter, PyMongoError.
        """
        self._check_service(key_id)
        tombstone = {"_id": key_id, "erased_at": datetime.now(UTC)}
        await self._keys.replace_one({"_id": key_id}, tombstone, upsert=True)
        self._cache.put(key_id, Gone.ERASED)

    def evict(self, key_id: str) -> None:
        """Forget the key in this process; the next `load` asks the database."""
        self._cache.evict(key_id)

    async def secret(self, name: str) -> bytes:
        """The installation's 32-byte secret of that name, made at its first use; kept in memory.

        Raises KeyRefused for what an adapter must not know, PyMongoError.
        """
        if self._role == "adapter" and name not in ADAPTER_SECRETS:
            raise KeyRefused(f"the secret {name}")
        if name not in self._known_secrets:
            document = await self._secrets.find_one({"_id": name})
            if document is None:
                document = (await self._make(self._secrets, {name: {}}))[name]
            self._known_secrets[name] = self._unwrap_master(document)
        return self._known_secrets[name]

    async def transit_key(self, now: datetime, about: str = "") -> str:
        """The id of a new key for one message or command on its way; see ``transit_keys``."""
        [key_id] = await self.transit_keys(now, [about])
        return key_id

    async def transit_keys(self, now: datetime, abouts: Sequence[str]) -> list[str]:
        """The ids of new keys, one for each message on its way; they are loaded.

        A message's key is its own, so that it can be destroyed with its person, or as soon as the
        message has arrived; nobody else's message is touched. abouts: whose erasure destroys each
        (the id of a contact or an address), "" while that is unknown: ``tie`` says so later. What
        nobody destroys MongoDB does, 37 days after `now`. Raises PyMongoError.
        """
        week = now.astimezone(UTC).isocalendar()
        prefix = f"{TRANSIT_PREFIX}{week.year}w{week.week:02}-"
        return await self._make_passing(prefix, now + TRANSIT_READABLE, abouts)

    async def letter_keys(self, now: datetime, abouts: Sequence[str]) -> list[str]:
        """The same for records that are put aside until a person has looked: for 90 days.

        Like what is below for services alone: raises KeyRefused for an adapter.
        """
        self._check_service(LETTER_PREFIX)
        return await self._make_passing(LETTER_PREFIX, now + LETTER_READABLE, abouts)

    async def tie(self, abouts: Mapping[str, str]) -> None:
        """Say whose erasure destroys these passing keys (by id). Raises PyMongoError."""
        self._check_service("passing keys")
        ties: list[WriteOperation] = [
            UpdateOne({"_id": key_id}, {"$set": {"about": about}})
            for key_id, about in abouts.items()
        ]
        if ties:
            await self._keys.bulk_write(ties, ordered=False)

    async def keep(self, key_ids: Iterable[str], now: datetime) -> None:
        """Let these passing keys live as long as a letter of `now`. Raises PyMongoError."""
        self._check_service("passing keys")
        until = now + LETTER_READABLE
        passing = {"_id": {"$in": list(key_ids)}, "destroyed_at": {"$lt": until}}
        await self._keys.update_many(passing, {"$set": {"destroyed_at": until}})

    async def destroy(self, key_ids: Iterable[str]) -> None:
        """Destroy passing keys: what was sealed under them has arrived. Raises PyMongoError."""
        self._check_service("passing keys")
        wanted = set(key_ids)
        await self._keys.delete_many({"_id": {"$in": list(wanted)}, "destroyed_at": _PASSING})
        for key_id in wanted:
            self._cache.evict(key_id)

    async def destroy_about(self, ids: Iterable[str]) -> None:
        """Destroy the passing keys that are tied to these contacts or addresses; other processes
        serve them from their caches for at most `seconds_to_live`. Raises PyMongoError."""
        tied = self._keys.find({"about": {"$in": list(ids)}}, ("_id",))
        await self.destroy([document["_id"] async for document in tied])

    async def rotate_master(self, new: MasterKey) -> int:
        """Rewrap every key and secret under `new`; returns how many were.

        First give `new` to every process as a second line of its master key file, and restart
        them; then rotate; then move it to the first line; then remove the old one. What is cut
        short goes on where it was when it is called again. An erased key stays erased.
        """
        self._check_service("the master key")
        self._masters[new.id] = AESGCM(new.key)
        self._master = new
        return await self._rewrap(self._keys) + await self._rewrap(self._secrets)

    async def _make_passing(self, prefix: str, until: datetime, abouts: Sequence[str]) -> list[str]:
        if not abouts:
            return []
        if not self._indexed:
            await self._keys.create_index("destroyed_at", expire_after_seconds=0)
            await self._keys.create_index("about", partial={"about": {"$exists": True}})
            self._indexed = True
        wanted: dict[str, Document] = {
            prefix + os.urandom(13).hex(): {
                "destroyed_at": until,
                **({"about": about} if about else {}),
            }
            for about in abouts
        }
        made = await self._make(self._keys, wanted)
        for key_id in wanted:
            self._cache.put(key_id, self._unwrap_master(made[key_id]))
        return list(wanted)

    async def _rewrap(self, collection: Collection) -> int:
        rewrapped = 0
        others = {"master": {"$exists": True, "$ne": self._master.id}}
        while batch := await collection.find(others).limit(_REWRAP_BATCH).to_list():
            operations: list[WriteOperation] = []
            for document in batch:
                # On condition of what was read: an erasure in between must not be undone.
                known = {"_id": document["_id"], "wrapped": document["wrapped"]}
                fields = self._wrap_master(document["_id"], self._unwrap_master(document))
                operations.append(UpdateOne(known, {"$set": fields}))
            result = await collection.bulk_write(operations, ordered=False)
            rewrapped += result.modified_count
        return rewrapped

    async def _find_or_make(self, key_ids: set[str]) -> dict[str, Document]:
        # What this find does not see, being late, the insert does.
        documents = (
            await self._keys.find({"_id": {"$in": list(key_ids)}}).to_list() if key_ids else []
        )
        found = {document["_id"]: document for document in documents}
        return found | await self._make(
            self._keys, {key_id: {} for key_id in key_ids - found.keys()}
        )

    async def _make(
        self, collection: Collection, wanted: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Insert a new key for each id, with its extra fields, unless there is one; return all."""
        if not wanted:
            return {}
        documents = {
            key_id: {"_id": key_id, **self._wrap_master(key_id, os.urandom(KEY_BYTES)), **extra}
            for key_id, extra in wanted.items()
        }
        try:
            await collection.insert_many(list(documents.values()), ordered=False)
        except BulkWriteError as error:
            ids = list(documents)
            others = {ids[position] for position in duplicates_only(error)}
            return documents | await collection.find_by_id(others)
        return documents

    def _material(self, document: Document) -> bytes | Gone:
        if "erased_at" in document:
            return Gone.ERASED
        # The TTL monitor comes by once a minute; the promise is kept without waiting for it.
        destroyed_at: datetime | None = document.get("destroyed_at")
        if destroyed_at is not None and destroyed_at <= datetime.now(UTC):
            return Gone.ABSENT
        return self._unwrap_master(document)

    def _wrap_master(self, name: str, key: bytes) -> Document:
        cipher = self._masters[self._master.id]
        return {"wrapped": encrypt(cipher, key, _named(name)), "master": self._master.id}

    def _unwrap_master(self, document: Document) -> bytes:
        name: str = document["_id"]
        cipher = self._masters.get(document["master"])
        if cipher is None:
            raise MasterKeyError(
                f"{name} is wrapped under the master key {document['master']}, which is not "
                "configured: add it to the master key file"
            )
        try:
            return decrypt(cipher, document["wrapped"], _named(name))
        except ValueError:
            raise MasterKeyError(
                f"{name} cannot be unwrapped: the master key {document['master']} is another one, "
                "or the keyring's database was changed"
            ) from None

    def _check_role(self, key_id: str) -> None:
        if self._role == "adapter" and not key_id.startswith(TRANSIT_PREFIX):
            raise KeyRefused(key_id)

    def _check_service(self, what: str) -> None:
        if self._role == "adapter":
            raise KeyRefused(what)

    def _encrypt(self, key_id: str, clear: bytes, purpose: bytes) -> bytes:
        key = self._cache.get(key_id)
        if key.gone is None:
            return encrypt(key.cipher(), clear, purpose + key_id.encode())
        if key.gone is Gone.ABSENT:
            raise KeyAbsent(key_id)
        return b""

    def _decrypt(self, key_id: str, sealed: bytes, purpose: bytes) -> bytes | Erased:
        key = self._cache.get(key_id)
        if key.gone is not None or not sealed:
            return ERASED
        return decrypt(key.cipher(), sealed, purpose + key_id.encode())


def _named(name: str) -> bytes:
    """A wrapped key is bound to its name: swapped documents do not unwrap."""
    return b"key:" + name.encode()
