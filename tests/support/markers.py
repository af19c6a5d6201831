"""Looking for planted markers in everything that a stack keeps: topics, databases, files.

A marker is found as it is, in every encoding that a helpdesk meets, inside whatever was compressed,
and in all that opens under any key that is left: whoever has the whole machine could read it.
"""

import base64
import contextlib
import io
import json
import quopri
import re
import urllib.parse
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import bson
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from libs.contents import ContentDamaged
from libs.contents.chunks import CHUNK_BYTES, TAG_BYTES, ChunkDecryptor
from libs.events.kafka import Cluster, end_offsets
from libs.keyring import Erased, Keyring, Tampered
from libs.mongo import Document, connect
from libs.settings import Settings, kafka_client_options

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{38,}")
_DEEPEST = 4
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True)
class Sight:
    """Where a marker was seen. under: the kind of key that it was under, "" for none at all."""

    where: str
    under: str = ""

    def __str__(self) -> str:
        return f"{self.where} under {self.under}" if self.under else f"{self.where} in clear"


@dataclass
class Scan:
    """What was seen of each marker, and how many records, documents and files were looked at."""

    seen: dict[str, set[Sight]] = field(default_factory=lambda: defaultdict(set))
    looked_at: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def places(self, marker: str) -> set[str]:
        """Where this marker was seen, in words."""
        return {str(sight) for sight in self.seen[marker]}


