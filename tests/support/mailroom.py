"""All of intake's rules at once, without servers: people write, and tickets come of it.

Commands are decided and events acted on in the order in which they come, until nothing is left.
"""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from libs.events.aggregate import AnyAggregate, Moment
from libs.events.deciding import Held, handle
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import derived_id, digest
from libs.events.instances import Instance
from libs.events.personal import Personal
from libs.events.process import ProcessManager
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.events.published.channels import conversation_id
from libs.events.testing import START
from libs.events.topics import events as events_of
from services.intake.contacts import ADDRESS, CONTACT
from services.intake.contacts.steps import TOGETHER
from services.intake.conversations import CONVERSATION
from services.intake.processes import MERGING, RECEPTION
from services.intake.processes.arrivals import Adopt, Join, Park, RegisterParked, Stamp, Unpark
from services.intake.processes.flooding import SummariseDomain
from services.intake.processes.holding_back import Summarise
from services.intake.processes.reception import (
    joins_as_stranger,
    opening_command,
    own_opening,
    register_command,
    summary_commands,
    ticket_command,
)
from services.intake.senders import SENDER
from services.intake.tickets import TICKET
from tests.support.messages import TRANSIT, content, mail

AGGREGATES: dict[str, AnyAggregate] = {
    one.kind: one for one in (TICKET, CONVERSATION, ADDRESS, CONTACT, SENDER)
}


def address_of(who: str) -> str:
    """The address aggregate of a person."""
    return derived_id("a", who)


class Mailroom:
    """What has been written, and what came of it. ``log``: every event."""

    def __init__(self, *processes: ProcessManager[Any]) -> None:
        self.now = START
        self.log: list[Recorded[object]] = []
        self._processes = processes or (RECEPTION, MERGING, TOGETHER)
        self._held: dict[str, Held] = {}
        self._instances: dict[tuple[str, str], Instance[Any]] = {}
        self._waiting = deque[Command[object]]()
        self._parked: dict[str, c.Arrival] = {}
        self._owners: dict[str, str] = {}
        self._read = 0
        self._tickets = 0

    def write(
        self,
        name: str,
        who: str,
        *,
        thread: str = "",
        answers: str = "",
        copies: Sequence[str] = (),
        account: str = "support",
        **more: Any,
    ) -> None:
        """Somebody writes. thread: the name of the message that began it, if not this; answers: the
        ticket of our signed reference in it; copies: who else gets it; more: of the arrival."""
        automatic = more.pop("automatic", "")
        arrival = c.Arrival(
            digest=digest(account, name),
            account=account,
            address_id=address_of(who),
            address=Personal(TRANSIT, sealed=who),
            name=Personal(TRANSIT, sealed=who),
            message=mail(name, automatic=automatic),
            ticket_id=answers,
            copied_ids=tuple(map(address_of, copies)),
            plain_id=address_of(who.partition("+")[0]) if "+" in who else "",
            **more,
        )
        conversation = conversation_id(account, thread or name)
        self.tell(conversation, c.ReceiveMessage(arrival), "adapter:email")

    def tell(self, id: str, data: msgspec.Struct, actor: str = "agent:anna") -> None:
        """A command, and whatever follows from it."""
        self._waiting.append(Command(data=data, aggregate_id=id, actor=actor))
        self.settle()

    def later(self, by: timedelta) -> None:
        """Time passes, and what is due happens."""
        self.now += by
        for (process_id, _), instance in list(self._instances.items()):
            process = next(one for one in self._processes if one.id == process_id)
            while reaction := instance.fire(process, self.now):
                self._waiting += reaction.commands
                self._act(reaction.effects)
        self.settle()

    def settle(self) -> None:
        """Until nothing is left to do."""
        while self._waiting or self._read < len(self.log):
            if self._waiting:
                self._decide(self._waiting.popleft())
            else:
                self._follow(self.log[self._read])
                self._read += 1

    def became(self, name: str, account: str = "support") -> Sequence[tuple[str, str]]:
        """What tickets and conversations say of a message, as (type, id) in their order; receiving
        and routing go without saying."""
        theirs = digest(account, name)
        return [
            (recorded.type, recorded.aggregate_id)
            for recorded in self.log
            if getattr(recorded.data, "digest", "") == theirs
            and not isinstance(recorded.data, c.MessageRouted)
        ]

    def ticket_of(self, name: str, account: str = "support") -> str:
        """The ticket that holds a message."""
        return self.became(name, account)[-1][1]

    def adopted(self, content_id: str) -> str:
        """The contact under whose key a content stands."""
        return self._owners[content_id]

    def contact(self, who: str) -> str:
        """The contact whose a person's address is."""
        state = self._held[address_of(who)].state
        return str(getattr(state, "contact_id", ""))

    def events(self, kind: type[msgspec.Struct]) -> list[Any]:
        """The data of all events of a type."""
        return [recorded.data for recorded in self.log if isinstance(recorded.data, kind)]

    def _is_open(self, ticket_id: str) -> bool:
        held = self._held.get(ticket_id)
        return held is not None and getattr(held.state, "status", None) is not None

    def _decide(self, command: Command[object]) -> None:
        self.now += timedelta(milliseconds=1)
        aggregate = AGGREGATES[command.aggregate_id[0]]
        held = self._held.setdefault(
            command.aggregate_id, Held(id=command.aggregate_id, state=aggregate.state())
        )
        at = Moment(self.now, self._tickets + 1, aggregate.setup)
        decided = handle(aggregate, held, command, at)
        for event in decided.events:
            self._tickets += isinstance(event.data, t.TicketOpened)
            event.position = Position(events_of(aggregate.name), 0, len(self.log))
            self.log.append(event)

    def _follow(self, event: Recorded[object]) -> None:
        for process in self._processes:
            if not isinstance(event.data, tuple(process.interests)):
                continue
            if (key := process.key(event)) is None:
                continue
            known = self._instances.setdefault((process.id, key), Instance(key, 0, process.state()))
            for reaction in known.react(process, event):
                self._act(reaction.effects)
                self._waiting += reaction.commands

    def _act(self, effects: Sequence[msgspec.Struct]) -> None:
        for effect in effects:
            match effect:
                case Adopt(contact_id=contact_id, content_ids=content_ids):
                    self._owners |= dict.fromkeys(content_ids, contact_id)
                case Park(arrival=arrival):
                    self._parked[arrival.digest] = arrival
                case RegisterParked(digest=parked, origin=origin):
                    self._waiting.append(register_command(self._parked[parked], origin))
                case Summarise() as summary:
                    self._waiting += summary_commands(summary, content("flood"))
                case SummariseDomain(domain_id, address_id, flood):
                    owner = str(getattr(self._held[address_id].state, "contact_id", ""))
                    of_domain = Summarise(owner, domain_id, flood, of_domain=True)
                    self._waiting += summary_commands(of_domain, content("flood"))
                case Stamp(command=command):
                    self._waiting.append(command)
                case Unpark(contact_id=contact_id, route=route):
                    parked_one = self._parked[route.digest]
                    if route.may_open:
                        self._waiting.append(opening_command(parked_one, route, contact_id))
                    adds = ticket_command(parked_one, route, contact_id)
                    own = own_opening(parked_one, route, contact_id)
                    joins = not joins_as_stranger(route) or self._is_open(route.ticket_id)
                    self._waiting.append(adds if joins else own)
                case Join(adds, opens):
                    self._waiting.append(adds if self._is_open(adds.aggregate_id) else opens)
