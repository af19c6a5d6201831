"""From what happens to what a reader is told: only while they may know, and no more than a read
of the same page would show them.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from libs.events.published.setup import Setup
from libs.tokens import TokenRefused
from services.gateway.availability import Unavailable
from services.gateway.live.frames import comment, reset, retry
from services.gateway.live.hub import Stream
from services.gateway.principal import Principal

HEARTBEAT_SECONDS = 15.0
# So that not all who were cut off come back at once.
RETRY_MILLISECONDS = (1_000, 4_000)
STILL_HERE = partial(comment, "still here")
_SEES_OTHERWISE = "What you may see has changed."

Tell = Callable[[object], Awaitable[bytes]]


class NoMore(Exception):
    """Its reader does not see any more what a stream is about."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream. known: who has their token now, raising TokenRefused or Unavailable;
    setup: the desk as it stands now, on which depends what they see."""

    caller: Principal
    known: Callable[[], Awaitable[Principal]]
    setup: Callable[[], Setup]


async def telling(
    stream: Stream,
    reader: Reader,
    first: AsyncIterator[bytes],
    tell: Tell,
    idle: Callable[[], bytes] = STILL_HERE,
) -> AsyncGenerator[bytes, None]:
    """What to send, until the stream ends or its reader may not read it any more.

    first: what they missed; tell: what they are told of an item, b"" for nothing; idle: while
    nothing happens, so that both sides see that the other is there.
    """
    loop = asyncio.get_running_loop()
    yield retry(random.randint(*RETRY_MILLISECONDS))
    async for part in first:
        yield part
    setup, due = reader.setup(), loop.time() + HEARTBEAT_SECONDS
    while True:
        items = await stream.take(max(0.0, due - loop.time()))
        if stream.ended:
            yield comment(stream.ended)
            return
        if loop.time() >= due or reader.setup() is not setup:
            setup = reader.setup()
            due = loop.time() + HEARTBEAT_SECONDS
            try:
                stays = await reader.known() == reader.caller
            except (TokenRefused, Unavailable) as error:
                yield comment(f"ended: {error}")
                return
            if not stays:
                yield reset(_SEES_OTHERWISE)
                return
            if not items and stream.is_quiet:  # something may have come meanwhile
                yield idle()
        try:
            told = [await tell(item) for item in items]
        except NoMore:
            yield reset(_SEES_OTHERWISE)
            return
        if any(told):
            yield b"".join(told)
