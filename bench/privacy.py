"""What privacy costs per message, each figure beside the bare work that it cannot do without.

A message has two personal values (30 bytes each) and two contents (a rendition of 1.5 kB and a raw
mail of 4 kB). Bare work is AES-256-GCM of the same bytes with a ready cipher and nonce, and MongoDB
calls with documents that are ready. The seam to MongoDB is measured on both its drivers.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import stack
from bench.frame import Chapter, Figure
from libs.contents import ContentStore, NewContent
from libs.keyring import Keyring
from libs.mongo import Collection, Document, Mongo, UpdateOne, connect
from libs.settings import Settings

MESSAGES = 200
ROUNDS = 30
VALUE = b"Ada Lovelace <ada@example.org>"
CONTENTS = (os.urandom(1_500), os.urandom(4_000))

Work = Callable[[], Awaitable[None]]


@dataclass
class Comparison:
    """One operation and its limit, measured in turns; seconds of `clock` per batch of `count`."""

    name: str
    limit_name: str
    count: int = MESSAGES
    clock: Callable[[], float] = time.perf_counter
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    async def measure(self, ours: Work, limit: Work) -> None:
        for work, seconds in ((limit, self.limit), (ours, self.ours)):
            started = self.clock()
            await work()
            seconds.append(self.clock() - started)

    def figure(self) -> Figure:
        """The medians in microseconds; the first batch, which warms up, does not count."""
        ours, limit = (
            statistics.median(seconds[1:]) / self.count * 1e6 for seconds in (self.ours, self.limit)
        )
        return Figure(self.name, ours, "µs", self.limit_name, limit)


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


async def _find_one(collection: Collection) -> None:
    for id in range(100):
        await collection.find_one({"_id": id})


async def _find_one_at_once(collection: Collection) -> None:
    await asyncio.gather(*(collection.find_one({"_id": id}) for id in range(200)))


async def _replace_one(collection: Collection) -> None:
    for id in range(50):
        await collection.replace_one({"_id": id}, {"body": bytes(300)})


async def _find_many(collection: Collection) -> None:
    await collection.find({"_id": {"$lt": 2_000}}).to_list()


async def _insert_many(collection: Collection) -> None:
    await collection.insert_many([{"body": bytes(300)} for _ in range(2_000)], ordered=False)


DRIVER_CALLS = (
    ("find_one", 100, _find_one),
    ("find_one, 200 at once", 200, _find_one_at_once),
    ("replace_one", 50, _replace_one),
    ("a document of a long find", 2_000, _find_many),
    ("a document of insert_many", 2_000, _insert_many),
)


async def drivers(motor: Mongo, pymongo: Mongo, rounds: int) -> list[Figure]:
    """The same calls through the seam on both drivers, in turns: what each costs this process."""
    bare, beside = (mongo.database("bare")["drivers"] for mongo in (motor, pymongo))
    await bare.insert_many([{"_id": id, "body": bytes(300)} for id in range(2_000)])
    comparisons = [
        Comparison(f"motor, processor time: {name}", "with pymongo", count, time.process_time)
        for name, count, _ in DRIVER_CALLS
    ]
    for _ in range(rounds + 1):
        for comparison, (_, _, call) in zip(comparisons, DRIVER_CALLS, strict=True):
            await comparison.measure(partial(call, bare), partial(call, beside))
    return [comparison.figure() for comparison in comparisons]


async def measured(settings: Settings, rounds: int) -> list[Figure]:
    """All figures, on a MongoDB that is gone afterwards."""
    motor = connect(settings.model_copy(update={"mongo_driver": "motor"}))
    pymongo = connect(settings.model_copy(update={"mongo_driver": "pymongo"}))
    keyring = Keyring(motor, settings)
    bare = motor.database("bare")["bare"]
    await bare.create_index("owner")
    bench = Bench(keyring, ContentStore(motor, keyring), bare)
    for _ in range(rounds + 1):
        await bench.round()
    figures = [comparison.figure() for comparison in bench.comparisons.values()]
    figures += await drivers(motor, pymongo, rounds)
    await motor.close()
    await pymongo.close()
    return figures


def chapter(quick: bool) -> Chapter:
    rounds = 2 if quick else ROUNDS
    with stack.running(["mongod"]) as settings:
        figures = uvloop.run(measured(settings, rounds))
    return Chapter(
        "Privacy, per message",
        figures,
        f"Medians of {rounds} batches of {MESSAGES} messages: each has two personal values of "
        f"{len(VALUE)} bytes and two contents of {len(CONTENTS[0]):,} and {len(CONTENTS[1]):,} "
        "bytes. The last five rows: one call each through libs/mongo, on motor beside PyMongo's "
        "own client, in processor time of the calling process, all of its threads included.",
    )
