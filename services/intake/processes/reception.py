"""A received message becomes a ticket, or joins one, in the name of the contact who wrote it.

One instance a sender's address: it knows whose the address is, and has it registered first if it is
nobody's. A suspended message is parked outside of the instance, so that a robot that sends for ever
fills a collection and no state. While a person is being erased, a message from their address that
is routed before the address is released counts as theirs, and is erased with them.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.ids import derived_id, digest
from libs.events.process import Cause, Origin, ProcessManager, Reaction
from libs.events.published import contacts as p
from libs.events.published import tickets as t
from libs.events.published.conversations import (
    Arrival,
    Bounce,
    MessageReceived,
    MessageRejected,
    MessageRouted,
    MessageSuspended,
    SuspendMessage,
    Suspicion,
)
from libs.events.published.messages import ContentRef
from libs.events.published.senders import TrustSender, sender_id
from services.intake.flood import Limits
from services.intake.processes.arrivals import (
    Adopt,
    Discard,
    Join,
    Park,
    ReceptionState,
    RegisterParked,
    Route,
    Stamp,
    Unpark,
    Waiting,
)
from services.intake.processes.holding_back import (
    FIRST_REPORT,
    NEXT_REPORT,
    Flood,
    Summarise,
)
from services.intake.processes.returned import (
    Word,
    asked_no_more,
    bounced,
    complained,
    wants_no_more,
)


def key(recorded: Recorded[object]) -> str | None:
    """The sender's address; a message that goes on to another ticket needs no memory: that ticket
    is its own instance."""
    match recorded.data:
        case MessageReceived(arrival=arrival):
            return arrival.address_id
        case (
            MessageRouted(address_id=address_id)
            | MessageSuspended(address_id=address_id)
            | MessageRejected(address_id=address_id)
        ):
            return address_id
        case p.AddressRegistered() | p.AddressMoved() | p.AddressReleased():
            return recorded.aggregate_id
        case t.FollowUpRequested(ticket_id=ticket_id) | t.MessageTurnedAway(ticket_id=ticket_id):
            return ticket_id
        case t.AgentMailTaken() | t.SpamComplaintReceived():
            return recorded.aggregate_id
        case _:
            return None


def react(limits: Limits, state: ReceptionState, recorded: Recorded[object]) -> Reaction:
    """What to do about a message, or about news of its sender's address."""
    match recorded.data:
        case MessageReceived(arrival=arrival):
            state.arrived[arrival.digest] = arrival
            return Reaction()
        case MessageSuspended(digest=digest):
            suspended = state.arrived.pop(digest, None)
            return Reaction(effects=[Park(suspended, recorded.recorded_at)] if suspended else [])
        case MessageRouted() as routed:
            known = state.arrived.get(routed.digest)
            if known is not None and known.bounce is not None:
                return _tell_of_bounce(state, known, known.bounce, routed, recorded)
            if known is not None and known.complaint is not None:
                del state.arrived[routed.digest]
                told = (known, known.complaint, state.contact_id, routed.ticket_id)
                return Reaction([_tell(known, complained(*told), recorded)])
            if known is not None and _floods(state, known, routed, recorded, limits):
                return _hold_back(state, known, recorded, limits)
            if known is not None and _is_agents(known, routed):
                del state.arrived[routed.digest]
                return Reaction([_agent_command(known, routed, recorded)])
            route = Route(
                routed.digest,
                routed.ticket_id,
                # Another message of the thread may have opened its ticket while it was suspended.
                routed.opens and not routed.released_by,
                Origin.of(recorded),
                state.also_ids,
                routed.own_id,
                routed.invited,
                routed.opens and bool(routed.released_by),
                routed.hosts,
            )
            waiting = Waiting(route, state.arrived.pop(routed.digest, None))
            if state.contact_id:
                reaction = _hand_over(waiting, state.contact_id)
            else:
                state.waiting[routed.digest] = waiting
                reaction = _register(waiting)
            if routed.trust:
                reaction.commands.append(_trust(routed, routed.trust, recorded))
            return reaction
        case MessageRejected(digest=digest):
            return Reaction(effects=[Discard(digest)])
        case p.AddressRegistered() as registered:
            state.contact_id = registered.contact_id
            reaction = Reaction([_create(registered, recorded)])
            for waiting in state.waiting.values():
                handed = _hand_over(waiting, state.contact_id)
                reaction.effects += handed.effects
                reaction.commands += handed.commands
            state.waiting = {}
            return reaction
        case p.AddressMoved(contact_id=contact_id, from_contact_id=before):
            back = contact_id in state.also_ids
            state.also_ids = () if back else (before, *state.also_ids)
            state.contact_id = contact_id
            return Reaction()
        case p.AddressReleased():
            state.contact_id, state.also_ids = "", ()
            return Reaction()
        case t.FollowUpRequested() as wanted:
            return Reaction(effects=[Stamp(_open_follow_up(wanted, recorded))])
        case t.AgentMailTaken() as taken:
            return Reaction(effects=[Adopt(taken.requester_id, taken.contents)])
        case t.SpamComplaintReceived(contact_id=contact_id, message=report, digest=seen):
            data, cause = asked_no_more(contact_id).data, "no more questions"
            command_id = RECEPTION.command_id(recorded.aggregate_id, cause, seen)
            stop = RECEPTION.follows(recorded, contact_id, data, command_id)
            return Reaction([stop], [Adopt(contact_id, report.content_ids)])
        case t.MessageTurnedAway() as turned:
            return _open_aside(turned, recorded)
        case _:
            return Reaction()


