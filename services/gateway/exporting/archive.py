"""The archive of a person: a ZIP of JSON files and attachments (GDPR, articles 15 and 20).

    person.json         who they are to us, with notes about them, and those merged into them
    organisation.json   to which they belong, if any
    tickets/<number>/ticket.json, conversation.json, notes.json, history.json
    tickets/<number>/files/<sequence>-<place>-<name>

Of others it holds what the person can see of their own tickets anyway, and no more: agents by the
id under which they answered, elsewhere as "the desk"; no side conversations, no consultations. Our
notes about them and on their tickets, and what the desk's own fields say there, are about them, so
they are in it; the notes without their authors.
"""

import io
import re
import zipfile
from collections.abc import AsyncIterator, Sequence

import msgspec

from libs.contents import ContentStore
from libs.keyring import Erased
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import ContactView
from services.gateway.principal import Principal, customer
from services.gateway.sight import WHOLE
from services.gateway.tickets.asked import Bound, Cursor, TicketList
from services.gateway.tickets.pages import AttachmentPage, MessagePage
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.threads import Place
from services.gateway.tickets.view import TicketView

MEDIA_TYPE = "application/zip"
_PAGE = 100
_UNSAFE = re.compile(r"[^\w.() -]+")


class _Pipe(io.RawIOBase):
    """What a ZIP file is written to, and taken from before it grows."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting += piece
        return len(piece)

    def taken(self) -> bytes:
        """What has been written since the last time."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece


class Archivist:
    """Writes archives out of the read models and the content store."""

    def __init__(
        self, contacts: ContactReader, tickets: TicketReader, contents: ContentStore
    ) -> None:
        self._contacts = contacts
        self._tickets = tickets
        self._contents = contents

    async def archive(self, contact_id: str, view: ContactView) -> AsyncIterator[bytes]:
        """The archive in pieces, one file after the other; the largest file is whole in memory."""
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
            async for name, data in self._files(contact_id, view):
                packed.writestr(name, data)
                yield pipe.taken()
        yield pipe.taken()

    async def _files(self, id: str, view: ContactView) -> AsyncIterator[tuple[str, bytes]]:
        people = [await self._person(id, view)]
        for merged in view["merged"]:
            if known := await self._contacts.find(merged):
                people.append(await self._person(merged, known))
        yield "person.json", _json(people)
        organisation = await self._contacts.organisation(view["organisation_id"])
        if organisation is not None:
            about = {"id": view["organisation_id"], "name": organisation["name"]}
            yield "organisation.json", _json(about)
        for contact in (id, *view["merged"]):
            cursor: Cursor | None = None
            while True:
                wanted = TicketList(requester_id=contact, sort="created")
                rows, cursor = await self._tickets.lists.page(wanted, WHOLE, cursor, _PAGE)
                for ticket, row in rows:
                    async for file in self._ticket(ticket, row, customer(contact)):
                        yield file
                if cursor is None:
                    break

    async def _person(self, id: str, view: ContactView) -> dict[str, object]:
        page = await self._contacts.staff_page(id, view)
        notes = [{"at": note["at"], "text": note["text"]} for note in page["notes"]]
        return {**page, "notes": notes}

    async def _ticket(
        self, id: str, view: TicketView, reader: Principal
    ) -> AsyncIterator[tuple[str, bytes]]:
        folder = f"tickets/{view['number']}"
        [page] = await self._tickets.customer_pages([(id, view)])
        [whole] = await self._tickets.agent_pages([(id, view)])
        yield f"{folder}/ticket.json", _json({**page, "fields": whole["fields"]})
        said = await self._said(id, view, reader)
        yield f"{folder}/conversation.json", _json(said)
        for message in said:
            for place, file in enumerate(message["attachments"]):
                if (data := await self._bytes(id, view, file, reader)) is not None:
                    name = _UNSAFE.sub("_", file["name"]).strip(". ") or "file"
                    yield f"{folder}/files/{message['sequence']}-{place}-{name}", data
        agent = Principal("", "lead", WHOLE)
        inside = [one for one in await self._said(id, view, agent) if one["kind"] == "note"]
        yield f"{folder}/notes.json", _json([{"at": n["at"], "text": n["text"]} for n in inside])
        yield f"{folder}/history.json", _json(await self._history(id, reader.subject))

    async def _said(self, id: str, view: TicketView, reader: Principal) -> Sequence[MessagePage]:
        found: list[MessagePage] = []
        place: Place | None = Place()
        while place is not None:
            some, place = await self._tickets.conversation(id, view, reader, place, _PAGE, Bound())
            found += some
        return found

    async def _history(self, id: str, contact_id: str) -> Sequence[dict[str, str]]:
        def name(actor: str) -> str:
            return "you" if actor == f"contact:{contact_id}" else "the desk"

        found: list[dict[str, str]] = []
        after: int | None = 0
        while after is not None:
            steps, after = await self._tickets.history(id, after, _PAGE, Bound(), name)
            found += [
                {"at": step["at"], "type": step["type"], "sentence": step["sentence"]}
                for step in steps
            ]
        return found

    async def _bytes(
        self, id: str, view: TicketView, file: AttachmentPage, reader: Principal
    ) -> bytes | None:
        if await self._tickets.content(id, view, file["id"], reader) is None:
            return None
        chunks = await self._contents.open(file["id"])
        if isinstance(chunks, Erased):
            return None
        return b"".join([chunk async for chunk in chunks])


def _json(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2)
