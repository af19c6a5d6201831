"""A parent knows which of its children are done. One instance a child, which tells its parent as
soon as the parent has it."""

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published import tickets as t


class ChildState(msgspec.Struct, omit_defaults=True):
    """parents: who say that it is theirs (while they find out, more than one); done: whether it is
    solved or ended."""

    parents: dict[str, None] = {}
    done: bool = False


def key(recorded: Recorded[object]) -> str | None:
    """The child that an event is about."""
    match recorded.data:
        case (
            t.TicketLinked(relation="child", other_id=child)
            | t.TicketUnlinked(relation="child", other_id=child)
        ):
            return child
        case t.TicketLinked() | t.TicketUnlinked():
            return None
        case _:
            return recorded.aggregate_id


def react(state: ChildState, recorded: Recorded[object]) -> Reaction:
    """What the parent is to be told."""
    before = state.done
    match recorded.data:
        case t.TicketLinked(other_id=child):
            # Also when it is not done: what the parent heard before an unlinking may reach it now.
            parent = recorded.aggregate_id
            state.parents[parent] = None
            return Reaction([_settled(recorded, child, parent, state.done)])
        case t.TicketUnlinked():
            state.parents.pop(recorded.aggregate_id, None)
            return Reaction()
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
    if state.done == before:
        return Reaction()
    own = recorded.aggregate_id
    return Reaction([_settled(recorded, own, parent, state.done) for parent in state.parents])


def _settled(recorded: Recorded[object], child: str, parent: str, done: bool) -> Command[object]:
    command_id = CHILDREN.command_id(child, parent, recorded.event_id)
    return CHILDREN.follows(recorded, parent, t.SettleChild(child, done), command_id)


CHILDREN = ProcessManager(
    service="intake",
    name="children",
    sources=("tickets.events",),
    interests=(
        t.TicketLinked,
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
    state=ChildState,
    key=key,
    react=react,
)
