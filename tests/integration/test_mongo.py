"""The MongoDB seam on a real replica set: the same answers from both drivers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

import pytest

from libs.mongo import (
    DESCENDING,
    BulkWriteError,
    Collection,
    Database,
    DeleteOne,
    DuplicateKeyError,
    IndexModel,
    InsertOne,
    Mongo,
    PyMongoError,
    ReplaceOne,
    UpdateOne,
    connect,
    decode,
    duplicates_only,
)
from libs.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(params=["motor", "pymongo"])
def settings(ledger: Settings, request: pytest.FixtureRequest) -> Settings:
    return ledger.model_copy(update={"mongo_driver": request.param})


@pytest.fixture
async def mongo(settings: Settings) -> AsyncIterator[Mongo]:
    mongo = connect(settings)
    yield mongo
    await mongo.drop_database("shop")
    await mongo.close()


@pytest.fixture
def shop(mongo: Mongo) -> Database:
    return mongo.database("shop")


@pytest.fixture
async def fruits(shop: Database) -> Collection:
    """Ten documents, f0 to f9, with a rank each."""
    await shop["fruits"].insert_many([{"_id": f"f{i}", "rank": i} for i in range(10)])
    return shop["fruits"]


async def test_find_sorts_skips_limits_and_projects(fruits: Collection) -> None:
    cursor = fruits.find({"rank": {"$gt": 2}}, ["rank"]).sort("rank", DESCENDING)
    assert await cursor.skip(1).limit(2).to_list() == [
        {"_id": "f8", "rank": 8},
        {"_id": "f7", "rank": 7},
    ]
    last_first = fruits.find(projection={"_id": 0}).sort([("rank", DESCENDING)]).batch_size(3)
    assert [document["rank"] async for document in last_first] == list(reversed(range(10)))


async def test_find_one_may_choose_by_order(fruits: Collection) -> None:
    assert await fruits.find_one({"_id": "none"}) is None
    newest = await fruits.find_one({}, {"_id": 1}, sort=[("rank", DESCENDING)])
    assert newest == {"_id": "f9"}


async def test_find_by_id_leaves_out_what_does_not_exist(fruits: Collection) -> None:
    assert await fruits.find_by_id({"f1", "f2", "gone"}, ["rank"]) == {
        "f1": {"_id": "f1", "rank": 1},
        "f2": {"_id": "f2", "rank": 2},
    }
    assert await fruits.find_by_id(set()) == {}


async def test_raw_batches_hold_the_same_documents(fruits: Collection) -> None:
    await fruits.insert_one({"_id": "dated", "at": datetime(2026, 11, 22, tzinfo=UTC)})
    batches = fruits.raw_batches({}, {"rank": 0}, sort=[("_id", 1)])
    documents = [document async for batch in batches for document in decode(batch)]
    assert documents == await fruits.find({}, {"rank": 0}).sort("_id").to_list()


async def test_counts_and_aggregates(fruits: Collection) -> None:
    assert await fruits.count_documents({"rank": {"$lt": 4}}) == 4
    assert await fruits.estimated_document_count() == 10
    even = {"$match": {"rank": {"$mod": [2, 0]}}}
    total = {"$group": {"_id": None, "sum": {"$sum": "$rank"}}}
    assert await fruits.aggregate([even, total], allow_disk_use=True) == [{"_id": None, "sum": 20}]


async def test_updates_replaces_and_deletes_say_what_they_did(fruits: Collection) -> None:
    updated = await fruits.update_many({"rank": {"$lt": 3}}, {"$inc": {"rank": 100}})
    upserted = await fruits.update_one({"_id": "new"}, {"$set": {"rank": 1}}, upsert=True)
    replaced = await fruits.replace_one({"_id": "f9", "rank": 8}, {"rank": 0})
    deleted = await fruits.delete_one({"_id": "f3"})
    swept = await fruits.delete_many({"rank": {"$gte": 100}})
    assert (updated.modified_count, upserted.upserted_id, replaced.matched_count) == (3, "new", 0)
    assert (deleted.deleted_count, swept.deleted_count) == (1, 3)


async def test_find_one_and_update_returns_before_or_after(fruits: Collection) -> None:
    rise = {"$inc": {"rank": 1}}
    assert await fruits.find_one_and_update({"_id": "f1"}, rise) == {"_id": "f1", "rank": 1}
    after = await fruits.find_one_and_update({"_id": "f1"}, rise, return_after=True)
    assert after == {"_id": "f1", "rank": 3}
    assert await fruits.find_one_and_update({"_id": "none"}, rise) is None
    made = await fruits.find_one_and_update({"_id": "n"}, rise, upsert=True, return_after=True)
    assert made == {"_id": "n", "rank": 1}


async def test_a_bulk_mixes_operations(fruits: Collection) -> None:
    result = await fruits.bulk_write(
        [
            InsertOne({"_id": "f10"}),
            ReplaceOne({"_id": "f1"}, {"rank": 11}),
            UpdateOne({"_id": "f2"}, {"$set": {"rank": 12}}),
            DeleteOne({"_id": "f3"}),
        ]
    )
    assert (result.inserted_count, result.modified_count, result.deleted_count) == (1, 2, 1)


async def test_repeating_inserts_names_those_that_were_there(fruits: Collection) -> None:
    again = [{"_id": "f1"}, {"_id": "f10"}, {"_id": "f2"}]
    with pytest.raises(BulkWriteError) as failed:
        await fruits.insert_many(again, ordered=False)
    assert duplicates_only(failed.value) == [0, 2]
    assert await fruits.count_documents({"_id": "f10"}) == 1


async def test_any_other_failure_of_a_bulk_is_raised_again(fruits: Collection) -> None:
    with pytest.raises(BulkWriteError) as failed:
        await fruits.bulk_write(
            [InsertOne({"_id": "f1"}), UpdateOne({"_id": "f1"}, {"$inc": {"_id": 1}})],
            ordered=False,
        )
    with pytest.raises(BulkWriteError):
        duplicates_only(failed.value)


async def test_one_insert_of_what_is_there_is_a_duplicate_key(fruits: Collection) -> None:
    with pytest.raises(DuplicateKeyError):
        await fruits.insert_one({"_id": "f1"})


async def test_instants_come_back_aware_in_utc_to_the_millisecond(shop: Database) -> None:
    await shop["times"].insert_one({"_id": 1, "at": datetime(2026, 1, 2, 3, 4, 5, 6789, UTC)})
    found = await shop["times"].find_one({"_id": 1})
    assert found is not None
    assert found["at"] == datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)
    assert found["at"].tzinfo is UTC


async def test_indexes_are_made_once_and_hold(shop: Database) -> None:
    people = shop["people"]
    for _ in range(2):
        await people.create_index("email", unique=True, partial={"email": {"$exists": True}})
        await people.create_index([("at", DESCENDING)], name="age", expire_after_seconds=60)
        await people.create_indexes([IndexModel([("a", 1), ("b", -1)])])
    await people.insert_many([{"email": "x"}, {}, {}])
    with pytest.raises(DuplicateKeyError):
        await people.insert_one({"email": "x"})
    indexes = await shop.command({"listIndexes": "people"})
    names = [index["name"] for index in indexes["cursor"]["firstBatch"]]
    assert names == ["_id_", "email_1", "age", "a_1_b_-1"]


async def test_a_rename_may_replace_its_target(shop: Database, fruits: Collection) -> None:
    await shop["basket"].insert_one({"_id": "old"})
    with pytest.raises(PyMongoError):
        await fruits.rename("basket")
    await fruits.rename("basket", drop_target=True)
    assert await shop["basket"].count_documents({}) == 10
    assert await shop.list_collection_names() == ["basket"]
    await shop["basket"].drop()
    assert await shop.list_collection_names() == []


async def test_calls_are_coroutines_that_run_side_by_side(fruits: Collection) -> None:
    tasks = [asyncio.create_task(fruits.find_one({"_id": f"f{i}"})) for i in range(10)]
    assert [found["rank"] for task in tasks if (found := await task)] == list(range(10))


async def test_a_namespace_keeps_ledgers_apart(settings: Settings, mongo: Mongo) -> None:
    other = connect(settings.model_copy(update={"namespace": settings.namespace + "b-"}))
    await mongo.database("shop")["c"].insert_one({"_id": 1})
    assert await other.database("shop")["c"].find_one({}) is None
    assert other.database("shop").name == f"{settings.namespace}b-shop"
    await other.close()


async def test_writes_are_journaled_by_a_majority_and_reads_see_only_such(shop: Database) -> None:
    # given a server that notes every command
    await shop["c"].insert_one({"_id": 1})
    await shop.command({"profile": 2})
    # when we write and read
    await shop["c"].find_one_and_update({"_id": 1}, {"$set": {"a": 1}})
    await shop["c"].find_one({"_id": 1})
    await shop.command({"profile": 0})
    # then it noted what we rely on, though neither a caller nor the URI asked for it
    noted = await shop["system.profile"].find({"ns": f"{shop.name}.c"}).to_list()
    commands = {note["op"]: note["command"] for note in noted}
    written = commands["command"]["writeConcern"]
    assert (written["w"], written["j"]) == ("majority", True)
    assert commands["query"]["readConcern"]["level"] == "majority"


async def test_a_server_that_is_away_is_an_error_after_five_seconds(settings: Settings) -> None:
    away = connect(settings.model_copy(update={"mongo": "mongodb://127.0.0.1:9"}))
    started = monotonic()
    with pytest.raises(PyMongoError):
        await away.ping()
    assert 4 < monotonic() - started < 8
    await away.close()


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_file_comes_back_in_the_chunks_it_was_stored_in(shop: Database) -> None:
    files = shop.bucket("files")
    await files.upload("a", pieces(b"1234", b"5678", b"9"), chunk_bytes=4)
    assert [chunk async for chunk in files.download("a")] == [b"1234", b"5678", b"9"]


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(shop: Database) -> None:
    files = shop.bucket("files")
    await files.upload("a", pieces(b"1234"), chunk_bytes=4)
    await files.delete("a")
    await files.delete("a")
    with pytest.raises(FileNotFoundError):
        [chunk async for chunk in files.download("a")]
    assert await shop["files.chunks"].count_documents({}) == 0


async def test_a_file_deleted_while_it_is_read_is_not_found(shop: Database) -> None:
    files = shop.bucket("files")
    big = [bytes(1_000_000)] * 40  # more than one network batch
    await files.upload("a", pieces(*big), chunk_bytes=1_000_000)
    chunks = files.download("a")
    await anext(chunks)
    await files.delete("a")
    with pytest.raises(FileNotFoundError):
        [chunk async for chunk in chunks]


async def test_an_upload_that_fails_leaves_nothing(shop: Database) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"1234"
        raise RuntimeError("the sender went away")

    with pytest.raises(RuntimeError):
        await shop.bucket("files").upload("a", breaking(), chunk_bytes=2)
    assert await shop["files.files"].count_documents({}) == 0
    assert await shop["files.chunks"].count_documents({}) == 0
