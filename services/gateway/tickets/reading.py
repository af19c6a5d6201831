"""Tickets out of their read models: one, many, as they were, what was said, what was done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from libs.contents import ContentRef
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.mongo import Document
from services.gateway.contacts.reading import ContactReader
from services.gateway.principal import Principal
from services.gateway.revealing import UNKNOWN, Revealer
from services.gateway.tickets import pages
from services.gateway.tickets.asked import Bound, Cursor, TicketList
from services.gateway.tickets.history import entry_id, recorded_from
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.sentences import Name
from services.gateway.tickets.view import TicketView, ticket_at


class TicketReader:
    """Answers questions about tickets from the projection ``gateway.tickets``."""

    def __init__(self, builds: Builds, contacts: ContactReader, revealer: Revealer) -> None:
        self._builds = builds
        self._contacts = contacts
        self._revealer = revealer

    async def find(self, reference: str) -> tuple[str, TicketView] | None:
        """A ticket by id or number, with its id."""
        wanted: Document = {"_id": reference}
        if reference.isascii() and reference.isdigit() and len(reference) <= 15:
            wanted = {"number": int(reference)}
        tickets = (await self._builds.view(TICKETS)).collection("tickets")
        document = await tickets.find_one(wanted)
        return _row(document) if document is not None else None

    async def at(self, id: str, bound: Bound) -> TicketView | None:
        """The ticket at an earlier point, folded from its history; None before it was opened."""
        view: TicketView | None = None
        for recorded in await self._events(id, 0, bound):
            view = ticket_at(view, recorded)
        return view

    async def page(
        self, wanted: TicketList, after: Cursor | None, limit: int
    ) -> tuple[Sequence[tuple[str, TicketView]], Cursor | None]:
        """One page of a list, newest first, and the cursor of the next page if there is one."""
        tickets = (await self._builds.view(TICKETS)).collection("tickets")
        found = tickets.find(wanted.filter(after)).sort(wanted.order).hint(wanted.index)
        documents = await found.limit(limit + 1).to_list()
        rows = [_row(document) for document in documents[:limit]]
        more = len(documents) > limit
        last = documents[limit - 1] if more else None
        return rows, Cursor(last[wanted.field], last["_id"]) if last else None

    async def agent_pages(
        self, rows: Sequence[tuple[str, TicketView]]
    ) -> Sequence[pages.TicketPage]:
        """The pages of tickets for agents, names and subjects revealed all at once."""
        words = await self._revealer.renditions({view["subject"] for _, view in rows})
        name = await self._name(view["requester_id"] for _, view in rows)
        return [pages.ticket_page(id, view, words, name) for id, view in rows]

    async def customer_pages(
        self, rows: Sequence[tuple[str, TicketView]]
    ) -> Sequence[pages.CustomerTicketPage]:
        """The pages of tickets for their customer."""
        words = await self._revealer.renditions({view["subject"] for _, view in rows})
        return [pages.customer_ticket_page(id, view, words) for id, view in rows]

    async def conversation(
        self, id: str, reader: Principal, after: int, limit: int, bound: Bound
    ) -> tuple[Sequence[pages.MessagePage], int | None]:
        """Messages in their order from after this sequence, and where the next page begins."""
        shown = pages.PUBLIC_MESSAGES if reader.is_customer else pages.MESSAGES
        events = await self._events(id, after, bound, shown, limit + 1)
        said = events[:limit]
        words = await self._revealer.renditions(
            {pages.facts_of(recorded.data).rendition.id for recorded in said}
        )
        name = await self._name(_people(said))
        deliveries = await self._deliveries(id, said, bound)
        messages = [
            pages.message_page(recorded, words, name, deliveries.get(recorded.sequence))
            for recorded in said
        ]
        return messages, said[-1].sequence if len(events) > limit else None

    async def history(
        self, id: str, after: int, limit: int, bound: Bound
    ) -> tuple[Sequence[pages.HistoryPage], int | None]:
        """Steps in their order from after this sequence, and where the next page begins."""
        events = await self._events(id, after, bound, limit=limit + 1)
        done = events[:limit]
        name = await self._name(_people(done))
        steps = [pages.history_page(recorded, name) for recorded in done]
        return steps, done[-1].sequence if len(events) > limit else None

    async def content(
        self, id: str, content_id: str, reader: Principal
    ) -> tuple[ContentRef, str] | None:
        """A content that this ticket's messages name, with its file name ("" for what is no file).

        None for one that they do not name, or not where this reader may look.
        """
        shown = pages.PUBLIC_MESSAGES if reader.is_customer else pages.MESSAGES
        fields = ("rendition.id", "original.id", "attachments.content.id")
        named = {"$or": [{f"data.message.{field}": content_id} for field in fields]}
        for recorded in await self._events(id, 0, Bound(), shown, limit=1, where=named):
            facts = pages.facts_of(recorded.data)
            for place, attachment in enumerate(facts.attachments):
                if attachment.content.id == content_id:
                    words = await self._revealer.renditions({facts.rendition.id})
                    return attachment.content, pages.file_name(words[facts.rendition.id], place)
            other = facts.original if facts.rendition.id != content_id else facts.rendition
            return (other, "") if other is not None else None
        return None

    async def caused_by(self, id: str, command_id: str) -> int | None:
        """The sequence of the last event that this command caused in this ticket, if it did."""
        caused = await self._events(id, 0, Bound(), where={"command_id": command_id})
        return caused[-1].sequence if caused else None

    async def _events(
        self,
        id: str,
        after: int,
        bound: Bound,
        types: Sequence[type] = (),
        limit: int = 0,
        where: Document | None = None,
    ) -> Sequence[Recorded[object]]:
        history = (await self._builds.view(TICKETS)).collection("history")
        last = entry_id(id, bound.sequence)
        wanted: Document = {"_id": {"$gt": entry_id(id, after), "$lte": last}, **(where or {})}
        if bound.instant:
            wanted["recorded_at"] = {"$lte": bound.instant}
        if types:
            wanted["type"] = {"$in": [cls.__name__ for cls in types]}
        found = await history.find(wanted).sort("_id").limit(limit).to_list()
        return [recorded_from(document) for document in found]

    async def _deliveries(
        self, id: str, said: Sequence[Recorded[object]], bound: Bound
    ) -> Mapping[int, pages.DeliveryPage]:
        """What is known last of the replies among these messages, by their sequence."""
        replies = [one.sequence for one in said if one.type == "AgentReplied"]
        if not replies:
            return {}
        about = {"data.reply_sequence": {"$in": replies}}
        known = await self._events(id, replies[0], bound, pages.DELIVERIES, where=about)
        return {
            pages.reply_sequence(recorded.data): pages.delivery_page(recorded.data)
            for recorded in known
        }

    async def _name(self, contact_ids: Iterable[str]) -> Name:
        names = await self._contacts.names(set(contact_ids))

        def name(actor: str) -> str:
            kind, _, id = actor.partition(":")
            match kind:
                case "contact":
                    return names.get(id, UNKNOWN)
                case "service":
                    return "Deskledger"
                case "adapter":
                    return f"The {id} adapter"
                case _:
                    return id

        return name


def _row(document: Document) -> tuple[str, TicketView]:
    return document["_id"], cast(TicketView, document)


def _people(events: Iterable[Recorded[object]]) -> Iterator[str]:
    """The contacts whose names these events need."""
    for recorded in events:
        for actor in (recorded.actor, pages.author_of(recorded.data)):
            kind, _, id = (actor or "").partition(":")
            if kind == "contact":
                yield id
