"""Other tickets and issues elsewhere, folded: links, children, what was merged in or split off."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.view.folds import Folds, without
from services.gateway.tickets.view.shape import ExternalLink, LinkView, TicketView


def _linked(view: TicketView, event: t.TicketLinked, _: Recorded[object]) -> None:
    link = LinkView(ticket_id=event.other_id, relation=event.relation, settled=False)
    view["links"] = view["links"] | {_key(event.relation, event.other_id): link}


def _unlinked(view: TicketView, event: t.TicketUnlinked, _: Recorded[object]) -> None:
    view["links"] = without(view["links"], _key(event.relation, event.other_id))


def _awaited(view: TicketView, event: t.ChildrenAwaited, _: Recorded[object]) -> None:
    view["awaits_children"] = event.awaited


def _settled(view: TicketView, event: t.ChildSettled, _: Recorded[object]) -> None:
    key = _key("child", event.child_id)
    child: LinkView = {**view["links"][key], "settled": event.settled}
    view["links"] = view["links"] | {key: child}


def _external(view: TicketView, event: t.TicketLinkedExternally, _: Recorded[object]) -> None:
    link = ExternalLink(tracker=event.tracker, reference=event.reference)
    view["external_links"] = view["external_links"] | {_key(event.tracker, event.reference): link}


def _no_external(view: TicketView, event: t.TicketUnlinkedExternally, _: Recorded[object]) -> None:
    key = _key(event.tracker, event.reference)
    view["external_links"] = without(view["external_links"], key)


def _absorbed(view: TicketView, event: t.TicketAbsorbed, _: Recorded[object]) -> None:
    view["absorbed"] = [*view["absorbed"], event.source_id]


def _surrendered(view: TicketView, event: t.TicketSurrendered, _: Recorded[object]) -> None:
    view["absorbed"] = [id for id in view["absorbed"] if id != event.source_id]


def _split(view: TicketView, event: t.TicketSplit, _: Recorded[object]) -> None:
    view["splits"] = [*view["splits"], event.new_id]


def _split_undone(view: TicketView, event: t.SplitUndone, _: Recorded[object]) -> None:
    view["splits"] = [id for id in view["splits"] if id != event.new_id]


def _key(relation: str, other: str) -> str:
    return f"{relation} {other}"


FOLDS: Folds = {
    t.TicketLinked: _linked,
    t.TicketUnlinked: _unlinked,
    t.ChildrenAwaited: _awaited,
    t.ChildSettled: _settled,
    t.TicketLinkedExternally: _external,
    t.TicketUnlinkedExternally: _no_external,
    t.TicketAbsorbed: _absorbed,
    t.TicketSurrendered: _surrendered,
    t.TicketSplit: _split,
    t.SplitUndone: _split_undone,
}
