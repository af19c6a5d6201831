"""Links stand on both tickets, and a parent knows which of its children are done.

One instance a ticket. What one ticket says of another, the other is told from its own side; where
it cannot agree (it has another parent already), it says so and the first takes its word back.
"""

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published import tickets as t


class LinkingState(msgspec.Struct, omit_defaults=True):
    """parent_id: of this ticket, "" without one; done: whether it is solved or ended."""

    parent_id: str = ""
    done: bool = False


def react(state: LinkingState, recorded: Recorded[object]) -> Reaction:
    """What the other ticket is to be told."""
    own, before = recorded.aggregate_id, state.done
    match recorded.data:
        case t.TicketLinked() as linked:
            told = [_to(recorded, linked.other_id, t.MirrorLink(own, t.TURNED[linked.relation]))]
            if linked.relation == "parent":
                state.parent_id = linked.other_id
                told += [_settled(recorded, state)] if state.done else []
            return Reaction(told)
        case t.LinkDeclined() as declined:
            back = t.UnlinkTicket(own, t.TURNED[declined.relation])
            return Reaction([_to(recorded, declined.other_id, back)])
        case t.TicketUnlinked() as linked:
            if linked.relation == "parent":
                state.parent_id = ""
            back = t.UnlinkTicket(own, t.TURNED[linked.relation])
            return Reaction([_to(recorded, linked.other_id, back)])
        case t.TicketSolved() | t.TicketCancelled() | t.TicketMarkedSpam() | t.TicketMerged():
            state.done = True
        case (
            t.ReopeningUndone(status=status)
            | t.TicketUnmerged(status=status)
            | t.TicketMarkedNotSpam(status=status)
        ):
            state.done = status in ("solved", "closed")
        case _:
            state.done = False
    changed = state.parent_id and state.done != before
    return Reaction([_settled(recorded, state)] if changed else [])


def _settled(recorded: Recorded[object], state: LinkingState) -> Command[object]:
    told = t.SettleChild(recorded.aggregate_id, state.done)
    return _to(recorded, state.parent_id, told)


def _to(recorded: Recorded[object], ticket_id: str, data: msgspec.Struct) -> Command[object]:
    command_id = LINKING.command_id(ticket_id, type(data).__name__, recorded.event_id)
    return LINKING.follows(recorded, ticket_id, data, command_id)


LINKING = ProcessManager(
    service="intake",
    name="linking",
    sources=("tickets.events",),
    interests=(
        t.TicketLinked,
        t.LinkDeclined,
        t.TicketUnlinked,
        t.TicketSolved,
        t.TicketCancelled,
        t.TicketMarkedSpam,
        t.TicketMarkedNotSpam,
        t.TicketMerged,
        t.TicketUnmerged,
        t.TicketReopened,
        t.ReopeningUndone,
    ),
    state=LinkingState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
)
