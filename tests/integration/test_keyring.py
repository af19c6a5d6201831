"""The keyring on a real MongoDB: keys are made once, found by all, and erased for good."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from libs.keyring import (
    ERASED,
    KeyAbsent,
    KeyNotLoaded,
    KeyRefused,
    Keyring,
    MasterKey,
    MasterKeyError,
    Role,
    Tampered,
)
from libs.mongo import Collection, Mongo, connect
from libs.settings import Settings

pytestmark = pytest.mark.integration

Process = Callable[..., Keyring]


@pytest.fixture
async def mongo(ledger: Settings) -> AsyncIterator[Mongo]:
    mongo = connect(ledger)
    yield mongo
    await mongo.drop_database("keyring")
    await mongo.close()


@pytest.fixture
def process(mongo: Mongo, ledger: Settings) -> Process:
    """Another process's keyring on the same database."""

    def start(role: Role = "service", seconds_to_live: float = 60, capacity: int = 100) -> Keyring:
        return Keyring(mongo, ledger, role, capacity=capacity, seconds_to_live=seconds_to_live)

    return start


@pytest.fixture
def keyring(process: Process) -> Keyring:
    return process()


@pytest.fixture
def stored(mongo: Mongo) -> Collection:
    return mongo.database("keyring")["keys"]


async def test_what_one_process_seals_another_unseals(keyring: Keyring, process: Process) -> None:
    await keyring.load(["c-1"], create=True)
    sealed = keyring.seal("c-1", b"Ada Lovelace")
    other = process()
    await other.load(["c-1"])
    assert other.unseal("c-1", sealed) == b"Ada Lovelace"


async def test_many_processes_that_make_the_same_keys_agree(process: Process) -> None:
    keyrings = [process() for _ in range(8)]
    ids = [f"c-{i}" for i in range(50)]
    await asyncio.gather(*(keyring.load(ids, create=True) for keyring in keyrings))
    for key_id in ids:
        sealed = keyrings[0].seal(key_id, b"same")
        assert {keyring.unseal(key_id, sealed) for keyring in keyrings} == {b"same"}


async def test_a_key_must_be_loaded_first(keyring: Keyring) -> None:
    with pytest.raises(KeyNotLoaded):
        keyring.seal("c-1", b"")
    with pytest.raises(KeyNotLoaded):
        keyring.unseal("c-1", "AAAA")


async def test_under_a_key_that_nobody_made_nothing_is_sealed(keyring: Keyring) -> None:
    await keyring.load(["c-1"])
    with pytest.raises(KeyAbsent):
        keyring.seal("c-1", b"")
    assert keyring.unseal("c-1", "AAAA") is ERASED


async def test_a_key_that_was_absent_is_found_once_it_is_made(
    keyring: Keyring, process: Process
) -> None:
    await keyring.load(["c-1"])
    maker = process()
    await maker.load(["c-1"], create=True)
    await keyring.load(["c-1"])
    assert keyring.unseal("c-1", maker.seal("c-1", b"new")) == b"new"


async def test_an_erased_key_is_a_value_not_an_error(keyring: Keyring, stored: Collection) -> None:
    # given something sealed and something wrapped
    await keyring.load(["c-1"], create=True)
    sealed, wrapped = keyring.seal("c-1", b"Ada"), keyring.wrap("c-1", bytes(32))
    # when the key is erased
    await keyring.erase("c-1")
    # then readers get ERASED at once, writers nothing, and no material is left
    assert keyring.unseal("c-1", sealed) is ERASED
    assert keyring.unwrap("c-1", wrapped) is ERASED
    assert (keyring.seal("c-1", b"Ada"), keyring.wrap("c-1", bytes(32))) == ("", b"")
    assert keyring.unseal("c-1", "") is ERASED
    tombstone = await stored.find_one({"_id": "c-1"})
    assert tombstone is not None
    assert tombstone.keys() == {"_id", "erased_at"}


async def test_an_erased_key_cannot_be_made_again(keyring: Keyring, process: Process) -> None:
    await keyring.load(["c-1"], create=True)
    sealed = keyring.seal("c-1", b"Ada")
    await keyring.erase("c-1")
    await keyring.erase("c-1")
    await keyring.erase("never-made")
    for reader in (keyring, process()):
        await reader.load(["c-1", "never-made"], create=True)
        assert reader.unseal("c-1", sealed) is ERASED
        assert reader.seal("never-made", b"x") == ""


