"""Random lives of tickets, and the lists that an offline fold of their log gives at an instant."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view import TicketView, ticket_at
from tests.support.gateway_story import message, opened, recorded

BEGIN = datetime(2023, 5, 1, 8, 0, 0, 250, tzinfo=UTC)
AGENTS, TEAMS = ("", "anna", "bob", "chi"), ("", "it", "hr")
CATEGORIES = ("", "network", "network.wifi", "network.wifi.guest", "printers")
STATUSES: Sequence[t.Status] = ("new", "open", "pending", "on_hold", "solved", "closed")


def lives(tickets: int, seed: int) -> Sequence[Recorded[object]]:
    """The log of so many tickets, by instant: steps that follow at once, and after months."""
    chance = random.Random(seed)
    log: list[Recorded[object]] = []
    for number in range(1, tickets + 1):
        id = f"t-00{number:024x}"
        at = BEGIN + timedelta(days=chance.uniform(0, 500))
        for sequence in range(1, chance.randrange(2, 25)):
            event = opened(number) if sequence == 1 else _step(chance)
            one = recorded(event, sequence, "agent:anna", id)
            log.append(msgspec.structs.replace(one, recorded_at=at, occurred_at=at))
            at += chance.choice([0, 1, 1]) * timedelta(seconds=10 ** chance.uniform(-5, 7))
    return sorted(log, key=lambda one: (one.recorded_at, one.aggregate_id, one.sequence))


def _step(chance: random.Random) -> msgspec.Struct:
    steps: Sequence[Callable[[], msgspec.Struct]] = (
        lambda: t.TicketAssigned(agent_id=chance.choice(AGENTS), team_id=chance.choice(TEAMS)),
        lambda: t.PriorityChanged(chance.randrange(1, 6), "hand"),
        lambda: t.TicketCategorized(chance.choice(CATEGORIES)),
        lambda: t.NoteAdded("anna", message("note", "agent", "internal", "out")),
        lambda: t.TicketMarkedPending(from_status="open", reason="serial_number"),
        lambda: t.TicketWoken(cause="customer_reply", from_status="pending"),
        lambda: t.TicketSolved("workaround", "bob", "open"),
        lambda: t.TicketReopened("agent", "solved", "bob", "workaround"),
        lambda: t.TicketClosed(BEGIN),
        lambda: t.StatusLabelled("open", "with_vendor"),
    )
    return chance.choice(steps)()


def listed(
    log: Sequence[Recorded[object]], instant: datetime, field: str, value: object, status: str
) -> Sequence[tuple[str, str]]:
    """Ids and instants of change of the tickets in this list then, by an offline fold.

    field, status: "" for all.
    """
    views: dict[str, TicketView | None] = defaultdict(lambda: None)
    for one in log:
        if one.recorded_at <= instant:
            views[one.aggregate_id] = ticket_at(views[one.aggregate_id], one)
    found = [
        (view["updated_at"], id)
        for id, view in views.items()
        if view is not None and status in ("", view["status"]) and _is_in(view, field, value)
    ]
    assert all(at <= text(instant) for at, _ in found)
    return [(id, at) for at, id in sorted(found, reverse=True)]


def _is_in(view: TicketView, field: str, value: object) -> bool:
    if field == "category":
        return f"{view['category']}.".startswith(f"{value}.")
    return not field or {**view}[field] == value
