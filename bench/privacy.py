"""What privacy costs per message, each figure beside the bare work that it cannot do without.

    python -m bench.privacy [--driver motor|pymongo]

A message has two personal values (a name and an address, 30 bytes each) and two contents (a
rendition of 1.5 kB and a raw mail of 4 kB), in batches of 200. Bare work is AES-256-GCM of the same
bytes with a ready cipher and nonce, and MongoDB calls with documents that are ready. Uses the
configured MongoDB under a namespace of its own, and cleans up.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.contents import ContentStore, NewContent
from libs.keyring import Keyring
from libs.mongo import Collection, Document, UpdateOne, connect
from libs.settings import Settings

MESSAGES = 200
ROUNDS = 30
VALUE = b"Ada Lovelace <ada@example.org>"
RENDITION = os.urandom(1_500)
RAW_MAIL = os.urandom(4_000)
CONTENTS = (RENDITION, RAW_MAIL)

Work = Callable[[], Awaitable[None]]


@dataclass
class Comparison:
    """One operation and its limit, measured in turns; seconds per batch."""

    name: str
    limit_name: str
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    async def measure(self, ours: Work, limit: Work) -> None:
        for work, seconds in ((limit, self.limit), (ours, self.ours)):
            started = time.perf_counter()
            await work()
            seconds.append(time.perf_counter() - started)

    def row(self) -> str:
        ours, limit = (
            statistics.median(seconds) / MESSAGES * 1e6 for seconds in (self.ours, self.limit)
        )
        return (
            f"{self.name:<34} {ours:>8.1f}   {limit:>8.1f}  {self.limit_name:<34} "
            f"{ours / limit:>5.2f} x"
        )


class Bench:
    """One batch of messages, in each way."""

    def __init__(self, keyring: Keyring, store: ContentStore, bare: Collection) -> None:
        self._keyring = keyring
        self._store = store
        self._bare = bare
        self._cipher = AESGCM(bytes(32))
        self._nonce = bytes(12)
        self._transit = ""
        self._persons: list[str] = []
        self._sealed: list[str] = []
        self._encrypted = self._cipher.encrypt(self._nonce, VALUE, b"c-1")
        self._wrapped: list[bytes] = []
        self._ids: list[str] = []
        self._round = 0
        self.comparisons = {
            name: Comparison(name, limit)
            for name, limit in (
                ("make 1 key", "insert_many of 1 document"),
                ("load 1 key, cold", "find $in of 1 document"),
                ("load 1 key, cached", "nothing"),
                ("seal 2 values", "AES-GCM of 2 values"),
                ("unseal 2 values", "AES-GCM of 2 values"),
                ("wrap 2 data keys", "AES-GCM of 2 data keys"),
                ("unwrap 2 data keys", "AES-GCM of 2 data keys"),
                ("put 2 contents", "AES-GCM and insert_many"),
                ("get 2 contents", "find $in and AES-GCM"),
                ("adopt 2 contents", "bulk_write of 2 updates"),
            )
        }

    async def round(self) -> None:
        """Every operation once, for new persons and contents."""
        self._round += 1
        self._persons = [f"c-{self._round:04}{i:04}" for i in range(MESSAGES)]
        self._ids = [f"m-{self._round:04}{i:04}" for i in range(2 * MESSAGES)]
        self._transit = await self._keyring.transit_key(datetime.now(UTC))
        await self._measure("make 1 key", self._make, self._bare_make)
        for person in self._persons:
            self._keyring.evict(person)
        await self._measure("load 1 key, cold", self._load, self._bare_load)
        await self._measure("load 1 key, cached", self._load, self._nothing)
        await self._measure("seal 2 values", self._seal, self._bare_encrypt)
        await self._measure("unseal 2 values", self._unseal, self._bare_decrypt)
        await self._measure("wrap 2 data keys", self._wrap, self._bare_encrypt)
        await self._measure("unwrap 2 data keys", self._unwrap, self._bare_decrypt)
        await self._measure("put 2 contents", self._put, self._bare_put)
        await self._measure("get 2 contents", self._get, self._bare_get)
        await self._measure("adopt 2 contents", self._adopt, self._bare_adopt)

    async def _measure(self, name: str, ours: Work, limit: Work) -> None:
        await self.comparisons[name].measure(ours, limit)

    async def _nothing(self) -> None:
        await asyncio.sleep(0)

    async def _make(self) -> None:
        await self._keyring.load(self._persons, create=True)

    async def _bare_make(self) -> None:
        documents: list[Document] = [
            {"_id": person, "wrapped": bytes(60), "master": "m"} for person in self._persons
        ]
        await self._bare.insert_many(documents, ordered=False)

    async def _load(self) -> None:
        await self._keyring.load(self._persons)

    async def _bare_load(self) -> None:
        await self._bare.find({"_id": {"$in": self._persons}}).to_list()

    async def _seal(self) -> None:
        seal = self._keyring.seal
        self._sealed = [seal(person, VALUE) for person in self._persons for _ in range(2)]

    async def _unseal(self) -> None:
        for index, sealed in enumerate(self._sealed):
            self._keyring.unseal(self._persons[index // 2], sealed)

    async def _bare_encrypt(self) -> None:
        for _ in range(2 * MESSAGES):
            self._cipher.encrypt(self._nonce, VALUE, b"c-1")

    async def _bare_decrypt(self) -> None:
        for _ in range(2 * MESSAGES):
            self._cipher.decrypt(self._nonce, self._encrypted, b"c-1")

    async def _wrap(self) -> None:
        wrap = self._keyring.wrap
        self._wrapped = [wrap(person, bytes(32)) for person in self._persons for _ in range(2)]

    async def _unwrap(self) -> None:
        for index, wrapped in enumerate(self._wrapped):
            self._keyring.unwrap(self._persons[index // 2], wrapped)

    async def _put(self) -> None:
        await self._store.put(
            [
                NewContent(self._transit, CONTENTS[index % 2], "text/plain", id)
                for index, id in enumerate(self._ids)
            ]
        )

    async def _bare_put(self) -> None:
        documents: list[Document] = [
            {
                "_id": id,
                "owner": self._transit,
                "body": self._cipher.encrypt(self._nonce, CONTENTS[index % 2], b"c"),
            }
            for index, id in enumerate(self._ids)
        ]
        await self._bare.insert_many(documents, ordered=False)

    async def _get(self) -> None:
        await self._store.get(self._ids)

    async def _bare_get(self) -> None:
        for document in await self._bare.find({"_id": {"$in": self._ids}}).to_list():
            self._cipher.decrypt(self._nonce, document["body"], b"c")

    async def _adopt(self) -> None:
        owners = {id: self._persons[index // 2] for index, id in enumerate(self._ids)}
        await self._store.adopt(owners)

    async def _bare_adopt(self) -> None:
        await self._bare.bulk_write(
            [
                UpdateOne({"_id": id}, {"$set": {"owner": self._persons[index // 2]}})
                for index, id in enumerate(self._ids)
            ],
            ordered=False,
        )


async def main(settings: Settings) -> None:
    mongo = connect(settings)
    try:
        keyring = Keyring(mongo, settings)
        bare = mongo.database("bare")["bare"]
        await bare.create_index("owner")
        bench = Bench(keyring, ContentStore(mongo, keyring), bare)
        await bench.round()
        for comparison in bench.comparisons.values():  # the first warms caches and files up
            comparison.ours.clear()
            comparison.limit.clear()
        for _ in range(ROUNDS):
            await bench.round()
    finally:
        for database in ("keyring", "contents", "bare"):
            await mongo.drop_database(database)
        await mongo.close()
    print(f"per message, µs, median of {ROUNDS} batches of {MESSAGES} ({settings.mongo_driver})")
    print(f"{'operation':<34} {'ours':>8}   {'bare':>8}  {'which is':<34} ratio")
    for comparison in bench.comparisons.values():
        print(comparison.row())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--driver", choices=("motor", "pymongo"), default="motor")
    chosen = parser.parse_args()
    uvloop.run(
        main(Settings(mongo_driver=chosen.driver, namespace=f"bench-{os.urandom(4).hex()}-"))
    )