def _is_agents(arrival: Arrival, routed: MessageRouted) -> bool:
    """Whether it is an agent's answer. What agents send on, or write on their own behalf, is a
    customer's; what they answered once is not sent again."""
    return bool(arrival.agent_id and arrival.ticket_id) and not (
        arrival.forwarded or routed.released_by or arrival.origin == "import"
    )


def _agent_command(
    arrival: Arrival, routed: MessageRouted, recorded: Recorded[object]
) -> Command[object]:
    """The contents follow when the ticket has said whose they are."""
    said = (arrival.message, arrival.digest, arrival.account, arrival.as_note)
    data = t.AddAgentMessage(arrival.agent_id, *said)
    command_id = RECEPTION.command_id(arrival.address_id, "message", arrival.digest)
    actor = f"agent:{arrival.agent_id}"
    return RECEPTION.follows(recorded, routed.ticket_id, data, command_id, actor)


def _tell_of_bounce(
    state: ReceptionState,
    arrival: Arrival,
    bounce: Bounce,
    routed: MessageRouted,
    recorded: Recorded[object],
) -> Reaction:
    """An address that is nobody's (any more) makes no contact by what did not reach it."""
    contact_id = state.contact_id
    if not contact_id:
        sentence = "A mail of ours did not arrive at an address that is nobody's (any more)."
        return Reaction([_suspend(arrival, "automatic", sentence, recorded)])
    del state.arrived[arrival.digest]
    words = bounced(arrival, bounce, contact_id, routed.ticket_id)
    commands = [_tell(arrival, word, recorded) for word in words]
    transit = (arrival.address.key, arrival.name.key)
    return Reaction(commands, [Adopt(contact_id, arrival.message.content_ids, transit)])


def _tell(arrival: Arrival, word: Word, cause: Cause, actor: str = "") -> Command[object]:
    command_id = RECEPTION.command_id(arrival.address_id, word.cause, arrival.digest)
    return RECEPTION.follows(cause, word.to, word.data, command_id, actor)


def _suspend(
    arrival: Arrival, reason: Suspicion, sentence: str, recorded: Recorded[object]
) -> Command[object]:
    """The message stays in ``arrived`` until its conversation has agreed."""
    command_id = RECEPTION.command_id(arrival.address_id, "hold", arrival.digest)
    hold = SuspendMessage(arrival, reason, sentence)
    return RECEPTION.follows(recorded, recorded.aggregate_id, hold, command_id)


def _floods(
    state: ReceptionState,
    arrival: Arrival,
    routed: MessageRouted,
    recorded: Recorded[object],
    limits: Limits,
) -> bool:
    """Whether this is one message too many. What a person has released is none, nor is history."""
    if routed.released_by or arrival.agent_id or "flood" in arrival.standing.trusted:
        return False
    if arrival.origin == "import":
        return False
    if routed.opens:
        return state.opening.is_one_too_many(recorded.recorded_at, limits.opening)
    return state.answering.is_one_too_many(recorded.recorded_at, limits.answering)


