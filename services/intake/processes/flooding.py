"""Too many messages of one mail domain: further ones are held back for a while.

Its messages are of many senders and many threads, so no single place sees each of them before it
is a ticket: what comes in within the moment that holding back takes goes through. The last sender
who got through has a contact, so the ticket that tells of the flood is theirs.
"""

from datetime import datetime
from functools import partial

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import Origin, ProcessManager, Reaction
from libs.events.published.conversations import Arrival, MessageReceived
from libs.events.published.senders import HoldSenderBack, sender_id
from services.intake.flood import Limit, Limits, Recent
from services.intake.processes.holding_back import FIRST_REPORT, NEXT_REPORT, Flood


class SummariseDomain(msgspec.Struct, frozen=True):
    """Effect: one ticket of this address's contact says how many messages of its domain wait."""

    domain_id: str
    address_id: str
    flood: Flood


class FloodingState(msgspec.Struct, omit_defaults=True):
    """What came from a domain lately, and into which part of the window it was held back; through:
    the last address from which a message got through; flood: while messages are held back."""

    recent: Recent = msgspec.field(default_factory=Recent)
    held_in: int = 0
    through: str = ""
    flood: Flood | None = None


def key(recorded: Recorded[object]) -> str | None:
    """The domain of a message that asks for a ticket; automatic ones get none anyway, and an
    agent's, like history, is no part of a flood."""
    match recorded.data:
        case MessageReceived(arrival=arrival):
            asks = not arrival.ticket_id and not arrival.message.automatic
            counts = asks and not arrival.agent_id and arrival.origin == "live"
            return (arrival.domain_id or None) if counts else None
        case _:
            return None


def react(limit: Limit, state: FloodingState, recorded: Recorded[object]) -> Reaction:
    """Count, and hold back; while they go on coming, again for each part of the window."""
    assert isinstance(recorded.data, MessageReceived)
    at, arrival = recorded.recorded_at, recorded.data.arrival
    too_many = state.recent.is_one_too_many(at, limit)
    reaction = Reaction()
    if _is_held_back(arrival):
        reaction = _hold_back(state, recorded, arrival)
    else:
        state.through = arrival.address_id
    part = max(state.recent.counts)
    if too_many and part != state.held_in:
        state.held_in = part
        hold = HoldSenderBack(at + limit.within, state.recent.seen)
        command_id = FLOODING.command_id(arrival.domain_id, "hold", recorded.event_id)
        to = sender_id(arrival.domain_id)
        reaction.commands.append(FLOODING.follows(recorded, to, hold, command_id))
    return reaction


def on_due(limit: Limit, state: FloodingState, domain_id: str, due: datetime) -> Reaction:
    """Tell the flood's ticket what is new, until nothing more comes."""
    flood = state.flood
    if flood is None:
        return Reaction().wake(None)
    if not state.through:
        return Reaction().wake(due + NEXT_REPORT)
    told, wake = flood.at_due(due, limit.within)
    if wake is None:
        state.flood = None
    summary = SummariseDomain(domain_id, state.through, told) if told else None
    return Reaction(effects=[summary] if summary else []).wake(wake)


def _is_held_back(arrival: Arrival) -> bool:
    standing = arrival.standing
    return standing.flooding and "flood" not in standing.trusted and not standing.blocked_for


def _hold_back(state: FloodingState, recorded: Recorded[object], arrival: Arrival) -> Reaction:
    at, begins = recorded.recorded_at, state.flood is None
    if state.flood is None:
        where = (arrival.account, arrival.message.channel)
        state.flood = Flood(at, at, *where, Origin.of(recorded))
    state.flood.another(at)
    return Reaction().wake(at + FIRST_REPORT) if begins else Reaction()


def flooding(limit: Limit) -> ProcessManager[FloodingState]:
    """The process manager; limit: of the messages of one domain."""
    return ProcessManager(
        service="intake",
        name="flooding",
        version=2,
        sources=("conversations.events",),
        interests=(MessageReceived,),
        state=FloodingState,
        key=key,
        react=partial(react, limit),
        on_due=partial(on_due, limit),
    )


FLOODING = flooding(Limits().domain)
