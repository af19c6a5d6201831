"""A desk without servers: the real rules, processes and read models, each as late as it likes.

Commands to one aggregate and news of one instance of a process keep their order, as partitions do;
who is served next is left to whoever drives it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from libs.events.aggregate import AnyAggregate, Moment
from libs.events.catalogue import CATALOGUE
from libs.events.deciding import Held, handle
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import digest
from libs.events.instances import Instance
from libs.events.process import ProcessManager
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.events.testing import START
from libs.events.topics import events as events_of
from libs.mongo import Document
from services.gateway.principal import Principal, customer
from services.gateway.tickets import history
from services.gateway.tickets.asked import Bound
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView, ticket_at
from services.intake.contacts import ADDRESS, CONTACT, ContactState
from services.intake.contacts.steps import TOGETHER
from services.intake.conversations import CONVERSATION
from services.intake.processes import (
    CHILDREN,
    LINKING,
    MERGING,
    RECEPTION,
    SAME_PERSON,
    SPREADING,
    timers,
)
from services.intake.processes.arrivals import Join, Stamp
from services.intake.tickets import TICKET, TicketState
from tests.support.messages import arrival

AGGREGATES: Mapping[str, AnyAggregate] = {
    one.kind: one for one in (TICKET, CONTACT, ADDRESS, CONVERSATION)
}
PROCESSES: Sequence[ProcessManager[Any]] = (
    RECEPTION,
    TOGETHER,
    MERGING,
    LINKING,
    CHILDREN,
    SPREADING,
    SAME_PERSON,
    timers(timedelta(days=4)),
)
MOST_ROUNDS = 2_000


class World:
    """setup: the desk's. log: every event in the order of deciding."""

    def __init__(self, setup: object = None) -> None:
        self.setup = setup
        self.now = START
        self.log: list[Recorded[object]] = []
        self.held: dict[str, Held] = {}
        self.logs: dict[str, list[Recorded[object]]] = defaultdict(list)
        self.inboxes: dict[str, deque[Command[object]]] = defaultdict(deque)
        self.news: dict[tuple[int, str], deque[Recorded[object]]] = defaultdict(deque)
        self.instances: dict[tuple[int, str], Instance[Any]] = {}
        self.reader = Reader()
        self.is_stored: Callable[[], bool] = lambda: True
        self._offsets: dict[str, int] = defaultdict(int)
        self._number = 0

    def tickets(self) -> Mapping[str, TicketState]:
        """Those that were opened."""
        found = {id: held.state for id, held in self.held.items() if id[0] == TICKET.kind}
        return {
            id: state
            for id, state in found.items()
            if isinstance(state, TicketState) and state.status is not None
        }

    def contacts(self) -> Mapping[str, ContactState]:
        """All of them."""
        found = {id: held.state for id, held in self.held.items() if id[0] == CONTACT.kind}
        return {id: state for id, state in found.items() if isinstance(state, ContactState)}

    def tell(self, id: str, data: msgspec.Struct, actor: str = "agent:anna") -> list[object]:
        """Let an aggregate decide at once, before whatever waits for it; its events."""
        return self.decide(Command(data=data, aggregate_id=id, actor=actor))

    def writes(self, name: str, address_id: str, ticket_id: str, opens: bool) -> None:
        """A message from outside, as the log of conversations tells of it."""
        came = msgspec.structs.replace(
            arrival(name, ticket_id="" if opens else ticket_id), address_id=address_id
        )
        id = f"c-{address_id[2:4]}{digest(name)[:24]}"
        self.record(id, c.MessageReceived(came), "adapter:email")
        self.record(id, c.MessageRouted(came.digest, address_id, ticket_id, opens), "adapter:email")

    def decide(self, command: Command[object]) -> list[object]:
        """Let its aggregate decide a command; its events, which the processes hear of."""
        self.now += timedelta(milliseconds=1)
        id = command.aggregate_id
        aggregate = AGGREGATES[id[0]]
        held = self.held.setdefault(id, Held(id, aggregate.state()))
        before = msgspec.msgpack.encode(held.state)
        self._number += 1
        decided = handle(aggregate, held, command, Moment(self.now, self._number, self.setup))
        assert decided.events or msgspec.msgpack.encode(held.state) == before
        for event in decided.events:
            self._hear(event)
        return [event.data for event in decided.events]

    def record(self, id: str, data: msgspec.Struct, actor: str) -> None:
        """An event of an aggregate that is not decided here."""
        sequence = len(self.logs[id]) + 1
        entry = CATALOGUE.entry(type(data))
        self._hear(
            Recorded(
                data=data,
                event_id=f"{id}/{sequence}",
                type=entry.name,
                version=entry.version,
                aggregate_id=id,
                sequence=sequence,
                occurred_at=self.now,
                recorded_at=self.now,
                actor=actor,
                correlation_id="world",
                causation_id="",
                input="",
                aggregate_prev="",
                partition_prev="",
                position=Position("", 0, 0),
            )
        )

    def _hear(self, event: Recorded[object]) -> None:
        entry = CATALOGUE.entry(type(event.data))
        event.version = entry.version
        topic = events_of(entry.aggregate)
        event.position = Position(topic, 0, self._offsets[topic])
        self._offsets[topic] += 1
        self.log.append(event)
        self.logs[event.aggregate_id].append(event)
        if event.aggregate_id[0] == TICKET.kind:
            self.reader.take(event)
        for number, process in enumerate(PROCESSES):
            if type(event.data) in process.interests and (key := process.key(event)) is not None:
                self.news[number, key].append(event)

    def serve(self, id: str) -> None:
        """An aggregate decides its next command."""
        self.decide(self.inboxes[id].popleft())

    def look(self, which: tuple[int, str]) -> None:
        """An instance of a process reads its next event and sends what follows."""
        process, instance = PROCESSES[which[0]], self._instance(which)
        for reaction in instance.react(process, self.news[which].popleft()):
            stamped = [one.command for one in reaction.effects if isinstance(one, Stamp)]
            joining = [self._joining(one) for one in reaction.effects if isinstance(one, Join)]
            self._send([*stamped, *joining, *reaction.commands])

    def _joining(self, wanted: Join) -> Command[object]:
        """What is stored of the ticket may be as it was a little earlier."""
        there = wanted.adds.aggregate_id in self.tickets() and self.is_stored()
        return wanted.adds if there else wanted.opens

    def wait(self, time: timedelta) -> None:
        """Time passes, and what is due becomes so. Whoever has not read the news is late."""
        self.now += time
        for which, instance in list(self.instances.items()):
            process = PROCESSES[which[0]]
            while (fired := instance.fire(process, self.now)) is not None:
                self._send(fired.commands)

    def settle(self) -> None:
        """Everybody does what there is to do, until nobody has anything left."""
        for _ in range(MOST_ROUNDS):
            if not self.busy():
                return
            for which in [which for which, news in self.news.items() if news]:
                self.look(which)
            for id in [id for id, inbox in self.inboxes.items() if inbox]:
                self.serve(id)
        raise AssertionError(f"they never come to rest: {[one.data for one in self.log[-8:]]}")

    def busy(self) -> bool:
        """Whether somebody has something to do."""
        return any(self.news.values()) or any(self.inboxes.values())

    def _instance(self, which: tuple[int, str]) -> Instance[Any]:
        if which not in self.instances:
            self.instances[which] = Instance(which[1], 0, PROCESSES[which[0]].state())
        return self.instances[which]

    def _send(self, commands: Iterable[Command[object]]) -> None:
        for command in commands:
            self.inboxes[command.aggregate_id].append(command)

    def seen_by(self, contact_id: str) -> set[tuple[str, int]]:
        """Every message that this customer can read, on whichever ticket, by where it stands."""
        return asyncio.run(self.reader.seen_by(customer(contact_id)))