def _hold_back(
    state: ReceptionState, arrival: Arrival, recorded: Recorded[object], limits: Limits
) -> Reaction:
    now, begins = recorded.recorded_at, state.flood is None
    if state.flood is None:
        where = (arrival.account, arrival.message.channel)
        state.flood = Flood(now, now, *where, Origin.of(recorded))
    state.flood.another(now)
    minutes = round(limits.opening.within.total_seconds() / 60)
    sentence = f"Too many messages of this sender within {minutes} minutes."
    reaction = Reaction([_suspend(arrival, "flood", sentence, recorded)])
    return reaction.wake(now + FIRST_REPORT) if begins else reaction


def on_due(limits: Limits, state: ReceptionState, address_id: str, due: datetime) -> Reaction:
    """Tell the flood's ticket what has been held back since it heard last; when nothing more comes
    for as long as messages are counted, the flood is over."""
    flood = state.flood
    if flood is None:
        return Reaction().wake(None)
    if not state.contact_id:
        return Reaction().wake(due + NEXT_REPORT)
    within = max(limits.opening.within, limits.answering.within)
    told, wake = flood.at_due(due, within)
    if wake is None:
        state.flood = None
    summary = Summarise(state.contact_id, address_id, told) if told else None
    return Reaction(effects=[summary] if summary else []).wake(wake)


def summary_commands(effect: Summarise, words: ContentRef) -> Sequence[Command[object]]:
    """The flood's ticket, opened once, and what it is told. words: its subject."""
    flood, about_id = effect.flood, effect.about_id
    flood_id = digest("flood", about_id, flood.since.isoformat())
    ticket_id = derived_id("t", flood_id)
    return [
        RECEPTION.follows(
            flood.origin, ticket_id, data, RECEPTION.command_id(about_id, flood_id, what)
        )
        for what, data in flood.told(effect.contact_id, flood_id, words).items()
    ]


def _trust(routed: MessageRouted, reason: Suspicion, recorded: Recorded[object]) -> Command[object]:
    command_id = RECEPTION.command_id(routed.address_id, "trust", recorded.event_id)
    return RECEPTION.follows(
        recorded, sender_id(routed.address_id), TrustSender(reason), command_id, routed.released_by
    )


def _register(waiting: Waiting) -> Reaction:
    """Every message of an unknown sender asks; the address takes the first and ignores the rest."""
    route, arrival = waiting.route, waiting.arrival
    if arrival is None:
        return Reaction(effects=[RegisterParked(route.digest, route.origin)])
    return Reaction([register_command(arrival, route.origin)])


def _hand_over(waiting: Waiting, contact_id: str) -> Reaction:
    route, arrival = waiting.route, waiting.arrival
    if arrival is None:
        return Reaction(effects=[Unpark(contact_id, route)])
    transit = (arrival.address.key, arrival.name.key)
    adopt = Adopt(contact_id, arrival.message.content_ids, transit)
    command = ticket_command(arrival, route, contact_id)
    if route.opens:
        return Reaction(effects=[adopt, Stamp(command)])
    told = []
    if wants_no_more(arrival):
        told.append(_tell(arrival, asked_no_more(contact_id), route.origin, command.actor))
    if joins_as_stranger(route):
        return Reaction(told, [adopt, Join(command, own_opening(arrival, route, contact_id))])
    return Reaction([command, *told], [adopt])


def joins_as_stranger(route: Route) -> bool:
    """Whether only the thread, which anybody can copy, leads to the ticket."""
    return bool(route.own_id) and not (route.opens or route.hosts or route.invited)


def own_opening(arrival: Arrival, route: Route, contact_id: str) -> Command[object]:
    """The message as the first one of the ticket that is its own."""
    own = msgspec.structs.replace(route, ticket_id=route.own_id)
    return opening_command(arrival, own, contact_id)


