"""What became of a command, as an answer: 200, 202 with a place to look, or the refusal."""

import msgspec
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.envelope import Reply
from libs.events.waiting import Outcome, token
from services.gateway.commanding.draft import Draft
from services.gateway.http.headers import etag
from services.gateway.http.positions import POSITION
from services.gateway.http.problems import Fault, Problem


class Done(TypedDict):
    """A command was carried out: the aggregate, and its sequence since then."""

    id: str
    sequence: int
    command_id: str


class Underway(TypedDict):
    """A command was accepted, but its outcome cannot be seen yet. Look at Location."""

    id: str
    command_id: str
    detail: str


ANSWERS: dict[int | str, dict[str, object]] = {200: {"model": Done}, 202: {"model": Underway}}


def json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON, the fast way."""
    return Response(msgspec.json.encode(content), status, headers, "application/json")


def answer(outcome: Outcome, draft: Draft, place: str) -> Response:
    """The answer to a command about the page at ``place``. Raises Problem for a refusal."""
    reply = outcome.reply
    headers: dict[str, str] = {}
    if outcome.position is not None:
        headers[POSITION] = token(outcome.position)
    if reply is None:
        headers["Location"] = f"/v1/commands/{draft.command_id}"
        return json(_underway(draft, "Nobody has decided it yet."), 202, headers)
    if reply.refusal:
        raise refusal(reply)
    headers["ETag"] = etag(reply.sequence, draft.caller.role)
    headers["Location"] = place
    if outcome.kind == "accepted":
        return json(_underway(draft, "It is done, but not visible yet."), 202, headers)
    done = Done(id=draft.aggregate_id, sequence=reply.sequence, command_id=draft.command_id)
    return json(done, 200, headers)


def refusal(reply: Reply) -> Problem:
    """A refusal's own code and sentence: 422 where the body is at fault, else 409, 412 or 404."""
    if reply.refusal == "changed_meanwhile":
        return Problem(412, reply.refusal, reply.sentence)
    if reply.refusal.startswith("no_such_"):
        return Problem(404, reply.refusal, reply.sentence)
    if reply.field:
        fault = Fault(detail=reply.sentence, pointer=reply.field)
        return Problem(422, reply.refusal, reply.sentence, errors=[fault])
    return Problem(409, reply.refusal, reply.sentence)


def _underway(draft: Draft, detail: str) -> Underway:
    return Underway(id=draft.aggregate_id, command_id=draft.command_id, detail=detail)
