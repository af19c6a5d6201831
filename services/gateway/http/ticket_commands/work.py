"""Work on a ticket, by whom and for how long. An agent's own; a lead's also for others."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from libs.events.published import tickets as t
from libs.events.published.messages import Direction
from services.gateway.http.bodies import Body, Code, ContactId, Instant, Name, Seconds, Sequence
from services.gateway.http.drafting import Asked
from services.gateway.http.problems import Problem
from services.gateway.http.sending import Sending


class Activity(Body):
    """What kind of work, in the desk's own terms."""

    activity: Code | None = None


class Worker(Body):
    """Who stops; whoever sends this, if nobody is named."""

    agent_id: Name | None = None


class Time(Body):
    """Work that was not clocked. agent_id: whose, if not of whoever sends this."""

    seconds: Annotated[int, Field(ge=1, le=10_000_000)]
    activity: Code | None = None
    agent_id: Name | None = None
    started_at: Instant | None = None


class Correction(Body):
    """How long it was; 0 if it was none at all."""

    seconds: Seconds


class Talk(Body):
    """A call or a chat: how long it was talked, held, and wrapped up afterwards."""

    channel: Code
    direction: Direction
    started_at: Instant
    talk_seconds: Seconds
    hold_seconds: Seconds = 0
    wrap_up_seconds: Seconds = 0
    agent_id: Name | None = None
    contact_id: ContactId | None = None


_WORK = Activity()
_MYSELF = Worker()


def add_routes(router: APIRouter, on: Sending) -> None:
    Working = Annotated[Asked, Depends(on.workers)]

    @router.post("/work")
    async def start_work(ticket: str, asked: Working, body: Activity = _WORK) -> Response:
        """Work on it from now on."""
        return await on.send(await on.to(ticket, asked), body.command(t.StartWork))

    @router.post("/work/end")
    async def stop_work(ticket: str, asked: Working, body: Worker = _MYSELF) -> Response:
        """Stop working on it."""
        _own(asked, body.agent_id)
        return await on.send(await on.to(ticket, asked), body.command(t.StopWork))

    @router.post("/time")
    async def log_time(ticket: str, body: Time, asked: Working) -> Response:
        """Write down work that was not clocked."""
        _own(asked, body.agent_id)
        return await on.send(await on.to(ticket, asked), body.command(t.LogTime))

    @router.post("/time/{sequence}/correction")
    async def correct_time(
        ticket: str, sequence: Sequence, body: Correction, asked: Working
    ) -> Response:
        """It was another length of time, which this step logged."""
        draft, view = await on.seen(ticket, asked)
        logged = view["logged"].get(str(sequence))
        _own(asked, logged["agent_id"] if logged is not None else None)
        return await on.send(draft, t.CorrectTime(sequence, body.seconds))

    @router.post("/talks")
    async def record_talk(ticket: str, body: Talk, asked: Working) -> Response:
        """A call or a chat took place."""
        _own(asked, body.agent_id)
        return await on.send(await on.to(ticket, asked), body.command(t.RecordLiveTalk))


def _own(asked: Asked, agent_id: str | None) -> None:
    """Raises Problem for an agent who speaks of another one's work."""
    if not asked.caller.leads and agent_id not in (None, asked.caller.subject):
        raise Problem(403, "forbidden", "Only a lead can do this for another agent.")
