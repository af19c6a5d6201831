"""Letters of what stands in the outbox: words, thread and address, read at the moment of sending.

Unlike the receiving side this one holds a full keyring: to deliver a reply, its words and the
address that it goes to have to be read. The two sides share no keyring and no content store.
"""

from collections.abc import Sequence

import msgspec

from adapters.email.sending.compose import Enclosure, Letter, Undeliverable, answering
from adapters.email.sending.outbox import Entry
from adapters.email.sending.people import address_of
from adapters.email.sending.threads import THREADS, copied_to, side_of
from adapters.email.settings import EmailSettings
from libs.contents import Content, ContentStore, Rendition
from libs.events.builds import Builds
from libs.events.personal import Personal
from libs.keyring import Keyring
from libs.mongo import Document
from libs.references import References

_ERASED = "the addressee was erased"


class NotReady(Exception):
    """The projection has not read yet what this mail needs."""


class Unreachable(Undeliverable):
    """There is no address to send it to."""


class Desk:
    """Where letters are written."""

    def __init__(
        self,
        settings: EmailSettings,
        builds: Builds,
        keyring: Keyring,
        contents: ContentStore,
        references: References,
    ) -> None:
        self._settings = settings
        self._builds = builds
        self._keyring = keyring
        self._contents = contents
        self._references = references

    async def copied_to(self, entry: Entry) -> Sequence[str]:
        """The contacts who get a copy of a reply: collaborators of that moment, and those that its
        author named. Raises NotReady, PyMongoError."""
        thread = await self._thread(entry)
        people = dict.fromkeys([*copied_to(thread, entry.sequence), *entry.cc_ids])
        return [id for id in people if id != entry.to_id]

    async def addressed(self, entry: Entry) -> Entry:
        """With the partner of its side conversation. Raises NotReady, PyMongoError."""
        if entry.to_id:
            return entry
        side = side_of(await self._thread(entry), entry.side_id)
        return msgspec.structs.replace(entry, to_id=side["contact"] if side else "")

    async def letter(self, entry: Entry) -> Letter:
        """The mail as a letter. Raises NotReady, Undeliverable, PyMongoError."""
        thread = await self._thread(entry)
        address, name = await self._addressee(entry.to_id)
        talk = side_of(thread, entry.side_id) if entry.side_id else thread
        if talk is None:
            raise NotReady
        before = [m for m in talk["messages"] if m["sequence"] < entry.sequence]
        # Who is talked with beside a ticket is not told what it is about.
        subject_id = "" if entry.side_id else thread["subject"]
        contents = await self._read(
            [entry.rendition, subject_id, *(m["content"] for m in before), *entry.attachments]
        )
        words = {
            id: Rendition.decode(content.data)
            for id, content in contents.items()
            if id not in entry.attachments
        }
        rendition = words.get(entry.rendition)
        if rendition is None:
            raise Undeliverable("its text was deleted before it could be sent")
        about = words.get(subject_id, Rendition()).subject or f"#{thread.get('number', '')}"
        return Letter(
            message_id=self._message_id(entry.event_id, entry.ticket_id),
            written_at=entry.written_at,
            sender=self._settings.support_address,
            reply_to=self._references.reply_address(
                self._settings.support_address, entry.ticket_id
            ),
            address=address,
            name=name,
            subject=rendition.subject or answering(about),
            text=rendition.text,
            html=rendition.html,
            thread=[id for m in before if (id := self._id_of(m, entry.ticket_id, words))],
            enclosures=[
                Enclosure(file_name, content.ref.media_type, content.data)
                for id, file_name in zip(entry.attachments, _names(entry, rendition), strict=True)
                if (content := contents.get(id)) is not None
            ],
        )

    async def _thread(self, entry: Entry) -> Document:
        """The ticket's document, once it has come as far as the entry."""
        view = await self._builds.view(THREADS)
        thread = await view.collection("threads").find_one({"_id": entry.ticket_id})
        if thread is None or thread["sequence"] < entry.sequence:
            raise NotReady
        return thread

    async def _read(self, ids: Sequence[str]) -> dict[str, Content]:
        """Those that are still to be read."""
        found = await self._contents.get(dict.fromkeys(filter(None, ids)))
        return {id: one for id, one in found.items() if isinstance(one, Content)}

    async def _addressee(self, contact_id: str) -> tuple[str, str]:
        """Address and name."""
        if not contact_id:
            raise Unreachable("a team is no mail address")
        view = await self._builds.view(THREADS)
        person = await view.collection("people").find_one({"_id": contact_id})
        if person is None:
            raise NotReady
        if person.get("erased"):
            raise Unreachable(_ERASED)
        sealed = address_of(person)
        if sealed is None:
            bounces = "mail to the contact's address fails for good"
            none = "the contact has no mail address any more"
            raise Unreachable(bounces if person["addresses"] else none)
        await self._keyring.load([person["key"]])
        address = Personal[str](person["key"], sealed=sealed).reveal(self._keyring)
        name = Personal[str](person["key"], sealed=person["name"]).reveal(self._keyring)
        if not isinstance(address, str):
            raise Unreachable(_ERASED)
        return address, name if isinstance(name, str) else ""

    def _id_of(self, message: Document, ticket_id: str, words: dict[str, Rendition]) -> str:
        if "event" in message:
            return self._message_id(message["event"], ticket_id)
        return words.get(message["content"], Rendition()).message_id

    def _message_id(self, event_id: str, ticket_id: str) -> str:
        return self._references.message_id(event_id, ticket_id, self._settings.mail_domain)


def _names(entry: Entry, rendition: Rendition) -> list[str]:
    """The attachments' names, one each."""
    missing = len(entry.attachments) - len(rendition.attachments)
    return [*rendition.attachments, *(["attachment"] * missing)][: len(entry.attachments)]
