"""Batches: nobody waits for company, everybody gets their own outcome."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from adapters.email.taking.batches import Batches


def batches_of(work: "Work", most: int, heaviest: int = 1_000) -> Batches[int]:
    """One worker; an item weighs what it says."""
    return Batches(work, weigh=abs, most=most, heaviest=heaviest, workers=1)


class Work:
    """Notes the batches; stands still until `go`; fails for what is negative."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, batch: Sequence[int]) -> None:
        self.batches.append(list(batch))
        await self.go.wait()
        if any(item < 0 for item in batch):
            raise ValueError(f"{batch}")


async def test_what_comes_meanwhile_goes_together() -> None:
    # given one worker that is busy with the first item
    work = Work()
    batches = batches_of(work, most=3)
    running = asyncio.create_task(batches.run())
    items = [asyncio.create_task(batches.do(0))]
    await asyncio.sleep(0.01)
    assert work.batches == [[0]]
    # when five more come, one of which gives up
    items += [asyncio.create_task(batches.do(n)) for n in range(1, 6)]
    await asyncio.sleep(0.01)
    items[2].cancel()
    work.go.set()
    done = await asyncio.gather(*items, return_exceptions=True)
    # then they go in batches of three, without the one that gave up
    assert work.batches == [[0], [1, 3, 4], [5]]
    assert isinstance(done.pop(2), asyncio.CancelledError)
    assert done == [None] * 5
    running.cancel()


async def test_a_failure_is_its_own_batch_s_alone() -> None:
    # given a worker, an item that fails and one after it
    work = Work()
    work.go.set()
    batches = batches_of(work, most=1)
    running = asyncio.create_task(batches.run())
    # when both are done
    with pytest.raises(ValueError, match="-1"):
        await batches.do(-1)
    await batches.do(1)
    # then the worker goes on
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert work.batches == [[-1], [1]]


async def test_a_batch_is_no_heavier_than_allowed_but_for_a_single_item() -> None:
    # given a worker that is busy, and items of which two are too heavy for company
    work = Work()
    batches = batches_of(work, most=10, heaviest=10)
    running = asyncio.create_task(batches.run())
    items = [asyncio.create_task(batches.do(0))]
    await asyncio.sleep(0.01)
    # when it goes on
    items += [asyncio.create_task(batches.do(weight)) for weight in (4, 6, 1, 30, 20)]
    await asyncio.sleep(0.01)
    work.go.set()
    await asyncio.gather(*items)
    # then what fits goes together
    assert work.batches == [[0], [4, 6], [1], [30], [20]]
    running.cancel()
