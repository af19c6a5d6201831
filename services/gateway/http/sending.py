"""How a command to a ticket leaves: who may ask, about what, in which words, and to whom."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import msgspec
from starlette.responses import Response

from libs.contents import ContentRef, Rendition
from libs.events.ids import is_id
from libs.events.personal import Personal
from libs.events.published.contacts import Standing
from libs.events.published.messages import Attachment
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.commanding.desk import CommandDesk
from services.gateway.commanding.draft import Draft
from services.gateway.commanding.requests import KeyReused
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS, ContactView
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import answer
from services.gateway.http.problems import Problem, wrong
from services.gateway.http.tickets import visible
from services.gateway.principal import INSIDERS, LEADS, STAFF, TRUSTED, WORKERS
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView
from services.gateway.uploading.uploads import Unusable, Upload, Uploads


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The files of a message that is being written."""

    files: Sequence[Upload] = ()

    @property
    def contents(self) -> tuple[ContentRef, ...]:
        """As commands of agents name them."""
        return tuple(one.content for one in self.files)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """As the facts of a message name them."""
        return tuple(map(Attachment, self.contents))

    def words(self, text: str, subject: str = "") -> Rendition:
        """The words of the message, which hold the names of its files."""
        really = tuple(one.file.really for one in self.files)
        return Rendition(
            subject=subject,
            text=text,
            attachments=tuple(one.file.name for one in self.files),
            really=really if any(really) else (),
        )


class Sending:
    """What every route of commands needs. ``writers`` … ``customer``: who may ask."""

    def __init__(
        self,
        desk: CommandDesk,
        tickets: TicketReader,
        contacts: ContactReader,
        uploads: Uploads,
        callers: Callers,
        telemetry: Telemetry,
    ) -> None:
        self.tickets = tickets
        self._desk = desk
        self._contacts = contacts
        self._uploads = uploads
        self.writers = Asking(callers, telemetry, TRUSTED)
        self.openers = Asking(callers, telemetry, (*STAFF, "customer"))
        self.insiders = Asking(callers, telemetry, INSIDERS)
        self.workers = Asking(callers, telemetry, WORKERS)
        self.staff = Asking(callers, telemetry, STAFF)
        self.lead = Asking(callers, telemetry, LEADS)
        self.customer = Asking(callers, telemetry, ("customer",))

    async def seen(self, ticket: str, asked: Asked) -> tuple[Draft, TicketView]:
        """The draft of a command to a ticket, and the ticket as its caller sees it now."""
        async with needing("MongoDB"):
            id, view = await visible(self.tickets, ticket, asked.caller)
        return asked.draft(TICKETS, id, view["requester_id"]), view

    async def about(self, ticket: str, asked: Asked) -> Draft:
        """For a command with words, which are kept under the requester's key."""
        draft, _ = await self.seen(ticket, asked)
        return draft

    async def to(self, ticket: str, asked: Asked) -> Draft:
        """For a command without words: its owner will say so if there is no such ticket."""
        if is_id(ticket, "t") and asked.caller.sight.is_whole:
            return asked.draft(TICKETS, ticket)
        return await self.about(ticket, asked)

    async def other(self, ticket: str, pointer: str, asked: Asked) -> None:
        """Another ticket that a body names must exist for the caller. Raises Problem."""
        if asked.caller.sight.is_whole:
            return  # its owner will say so if there is none
        async with needing("MongoDB"):
            found = await self.tickets.find(ticket)
        if found is None or not asked.caller.sees(found[1]):
            raise wrong(pointer, "There is no such ticket, or it is not yours to see.")

    async def keep(self, draft: Draft, words: Rendition, owner: str = "") -> ContentRef:
        """Store a command's words first. owner: whose they are, if not the requester's."""
        return await self._desk.keep(replace(draft, owner=owner or draft.owner), words)

    @asynccontextmanager
    async def enclosing(
        self, draft: Draft, uploads: Sequence[str], owner: str = ""
    ) -> AsyncIterator[Enclosed]:
        """The files of a message while its command is made and sent; should that be refused, they
        are uploads again. owner: as in ``keep``. Raises Problem."""
        if not uploads:
            yield Enclosed()
            return
        caller, whose = draft.caller.actor, owner or draft.owner
        try:
            async with needing("MongoDB"):
                files = await self._uploads.use(uploads, caller, whose, draft.content_id)
        except Unusable as error:
            raise wrong(f"/attachments/{error.place}", str(error)) from error
        try:
            yield Enclosed(files)
        except (Problem, KeyReused):
            async with needing("MongoDB"):
                await self._uploads.release(uploads, draft.content_id)
            raise

    async def sealed(self, text: str, about: str) -> Personal[str]:
        """Personal data on its way to the ticket's owner. about: the contact that it is of."""
        return await self._desk.seal(text, about)

    async def contact(self, id: str, pointer: str) -> ContactView:
        """A contact that a body names. Raises Problem for one that is not there (any more)."""
        async with needing("MongoDB"):
            known = await self._contacts.find(id)
        if known is None or known["erasure_requested_at"]:
            raise wrong(pointer, "Name a contact who is known and not erased.")
        return known

    async def standing(self, id: str, pointer: str) -> Standing:
        """What a contact that a body names is to the desk. Raises Problem as ``contact`` does."""
        known = await self.contact(id, pointer)
        async with needing("MongoDB"):
            return await self._contacts.standing(known)

    async def knows(self, contact: str) -> bool:
        """Whether there is this contact, erased or not."""
        async with needing("MongoDB"):
            return await self._contacts.find(contact) is not None

    async def send(self, draft: Draft, data: msgspec.Struct) -> Response:
        """Send the command and answer with what became of it. Raises Problem."""
        kind = "contacts" if draft.projection is CONTACTS else "tickets"
        outcome = await self._desk.carry_out(draft, data)
        return answer(outcome, draft, f"/v1/{kind}/{draft.aggregate_id}")