class Reader(TicketReader):
    """The gateway's reader over views and histories in memory."""

    def __init__(self) -> None:
        self.views: dict[str, TicketView] = {}
        self.entries: dict[str, list[Document]] = defaultdict(list)

    def take(self, event: Recorded[object]) -> None:
        """Fold an event of a ticket in, as both tables do."""
        id = event.aggregate_id
        self.views[id] = ticket_at(self.views.get(id), event)
        entry = history.TABLE.fold(None, event)
        assert entry is not None
        self.entries[id].append(entry)

    async def find(self, reference: str) -> tuple[str, TicketView] | None:
        """By id alone."""
        view = self.views.get(reference)
        return (reference, view) if view is not None else None

    async def seen_by(self, reader: Principal) -> set[tuple[str, int]]:
        """All that the conversations of all their tickets show them."""
        seen: set[tuple[str, int]] = set()
        for id, view in self.views.items():
            if reader.sees(view):
                for part in await self._parts(id, view, reader):
                    for one in await self._messages(part, 0, Bound(), 0):
                        seen.add((one.aggregate_id, one.sequence))
        return seen

    async def _events(
        self,
        id: str,
        after: int,
        bound: Bound,
        types: Sequence[type] = (),
        limit: int = 0,
        where: Document | None = None,
    ) -> Sequence[Recorded[object]]:
        names = {cls.__name__ for cls in types}
        found = [
            history.recorded_from(entry)
            for entry in self.entries[id]
            if after < entry["sequence"] <= bound.sequence
            and (not names or entry["type"] in names)
            and matches(entry, where or {})
        ]
        return found[:limit] if limit else found


def matches(document: Document, wanted: Document) -> bool:
    """Whether MongoDB would find this document by this filter, of the few kinds that readers use.
    Raises ValueError for another."""
    return all(_holds(document, name, value) for name, value in wanted.items())


def _holds(document: Document, name: str, value: object) -> bool:
    match name, value:
        case "$and", list(parts):
            return all(matches(document, part) for part in parts)
        case "$or", list(parts):
            return any(matches(document, part) for part in parts)
    found: object = document
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    match value:
        case {"$exists": bool(wanted), **rest} if not rest:
            return (found is not None) == wanted
        case {"$in": list(some), **rest} if not rest:
            return found in some
        case str() | int():
            return found == value
    raise ValueError(f"nobody knows what {name}: {value} finds")


def parties(log: Iterable[Recorded[object]]) -> Mapping[str, set[str]]:
    """Whose ticket each one ever was: to them its public messages were addressed."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in log:
        match event.data:
            case t.TicketOpened(requester_id=id):
                found[event.aggregate_id].add(id)
            case (
                t.RequesterChanged(contact_id=id)
                | t.TicketFollowedContact(contact_id=id)
                | t.CollaboratorAdded(contact_id=id)
            ):
                found[event.aggregate_id].add(id)
    return found
