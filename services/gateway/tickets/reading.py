"""Tickets out of their read models: one, many, as they were, what was said, what was done."""

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import msgspec

from libs.contents import ContentRef, Rendition
from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from libs.keyring import ERASED, Erased
from libs.mongo import Document
from services.gateway.contacts.reading import ContactReader
from services.gateway.instants import text
from services.gateway.principal import Principal
from services.gateway.revealing import UNKNOWN, Revealer
from services.gateway.tickets import pages
from services.gateway.tickets.asked import Bound
from services.gateway.tickets.history import entry_id, recorded_from
from services.gateway.tickets.lists import ListReader
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.sentences import Language, Name
from services.gateway.tickets.threads import Part, Place, own, split_off
from services.gateway.tickets.view import TicketView, ticket_at


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a ticket, what became of it, and its words as they are now."""

    recorded: Recorded[object]
    amendments: pages.Amendments
    words: Rendition | Erased

    @property
    def facts(self) -> MessageFacts:
        """Its facts as they were recorded."""
        return pages.facts_of(self.recorded.data)

    @property
    def contact_id(self) -> str:
        """The contact who wrote it; "" for an agent."""
        kind, _, id = (pages.author_of(self.recorded.data) or "").partition(":")
        return id if kind == "contact" else ""

    @property
    def contents(self) -> tuple[str, ...]:
        """The contents of it that are still to be read: every version of its words, the original
        bytes, its files."""
        versions = pages.renditions_of(self.facts, self.amendments)
        removed = pages.removed_by(self.amendments)
        named = dict.fromkeys([*self.facts.content_ids, *versions])
        return tuple(id for id in named if id not in removed)


P = TypeVar("P")

# How a ticket is called that does not exist for the reader.
ANOTHER = "another ticket"
_TICKET_ID = re.compile(r"\bt-[0-9a-f]{26}\b")
# What agents save a mail as it came under.
_ORIGINAL = "message.eml"


class TicketReader:
    """Answers questions about tickets from ``gateway.tickets``; lists: about many."""

    def __init__(
        self, builds: Builds, contacts: ContactReader, revealer: Revealer, lists: ListReader
    ) -> None:
        self._builds = builds
        self._contacts = contacts
        self._revealer = revealer
        self.lists = lists

    async def find(self, reference: str) -> tuple[str, TicketView] | None:
        """A ticket by id or number, with its id."""
        wanted: Document = {"_id": reference}
        if reference.isascii() and reference.isdigit() and len(reference) <= 15:
            wanted = {"number": int(reference)}
        tickets = (await self._builds.view(TICKETS)).collection("tickets")
        document = await tickets.find_one(wanted)
        return _row(document) if document is not None else None

    async def sees(self, reader: Principal, ticket: TicketView) -> bool:
        """Whether this ticket exists for them: within their sight, or one that a customer's
        organisation shares."""
        if reader.sees(ticket) or not reader.is_customer or reader.sight.hides(ticket):
            return reader.sees(ticket)
        return await self._contacts.shares(reader.subject, ticket["requester_id"])

    async def masked(self, shown: P, reader: Principal) -> tuple[P, Collection[str]]:
        """Pages as this reader may have them, and the tickets that are named there and do not exist
        for them: each is "another ticket"."""
        if reader.sight.is_whole or reader.is_customer:
            return shown, ()
        written = msgspec.json.encode(shown).decode()
        named = sorted(set(_TICKET_ID.findall(written)))
        tickets = (await self._builds.view(TICKETS)).collection("tickets")
        fields = ("team_id", "requester_id", "collaborators")
        known = tickets.find({"_id": {"$in": named}}, fields)
        unseen = {id for id, view in map(_row, await known.to_list()) if not reader.sees(view)}
        if not unseen:
            return shown, ()
        text = _TICKET_ID.sub(lambda id: ANOTHER if id[0] in unseen else id[0], written)
        return cast(P, msgspec.json.decode(text)), unseen

    async def at(self, id: str, bound: Bound) -> TicketView | None:
        """The ticket at an earlier point, folded from its history; None before it was opened."""
        view: TicketView | None = None
        for recorded in await self._events(id, 0, bound):
            view = ticket_at(view, recorded)
        return view

    async def many(self, ids: Sequence[str]) -> Mapping[str, TicketView]:
        """Tickets by their ids, those that there are."""
        tickets = (await self._builds.view(TICKETS)).collection("tickets")
        return dict(map(_row, await tickets.find({"_id": {"$in": list(ids)}}).to_list()))

    async def agent_pages(
        self, rows: Sequence[tuple[str, TicketView]]
    ) -> Sequence[pages.TicketPage]:
        """The pages of tickets for agents, all that is hidden in them revealed at once."""
        words = await self._words(id for _, view in rows for id in pages.contents_of(view))
        name = await self._name(id for _, view in rows for id in pages.contacts_of(view))
        sealed = [value for _, view in rows for value in pages.sealed_of(view)]
        values = await self._revealer.values(sealed)
        clear = {value["sealed"]: shown for value, shown in zip(sealed, values, strict=True)}
        return [pages.ticket_page(id, view, words, clear, name) for id, view in rows]

    async def customer_pages(
        self, rows: Sequence[tuple[str, TicketView]]
    ) -> Sequence[pages.CustomerTicketPage]:
        """The pages of tickets for their customer."""
        words = await self._words(view["subject"] for _, view in rows)
        return [pages.customer_ticket_page(id, view, words) for id, view in rows]

    async def heads(self, ids: Sequence[str], reader: Principal) -> Mapping[str, pages.Head]:
        """By id, of those tickets that this reader sees: their subjects and requesters, today."""
        found = await self.many(ids)
        seen = {id: view for id, view in found.items() if reader.sees(view)}
        words = await self._words(view["subject"] for view in seen.values())
        name = await self._name(view["requester_id"] for view in seen.values())
        return {id: pages.head(view, words, name) for id, view in seen.items()}

    async def conversation(
        self,
        id: str,
        view: TicketView,
        reader: Principal,
        place: Place,
        limit: int,
        bound: Bound,
    ) -> tuple[Sequence[pages.MessagePage], Place | None]:
        """Messages in their order from after this place, and where the next page begins.

        view: the ticket as of the bound.
        """
        now = bound == Bound()
        then = Bound() if now else Bound(instant=bound.instant or view["updated_at"])
        bounds: Mapping[str, Bound] = defaultdict(lambda: then, {id: bound})
        found: dict[tuple[str, int], Recorded[object]] = {}
        for part in await self._parts(id, view, reader):
            after = place.after(part, id)
            some = await self._messages(part, after, bounds[part.ticket_id], limit + 1)
            found |= {_key(one): one for one in some}
        order = sorted(found.values(), key=lambda one: (one.recorded_at, *_key(one)))
        said = order[:limit]
        since = await self._since(said, reader, bounds)
        shown = [one for one in said if not pages.is_superseded(since[_key(one)])]
        words = await self._words(
            content
            for one in shown
            for content in pages.renditions_of(pages.facts_of(one.data), since[_key(one)])
        )
        name = await self._name(_people(shown))
        messages = [
            pages.message_page(
                one, since[_key(one)], words, name, for_agents=not reader.is_customer
            )
            for one in shown
        ]
        return messages, place.beyond(id, said) if len(order) > limit else None

    async def message(self, id: str, sequence: int, reader: Principal) -> Message | None:
        """One message as it is now, its words revealed; None where there is none to be seen."""
        wanted = Bound(sequence=sequence)
        for one in await self._messages(own(id, reader), sequence - 1, wanted, 1):
            amendments = (await self._since([one], reader, {id: Bound()}))[_key(one)]
            rendition = pages.rendition_of(pages.facts_of(one.data), amendments)
            words = await self._words([rendition or ""])
            return Message(one, amendments, words[rendition] if rendition else ERASED)
        return None

    async def history(
        self,
        id: str,
        after: int,
        limit: int,
        bound: Bound,
        name: Name | None = None,
        language: Language = "en",
    ) -> tuple[Sequence[pages.HistoryPage], int | None]:
        """Steps in their order from after this sequence, and where the next page begins.

        name: how to call people, if not by their names.
        """
        done, more = await self.steps(id, after, limit, bound)
        return await self.told(done, name, language), more

    async def told(
        self,
        done: Sequence[Recorded[object]],
        name: Name | None = None,
        language: Language = "en",
    ) -> Sequence[pages.HistoryPage]:
        """Events as steps of a history."""
        name = name or await self._name(_people(done))
        return [pages.history_page(recorded, name, language) for recorded in done]

    async def lately(
        self, id: str, view: TicketView, since: str, most: int, language: Language
    ) -> tuple[Sequence[pages.HistoryPage], bool]:
        """The steps after this instant in their order, the last of them; whether there were more.

        view: the ticket now.
        """
        first = max(0, view["sequence"] - most - 1)
        done = await self._events(id, first, Bound())
        late = [one for one in done if text(one.recorded_at) > since]
        return await self.told(late[-most:], language=language), len(late) > most

    async def steps(
        self, id: str, after: int, limit: int, bound: Bound
    ) -> tuple[Sequence[Recorded[object]], int | None]:
        """The events of a history, and the sequence after which its next page begins."""
        events = await self._events(id, after, bound, limit=limit + 1)
        done = events[:limit]
        return done, done[-1].sequence if len(events) > limit else None

    async def content(
        self, id: str, view: TicketView, content_id: str, reader: Principal
    ) -> tuple[ContentRef, str] | None:
        """A content that this ticket's messages name, with its file name ("" for what is no file).

        None for one that they do not name or that was redacted, or not where this reader may look:
        what a server in front of us noted in a mail's header is for agents only.
        """
        fields = ("rendition.id", "original.id", "attachments.content.id")
        named = {"$or": [{f"data.message.{field}": content_id} for field in fields]}
        for part in await self._parts(id, view, reader):
            for one in await self._messages(part, 0, Bound(), 1, named):
                amendments = (await self._since([one], reader, {part.ticket_id: Bound()}))[
                    _key(one)
                ]
                return await self._content(one, amendments, content_id, reader)
        return None

    async def _content(
        self,
        one: Recorded[object],
        amendments: pages.Amendments,
        content_id: str,
        reader: Principal,
    ) -> tuple[ContentRef, str] | None:
        facts = pages.facts_of(one.data)
        if content_id in pages.removed_by(amendments):
            return None
        for place, attachment in enumerate(facts.attachments):
            if attachment.content.id == content_id:
                rendition = pages.rendition_of(facts, amendments)
                words = await self._words([rendition or ""])
                shown = words[rendition] if rendition else ERASED
                return attachment.content, pages.file_name(shown, place)
        if facts.original is not None and facts.original.id == content_id:
            return None if reader.is_customer else (facts.original, _ORIGINAL)
        return facts.rendition, ""

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

    async def _parts(self, id: str, view: TicketView, reader: Principal) -> Sequence[Part]:
        """Where the messages stand that are read on this ticket: its own, those that it was made
        of, and those of the tickets that it took in, as far as this reader sees them."""
        parts: list[Part] = []
        waiting, known = deque([(id, view)]), {id}
        while waiting:
            here, shown = waiting.popleft()
            parts.append(own(here, reader))
            if shown["split_from"] and (part := await self._split_off(here, shown, reader)):
                parts.append(part)
            for source_id in shown["absorbed"]:
                found = await self.find(source_id)
                if found is not None and source_id not in known and reader.sees(found[1]):
                    known.add(source_id)
                    waiting.append(found)
        return parts

    async def _split_off(self, id: str, view: TicketView, reader: Principal) -> Part | None:
        """The messages that this ticket was made of."""
        before = await self.find(view["split_from"])
        for one in await self._events(id, 0, Bound(sequence=1), [t.TicketOpened]):
            if before is not None and isinstance(one.data, t.TicketOpened):
                return split_off(*before, one.data.split_messages, reader)
        return None

    async def _messages(
        self, part: Part, after: int, bound: Bound, limit: int, where: Document | None = None
    ) -> Sequence[Recorded[object]]:
        """The events that hold the messages of this part."""
        wanted = {"$and": [part.where, where or {}]}
        return await self._events(part.ticket_id, after, bound, part.types, limit, wanted)

    async def _since(
        self, said: Sequence[Recorded[object]], reader: Principal, bounds: Mapping[str, Bound]
    ) -> Mapping[tuple[str, int], pages.Amendments]:
        """What became of these messages, by their ticket and sequence.

        The past is shown under today's redactions: they alone count beyond the bound.
        """
        since: dict[tuple[str, int], list[Recorded[object]]] = {_key(one): [] for one in said}
        types = [cls for some in pages.AMENDMENTS.values() for cls in some]
        for id in {one.aggregate_id for one in said}:
            sequences = [one.sequence for one in said if one.aggregate_id == id]
            about = {"$or": [{f"data.{field}": {"$in": sequences}} for field in pages.AMENDMENTS]}
            for later in await self._events(id, sequences[0], Bound(), types, where=about):
                counts = isinstance(later.data, t.MessageRedacted) or bounds[id].holds(
                    later.sequence, text(later.recorded_at)
                )
                hidden = reader.is_customer and isinstance(later.data, t.MessageNeedsNoReply)
                if counts and not hidden:
                    since[id, pages.amended(later.data)].append(later)
        return since

    async def _words(self, ids: Iterable[str]) -> pages.Words:
        return await self._revealer.renditions(set(filter(None, ids)))

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


def _key(recorded: Recorded[object]) -> tuple[str, int]:
    return recorded.aggregate_id, recorded.sequence


def _people(events: Iterable[Recorded[object]]) -> Iterator[str]:
    """The contacts whose names these events need."""
    for recorded in events:
        if isinstance(recorded.data, t.AgentReplied | t.ReplyScheduled):
            yield from recorded.data.cc_ids
        if isinstance(recorded.data, t.MailSent | t.MailFailed | t.LinksRevoked):
            yield recorded.data.contact_id
        for actor in (recorded.actor, pages.author_of(recorded.data)):
            kind, _, id = (actor or "").partition(":")
            if kind == "contact":
                yield id
