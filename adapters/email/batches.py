"""Company without waiting for it: what arrives while others are being worked on goes together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Batches(Generic[T]):
    """Does one kind of work on items in batches.

    An item that comes when a worker is free is a batch of its own; under load batches grow up to
    ``most``. A batch that fails fails for all its items; who gives up waiting before the work
    begins is left out.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[None]], most: int, workers: int
    ) -> None:
        self._work = work
        self._most = most
        self._workers = workers
        self._waiting: asyncio.Queue[tuple[T, asyncio.Future[None]]] = asyncio.Queue()

    async def do(self, item: T) -> None:
        """Return when the work on this item is done; raises what the work raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((item, done))
        await done

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._go_on_working())

    async def _go_on_working(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < self._most and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            wanted = [(item, done) for item, done in batch if not done.done()]
            try:
                if wanted:
                    await self._work([item for item, _ in wanted])
            except Exception as error:
                _settle(wanted, error)
            else:
                _settle(wanted, None)


def _settle(batch: Sequence[tuple[T, "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
