"""The content store on a real MongoDB: what was written is readable as long as it may be."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event

import pytest

from libs.contents import (
    RENDITION_TYPE,
    Content,
    ContentDamaged,
    ContentRef,
    ContentStore,
    NewContent,
    Rendition,
)
from libs.keyring import ERASED, Erased, KeyAbsent, Keyring
from libs.mongo import Database, Mongo, connect
from libs.settings import Settings

pytestmark = pytest.mark.integration

LARGE = os.urandom(900_000)
PERSON = "c-1"


@pytest.fixture
async def mongo(ledger: Settings) -> AsyncIterator[Mongo]:
    mongo = connect(ledger)
    yield mongo
    await mongo.drop_database("keyring")
    await mongo.drop_database("contents")
    await mongo.close()


@pytest.fixture
async def keyring(mongo: Mongo, ledger: Settings) -> Keyring:
    """With the keys of two persons."""
    keyring = Keyring(mongo, ledger)
    await keyring.load([PERSON, "c-2"], create=True)
    return keyring


@pytest.fixture
async def transit(keyring: Keyring) -> str:
    return await keyring.transit_key(datetime.now(UTC))


@pytest.fixture
def store(mongo: Mongo, keyring: Keyring) -> ContentStore:
    return ContentStore(mongo, keyring)


@pytest.fixture
def database(mongo: Mongo) -> Database:
    return mongo.database("contents")


def note(text: bytes, owner: str = PERSON, id: str | None = None) -> NewContent:
    return NewContent(owner, text, "text/plain", id)


def data(content: Content | Erased) -> bytes:
    assert isinstance(content, Content)
    return content.data


async def read(store: ContentStore, ref: ContentRef) -> Content | Erased:
    return (await store.get([ref.id]))[ref.id]


async def whole(stream: AsyncIterator[bytes] | Erased) -> bytes:
    assert not isinstance(stream, Erased)
    return b"".join([chunk async for chunk in stream])


async def in_pieces(content: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def files(database: Database) -> tuple[int, bool]:
    """How many files there are, and whether any chunk is there."""
    count = await database["files.files"].count_documents({})
    return count, await database["files.chunks"].find_one({}) is not None


async def test_contents_come_back_whole_whatever_their_size(store: ContentStore) -> None:
    rendition = Rendition("Printer", "It smokes.", "<p>It smokes.</p>")
    items = [
        NewContent(PERSON, rendition.encode(), RENDITION_TYPE),
        NewContent(PERSON, LARGE, "image/png"),
        note(b""),
        note(bytes(256 * 1024)),
        note(bytes(256 * 1024 + 1)),
    ]
    refs = await store.put(items)
    found = await store.get(ref.id for ref in refs)
    assert [data(found[ref.id]) for ref in refs] == [item.data for item in items]
    assert [(ref.size, ref.media_type) for ref in refs] == [
        (len(item.data), item.media_type) for item in items
    ]
    assert Rendition.decode(data(found[refs[0].id])) == rendition
    assert await store.put([]) == []


async def test_neither_the_store_nor_a_reference_shows_what_was_written(
    store: ContentStore, database: Database
) -> None:
    [first, second] = await store.put([note(b"It smokes."), note(b"It smokes.")])
    assert first.sha256 != second.sha256
    assert first.id != second.id
    async for document in database["contents"].find():
        assert b"smokes" not in document["body"]


async def test_a_writer_who_repeats_itself_gets_the_first_content(
    store: ContentStore, database: Database
) -> None:
    # given a mail that is delivered twice, the second time beside a new one
    first = await store.put([note(b"one", id="m-1"), note(LARGE, id="m-2")])
    again = await store.put([note(b"ONE", id="m-1"), note(b"new"), note(LARGE[::-1], id="m-2")])
    # then the first stays, and nothing is left of the second
    assert [again[0], again[2]] == first
    assert data(await read(store, again[1])) == b"new"
    assert data(await read(store, again[0])) == b"one"
    assert data(await read(store, again[2])) == LARGE
    assert await files(database) == (1, True)
    streamed = await store.put_stream(PERSON, "text/plain", in_pieces(b"other"), "m-1")
    assert streamed == first[0]


async def test_writers_that_race_agree_on_the_winner(
    store: ContentStore, database: Database
) -> None:
    puts = [store.put([note(bytes([i]) * 300_000, id="m-1")]) for i in range(4)]
    streams = [
        store.put_stream(PERSON, "text/plain", in_pieces(bytes([i]) * 400_000), "m-1")
        for i in range(4)
    ]
    written, streamed = await asyncio.gather(asyncio.gather(*puts), asyncio.gather(*streams))
    refs = {refs[0] for refs in written} | set(streamed)
    assert len(refs) == 1
    assert len(set(data(await read(store, refs.pop())))) == 1
    assert await files(database) == (1, True)


async def test_a_stream_goes_in_and_out_in_pieces(store: ContentStore) -> None:
    ref = await store.put_stream(PERSON, "application/pdf", in_pieces(LARGE))
    assert (ref.size, ref.media_type) == (len(LARGE), "application/pdf")
    assert await whole(await store.open(ref.id)) == LARGE
    small = await store.put_stream(PERSON, "text/plain", in_pieces(b"short"))
    assert await whole(await store.open(small.id)) == b"short"


async def test_a_stream_that_breaks_leaves_nothing(store: ContentStore, database: Database) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put_stream(PERSON, "text/plain", breaking(), "m-1")
    assert await files(database) == (0, False)
    assert await store.get(["m-1"]) == {"m-1": ERASED}


async def test_what_a_crash_leaves_of_a_file_is_swept_up(
    store: ContentStore, database: Database, ledger: Settings
) -> None:
    # given a large content that is there, and a process that is killed while it writes another
    kept = (await store.put([note(LARGE)]))[0]
    spawn = multiprocessing.get_context("spawn")
    half = spawn.Event()
    writing = spawn.Process(target=_write_half, args=(ledger, half))
    writing.start()
    assert await asyncio.to_thread(half.wait, 30)
    writing.kill()
    writing.join()
    chunks = database["files.chunks"]
    whole_ones = [one["_id"] for one in await database["files.files"].find().to_list()]
    assert await chunks.count_documents({"files_id": {"$nin": whole_ones}}) > 0
    # when what was begun before it is looked at, then it may still be going on
    assert await store.sweep(datetime.now(UTC) - timedelta(hours=1)) == 0
    # when it is looked at later, then nothing is left of it, and all of the other
    assert await store.sweep(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert await chunks.count_documents({"files_id": {"$nin": whole_ones}}) == 0
    assert data(await read(store, kept)) == LARGE
    assert await store.sweep(datetime.now(UTC) + timedelta(hours=1)) == 0


async def test_a_content_that_is_there_outlives_a_note_that_stayed(
    store: ContentStore, database: Database
) -> None:
    # given a crash between a content and the end of its note
    ref = (await store.put([note(LARGE)]))[0]
    document = await database["contents"].find_one({"_id": ref.id})
    assert document is not None
    left = {"_id": document["file"], "content": ref.id, "at": datetime.now(UTC)}
    await database["begun"].insert_one(left)
    # when what was begun is looked at
    assert await store.sweep(datetime.now(UTC) + timedelta(hours=1)) == 1
    # then the content is whole
    assert data(await read(store, ref)) == LARGE


def _write_half(settings: Settings, half: Event) -> None:
    """Write more than the bucket holds back, and then wait for ever."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield os.urandom(100_000)
        half.set()
        await asyncio.Event().wait()

    async def write() -> None:
        mongo = connect(settings)
        store = ContentStore(mongo, Keyring(mongo, settings))
        await store.put_stream(PERSON, "text/plain", pieces())

    asyncio.run(write())


