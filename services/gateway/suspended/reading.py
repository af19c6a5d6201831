"""Suspended messages and senders out of their read model, with words as far as they are there."""

from collections.abc import Sequence
from typing import cast

from typing_extensions import TypedDict

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.keyring import ERASED
from libs.mongo import Document
from services.gateway.revealing import Revealer
from services.gateway.suspended.view import (
    MESSAGES,
    SENDERS,
    SUSPENDED,
    SenderView,
    SuspendedView,
)


class SuspendedPage(TypedDict):
    """A message that waits, or waited. What is erased is "(erased)"; sender_id: for filtering, and
    ``/v1/senders``; ticket_id: the ticket that it answers, or went to."""

    id: str
    state: str
    reason: str
    sentence: str
    since: str
    sender_id: str
    address: str
    name: str
    channel: str
    account: str
    received_at: str
    subject: str
    files: int
    ticket_id: str
    decided_by: str
    sequence: int


class PreviewPage(SuspendedPage):
    """The same with its words. attachments: names of files, which can be fetched once it is on a
    ticket."""

    text: str
    attachments: list[str]


class SuspendedList(TypedDict):
    """Newest first. next: for ``before``, "" at the end."""

    items: list[SuspendedPage]
    next: str


class SenderPage(TypedDict):
    """What the desk thinks of a sender: an address, or a mail domain."""

    id: str
    blocked_for: str
    trusted: list[str]
    held_back_until: str
    sequence: int


class SuspendedReader:
    """Answers questions from the projection ``gateway.suspended``."""

    def __init__(self, builds: Builds, revealer: Revealer) -> None:
        self._builds = builds
        self._revealer = revealer

    async def find(self, id: str) -> SuspendedView | None:
        """A message that is or was suspended."""
        messages = (await self._builds.view(SUSPENDED)).collection(MESSAGES.name)
        return cast(SuspendedView | None, await messages.find_one({"_id": id}))

    async def waiting(self, reason: str, sender: str, before: str, limit: int) -> SuspendedList:
        """Those that wait. reason, sender: "" for any."""
        messages = (await self._builds.view(SUSPENDED)).collection(MESSAGES.name)
        wanted: Document = {"state": "suspended"}
        wanted |= {"reason": reason} if reason else {}
        wanted |= {"sender_id": sender} if sender else {}
        wanted |= {"order": {"$lt": before}} if before else {}
        found = await messages.find(wanted).sort("order", -1).limit(limit + 1).to_list()
        shown = [(one["_id"], cast(SuspendedView, one)) for one in found[:limit]]
        more = shown[-1][1]["order"] if len(found) > limit else ""
        return SuspendedList(items=[page for page, _ in await self._pages(shown)], next=more)

    async def preview(self, id: str, view: SuspendedView) -> PreviewPage:
        """A message with its words."""
        [(page, words)] = await self._pages([(id, view)])
        if words is None:
            return PreviewPage(**page, text=str(ERASED), attachments=[])
        return PreviewPage(**page, text=words.text, attachments=list(words.attachments))

    async def sender(self, id: str) -> SenderPage:
        """A sender; of most the desk thinks nothing."""
        senders = (await self._builds.view(SUSPENDED)).collection(SENDERS.name)
        found = cast(SenderView | None, await senders.find_one({"_id": id}))
        return SenderPage(
            id=id,
            blocked_for=found["blocked_for"] if found else "",
            trusted=found["trusted"] if found else [],
            held_back_until=found["held_back_until"] if found else "",
            sequence=found["sequence"] if found else 0,
        )

    async def _pages(
        self, views: Sequence[tuple[str, SuspendedView]]
    ) -> list[tuple[SuspendedPage, Rendition | None]]:
        """Each page, and the words where they are there."""
        sealed = [value for _, one in views for value in (one["address"], one["name"])]
        clear = iter(await self._revealer.values(sealed))
        ids = {one["rendition"] for _, one in views if one["rendition"]}
        words = await self._revealer.renditions(ids)
        pages: list[tuple[SuspendedPage, Rendition | None]] = []
        for id, view in views:
            found = words.get(view["rendition"])
            said = found if isinstance(found, Rendition) else None
            page = _page(id, view, next(clear), next(clear), said)
            pages.append((page, said))
        return pages


def _page(
    id: str, view: SuspendedView, address: str, name: str, words: Rendition | None
) -> SuspendedPage:
    return SuspendedPage(
        id=id,
        state=view["state"],
        reason=view["reason"],
        sentence=view["sentence"],
        since=view["since"],
        sender_id=view["sender_id"],
        address=address,
        name=name,
        channel=view["channel"],
        account=view["account"],
        received_at=view["received_at"],
        subject=words.subject if words else str(ERASED),
        files=view["files"],
        ticket_id=view["ticket_id"],
        decided_by=view["decided_by"],
        sequence=view["sequence"],
    )
