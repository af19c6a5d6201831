"""Reads that must not be older than a write: they carry its Deskledger-Position and wait for it."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from libs.events.builds import Builds
from libs.events.projection import Projection
from libs.events.waiting import Waiter, read_token
from services.gateway.availability import needing
from services.gateway.http.headers import wait_seconds
from services.gateway.http.problems import Problem, bad_header

POSITION = "Deskledger-Position"
# As far as a pattern can tell: base64 of a topic, a partition and an offset.
PATTERN = "[A-Za-z0-9_-]{4,400}"

Fresh = Callable[[Request], Awaitable[None]]


def not_older(waiter: Waiter, builds: Builds, projection: Projection) -> Fresh:
    """A dependency that waits until this read model shows what the caller has written.

    Raises Problem: 400 for a token that is none, 503 when the time is over before it is there.
    """

    async def wait(request: Request) -> None:
        written = request.headers.get(POSITION)
        # Who does not say who they are is told that first.
        if written is None or "authorization" not in request.headers:
            return
        try:
            position = read_token(written)
        except ValueError as error:
            raise bad_header(POSITION, f"{POSITION} takes what an answer gave there.") from error
        async with needing("MongoDB"):
            view = await builds.view(projection)
        if not await waiter.shows(view, position, wait_seconds(request.headers.get("prefer"))):
            detail = "What you wrote is in the log, but not visible here yet; try again soon."
            raise Problem(503, "not_yet_visible", detail, headers={"Retry-After": "1"})

    return wait
