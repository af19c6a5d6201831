"""Commands to a ticket: one address for each thing that can be done to it. One module a topic.

What is refused, and why, is the owner's say; here is only who may ask, and in which words.
"""

from fastapi import APIRouter, Depends

from services.gateway.http.outcomes import ANSWERS
from services.gateway.http.positions import Fresh
from services.gateway.http.sending import Sending
from services.gateway.http.ticket_commands import (
    conversation,
    fields,
    life,
    links,
    people,
    priority,
    reports,
    talks,
    work,
)

_TOPICS = (life, priority, conversation, talks, fields, people, work, links, reports)


def ticket_command_routes(on: Sending, fresh: Fresh) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/tickets/{ticket}",
        tags=["commands"],
        responses=ANSWERS,
        dependencies=[Depends(fresh)],
    )
    for topic in _TOPICS:
        topic.add_routes(router, on)
    return router
