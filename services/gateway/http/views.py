"""Views: ``/v1/views``. Agents have their own; leads define what is a team's or everybody's."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, Field, ValidationError
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.ids import derived_id
from libs.events.published import setup as s
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.agent_lists import AgentLists
from services.gateway.http.bodies import Body
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.lists import Filter, Paging, parameters
from services.gateway.http.outcomes import ANSWERS, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import Problem, not_found, wrong
from services.gateway.http.setup import SetupHistory
from services.gateway.http.setup_bodies import Name, TeamId
from services.gateway.http.setup_sending import Defining
from services.gateway.http.tickets import After, Limit, TicketPages
from services.gateway.principal import INSIDERS, Principal
from services.gateway.setup import pages as setup_pages
from services.gateway.setup.reading import SetupReader
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.pages import TicketPage
from services.gateway.tickets.reading import TicketReader
from services.gateway.views.pages import CountPage, ViewPage
from services.gateway.views.reading import ViewReader

# So far a view is counted; beyond it there are "more than" so many.
COUNTED = 1_000
MOST_COUNTS = 50
# Counts under way at a time, so that one request does not take every connection to MongoDB.
_AT_ONCE = 8

Place = Annotated[str, Field(max_length=100)]


class ViewFilter(Filter):
    """What a view asks of a list; a parameter that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid")


class View(Body):
    """A list of tickets under a name. columns: fields of its tickets, all where none are named;
    sharing: an agent's own, or, by leads, of a team or for all."""

    name: Name
    filter: ViewFilter
    columns: Annotated[tuple[Place, ...], Field(max_length=60)] = ()
    sharing: s.Sharing = "own"
    team_id: TeamId = ""


class ViewList(TypedDict):
    """The views that are offered: standard ones, one's own, shared ones by name."""

    items: list[ViewPage]


class Counts(TypedDict):
    """How many tickets are in each view, in the order in which they were asked for."""

    items: list[CountPage]


