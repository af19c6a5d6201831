"""Company without waiting for it: what arrives while others are being worked on goes together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batches(Generic[T]):
    """Does one kind of work on items in batches.

    An item that comes when a worker is free is a batch of its own; under load batches grow up to
    ``most`` items and a weight of ``heaviest``. A batch that fails fails for all its items. Who
    gives up waiting before the work begins is left out, and holds no memory.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[None]],
        *,
        weigh: Callable[[T], int],
        most: int,
        heaviest: int,
        workers: int,
    ) -> None:
        self._work = work
        self._weigh = weigh
        self._most = most
        self._heaviest = heaviest
        self._workers = workers
        self._waiting: dict[asyncio.Future[None], T] = {}
        self._arrived = asyncio.Event()

    async def do(self, item: T) -> None:
        """Return when the work on this item is done; raises what the work raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[done] = item
        self._arrived.set()
        try:
            await done
        finally:
            self._waiting.pop(done, None)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._go_on_working())

    async def _go_on_working(self) -> None:
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            batch = self._next()
            outcome: Exception | None = None
            try:
                await self._work(list(batch.values()))
            except Exception as error:
                outcome = error
            for done in batch:
                if not done.done():
                    done.set_exception(outcome) if outcome else done.set_result(None)

    def _next(self) -> dict["asyncio.Future[None]", T]:
        """The oldest items, as many as may go together, at least one."""
        batch: dict[asyncio.Future[None], T] = {}
        weight = 0
        for done, item in self._waiting.items():
            weight += self._weigh(item)
            if batch and (len(batch) == self._most or weight > self._heaviest):
                break
            batch[done] = item
        for done in batch:
            del self._waiting[done]
        return batch
