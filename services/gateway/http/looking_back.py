"""What has changed: of a ticket between two points, and for somebody who was away."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.kafka import utc_now
from services.gateway import instants
from services.gateway.availability import needing
from services.gateway.away import AwayPage, AwayReader
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.languages import ASKED, SAID, language_of, told_in
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_parameter
from services.gateway.http.tickets import readable, visible
from services.gateway.principal import INSIDERS, Principal
from services.gateway.tickets import asked, pages
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView

Point = Annotated[
    str | None, Query(max_length=100, description="a sequence, or an instant (RFC 3339)")
]


# What happened beyond these is in the history.
MOST_STEPS = 200


class Change(TypedDict):
    """A field, before and after; `before` is null where there was no ticket yet."""

    before: object
    after: object


class DiffPage(TypedDict):
    """What has changed. from_sequence: 0 before the ticket was opened; fields: those that differ;
    steps: what happened, in sentences, the first of them; more: that there are others."""

    from_sequence: int
    to_sequence: int
    fields: dict[str, Change]
    steps: list[pages.HistoryPage]
    more: bool


def looking_back_routes(
    tickets: TicketReader, away: AwayReader, callers: Callers, fresh: Fresh
) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["tickets"], dependencies=[Depends(fresh)])
    Insider = Annotated[Principal, Depends(Allowing(callers, INSIDERS))]

    @router.get(
        "/tickets/{ticket}/diff", responses={200: {"model": DiffPage, **SAID}}, openapi_extra=ASKED
    )
    async def read_diff(
        request: Request,
        ticket: str,
        caller: Insider,
        begin: Annotated[Point, Query(alias="from")] = None,
        end: Annotated[Point, Query(alias="to")] = None,
    ) -> Response:
        """What has changed between two points: without `from` since it was opened, without `to`
        until now. Subjects and words are today's at both."""
        since = readable("from", asked.bound, begin or "0")
        until = readable("to", asked.bound, end)
        language = language_of(request)
        async with needing("MongoDB"):
            id, now = await visible(tickets, ticket, caller)
            for parameter, bound in (("from", since), ("to", until)):
                if asked.is_ahead(bound, now["sequence"]):
                    detail = f"This ticket has only come to sequence {now['sequence']}."
                    raise bad_parameter(parameter, detail)
            before, after = await tickets.at(id, since), await tickets.at(id, until)
            if (before or now)["sequence"] > (after or now)["sequence"] or (
                before is not None and after is None
            ):
                raise bad_parameter("to", "`to` lies before `from`.")
            views = [{**view, "subject": now["subject"]} for view in (before, after) if view]
            shown = await tickets.agent_pages([(id, view) for view in views])  # type: ignore[misc]
            steps, more = await tickets.history(
                id, _sequence(before), MOST_STEPS, until, language=language
            )
            page = DiffPage(
                from_sequence=_sequence(before),
                to_sequence=_sequence(after),
                fields=_changes(shown, before is None),
                steps=list(steps),
                more=more is not None,
            )
            page, _ = await tickets.masked(page, caller)
        return json(page, headers=told_in(language))

    @router.get("/away", responses={200: {"model": AwayPage, **SAID}}, openapi_extra=ASKED)
    async def read_away(
        request: Request,
        caller: Insider,
        since: Annotated[str, Query(max_length=100, description="an instant (RFC 3339)")],
    ) -> Response:
        """What others did since then to the caller's tickets: those that are or were theirs, that
        they follow, or where a note names them. The latest first, in sentences; at most 50 tickets
        and of each the latest 20 steps."""
        try:
            instant = instants.parse(since)
            instants.text(instant)
        except (ValueError, OverflowError) as error:
            detail = "since takes an instant with its offset (RFC 3339)"
            raise bad_parameter("since", detail) from error
        if instant > utc_now():
            raise bad_parameter("since", "This instant has not come yet.")
        async with needing("MongoDB"):
            language = language_of(request)
            page, _ = await tickets.masked(await away.page(caller, instant, language), caller)
        return json(page, headers=told_in(language))

    return router


def _sequence(view: TicketView | None) -> int:
    return view["sequence"] if view is not None else 0


def _changes(shown: Sequence[pages.TicketPage], is_new: bool) -> dict[str, Change]:
    if not shown:
        return {}
    before: Mapping[str, object] = {} if is_new else {**shown[0]}
    after: Mapping[str, object] = {**shown[-1]}
    return {
        field: Change(before=before.get(field), after=after[field])
        for field in after
        if field not in before or before[field] != after[field]
    }
