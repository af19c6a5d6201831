"""Contacts: ``/v1/contacts``."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.tokens import Tokens
from services.gateway.availability import needing
from services.gateway.contacts.pages import ContactPage
from services.gateway.contacts.reading import ContactReader
from services.gateway.http.caller import Allowing
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import not_found
from services.gateway.principal import EVERYBODY, Principal


def contact_routes(contacts: ContactReader, tokens: Tokens, fresh: Fresh) -> APIRouter:
    """The routes. Customers see themselves."""
    router = APIRouter(prefix="/v1/contacts", tags=["contacts"], dependencies=[Depends(fresh)])

    @router.get("/{contact}", responses={200: {"model": ContactPage}})
    async def read_contact(
        contact: str, caller: Annotated[Principal, Depends(Allowing(tokens, EVERYBODY))]
    ) -> Response:
        """A contact with name and addresses."""
        async with needing("MongoDB"):
            view = await contacts.find(contact)
            if view is None or (caller.is_customer and caller.subject != contact):
                raise not_found("contact")
            return json(await contacts.page(contact, view))

    return router