async def test_what_nobody_wrote_reads_as_erased(store: ContentStore) -> None:
    assert await store.get(["no-such"]) == {"no-such": ERASED}
    assert await store.open("no-such") is ERASED
    assert await store.get([]) == {}


async def test_nothing_is_stored_for_an_owner_without_a_key(
    store: ContentStore, database: Database
) -> None:
    with pytest.raises(KeyAbsent):
        await store.put([note(b"x", owner="c-unknown")])
    assert await database["contents"].count_documents({}) == 0


async def test_erasing_a_person_makes_all_its_contents_unreadable(
    store: ContentStore, keyring: Keyring
) -> None:
    mine, large = await store.put([note(b"mine"), note(LARGE)])
    [others] = await store.put([note(b"others", owner="c-2")])
    await keyring.erase(PERSON)
    assert await read(store, mine) is ERASED
    assert await read(store, large) is ERASED
    assert await store.open(large.id) is ERASED
    assert data(await read(store, others)) == b"others"
    # and a message that was on its way is accepted, but nobody can read it
    [late] = await store.put([note(b"late")])
    assert await read(store, late) is ERASED


async def test_a_content_is_adopted_from_transit_by_its_person(
    store: ContentStore, keyring: Keyring, transit: str
) -> None:
    # given a mail that an adapter wrote
    small, large = await store.put([note(b"mail", owner=transit), note(LARGE, owner=transit)])
    # when the decider has found whose it is, twice
    owners = {small.id: PERSON, large.id: PERSON, "swept": PERSON}
    await store.adopt(owners)
    await store.adopt(owners)
    # then it outlives the transit key and dies with the person
    await keyring.erase(transit)
    assert data(await read(store, small)) == b"mail"
    assert data(await read(store, large)) == LARGE
    await keyring.erase(PERSON)
    assert await read(store, small) is ERASED


