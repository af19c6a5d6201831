"""Reading tickets: ``/v1/tickets`` and what lies below it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.contacts.reading import ContactReader
from services.gateway.http.caller import Allowing
from services.gateway.http.description import header
from services.gateway.http.headers import etag, is_current
from services.gateway.http.languages import ASKED, SAID, language_of, told_in
from services.gateway.http.lists import (
    Fields,
    Filter,
    Paging,
    about_nobody,
    customers_only,
    page_of,
    sparse,
)
from services.gateway.http.outcomes import json
from services.gateway.http.past import PastLists, PastPages
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, bad_parameter, not_found
from services.gateway.principal import EVERYBODY, INSIDERS, TRUSTED, Principal
from services.gateway.sight import Sight
from services.gateway.tickets import asked, pages, threads
from services.gateway.tickets.analysis import Analysis
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView

R = TypeVar("R")

AsOf = Annotated[
    str | None, Query(description="the ticket as it was: a sequence, or an instant (RFC 3339)")
]
After = Annotated[int, Query(ge=0, description="the `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


class Listing(Filter, Paging):
    """What can be asked of the list of tickets."""

    as_of: str | None = Field(
        None,
        description="the list as it was at this instant (RFC 3339): by status and one of agent_id, "
        "team_id, priority, category",
    )
    shared: bool = Field(False, description="for customers: those that their organisation shares")


Page = pages.TicketPage | pages.CustomerTicketPage | pages.AnalystTicketPage


class TicketPages(TypedDict):
    """One page of a list. next: the cursor of the next one."""

    items: list[pages.TicketPage] | list[pages.CustomerTicketPage] | list[pages.AnalystTicketPage]
    next: str | None


class Conversation(TypedDict):
    """Messages in their order, those of tickets that are merged among them. next: `after` of the
    next page."""

    items: list[pages.MessagePage]
    next: str | None


class History(TypedDict):
    """Steps in their order. next: the sequence after which the next page begins."""

    items: list[pages.HistoryPage] | list[pages.AnalystStepPage]
    next: int | None


def ticket_routes(
    tickets: TicketReader,
    contacts: ContactReader,
    analysis: Analysis,
    past: PastLists,
    callers: Callers,
    fresh: Fresh,
    fresh_words: Fresh,
) -> APIRouter:
    """The routes. What somebody may not see does not exist for them."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"], dependencies=[Depends(fresh)])
    Anybody = Annotated[Principal, Depends(Allowing(callers, EVERYBODY))]
    Trusted = Annotated[Principal, Depends(Allowing(callers, TRUSTED))]
    Historian = Annotated[Principal, Depends(Allowing(callers, (*INSIDERS, "analyst")))]

    async def shown(
        rows: Sequence[tuple[str, TicketView]], caller: Principal
    ) -> tuple[Sequence[Page], Collection[str]]:
        """Their pages, and the tickets named there that do not exist for the caller."""
        if caller.is_customer:
            return await tickets.customer_pages(rows), ()
        if caller.role == "analyst":
            return analysis.tickets(rows), ()
        return await tickets.masked(await tickets.agent_pages(rows), caller)

    @router.get("", responses={200: {"model": TicketPages | PastPages}})
    async def list_tickets(
        request: Request, caller: Anybody, query: Annotated[Listing, Query()]
    ) -> Response:
        """Tickets. Of what an index does not narrow down, 1,000 tickets are looked through for a
        page, which may then be shorter, even empty: go on with `next`. Read from an index whole are
        one filter, and two of which one is an agent or a team, by statuses other than closed.
        Customers see those that they asked for or take part in, or (shared) their colleagues', by
        when they were created. As of an instant: rows as they were, with today's subjects,
        redactions and permissions."""
        if caller.is_customer:
            customers_only(query, caller)
        if caller.role == "analyst":
            about_nobody(query)
        wanted, start = query.asked(caller), query.after()
        if query.as_of is not None:
            return await past.answer(request, caller, query.as_of, wanted, query)
        if query.q is not None:
            await fresh_words(request)
        sight = caller.sight
        async with needing("MongoDB"):
            if caller.is_customer and query.shared:
                colleagues = await contacts.colleagues(caller.subject)
                wanted = replace(wanted, requester_id=colleagues, sort="created")
                sight = Sight(requesters=frozenset(colleagues), hidden=caller.sight.hidden)
            elif caller.is_customer:
                wanted = replace(wanted, requester_id=None, customer_id=caller.subject)
            rows, more = await tickets.lists.page(wanted, sight, start, query.limit)
            whole, _ = await shown(rows, caller)
            items = sparse(whole, query.fields, page_of(caller))
        return json({"items": items, "next": more.encode() if more else None})

    @router.get(
        "/{ticket}",
        responses={200: {"model": Page}, 304: {"description": "not changed"}},
        openapi_extra={
            "parameters": [header("If-None-Match", "the ETag of the page that you have")]
        },
    )
    async def read_ticket(
        ticket: str,
        caller: Anybody,
        request: Request,
        as_of: AsOf = None,
        fields: Annotated[Fields, Query()] = None,
    ) -> Response:
        """A ticket by id or number, now or as it was."""
        bound = readable("as_of", asked.bound, as_of)
        async with needing("MongoDB"):
            id, view = await visible(tickets, ticket, caller)
            if as_of is not None:
                view = await earlier(id, view, bound)
            [page], unseen = await shown([(id, view)], caller)
        tag = etag(view["sequence"], caller.role, bool(page.get("erased")), unseen)
        if is_current(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers={"ETag": tag})
        [part] = sparse([page], fields, page_of(caller))
        return json(part, headers={"ETag": tag})

    async def earlier(id: str, now: TicketView, bound: asked.Bound) -> TicketView:
        if asked.is_ahead(bound, now["sequence"]):
            detail = f"This ticket has only come to sequence {now['sequence']}."
            raise bad_parameter("as_of", detail)
        then = await tickets.at(id, bound)
        if then is None:
            raise Problem(404, "not_yet_opened", "This ticket had not been opened by then.")
        return {**then, "subject": now["subject"]}  # the past has today's redactions

    @router.get("/{ticket}/conversation", responses={200: {"model": Conversation}})
    async def read_conversation(
        ticket: str,
        caller: Trusted,
        as_of: AsOf = None,
        after: Annotated[str | None, Query(description="the `next` of the page before")] = None,
        limit: Limit = 50,
    ) -> Response:
        """What was said, with what was merged in or split off; customers do not see what is
        internal."""
        bound = readable("as_of", asked.bound, as_of)
        place = readable("after", threads.place, after)
        async with needing("MongoDB"):
            id, view = await visible(tickets, ticket, caller)
            if as_of is not None:
                view = await tickets.at(id, bound) or view
            said, more = await tickets.conversation(id, view, caller, place, limit, bound)
            said, _ = await tickets.masked(said, caller)
        return json({"items": said, "next": more.encode() if more else None})

    @router.get(
        "/{ticket}/history", responses={200: {"model": History, **SAID}}, openapi_extra=ASKED
    )
    async def read_history(
        request: Request,
        ticket: str,
        caller: Historian,
        as_of: AsOf = None,
        after: After = 0,
        limit: Limit = 50,
    ) -> Response:
        """What happened, in sentences."""
        language = language_of(request)
        bound = readable("as_of", asked.bound, as_of)
        async with needing("MongoDB"):
            id, _ = await visible(tickets, ticket, caller)
            if caller.role == "analyst":
                counted, more = await analysis.history(id, after, limit, bound)
                return json({"items": counted, "next": more})
            done, more = await tickets.history(id, after, limit, bound, language=language)
            done, _ = await tickets.masked(done, caller)
        return json({"items": done, "next": more}, headers=told_in(language))

    return router


async def visible(
    tickets: TicketReader, reference: str, caller: Principal
) -> tuple[str, TicketView]:
    """A ticket by id or number, if it exists for this caller. Raises Problem."""
    found = await tickets.find(reference)
    if found is None or not await tickets.sees(caller, found[1]):
        raise not_found("ticket", out_of_sight=found is not None)
    return found


def readable(parameter: str, read: Callable[[str | None], R], written: str | None) -> R:
    """What ``asked`` reads of a parameter. Raises Problem where it cannot."""
    try:
        return read(written)
    except asked.Unreadable as error:
        raise bad_parameter(parameter, str(error)) from error
