"""Contacts and organisations: ``/v1/contacts``, ``/v1/organisations``."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.contacts.pages import (
    ContactPage,
    MembersPage,
    OrganisationPage,
    StaffContactPage,
)
from services.gateway.contacts.reading import ContactReader
from services.gateway.http.agent_lists import AgentLists
from services.gateway.http.caller import Allowing
from services.gateway.http.headers import etag
from services.gateway.http.lists import Filter, Paging
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_parameter, not_found
from services.gateway.http.tickets import TicketPages
from services.gateway.principal import INFORMED, Principal
from services.gateway.tickets.asked import TicketList

Limit = Annotated[int, Query(ge=1, le=200)]


class TheirTickets(Filter, Paging):
    """What can be asked of a contact's or an organisation's tickets."""


def contact_routes(
    contacts: ContactReader,
    lists: AgentLists,
    callers: Callers,
    fresh: Fresh,
    fresh_tickets: Fresh,
) -> APIRouter:
    """The routes. Customers see themselves, and nothing of what agents say about them."""
    router = APIRouter(prefix="/v1", tags=["contacts"], dependencies=[Depends(fresh)])
    Anybody = Annotated[Principal, Depends(Allowing(callers, (*INFORMED, "customer")))]
    Informed = Annotated[Principal, Depends(Allowing(callers, INFORMED))]

    @router.get("/contacts/{contact}", responses={200: {"model": StaffContactPage | ContactPage}})
    async def read_contact(contact: str, caller: Anybody) -> Response:
        """A contact with name and addresses; for agents with all that is known of them."""
        async with needing("MongoDB"):
            view = await contacts.find(contact)
            if view is None or (caller.is_customer and caller.subject != contact):
                raise not_found("contact", out_of_sight=view is not None)
            read = contacts.page if caller.is_customer else contacts.staff_page
            page = await read(contact, view)
        tag = etag(view["sequence"], caller.role, bool(view["erased_at"]))
        return json(page, headers={"ETag": tag})

    @router.get("/organisations/{organisation}", responses={200: {"model": OrganisationPage}})
    async def read_organisation(organisation: str, caller: Informed) -> Response:
        """An organisation."""
        async with needing("MongoDB"):
            view = await contacts.organisation(organisation)
            if view is None:
                raise not_found("organisation")
            page = await contacts.organisation_page(organisation, view)
        return json(page, headers={"ETag": etag(view["sequence"], caller.role)})

    @router.get("/organisations/{organisation}/contacts", responses={200: {"model": MembersPage}})
    async def list_members(
        organisation: str, caller: Informed, after: str = "", limit: Limit = 50
    ) -> Response:
        """The contacts of an organisation."""
        async with needing("MongoDB"):
            if await contacts.organisation(organisation) is None:
                raise not_found("organisation")
            return json(await contacts.members(organisation, after, limit))

    @router.get(
        "/contacts/{contact}/tickets",
        responses={200: {"model": TicketPages}},
        dependencies=[Depends(fresh_tickets)],
    )
    async def list_contact_tickets(
        contact: str,
        caller: Informed,
        query: Annotated[TheirTickets, Query()],
        involved: Annotated[
            bool,
            Query(description="also those in which they take part; by status only, newest first"),
        ] = False,
    ) -> Response:
        """The tickets that a contact has asked for, narrowed down as any list can be."""
        async with needing("MongoDB"):
            if await contacts.find(contact) is None:
                raise not_found("contact")
        if not involved:
            wanted = replace(query.asked(caller), requester_id=contact)
            return await lists.answer(wanted, caller, query)
        if not query.is_by_status_alone or query.sort not in (None, "created"):
            detail = "Where they take part is listed by status only, newest first."
            raise bad_parameter("involved", detail)
        wanted = TicketList(statuses=tuple(query.status), customer_id=contact)
        return await lists.answer(wanted, caller, query)

    @router.get(
        "/organisations/{organisation}/tickets",
        responses={200: {"model": TicketPages}},
        dependencies=[Depends(fresh_tickets)],
    )
    async def list_organisation_tickets(
        organisation: str, caller: Informed, query: Annotated[TheirTickets, Query()]
    ) -> Response:
        """The tickets of an organisation's people, narrowed down as any list can be."""
        async with needing("MongoDB"):
            if await contacts.organisation(organisation) is None:
                raise not_found("organisation")
        wanted = replace(query.asked(caller), organisation_id=organisation)
        return await lists.answer(wanted, caller, query)

    return router
