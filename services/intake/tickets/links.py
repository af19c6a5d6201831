"""Links to other tickets and to trackers; parents that wait for their children."""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, not_closed, opened
from services.intake.tickets.life import awake, expect_code, expect_solved
from services.intake.tickets.state import TicketState

# Of these, a ticket can be only the one or the other to another ticket.
_RANKED = ("parent", "child", "problem", "incident")


def link(state: TicketState, wanted: t.LinkTicket, asked: Asked) -> Events:
    """A ticket has one parent, is a duplicate of one original and an incident of one problem."""
    opened(state)
    if not wanted.other_id:
        raise Refusal("nobody_named", "Name the other ticket.", "/other_id")
    if wanted.other_id == asked.ticket_id:
        raise Refusal("same_ticket", "A ticket is not linked to itself.", "/other_id")
    if _key(wanted.relation, wanted.other_id) in state.links:
        return []
    single = wanted.relation in ("parent", "original", "problem")
    taken = [key for key in state.links if single and key.startswith(f"{wanted.relation} ")]
    if taken:
        raise Refusal(
            "linked_already",
            f"It has a {wanted.relation} already, {taken[0].partition(' ')[2]}; unlink that first.",
            "/other_id",
        )
    turned = t.TURNED[wanted.relation]
    if turned in _RANKED and _key(turned, wanted.other_id) in state.links:
        raise Refusal("linked_the_other_way", "It is linked the other way round.", "/relation")
    return [t.TicketLinked(wanted.other_id, wanted.relation)]


def mirror(state: TicketState, wanted: t.MirrorLink, asked: Asked) -> Events:
    """The answer "no" is an event, since the other side waits for it."""
    try:
        return link(state, t.LinkTicket(wanted.other_id, wanted.relation), asked)
    except Refusal as refusal:
        if state.status is None:
            raise
        return [t.LinkDeclined(wanted.other_id, wanted.relation, refusal.code)]


def unlink(state: TicketState, wanted: t.UnlinkTicket, asked: Asked) -> Events:
    opened(state)
    there = _key(wanted.relation, wanted.other_id) in state.links
    return [t.TicketUnlinked(wanted.other_id, wanted.relation)] if there else []


def await_children(state: TicketState, wanted: t.AwaitChildren, asked: Asked) -> Events:
    not_closed(state)
    return [] if wanted.awaited == state.awaits_children else [t.ChildrenAwaited(wanted.awaited)]


def settle_child(state: TicketState, wanted: t.SettleChild, asked: Asked) -> Events:
    """Of a child that was unlinked meanwhile nothing is to be said. The last one that is done
    wakes a parent that is on hold for its children, unless it was done before it came here."""
    opened(state)
    if _key("child", wanted.child_id) not in state.links:
        return []
    if wanted.settled != (wanted.child_id in state.open_children):
        return []
    left = len(state.open_children) + (-1 if wanted.settled else 1)
    told = t.ChildSettled(wanted.child_id, wanted.settled, left)
    goes_on = state.awaits_children and state.status == "on_hold" and left == 0
    if goes_on and asked.origin == "live":
        return [told, *awake(state, "children_settled")]
    return [told]


def spread(state: TicketState, wanted: t.SpreadSolution, asked: Asked) -> Events:
    """What is known of a problem's solution helps everybody who has it."""
    opened(state)
    solution = expect_solved(state, "carried to its incidents")
    incidents = sum(key.startswith("incident ") for key in state.links)
    if not incidents:
        raise Refusal("no_incidents", "No incident is linked to this ticket; link them first.")
    code = wanted.resolution_code or solution.code
    expect_code(asked.setup, code)
    cause = wanted.cause or solution.cause
    words = (wanted.rendition, wanted.length, wanted.language)
    return [t.SolutionSpread(code, incidents, cause, *words)]


def link_external(state: TicketState, wanted: t.LinkExternal, asked: Asked) -> Events:
    opened(state)
    if not wanted.tracker or not wanted.reference:
        raise Refusal("reference_missing", "Name the tracker and the issue in it.", "/reference")
    there = _key(wanted.tracker, wanted.reference) in state.trackers
    return [] if there else [t.TicketLinkedExternally(wanted.tracker, wanted.reference)]


def unlink_external(state: TicketState, wanted: t.UnlinkExternal, asked: Asked) -> Events:
    opened(state)
    there = _key(wanted.tracker, wanted.reference) in state.trackers
    return [t.TicketUnlinkedExternally(wanted.tracker, wanted.reference)] if there else []


def _key(relation: str, other: str) -> str:
    return f"{relation} {other}"


def _linked(state: TicketState, event: t.TicketLinked, _: Recorded[object]) -> None:
    state.links[_key(event.relation, event.other_id)] = None
    if event.relation == "child":
        state.open_children[event.other_id] = None


def _unlinked(state: TicketState, event: t.TicketUnlinked, _: Recorded[object]) -> None:
    state.links.pop(_key(event.relation, event.other_id), None)
    if event.relation == "child":
        state.open_children.pop(event.other_id, None)


def _awaited(state: TicketState, event: t.ChildrenAwaited, _: Recorded[object]) -> None:
    state.awaits_children = event.awaited


def _settled(state: TicketState, event: t.ChildSettled, _: Recorded[object]) -> None:
    if event.settled:
        state.open_children.pop(event.child_id, None)
    else:
        state.open_children[event.child_id] = None


def _external(state: TicketState, event: t.TicketLinkedExternally, _: Recorded[object]) -> None:
    state.trackers[_key(event.tracker, event.reference)] = None


def _no_external(
    state: TicketState, event: t.TicketUnlinkedExternally, _: Recorded[object]
) -> None:
    state.trackers.pop(_key(event.tracker, event.reference), None)


RULES: Rules = {
    t.LinkTicket: link,
    t.MirrorLink: mirror,
    t.UnlinkTicket: unlink,
    t.AwaitChildren: await_children,
    t.SettleChild: settle_child,
    t.SpreadSolution: spread,
    t.LinkExternal: link_external,
    t.UnlinkExternal: unlink_external,
}
FOLDS: Folds = {
    t.TicketLinked: _linked,
    t.TicketUnlinked: _unlinked,
    t.ChildrenAwaited: _awaited,
    t.ChildSettled: _settled,
    t.TicketLinkedExternally: _external,
    t.TicketUnlinkedExternally: _no_external,
}
