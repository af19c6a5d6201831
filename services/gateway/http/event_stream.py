"""An answer that goes on: what is to be sent is sent when it comes, until either side has enough.

Plain ASGI: one task to send and one that waits for the reader to leave is all that a stream costs.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "text/event-stream"


class EventStream(Response):
    """Sends parts as they come. opened: closed at the end; left: told when the reader has gone."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        opened: AbstractContextManager[object],
        left: Callable[[], None],
    ) -> None:
        # No proxy is to keep, change or gather what must arrive at once.
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._parts = parts
        self._opened = opened
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        waiting = asyncio.create_task(self._wait(receive))
        with self._opened:
            try:
                await self._send(send)
            finally:
                waiting.cancel()
                await self._parts.aclose()

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _wait(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left()
