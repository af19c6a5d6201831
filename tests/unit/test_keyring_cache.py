"""The keyring's cache: bounded, short-lived, and never wrong about an erased key."""

import pytest

from libs.keyring import KeyNotLoaded
from libs.keyring.cache import Gone, KeyCache

MATERIAL = bytes(32)


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> KeyCache:
    """Three keys for ten seconds."""
    return KeyCache(3, 10, clock)


def test_a_key_is_served_until_its_time_is_up(cache: KeyCache, clock: Clock) -> None:
    cache.put("c-1", MATERIAL)
    clock.seconds = 9.9
    assert cache.get("c-1").material == MATERIAL
    clock.seconds = 10
    with pytest.raises(KeyNotLoaded) as missing:
        cache.get("c-1")
    assert missing.value.key_id == "c-1"


def test_what_is_loaded_again_stays(cache: KeyCache, clock: Clock) -> None:
    cache.put("c-1", MATERIAL)
    cipher = cache.get("c-1").cipher()
    clock.seconds = 6
    cache.put("c-1", MATERIAL)
    clock.seconds = 15
    assert cache.get("c-1").cipher() is cipher


def test_a_key_past_half_its_life_is_to_be_loaded(cache: KeyCache, clock: Clock) -> None:
    cache.put("c-1", MATERIAL)
    clock.seconds = 4.9
    assert cache.stale(["c-1", "c-2"]) == {"c-2"}
    clock.seconds = 5
    assert cache.stale(["c-1"]) == {"c-1"}


def test_an_absent_key_is_always_to_be_loaded(cache: KeyCache) -> None:
    cache.put("c-1", Gone.ABSENT)
    assert cache.stale(["c-1"]) == {"c-1"}
    cache.put("c-1", MATERIAL)
    assert cache.get("c-1").material == MATERIAL


def test_the_least_recently_used_goes_first(cache: KeyCache) -> None:
    for key_id in ("c-1", "c-2", "c-3"):
        cache.put(key_id, MATERIAL)
    cache.get("c-1")
    cache.put("c-4", MATERIAL)
    assert len(cache) == 3
    assert cache.stale(["c-1", "c-2", "c-3", "c-4"]) == {"c-2"}


def test_what_a_batch_relies_on_is_not_pushed_out_by_the_rest_of_it(cache: KeyCache) -> None:
    # given a full cache
    for key_id in ("c-1", "c-2", "c-3"):
        cache.put(key_id, MATERIAL)
    # when a batch needs the oldest key and two new ones
    batch = ["c-1", "c-4", "c-5"]
    for key_id in sorted(cache.stale(batch)):
        cache.put(key_id, MATERIAL)
    # then it has all three
    assert [cache.get(key_id).material for key_id in batch] == [MATERIAL] * 3


def test_a_reading_that_an_erasure_overtook_does_not_bring_the_key_back(cache: KeyCache) -> None:
    cache.put("c-1", MATERIAL)
    cache.put("c-1", Gone.ERASED)
    cache.put("c-1", MATERIAL)
    assert cache.get("c-1").gone is Gone.ERASED


def test_an_evicted_key_is_not_loaded(cache: KeyCache) -> None:
    cache.put("c-1", MATERIAL)
    cache.evict("c-1")
    cache.evict("c-1")
    with pytest.raises(KeyNotLoaded):
        cache.get("c-1")
