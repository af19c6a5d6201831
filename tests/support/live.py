"""A reader of streams: what a browser's EventSource does, in the test's loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import httpx

Json = dict[str, object]


@dataclass
class Heard:
    """One event. id: the last that was set by then."""

    name: str
    data: Json
    id: str


@dataclass
class Listener:
    """What was heard so far. comments: what programs pass over; over: whether the stream ended."""

    events: list[Heard] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    last_id: str = ""
    over: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int, seconds: float = 20) -> list[Heard]:
        """The events, once there are so many, or the stream is over."""
        async with asyncio.timeout(seconds):
            while len(self.events) < count and not self.over:
                await self._next()
        return self.events

    async def end(self, seconds: float = 20) -> list[Heard]:
        """The events, once the stream is over."""
        async with asyncio.timeout(seconds):
            while not self.over:
                await self._next()
        return self.events

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def hear(self, answer: httpx.Response) -> None:
        """Take what comes, as the HTML standard reads it."""
        name, data = "", ""
        try:
            async for line in answer.aiter_lines():
                kind, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments.append(value)
                elif kind == "id":
                    self.last_id = value
                elif kind == "event":
                    name = value
                elif kind == "data":
                    data = value
                elif not line and data:
                    self.events.append(Heard(name, cast(Json, json.loads(data)), self.last_id))
                    name, data = "", ""
                self._news.set()
        finally:
            self.over = True
            self._news.set()


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, path: str, last_id: str = "", **params: str
) -> AsyncIterator[Listener]:
    """Follow a stream while the block runs."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    listener = Listener()
    async with client.stream("GET", path, headers=headers, params=params) as answer:
        assert answer.status_code == 200, (await answer.aread()).decode()
        assert answer.headers["content-type"].startswith("text/event-stream")
        hearing = asyncio.create_task(listener.hear(answer))
        try:
            yield listener
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
