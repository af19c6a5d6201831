"""Company without waiting for it: what arrives while others are being worked on goes together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Work = Callable[[Sequence[T]], Awaitable[Sequence[R]]]

__all__ = ["Batches"]


class Batches(Generic[T, R]):
    """Does one kind of work, which may be repeated, on items in batches.

    work: gives one result an item, in order. An item that comes when fewer than ``workers``
    batches are under way is a batch of its own at once; under load batches grow up to ``most``. A
    batch that fails is tried again item by item, so each gets its own error; an item whose
    caller has given up before its turn is left out.
    """

    def __init__(self, work: Work[T, R], most: int, workers: int) -> None:
        self._work = work
        self._most = most
        self._free = workers
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._working: set[asyncio.Task[None]] = set()

    async def do(self, item: T) -> R:
        """The result of the work on this item; raises what the work raises."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._free:
            self._free -= 1
            task = asyncio.create_task(self._work_off())
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await done

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                size = min(self._most, len(self._waiting))
                taken = [self._waiting.popleft() for _ in range(size)]
                batch = [(item, done) for item, done in taken if not done.done()]
                if batch and not await self._settled(batch):
                    for one in batch:
                        await self._settled([one])
        finally:
            self._free += 1

    async def _settled(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> bool:
        """Whether these have their results; one alone has its error else."""
        wanted = [(item, done) for item, done in batch if not done.done()]
        if not wanted:
            return True
        try:
            results = await self._work([item for item, _ in wanted])
        except Exception as error:
            if len(batch) > 1:
                return False
            wanted[0][1].set_exception(error)
        else:
            for (_, done), result in zip(wanted, results, strict=True):
                if not done.done():
                    done.set_result(result)
        return True
