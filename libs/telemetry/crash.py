"""Crash-only processes: one way to stop, and whatever goes wrong ends in an exit.

Nothing here starts anything again: the supervisor does, with backoff.
"""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from typing import NoReturn

import uvloop

log = logging.getLogger(__name__)

STOP_SECONDS = 10
# Objects before Python looks for cycles: among the young, the older, all of them. With its own
# numbers that is a fifth of the gateway's time under load. Looking through all stops every request:
# for half a second where 5,000 streams are open, nine times while they come back after a restart.
_COLLECTED = (5_000, 5, 200)


def crash_only(main: Callable[[], Coroutine[object, object, None]]) -> NoReturn:
    """Run `main` on uvloop and exit the process.

    SIGTERM or SIGINT cancels it: exit code 0 once its cleaning up is done. 0 also when it returns;
    1, with a sentence in the log, when it fails or when the end takes more than 10 s.
    """
    gc.set_threshold(*_COLLECTED)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(_until_stopped(main))
    logging.shutdown()
    # Python would wait for the threads of a driver, which may wait for a server that is gone.
    os._exit(code)


async def _until_stopped(main: Callable[[], Coroutine[object, object, None]]) -> int:
    task = asyncio.create_task(main())
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()
            loop.call_later(STOP_SECONDS, _give_up)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if stopping:
            return 0
        log.critical("stopped: a task was cancelled that nobody asked to stop")
        return 1
    except Exception as error:
        log.critical("stopped: %s", _sentence(error), exc_info=error)
        return 1
    finally:
        loop.call_later(STOP_SECONDS, _give_up)
    return 0


def _give_up() -> NoReturn:
    log.critical("stopped: cleaning up took more than %d s", STOP_SECONDS)
    os._exit(1)


def _sentence(error: BaseException) -> str:
    """What went wrong, also when a task group wraps it."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_sentence(inner) for inner in error.exceptions)
    return f"{type(error).__name__}: {error}"