def encoded(marker: str) -> set[bytes]:
    """A marker as it may stand in bytes."""
    forms: set[bytes] = set()
    for text in {marker, marker.lower(), marker.upper()}:
        raw = text.encode()
        forms |= {raw, text.encode("utf-16-le"), text.encode("utf-16-be")}
        forms |= {quopri.encodestring(raw), quopri.encodestring(raw, header=True)}
        forms |= {raw.hex().encode(), json.dumps(text)[1:-1].encode()}
        forms.add(urllib.parse.quote(text, safe="").encode())
        if not text.isascii():
            forms.add(text.encode("latin-1"))
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + raw + b"\0" * 3)
            # What the neighbours cannot change: from the first whole character of ours on.
            first = -(-shift * 8 // 6)
            middle = whole[first : (shift + len(raw)) * 8 // 6]
            forms |= {middle, middle.translate(_URL_SAFE)}
    return {form for form in forms if form}


class Searcher:
    """Looks into bytes, however wrapped. keys: ids of the keys that are left, loaded."""

    def __init__(self, markers: Iterable[str], keyring: Keyring, keys: Sequence[str]) -> None:
        self.scan = Scan()
        self._markers = {marker: encoded(marker) for marker in markers}
        self._keyring = keyring
        self._keys = keys
        self._tried: dict[bytes, tuple[str, bytes] | None] = {}

    def look(self, data: bytes, where: str, under: str = "", depth: int = 0) -> None:
        """Note every marker in these bytes."""
        if depth > _DEEPEST or not data:
            return
        lines = data.replace(b"=\r\n", b"").replace(b"=\n", b"")
        joined = lines.replace(b"\r\n", b"").replace(b"\n", b"")
        for marker, forms in self._markers.items():
            if any(form in text for text in (data, joined) for form in forms):
                self.scan.seen[marker].add(Sight(where, under))
        for inner in _unpacked(data):
            self.look(inner, where, under, depth + 1)
        for token in _TOKEN.findall(data):
            # A length in front of a string may look like its first character.
            for text in (token, token[1:]):
                opened = self._opened(text)
                if opened:
                    self.look(opened[1], where, opened[0], depth + 1)

    def look_sealed(self, data: bytes, where: str) -> None:
        """Bytes that may be sealed as a whole."""
        self.look(data, where)
        if opened := self.unwrapped(data):
            self.look(opened[1], where, opened[0])

    def unwrapped(self, data: bytes) -> tuple[str, bytes] | None:
        """Bytes under a key that is left: whose, and what."""
        for key in self._keys:
            try:
                clear = self._keyring.unwrap(key, data)
            except Tampered:
                continue
            if not isinstance(clear, Erased):
                return key.partition("-")[0], clear
        return None

    def _opened(self, token: bytes) -> tuple[str, bytes] | None:
        if token not in self._tried:
            self._tried[token] = self._unsealed(token.decode())
        return self._tried[token]

    def _unsealed(self, token: str) -> tuple[str, bytes] | None:
        for key in self._keys:
            try:
                clear = self._keyring.unseal(key, token)
            except Tampered:
                continue
            if not isinstance(clear, Erased):
                return key.partition("-")[0], clear
        return None


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Whatever in these bytes is a gzip or zlib stream, or these are a ZIP file."""
    for magic, window in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x78\x01", 15)):
        start = data.find(magic)
        while start >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj(window).decompress(data[start:], 10_000_000)
            start = data.find(magic, start + 1)
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)


async def scan(settings: Settings, markers: Iterable[str], folders: Iterable[Path] = ()) -> Scan:
    """Look at every record of every topic, every document of every database, every file."""
    mongo = connect(settings)
    client: AsyncMongoClient[Document] = AsyncMongoClient(settings.mongo)
    try:
        keys = client[f"{settings.namespace}keyring"]["keys"]
        ids = [document["_id"] async for document in keys.find({}, {"_id": 1})]
        keyring = Keyring(mongo, settings, seconds_to_live=3_600)
        await keyring.load(ids)
        searcher = Searcher(markers, keyring, ids)
        await _topics(settings, searcher)
        for name in await client.list_database_names():
            if name.startswith(settings.namespace) and name not in ("admin", "config", "local"):
                await _database(client, name, name.removeprefix(settings.namespace), searcher)
    finally:
        await client.close()
        await mongo.close()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                searcher.scan.looked_at["files"] += 1
                searcher.look(file.read_bytes(), f"{folder.name}/{file.name}")
                searcher.look(file.name.encode(), f"{folder.name}/{file.name}")
    return searcher.scan


async def _topics(settings: Settings, searcher: Searcher) -> None:
    """Every record, also of transactions that were given up."""
    cluster = Cluster(settings)
    admin = AIOKafkaAdminClient(**kafka_client_options(settings))
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if name.startswith(settings.namespace)]
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    partitions = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    topics = [cluster.plain(name) for name in names]
    async with cluster.consumer(isolation="read_uncommitted", topics=topics) as consumer:
        ends = await end_offsets(cluster, partitions, "read_uncommitted")
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = {tp for tp in partitions if await consumer.position(tp) < ends[tp]}
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    where = cluster.plain(tp.topic)
                    searcher.scan.looked_at[where] += 1
                    searcher.look(record.key or b"", where)
                    searcher.look_sealed(record.value or b"", where)
                    for name, value in record.headers:
                        searcher.look(name.encode() + b"=" + value, where)
            left = {tp for tp in left if await consumer.position(tp) < ends[tp]}


async def _database(
    client: "AsyncMongoClient[Document]", name: str, plain: str, searcher: Searcher
) -> None:
    database = client[name]
    for collection in await database.list_collection_names():
        where = f"{plain}.{collection}"
        async for document in database[collection].find():
            searcher.scan.looked_at[where] += 1
            searcher.look(bson.encode(document), where)
            for value in _binaries(document):
                searcher.look_sealed(value, where)
            if "owner" in document and "sha256" in document:
                await _content(database, document, where, searcher)


def _binaries(value: object) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _binaries(inner)
        case list():
            for inner in value:
                yield from _binaries(inner)


async def _content(
    database: "AsyncDatabase[Document]", document: Document, where: str, searcher: Searcher
) -> None:
    """A content of the store, its GridFS chunks put together, if any key opens its data key."""
    opened = searcher.unwrapped(document.get("key", b""))
    if opened is None:
        return
    under, data_key = opened
    if "file" in document:
        chunks = database["files.chunks"].find({"files_id": document["file"]}).sort("n")
        sealed = b"".join([bytes(chunk["data"]) async for chunk in chunks])
        where = "contents.files.chunks"
    else:
        sealed = document["body"]
    step = CHUNK_BYTES + TAG_BYTES
    decryptor = ChunkDecryptor(data_key, document["_id"], document["size"])
    pieces = [sealed[place : place + step] for place in range(0, len(sealed), step)]
    try:
        searcher.look(b"".join(map(decryptor.decrypt, pieces)), where, under)
    except ContentDamaged:
        return
