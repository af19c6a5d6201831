"""Reads that must not be older than a write: they carry its Deskledger-Position and wait for it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header

from libs.events.builds import Builds
from libs.events.projection import Projection
from libs.events.waiting import Waiter, read_token
from services.gateway.availability import needing
from services.gateway.http.headers import wait_seconds
from services.gateway.http.problems import Problem, bad_header

POSITION = "Deskledger-Position"

Fresh = Callable[..., Awaitable[None]]


def not_older(waiter: Waiter, builds: Builds, projection: Projection) -> Fresh:
    """A dependency that waits until this read model shows what the caller has written.

    Raises Problem: 400 for a token that is none, 503 when the time is over before it is there.
    """

    async def wait(
        deskledger_position: Annotated[
            str | None, Header(description="show nothing older than the answer that had this")
        ] = None,
        prefer: Annotated[str | None, Header(description="`wait=<seconds>` at most")] = None,
    ) -> None:
        if deskledger_position is None:
            return
        try:
            position = read_token(deskledger_position)
        except ValueError as error:
            raise bad_header(POSITION, f"{POSITION} takes what an answer gave there.") from error
        async with needing("MongoDB"):
            view = await builds.view(projection)
        if not await waiter.shows(view, position, wait_seconds(prefer)):
            detail = "What you wrote is in the log, but not visible here yet; try again soon."
            raise Problem(503, "not_yet_visible", detail, headers={"Retry-After": "1"})

    return wait
