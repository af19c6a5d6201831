"""The outbox: every mail that is to go out, once, whatever is read or sent twice.

An entry's id is made of its event's and its addressee's, so reading the log again adds nothing. It
goes

    waiting → sending → sent | failed          (and from sending back to waiting, with a delay)
            → skipped                          (nobody is to get it after all)

and is ``sending`` from before the first byte until the smarthost has answered. A process that dies
in between leaves it so; when its lease is over it is sent again, under the same Message-ID. That
is the one window in which an addressee may get a reply twice: from the smarthost's 250 to our mark.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from libs.events.envelope import Recorded
from libs.mongo import BulkWriteError, Database, Document, duplicates_only
from libs.mongo import Collection as Table

KEPT = timedelta(days=30)
_MOST_NOTICES = 50
_UNREPORTED: Document = {"report.final": {"$exists": True}}


Kind = Literal[
    "reply", "copy", "side", "acknowledgement", "survey", "notice", "sign_in", "webhook_paused"
]
# Of which no ticket is told what became of them.
UNTOLD: tuple[Kind, ...] = ("notice", "sign_in", "webhook_paused")
News = Literal["", "assigned", "mentioned", "replied", "breached", "undelivered", "paused"]


class Report(msgspec.Struct, frozen=True):
    """An outcome that the ticket has still to be told. error: "" when it was sent."""

    attempts: int
    error: str
    final: bool


class CodeEntry(msgspec.Struct, frozen=True):
    """What a mail with a code tells beside its addressee. address_id: to which it goes; code_id:
    from which it derives; until: it is not sent any more; brand, language: "" where not known."""

    address_id: str
    code_id: str
    until: datetime
    brand: str
    language: str


class PauseEntry(msgspec.Struct, frozen=True):
    """What a mail about a webhook's pause tells beside its addressee. reason: as the log has it."""

    webhook_id: str
    reason: str


class Entry(msgspec.Struct, rename={"id": "_id"}, kw_only=True):
    """One mail on its way. No personal data: names, addresses and words are read when it goes.

    id: of its event, and behind a colon the addressee where it is not the event's own; event_id:
    of the event; lane: the partition of that, whose owner sends it; sequence: of the event in its
    ticket; to_id: the contact, or the agent of a notice, "" until it is known; news: what an agent
    is told; cc_ids: who is to get a copy (of a reply);
    side_id: of the side conversation that it belongs to; wanted: whether the ticket has to hear
    that there is no address to send it to; rendition, attachments: ids of contents; sizes: of the
    attachments, in bytes; due_at: when to try, or, while it is being sent, when to give that up for
    lost; code: of a code to sign in with, pause: of a webhook that was paused, which are about no
    ticket (ticket_id: "").
    """

    id: str
    event_id: str
    kind: Kind = "reply"
    lane: int
    ticket_id: str
    sequence: int
    correlation_id: str
    traceparent: str | None
    to_id: str
    rendition: str
    attachments: list[str]
    sizes: list[int]
    written_at: datetime
    due_at: datetime
    cc_ids: list[str] = []
    side_id: str = ""
    wanted: bool = False
    news: News = ""
    state: Literal["waiting", "sending", "sent", "failed", "skipped"] = "waiting"
    attempts: int = 0
    settled_at: datetime | None = None
    report: Report | None = None
    code: CodeEntry | None = None
    pause: PauseEntry | None = None

    @property
    def turn(self) -> str:
        """What is sent one after the other: the mails about one ticket."""
        return self.ticket_id or self.id


def caused_by(
    recorded: Recorded[object], kind: Kind, to_id: str = "", ticket_id: str = ""
) -> Entry:
    """The mail that an event causes by itself, so far without words and files. ticket_id: "" where
    it is about no ticket."""
    return Entry(
        id=recorded.event_id,
        event_id=recorded.event_id,
        kind=kind,
        lane=recorded.position.partition,
        ticket_id=ticket_id,
        sequence=recorded.sequence,
        correlation_id=recorded.correlation_id,
        traceparent=recorded.traceparent,
        to_id=to_id,
        rendition="",
        attachments=[],
        sizes=[],
        written_at=recorded.occurred_at,
        due_at=recorded.recorded_at,
    )


def copy_of(reply: Entry, to_id: str) -> Entry:
    """The same words to somebody else, as a mail of their own."""
    return msgspec.structs.replace(
        reply,
        id=f"{reply.event_id}:{to_id}",
        kind="copy",
        to_id=to_id,
        cc_ids=[],
        state="waiting",
        attempts=0,
        due_at=reply.written_at,
    )


