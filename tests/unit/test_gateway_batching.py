"""Batches: company without waiting for it."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.batching import Batches


class Kitchen:
    """Work that notes its batches, takes until ``open`` is set, and fails on negative items."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def work(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.open.wait()
        if any(item < 0 for item in items):
            raise ValueError(f"negative: {min(items)}")
        return [item * 10 for item in items]


async def test_a_lone_item_does_not_wait_for_company() -> None:
    kitchen = Kitchen()
    kitchen.open.set()
    assert await Batches(kitchen.work, most=10, workers=1).do(1) == 10
    assert kitchen.batches == [[1]]


async def test_what_comes_while_others_are_worked_on_goes_together() -> None:
    kitchen = Kitchen()
    batches = Batches(kitchen.work, most=3, workers=1)
    asked = [asyncio.create_task(batches.do(n)) for n in range(6)]
    await asyncio.sleep(0)
    kitchen.open.set()
    assert await asyncio.gather(*asked) == [0, 10, 20, 30, 40, 50]
    assert [len(batch) for batch in kitchen.batches] == [3, 3]
    assert await batches.do(7) == 70


async def test_each_item_gets_its_own_error() -> None:
    kitchen = Kitchen()
    kitchen.open.set()
    batches = Batches(kitchen.work, most=10, workers=1)
    found = await asyncio.gather(*(batches.do(n) for n in (1, -1, 2)), return_exceptions=True)
    assert [found[0], found[2]] == [10, 20]
    assert isinstance(found[1], ValueError)
    with pytest.raises(ValueError, match="negative: -5"):
        await batches.do(-5)
    assert await batches.do(3) == 30


async def test_who_gives_up_before_their_turn_is_left_out() -> None:
    kitchen = Kitchen()
    batches = Batches(kitchen.work, most=1, workers=1)
    first = asyncio.create_task(batches.do(1))
    await asyncio.sleep(0)
    second = asyncio.create_task(batches.do(2))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    kitchen.open.set()
    assert await first == 10
    assert await batches.do(3) == 30
    assert kitchen.batches == [[1], [3]]


async def test_as_many_batches_are_under_way_as_there_are_workers() -> None:
    kitchen = Kitchen()
    batches = Batches(kitchen.work, most=1, workers=2)
    asked = [asyncio.create_task(batches.do(n)) for n in range(3)]
    await asyncio.sleep(0.01)
    assert kitchen.batches == [[0], [1]]
    kitchen.open.set()
    assert await asyncio.gather(*asked) == [0, 10, 20]
