"""Links among tickets become commands, once both tickets are here.

A link is told on one of its two tickets, always the same one, and intake tells the other: on the
one that can have but one such link, so that whether it can be is answered to the import.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

import msgspec

from deskledger.history.memory import Memory, Taken, short
from deskledger.history.model import Link, NotTaken
from deskledger.history.plan import OPENING, Who
from deskledger.history.telling import Telling, note
from libs.events.envelope import Command
from libs.events.published import tickets as t

_ON_THE_OTHER = ("child", "duplicate", "incident")
Told = tuple[str, Link]


class Line(msgspec.Struct):
    """What became of a link. id: what it says, by the ids there; ticket_id: on which it is told."""

    id: str
    ticket_id: str
    status: Literal["taken", "known", "refused"]
    taken: int = 0
    not_taken: list[NotTaken] = []

    def refuse(self, reason: str) -> None:
        """It cannot be taken, and why."""
        self.status, self.taken = "refused", 0
        self.not_taken.append(NotTaken("link", self.id, "", reason))


def told_on(ticket: str, link: Link) -> Told:
    """The ticket on which a link is told, and the link from its side."""
    other = link.other
    turned = other < ticket if link.relation == "related" else link.relation in _ON_THE_OTHER
    if not turned:
        return ticket, link
    relation = t.TURNED[link.relation]
    return other, msgspec.structs.replace(link, other=ticket, relation=relation)


def several(links: Iterator[Told], at_once: int) -> Iterator[list[Told]]:
    """As many as go together."""
    while some := list(islice(links, at_once)):
        yield some


class Linker:
    """Tells links. opened: when a ticket of this export was opened there, None for one that could
    not be taken or is in no such export."""

    def __init__(
        self,
        memory: Memory,
        who: Who,
        telling: Telling,
        opened: Callable[[str], datetime | None],
    ) -> None:
        self._memory = memory
        self._who = who
        self._telling = telling
        self._opened = opened

    async def tell(self, links: Sequence[Told]) -> list[Line]:
        """What became of these, or would. Raises Problem, KafkaError, PyMongoError: then it may be
        called again with the same ones."""
        ids = {self._who.ticket(id) for ticket, link in links for id in (ticket, link.other)}
        found = await self._memory.of(ids)
        known = {id: found.get(id, Taken()) for id in ids}
        lines: list[Line] = []
        sent: list[tuple[Line, str]] = []
        commands: list[Command[object]] = []
        for ticket, link in links:
            own, other = self._who.ticket(ticket), self._who.ticket(link.other)
            line = Line(f"{ticket} {link.relation} {link.other}", own, "known")
            lines.append(line)
            key, before = f"link:{link.relation}:{link.other}", known[own]
            missing = [id for id in (ticket, link.other) if not self._is_here(id, known)]
            if missing:
                line.refuse(f"Ticket {missing[0]} is not here.")
            elif short(key) not in before.done:
                line.status, line.taken = "taken", 1
                sent.append((line, key))
                data, actor = t.LinkTicket(other, link.relation), self._who.actor(link.author)
                at = self._since(ticket, link)
                commands.append(self._telling.command(own, key, data, actor, at, before))
        for (line, key), refusal in zip(sent, await self._telling.tell(commands), strict=True):
            if note(known[line.ticket_id], key, refusal):
                line.refuse(refusal)
        if not self._telling.dry:
            told = {line.ticket_id for line, _ in sent}
            await self._memory.store([(id, known[id]) for id in told])
        return lines

    def _since(self, ticket: str, link: Link) -> datetime:
        """No link is older than its tickets, whatever is known of when it was made."""
        opened = (self._opened(ticket), self._opened(link.other))
        return max(at for at in (link.at, *opened) if at is not None)

    def _is_here(self, id: str, known: dict[str, Taken]) -> bool:
        return self._opened(id) is not None or short(OPENING) in known[self._who.ticket(id)].done
