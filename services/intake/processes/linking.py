"""A link stands on both tickets. One instance a link: what a person said of it last holds on both
sides.

The instance hears of every change on either side, its own ones too, and puts right whichever side
does not say what it should; so two people who change their minds at once end in one answer. Where
the other ticket cannot agree (it has another parent already), the link is taken back.
"""

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.ids import derived_id
from libs.events.process import ProcessManager, Reaction
from libs.events.published import tickets as t

OURS = "service:intake"


class LinkingState(msgspec.Struct, omit_defaults=True):
    """wanted: whether the link shall be; linked: the tickets that say so."""

    wanted: bool = False
    linked: dict[str, None] = {}


def key(recorded: Recorded[object]) -> str | None:
    """The link, the same from both sides."""
    own = recorded.aggregate_id
    match recorded.data:
        case (
            t.TicketLinked(other_id=other, relation=relation)
            | t.TicketUnlinked(other_id=other, relation=relation)
        ):
            return link_id(own, other, relation)
        case t.LinkDeclined(other_id=other, relation=relation):
            return link_id(own, other, relation)
    return None


def react(state: LinkingState, recorded: Recorded[object]) -> Reaction:
    """Tell each side that says otherwise."""
    own = recorded.aggregate_id
    match recorded.data:
        case t.TicketLinked() as event:
            state.linked[own] = None
            state.wanted = state.wanted if recorded.actor == OURS else True
        case t.TicketUnlinked() as event:
            state.linked.pop(own, None)
            state.wanted = state.wanted and recorded.actor == OURS
        case t.LinkDeclined() as event:
            state.wanted = False
        case _:
            return Reaction()
    sides = ((own, event.other_id, event.relation), (event.other_id, own, t.TURNED[event.relation]))
    return Reaction(
        [
            _tell(recorded, side, t.MirrorLink(other, relation))
            if state.wanted
            else _tell(recorded, side, t.UnlinkTicket(other, relation))
            for side, other, relation in sides
            if (side in state.linked) != state.wanted
        ]
    )


def link_id(own: str, other: str, relation: t.Relation) -> str:
    """The same from both sides."""
    first, second = sorted([(own, relation), (other, t.TURNED[relation])])
    return derived_id("l", *first, *second)


def _tell(recorded: Recorded[object], ticket_id: str, data: msgspec.Struct) -> Command[object]:
    command_id = LINKING.command_id(ticket_id, type(data).__name__, recorded.event_id)
    return LINKING.follows(recorded, ticket_id, data, command_id)


LINKING = ProcessManager(
    service="intake",
    name="linking",
    version=2,
    sources=("tickets.events",),
    interests=(t.TicketLinked, t.TicketUnlinked, t.LinkDeclined),
    state=LinkingState,
    key=key,
    react=react,
)