def notice_to(notice: Entry, follower: str) -> Entry:
    """The same news for an agent who follows the ticket."""
    return msgspec.structs.replace(notice, id=f"{notice.event_id}:{follower}", to_id=follower)


class Outbox:
    """The entries of some lanes."""

    def __init__(self, database: Database, lanes: Collection[int]) -> None:
        self._entries: Table = database["outbox"]
        self._mine: Document = {"lane": {"$in": list(lanes)}}

    async def prepare(self) -> None:
        """Make the indexes. What is settled is forgotten after 30 days."""
        await self._entries.create_index([("state", 1), ("due_at", 1)])
        await self._entries.create_index(
            [("ticket_id", 1), ("kind", 1)], partial={"state": "waiting"}
        )
        await self._entries.create_index(
            "report.final", partial={"report.final": {"$exists": True}}
        )
        seconds = int(KEPT.total_seconds())
        await self._entries.create_index("settled_at", expire_after_seconds=seconds)

    async def add(self, entries: Sequence[Entry]) -> None:
        """Put in what is not there yet."""
        if not entries:
            return
        documents: list[Document] = [
            msgspec.to_builtins(entry, builtin_types=(datetime,)) for entry in entries
        ]
        try:
            await self._entries.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)

    async def due(self, now: datetime, most: int) -> list[Entry]:
        """What is to be sent now, longest due first."""
        wanted = {"state": {"$in": ["waiting", "sending"]}, "due_at": {"$lte": now}}
        found = self._entries.find(self._mine | wanted).sort([("due_at", 1), ("_id", 1)])
        return [_entry(document) for document in await found.limit(most).to_list()]

    async def notices(self, ticket_id: str) -> list[Entry]:
        """What waits to be told to agents about a ticket, due or not."""
        wanted = {"ticket_id": ticket_id, "kind": "notice", "state": "waiting"}
        found = self._entries.find(wanted).sort("_id").limit(_MOST_NOTICES)
        return [_entry(document) for document in await found.to_list()]

    async def next_due(self) -> datetime | None:
        """When there will be something to send; None while nothing waits."""
        wanted = self._mine | {"state": {"$in": ["waiting", "sending"]}}
        first = await self._entries.find_one(wanted, sort=[("due_at", 1)])
        return _entry(first).due_at if first else None

    async def claim(self, entry: Entry, lease_until: datetime) -> Entry | None:
        """Mark it as being sent; None when somebody else has done so."""
        found = await self._entries.find_one_and_update(
            {"_id": entry.id, "state": entry.state, "due_at": entry.due_at},
            {
                "$set": {"state": "sending", "due_at": lease_until, "to_id": entry.to_id},
                "$inc": {"attempts": 1},
            },
            return_after=True,
        )
        return _entry(found) if found else None

    async def postpone(self, entry: Entry, until: datetime) -> None:
        """Not yet, through no fault of the mail's: this counts as no attempt."""
        await self._entries.update_one(
            {"_id": entry.id, "due_at": entry.due_at}, {"$set": {"due_at": until}}
        )

    async def delay(self, entry: Entry, until: datetime, report: Report | None) -> None:
        """The attempt failed for now."""
        changes: Document = {"state": "waiting", "due_at": until}
        if report:
            changes["report"] = msgspec.to_builtins(report)
        await self._entries.update_one({"_id": entry.id}, {"$set": changes})

    async def settle(
        self,
        entry: Entry,
        state: Literal["sent", "failed"],
        at: datetime,
        report: Report | None,
    ) -> None:
        """It is done with, one way or the other."""
        changes = {"state": state, "settled_at": at, "report": msgspec.to_builtins(report)}
        await self._entries.update_one({"_id": entry.id}, {"$set": changes})

    async def skip(self, entry: Entry, at: datetime) -> None:
        """Nobody is to get it after all, and nobody has to be told."""
        changes = {"state": "skipped", "settled_at": at}
        await self._entries.update_one({"_id": entry.id}, {"$set": changes})

    async def unreported(self, most: int) -> list[Entry]:
        """Entries whose tickets have still to be told."""
        wanted = self._mine | {"report.final": {"$exists": True}}
        return [
            _entry(document) for document in await self._entries.find(wanted).limit(most).to_list()
        ]

    async def reported(self, entry: Entry) -> None:
        """The ticket has been told what stands in this entry's report."""
        assert entry.report is not None
        told = {
            f"report.{name}": value for name, value in msgspec.to_builtins(entry.report).items()
        }
        await self._entries.update_one({"_id": entry.id} | told, {"$set": {"report": None}})


def _entry(document: Document) -> Entry:
    return msgspec.convert(document, Entry)