async def test_another_process_forgets_an_erased_key_within_its_time_to_live(
    keyring: Keyring, process: Process
) -> None:
    await keyring.load(["c-1"], create=True)
    sealed = keyring.seal("c-1", b"Ada")
    other = process(seconds_to_live=0.4)
    await other.load(["c-1"])
    await keyring.erase("c-1")
    await asyncio.sleep(0.4)
    with pytest.raises(KeyNotLoaded):
        other.unseal("c-1", sealed)
    await other.load(["c-1"])
    assert other.unseal("c-1", sealed) is ERASED


async def test_evicting_makes_it_forget_at_once(keyring: Keyring, process: Process) -> None:
    other = process()
    await other.load(["c-1"], create=True)
    sealed = other.seal("c-1", b"Ada")
    await keyring.erase("c-1")
    other.evict("c-1")
    await other.load(["c-1"])
    assert other.unseal("c-1", sealed) is ERASED


@pytest.mark.parametrize("sealed", ["AAAA", "not base64!", "ä", "A" * 100])
async def test_a_damaged_value_is_noticed(keyring: Keyring, sealed: str) -> None:
    await keyring.load(["c-1"], create=True)
    with pytest.raises(Tampered):
        keyring.unseal("c-1", sealed)


async def test_a_value_belongs_to_its_key_and_its_purpose(keyring: Keyring) -> None:
    await keyring.load(["c-1", "c-2"], create=True)
    with pytest.raises(Tampered):
        keyring.unseal("c-2", keyring.seal("c-1", b"Ada"))
    with pytest.raises(Tampered):
        keyring.unwrap("c-1", b"\0" * 60)
    wrapped = keyring.wrap("c-1", b"Ada")
    assert keyring.unwrap("c-1", wrapped) == b"Ada"


async def test_a_key_moved_to_another_id_does_not_unwrap(
    keyring: Keyring, stored: Collection, process: Process
) -> None:
    # given somebody with access to the database who gives one person another's key
    await keyring.load(["c-1"], create=True)
    document = await stored.find_one({"_id": "c-1"})
    assert document is not None
    await stored.insert_one({**document, "_id": "c-2"})
    # then it is no use
    with pytest.raises(MasterKeyError, match="c-2 cannot be unwrapped"):
        await process().load(["c-2"])


async def test_the_cache_refuses_more_keys_than_it_holds(process: Process) -> None:
    with pytest.raises(ValueError, match="the cache holds 2"):
        await process(capacity=2).load(["c-1", "c-2", "c-3"])


async def test_a_secret_is_the_same_for_all_and_for_ever(process: Process) -> None:
    secrets = await asyncio.gather(*(process().secret("references") for _ in range(5)))
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32
    assert await process().secret("addresses") != secrets[0]


async def test_an_adapter_reaches_transit_keys_alone(keyring: Keyring, process: Process) -> None:
    adapter = process(role="adapter")
    current = await adapter.transit_key(datetime.now(UTC))
    assert adapter.unseal(current, adapter.seal(current, b"mail")) == b"mail"
    assert await adapter.secret("references") == await keyring.secret("references")
    for attempt in (
        adapter.load([current, "c-1"]),
        adapter.load(["c-1"], create=True),
        adapter.erase(current),
        adapter.secret("addresses"),
        adapter.tie({current: "c-1"}),
        adapter.keep([current], datetime.now(UTC)),
        adapter.destroy([current]),
        adapter.letter_keys(datetime.now(UTC), [""]),
        adapter.rotate_master(MasterKey("m", bytes(32))),
    ):
        with pytest.raises(KeyRefused):
            await attempt


async def test_every_message_on_its_way_has_a_key_of_its_own(
    keyring: Keyring, stored: Collection, process: Process
) -> None:
    now = datetime(2030, 12, 31, 23, tzinfo=UTC)  # a Tuesday in the first ISO week of 2031
    keys = await process(role="adapter").transit_keys(now, ["", "a-1"])
    assert len(set(keys)) == 2
    assert all(key.startswith("transit-2031w01-") for key in keys)
    documents = await stored.find_by_id(set(keys))
    assert {one["destroyed_at"] for one in documents.values()} == {now + timedelta(days=37)}
    await keyring.load(keys)
    assert keyring.unseal(keys[0], keyring.seal(keys[0], b"mail")) == b"mail"