def register_command(arrival: Arrival, origin: Origin) -> Command[object]:
    """Make the sender known. The contact's id depends on the message: after an erasure the same
    address gets another one, and a retry gets the same."""
    contact_id = derived_id("p", arrival.address_id, arrival.digest)
    return RECEPTION.follows(
        origin,
        arrival.address_id,
        p.RegisterAddress(contact_id, arrival.message.channel, arrival.address, arrival.name),
        RECEPTION.command_id(arrival.address_id, "register", arrival.digest),
    )


def ticket_command(arrival: Arrival, route: Route, contact_id: str) -> Command[object]:
    """The message as a command to its ticket, in the name of the contact who wrote it."""
    if route.opens:
        return opening_command(arrival, route, contact_id)
    said = (arrival.message, arrival.digest, arrival.account)
    how = (route.also_ids, route.invited, route.own_id)
    doubted = arrival.authentication == "failed"
    data = t.AddCustomerMessage(contact_id, *said, *how, doubted=doubted, origin=arrival.origin)
    command_id = RECEPTION.command_id(arrival.address_id, "message", arrival.digest)
    return RECEPTION.follows(
        route.origin, route.ticket_id, data, command_id, _actor(arrival, contact_id)
    )


def opening_command(arrival: Arrival, route: Route, contact_id: str) -> Command[object]:
    """The message as the first one of its ticket."""
    said = (arrival.account, arrival.message, arrival.digest)
    data = t.OpenTicket(contact_id, *said, origin=arrival.origin)
    cause = "opening" if route.may_open else "message"
    command_id = RECEPTION.command_id(arrival.address_id, cause, arrival.digest)
    return RECEPTION.follows(
        route.origin, route.ticket_id, data, command_id, _actor(arrival, contact_id)
    )


def _actor(arrival: Arrival, contact_id: str) -> str:
    return f"agent:{arrival.agent_id}" if arrival.forwarded else f"contact:{contact_id}"


def _create(registered: p.AddressRegistered, recorded: Recorded[object]) -> Command[object]:
    address_id, contact_id = recorded.aggregate_id, registered.contact_id
    create = p.CreateContact(address_id, registered.channel, registered.address, registered.name)
    command_id = RECEPTION.command_id(address_id, "create", contact_id)
    return RECEPTION.follows(recorded, contact_id, create, command_id)


def _open_follow_up(wanted: t.FollowUpRequested, recorded: Recorded[object]) -> Command[object]:
    opening = t.OpenTicket(
        wanted.author_id,
        wanted.account,
        wanted.message,
        wanted.digest,
        follow_up_of=recorded.aggregate_id,
    )
    command_id = RECEPTION.command_id(wanted.ticket_id, "follow-up")
    actor = f"contact:{wanted.author_id}"
    return RECEPTION.follows(recorded, wanted.ticket_id, opening, command_id, actor)


def _open_aside(turned: t.MessageTurnedAway, recorded: Recorded[object]) -> Reaction:
    """The first message opens the ticket, the next ones of the thread join it."""
    said = (turned.message, turned.digest)
    opening = t.OpenTicket(turned.author_id, turned.account, *said, origin=turned.origin)
    adding = t.AddCustomerMessage(turned.author_id, *said, turned.account, origin=turned.origin)
    to, actor = turned.ticket_id, f"contact:{turned.author_id}"
    ids = [RECEPTION.command_id(to, cause, turned.digest) for cause in ("aside open", "aside")]
    first, then = (
        RECEPTION.follows(recorded, to, data, id, actor)
        for data, id in zip((opening, adding), ids, strict=True)
    )
    return Reaction([then], [Stamp(first)])


def reception(limits: Limits) -> ProcessManager[ReceptionState]:
    """The process manager; limits: from how many messages on a sender is held back."""
    return ProcessManager(
        service="intake",
        name="reception",
        version=6,
        sources=("conversations.events", "contacts.events", "tickets.events"),
        interests=(
            MessageReceived,
            MessageRouted,
            MessageSuspended,
            MessageRejected,
            p.AddressRegistered,
            p.AddressMoved,
            p.AddressReleased,
            t.FollowUpRequested,
            t.MessageTurnedAway,
            t.AgentMailTaken,
            t.SpamComplaintReceived,
        ),
        state=ReceptionState,
        key=key,
        react=partial(react, limits),
        on_due=partial(on_due, limits),
    )


RECEPTION = reception(Limits())
