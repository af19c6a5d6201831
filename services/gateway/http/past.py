"""Lists as they were: what of a list can be asked as of an instant, and the answer."""

from collections.abc import Sequence

from fastapi import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.kafka import utc_now
from services.gateway import instants
from services.gateway.availability import needing
from services.gateway.http.lists import Paging, sparse
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, bad_parameter
from services.gateway.past.reading import PastList, PastPage, PastReader
from services.gateway.principal import Principal
from services.gateway.tickets.asked import TicketList

# By what a list as of an instant can be narrowed down beside the status: by one of these.
_LISTS = ("agent_id", "team_id", "priority", "category")
_OTHERS = (
    "requester_id",
    "organisation_id",
    "follower_id",
    "mentioned_id",
    "label",
    "type",
    "tags",
    "tier",
    "channel",
    "brand",
    "fields",
    "snoozed",
    "due_before",
    "words",
)
_PARAMETERS = {"tags": "tag", "fields": "field", "words": "q"}


class PastPages(TypedDict):
    """One page of a list as it was, what had changed last first. next: the cursor of the next one.

    It is shorter than the limit where there is something that the reader does not see today.
    """

    items: list[PastPage]
    next: str | None


class PastLists:
    """Answers ``/v1/tickets?as_of=``. fresh: of the projection of the past."""

    def __init__(self, past: PastReader, fresh: Fresh) -> None:
        self._past = past
        self._fresh = fresh

    async def answer(
        self,
        request: Request,
        caller: Principal,
        as_of: str,
        wanted: TicketList,
        part: Paging,
    ) -> Response:
        """The page. Raises Problem: 403 for customers and analysts, 422 for what cannot be asked of
        the past."""
        if caller.is_customer:
            raise Problem(403, "forbidden", "Customers list their tickets as they are now.")
        if caller.role == "analyst":
            raise Problem(403, "forbidden", "Analysts list tickets as they are now.")
        past, after = _past(wanted, as_of), part.after()
        await self._fresh(request)
        async with needing("MongoDB"):
            items, more = await self._past.page(past, after, part.limit, caller)
        shown = sparse(items, part.fields, PastPage)
        return json({"items": shown, "next": more.encode() if more else None})


def _past(wanted: TicketList, as_of: str) -> PastList:
    try:
        instant = instants.parse(as_of)
        instants.text(instant)
    except (ValueError, OverflowError) as error:
        detail = "as_of takes an instant with its offset (RFC 3339) where it asks for a list"
        raise bad_parameter("as_of", detail) from error
    if instant > utc_now():
        raise bad_parameter("as_of", "This instant has not come yet; leave as_of out for now.")
    _refuse(_given(wanted, _OTHERS), "is not kept of the past: list by status and one of")
    given = _given(wanted, _LISTS)
    _refuse(given[1:], "cannot stand beside another filter of the past: list by status and one of")
    if wanted.sort != "updated":
        raise bad_parameter("sort", "Lists as of an instant are in the order of the last change.")
    if not given:
        return PastList(instant, statuses=wanted.statuses)
    return PastList.by(instant, given[0], getattr(wanted, given[0]), *wanted.statuses)


def _given(wanted: TicketList, fields: Sequence[str]) -> Sequence[str]:
    return [field for field in fields if getattr(wanted, field) not in (None, ())]


def _refuse(given: Sequence[str], why: str) -> None:
    for field in given:
        parameter = _PARAMETERS.get(field, field)
        raise bad_parameter(parameter, f"{parameter} {why} {', '.join(_LISTS)}.")