async def test_a_transit_key_is_destroyed_with_whom_it_is_tied_to(
    keyring: Keyring, process: Process
) -> None:
    # given keys of a person's messages: made for them, and tied to them later; and another's
    now = datetime.now(UTC)
    made, found, another = await keyring.transit_keys(now, ["a-1", "", "a-2"])
    sealed = {key: keyring.seal(key, b"mail") for key in (made, found, another)}
    await keyring.tie({found: "a-1"})
    # when the person is erased
    await keyring.destroy_about(["p-1", "a-1"])
    # then theirs are gone, here and elsewhere, and cannot be made again
    for reader in (keyring, process()):
        await reader.load([made, found, another], create=True)
        assert [reader.unseal(key, sealed[key]) for key in sealed] == [ERASED, ERASED, b"mail"]


async def test_destroying_what_has_arrived_spares_persons(keyring: Keyring) -> None:
    await keyring.load(["c-1"], create=True)
    transit = await keyring.transit_key(datetime.now(UTC))
    sealed = keyring.seal("c-1", b"Ada"), keyring.seal(transit, b"Ada")
    await keyring.destroy([transit, "c-1"])
    await keyring.load([transit, "c-1"])
    assert keyring.unseal("c-1", sealed[0]) == b"Ada"
    assert keyring.unseal(transit, sealed[1]) is ERASED


async def test_what_is_put_aside_keeps_its_keys_for_longer(
    keyring: Keyring, stored: Collection
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    transit = await keyring.transit_key(now)
    [letter] = await keyring.letter_keys(now, ["a-1"])
    await keyring.keep([transit], now)
    documents = await stored.find_by_id({transit, letter})
    assert {one["destroyed_at"] for one in documents.values()} == {now + timedelta(days=90)}


async def test_a_transit_key_is_destroyed_by_time(
    keyring: Keyring, mongo: Mongo, process: Process
) -> None:
    # given a key that was made in time
    now = datetime.now(UTC)
    current = await keyring.transit_key(now)
    sealed = keyring.seal(current, b"mail")
    # when its days are over
    keys = mongo.database("keyring")["keys"]
    await keys.update_one({"_id": current}, {"$set": {"destroyed_at": now - timedelta(seconds=1)}})
    # then it reads as erased though MongoDB's monitor has not come by yet, and is not made again
    reader = process()
    await reader.load([current], create=True)
    assert reader.unseal(current, sealed) is ERASED
    indexes = await mongo.database("keyring").command({"listIndexes": "keys"})
    assert {
        index["name"]: index["expireAfterSeconds"]
        for index in indexes["cursor"]["firstBatch"]
        if "expireAfterSeconds" in index
    } == {"destroyed_at_1": 0}


async def test_rotating_the_master_key_rewraps_everything_once(
    keyring: Keyring, stored: Collection, mongo: Mongo, ledger: Settings
) -> None:
    # given keys, an erased one and a secret under the old master key
    ids = [f"c-{i}" for i in range(2_500)]
    wide = Keyring(mongo, ledger, capacity=5_000)
    await wide.load(ids, create=True)
    sealed = wide.seal("c-7", b"Ada")
    await wide.erase("c-0")
    secret = await wide.secret("references")
    # when somebody rotates, interrupted by an erasure of what is being rewrapped
    new = MasterKey("new", os.urandom(32))
    rotating = asyncio.create_task(wide.rotate_master(new))
    await keyring.erase("c-1")
    rewrapped = await rotating
    # then all but the erased are under the new key, the old one is needed no more
    assert rewrapped in (2_499, 2_500)  # whether c-1 was erased before its turn or after
    assert await stored.count_documents({"master": "new"}) == 2_498
    assert await wide.rotate_master(new) == 0
    renewed = Keyring(mongo, with_master(ledger, new))
    await renewed.load(["c-0", "c-1", "c-7"])
    assert renewed.unseal("c-7", sealed) == b"Ada"
    assert renewed.unseal("c-0", sealed) is renewed.unseal("c-1", sealed) is ERASED
    assert await renewed.secret("references") == secret


async def test_without_the_new_master_key_a_process_says_which_one_it_lacks(
    keyring: Keyring, process: Process
) -> None:
    await keyring.load(["c-1"], create=True)
    await keyring.rotate_master(MasterKey("spring", os.urandom(32)))
    with pytest.raises(MasterKeyError, match="spring"):
        await process().load(["c-1"])


def with_master(settings: Settings, master: MasterKey) -> Settings:
    text = f"{master.id}:{base64.b64encode(master.key).decode()}"
    return settings.model_copy(update={"master_key": SecretStr(text), "master_key_file": None})
