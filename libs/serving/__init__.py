"""uvicorn inside the process's own event loop; its signals stay with ``crash_only``."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

STOP_SECONDS = 5
# How long a request line with its headers may take, and how long it may be.
HEAD_SECONDS, HEAD_BYTES = 20.0, 65_536
# How long a reader may leave what we send where it is.
SEND_SECONDS = 60.0
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


@asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Answer requests while the block runs, which is told the port (0 takes a free one).

    At the end requests under way are finished first. Raises OSError when the port is taken.
    """
    listener = socket.create_server((host, port), backlog=2_048)
    config = uvicorn.Config(
        app,
        http=_Prompt,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class _Prompt(HttpToolsProtocol):
    """uvicorn's protocol for those who say in time, and in few words, what they want, and take what
    they get: by itself it waits for ever for the end of a head, however long, and for a reader."""

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None
    _said = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if self._late is None and (cycle is None or cycle.response_complete):
            self._await_head()
        super().data_received(data)
        if self._late is not None:
            self._said += len(data)
            if self._said > HEAD_BYTES:
                self.transport.write(_TOO_LONG)
                self.transport.close()

    def on_headers_complete(self) -> None:
        self._hurry_no_more()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._go_on()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hurry_no_more()
        self._go_on()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._said = 0
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _hurry_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _go_on(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None


class _Server(uvicorn.Server):
    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()