def view_routes(
    setup: SetupReader,
    tickets: TicketReader,
    defining: Defining,
    callers: Callers,
    telemetry: Telemetry,
    fresh_setup: Fresh,
    fresh_tickets: Fresh,
) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/views", tags=["views"])
    views, lists = ViewReader(setup), AgentLists(tickets)
    Reader = Annotated[Principal, Depends(Allowing(callers, INSIDERS))]
    Definer = Annotated[Asked, Depends(Asking(callers, telemetry, INSIDERS))]
    defined, shown = [Depends(fresh_setup)], [Depends(fresh_setup), Depends(fresh_tickets)]

    async def existing(id: str, caller: Principal) -> ViewPage:
        async with needing("MongoDB"):
            found = await views.find(id, caller)
        if found is None:
            raise not_found("view")
        return found

    async def to_change(id: str, asked: Asked) -> ViewPage:
        found = await existing(id, asked.caller)
        if found["sharing"] == "standard":
            raise Problem(409, "standard_view", "This view is there of itself: define one beside.")
        _expect_may_share(found["sharing"], asked.caller)
        return found

    async def define(id: str, body: View, asked: Asked, owner: str) -> Response:
        _expect_may_share(body.sharing, asked.caller)
        _expect_readable(body, asked.caller)
        command = s.DefineView(
            body.name,
            parameters(body.filter),
            body.columns,
            body.sharing,
            owner if body.sharing == "own" else "",
            body.team_id if body.sharing == "team" else "",
        )
        return await defining.tell(id, f"/v1/views/{id}", asked, command)

    @router.get("", responses={200: {"model": ViewList}}, dependencies=defined)
    async def list_views(caller: Reader) -> Response:
        """The views that are offered to the caller. Each team has one more: `team.<its id>`."""
        async with needing("MongoDB"):
            return json({"items": await views.offered(caller)})

    @router.get("/counts", responses={200: {"model": Counts}}, dependencies=shown)
    async def count_views(
        caller: Reader,
        view: Annotated[
            list[Place], Query(max_length=MOST_COUNTS, description="none: all that are offered")
        ] = [],  # noqa: B006
        tz: Annotated[str, Query(max_length=64, description="where `today` ends")] = "UTC",
    ) -> Response:
        """How many tickets are in these views, each counted up to 1,000."""
        async with needing("MongoDB"):
            asked_for = (
                [await existing(id, caller) for id in dict.fromkeys(view)]
                if view
                else list(await views.offered(caller))[:MOST_COUNTS]
            )
            lists = [(one["id"], list_of(one, caller, tz)) for one in asked_for]
            turn = asyncio.Semaphore(_AT_ONCE)

            async def counted(id: str, wanted: TicketList) -> CountPage:
                async with turn:
                    count, exact = await tickets.lists.count(wanted, caller.sight, COUNTED)
                return CountPage(id=id, count=count, exact=exact)

            items = await asyncio.gather(*(counted(*one) for one in lists))
        return json({"items": items})

    @router.post("", responses=ANSWERS, dependencies=defined)
    async def create_view(body: View, asked: Definer) -> Response:
        """Have a list ready: for oneself, or, by leads, for a team or for all."""
        return await define(derived_id("v", asked.command_id), body, asked, asked.caller.subject)

    @router.get("/{view}", responses={200: {"model": ViewPage}}, dependencies=defined)
    async def read_view(view: str, caller: Reader) -> Response:
        """A view, retired or not."""
        found = await existing(view, caller)
        return json(found, headers={"ETag": etag(found["sequence"], caller.role)})

    @router.put("/{view}", responses=ANSWERS, dependencies=defined)
    async def define_view(view: str, body: View, asked: Definer) -> Response:
        """Another version of it."""
        before = await to_change(view, asked)
        return await define(view, body, asked, before["agent_id"] or asked.caller.subject)

    @router.delete("/{view}", responses=ANSWERS, dependencies=defined)
    async def retire_view(view: str, asked: Definer) -> Response:
        """Offer it no longer."""
        await to_change(view, asked)
        return await defining.tell(view, f"/v1/views/{view}", asked, s.RetireView())

    @router.get("/{view}/history", responses={200: {"model": SetupHistory}}, dependencies=defined)
    async def read_view_history(
        view: str, caller: Reader, after: After = 0, limit: Limit = 50
    ) -> Response:
        """Its versions, and who made them."""
        await existing(view, caller)
        async with needing("MongoDB"):
            done, more = await setup.history(view, after, limit)
        return json({"items": list(map(setup_pages.step_page, done)), "next": more})

    @router.get("/{view}/tickets", responses={200: {"model": TicketPages}}, dependencies=shown)
    async def list_view_tickets(
        view: str,
        caller: Reader,
        query: Annotated[Paging, Query()],
        tz: Annotated[str, Query(max_length=64, description="where `today` ends")] = "UTC",
    ) -> Response:
        """The tickets in a view, with the columns that it names."""
        found = await existing(view, caller)
        columns = ",".join(found["columns"]) or None
        return await lists.answer(list_of(found, caller, tz), caller, query, columns)

    return router


def list_of(view: ViewPage, caller: Principal, tz: str) -> TicketList:
    """What a view asks for. Raises Problem where it asks for what lists do not know any more."""
    try:
        return Filter.of(view["filter"]).asked(caller, tz)
    except ValidationError as error:
        name = view["name"]
        detail = f"The view {name} asks for what is not known any more: define it anew."
        raise Problem(422, "outdated_view", detail) from error


def _expect_readable(body: View, caller: Principal) -> None:
    try:
        body.filter.asked(caller)
    except Problem as problem:
        where = problem.errors[0].get("parameter", "") if problem.errors else ""
        raise wrong(f"/filter/{where}", problem.detail) from problem
    unknown = sorted(set(body.columns) - TicketPage.__annotations__.keys())
    if unknown:
        raise wrong("/columns", f"A ticket has no field {unknown[0]}.")


def _expect_may_share(sharing: str, caller: Principal) -> None:
    if sharing != "own" and not caller.leads:
        raise Problem(403, "forbidden", "Views that are shared are defined by admins and leads.")
