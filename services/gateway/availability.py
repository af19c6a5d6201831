"""What a stopped Kafka or MongoDB means here: a quick "not now" instead of a hanging request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiokafka.errors import KafkaError

from libs.mongo import PyMongoError

log = logging.getLogger(__name__)

# A stopped server is a 503 within a second; who asks again soon costs less than who hangs.
PATIENCE_SECONDS = 0.9
_patience = [PATIENCE_SECONDS]


class Unavailable(Exception):
    """A server that we need does not answer. The message is a sentence for the caller."""


def be_patient(seconds: float) -> None:
    """From now on wait so long in this process for a server that does not answer."""
    _patience[0] = seconds


class Patience:
    """How long a server may still take."""

    def __init__(self, timeout: asyncio.Timeout, seconds: float) -> None:
        self._timeout = timeout
        self._seconds = seconds

    @contextmanager
    def spared(self) -> Iterator[None]:
        """While somebody else is waited for; then the server has all its time again."""
        self._timeout.reschedule(None)
        yield
        self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)


@asynccontextmanager
async def needing(server: str, seconds: float | None = None) -> AsyncIterator[Patience]:
    """Run a block that talks to this server. Raises Unavailable when it fails, or takes longer than
    this or than the process is patient."""
    seconds = _patience[0] if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds) as timeout:
            yield Patience(timeout, seconds)
    except TimeoutError:
        log.warning("%s did not answer within %.1f s", server, seconds)
        raise Unavailable(f"{server} does not answer at the moment; try again soon.") from None
    except (PyMongoError, KafkaError) as error:
        log.warning("%s failed: %s", server, type(error).__name__)
        raise Unavailable(f"{server} cannot be used at the moment; try again soon.") from error