async def test_what_a_person_owns_is_adopted_by_nobody_else(
    store: ContentStore, keyring: Keyring
) -> None:
    # given a content of one person, which a message of another names
    [ref] = await store.put([note(b"mine")])
    await store.adopt({ref.id: "c-2"})
    # then it stays with the first: erasing the other does not touch it
    await keyring.erase("c-2")
    assert data(await read(store, ref)) == b"mine"


async def test_an_adopted_content_keeps_its_reference(store: ContentStore, transit: str) -> None:
    [ref] = await store.put([note(b"mail", owner=transit, id="m-1")])
    await store.adopt({ref.id: PERSON})
    # an adapter that repeats itself does not take it back
    assert await store.put([note(b"mail", owner=transit, id="m-1")]) == [ref]
    content = await read(store, ref)
    assert isinstance(content, Content)
    assert content.ref == ref
    assert await store.delete_owned(PERSON) == 1


async def test_what_came_too_late_to_be_adopted_stays_unreadable(
    store: ContentStore, keyring: Keyring, transit: str
) -> None:
    [late, deleted] = await store.put([note(b"a", owner=transit), note(b"b", owner=transit)])
    await store.delete([deleted.id])
    await keyring.erase(transit)
    await store.adopt({late.id: PERSON, deleted.id: PERSON})
    assert await store.get([late.id, deleted.id]) == {late.id: ERASED, deleted.id: ERASED}


async def test_adopted_by_an_erased_person_a_content_is_erased(
    store: ContentStore, keyring: Keyring, transit: str
) -> None:
    [ref] = await store.put([note(b"mail", owner=transit)])
    await keyring.erase(PERSON)
    await store.adopt({ref.id: PERSON})
    assert await read(store, ref) is ERASED


async def test_a_deleted_content_cannot_be_brought_back(
    store: ContentStore, database: Database
) -> None:
    # given two contents, redacted
    refs = await store.put([note(b"secret", id="m-1"), note(LARGE, id="m-2")])
    await store.delete([ref.id for ref in refs])
    await store.delete([ref.id for ref in refs] + ["no-such"])
    # when the mail they came with is delivered again
    again = await store.put([note(b"secret", id="m-1"), note(LARGE, id="m-2")])
    # then they are named as before, and stay gone
    assert again == refs
    assert await store.get(["m-1", "m-2"]) == {"m-1": ERASED, "m-2": ERASED}
    assert await files(database) == (0, False)
    tombstone = await database["contents"].find_one({"_id": "m-1"})
    assert tombstone is not None
    assert not tombstone.keys() & {"owner", "key", "body"}


async def test_all_contents_of_a_person_are_deleted_and_counted(
    store: ContentStore, database: Database
) -> None:
    await store.put([note(b"%d" % i) for i in range(1_200)] + [note(LARGE)])
    [others] = await store.put([note(b"others", owner="c-2")])
    assert await store.delete_owned(PERSON) == 1_201
    assert await store.delete_owned(PERSON) == 0
    assert data(await read(store, others)) == b"others"
    assert await files(database) == (0, False)


async def test_a_deletion_that_was_cut_short_is_finished_by_the_next(
    store: ContentStore, database: Database
) -> None:
    # given a process that died after it had made the tombstone
    [ref] = await store.put([note(LARGE)])
    await database["contents"].update_one(
        {"_id": ref.id},
        {"$set": {"deleted_at": datetime.now(UTC)}, "$unset": {"key": "", "body": ""}},
    )
    assert await read(store, ref) is ERASED
    # then the next one deletes the file, too
    assert await store.delete_owned(PERSON) == 1
    assert await files(database) == (0, False)


async def test_a_lost_or_changed_file_is_damage_not_erasure(
    store: ContentStore, database: Database
) -> None:
    [lost, changed] = await store.put([note(LARGE), note(b"small")])
    await database["files.chunks"].delete_one({"n": 2})
    await database["contents"].update_one({"_id": changed.id}, {"$set": {"body": bytes(21)}})
    for ref in (lost, changed):
        with pytest.raises(ContentDamaged):
            await store.get([ref.id])
        with pytest.raises(ContentDamaged):
            await whole(await store.open(ref.id))


async def test_a_content_put_in_anothers_place_is_noticed(
    store: ContentStore, database: Database
) -> None:
    # given somebody with access to the database who shows one message under another's id
    [one, other] = await store.put([note(b"one"), note(b"two")])
    document = await database["contents"].find_one({"_id": other.id})
    assert document is not None
    await database["contents"].replace_one({"_id": one.id}, {**document, "_id": one.id})
    with pytest.raises(ContentDamaged):
        await store.get([one.id])
