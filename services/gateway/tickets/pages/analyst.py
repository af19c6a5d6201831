"""A ticket and its history for analysts: what can be counted, and nobody in it. Pure.

An allow-list: no names, addresses, words or subjects, no numbers that stand in mails, no free text
in fields. People, organisations and agents are stable pseudonyms, so that one's tickets can still
be counted as one's; only whoever has the installation's secret can tell whose they are.
"""

import hmac
from collections.abc import Iterator, Mapping

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import FieldDefinition
from services.gateway.instants import text
from services.gateway.tickets.view import shape

# Kinds of fields in which nobody can write words.
_COUNTABLE = ("number", "choice", "multi_choice", "date", "boolean")


class Pseudonyms:
    """Stable names for people, under a secret of the installation."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, id: str) -> str:
        """``x-`` and 24 hexadecimal digits; "" for nobody."""
        return f"x-{hmac.digest(self._secret, id.encode(), 'sha256').hex()[:24]}" if id else ""

    def of_actor(self, actor: str) -> str:
        """``contact:x-…``; services and adapters, who are nobody, as they are."""
        kind, _, id = actor.partition(":")
        return f"{kind}:{self.of(id)}" if kind in ("contact", "agent") else actor


class CountedClock(TypedDict):
    """A promise on a clock, without its reasons."""

    metric: t.SlaMetric
    policy: str
    target_seconds: int
    due_at: str
    state: str
    breached: bool
    took_seconds: int | None
    excluded: bool


class AnalystTicketPage(TypedDict):
    """A ticket for analysts. requester, organisation, agent, solved_by: pseudonyms; waiting_for:
    whom it waits for, "" for nobody."""

    id: str
    brand: str
    origin: t.Origin
    status: t.Status
    label: str
    outcome: str
    channel: str
    created_at: str
    updated_at: str
    solved_at: str | None
    closed_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    waiting_for: str
    snoozed_until: str | None
    reopenings: int
    type: t.TicketType
    impact: str
    urgency: str
    priority: int
    category: str
    tags: list[str]
    fields: dict[str, bool | float | str | list[str] | None]
    due: str | None
    estimate_seconds: int
    requester: str
    organisation: str
    plan: str
    vip: bool
    agent: str
    team_id: str
    tier: int
    queue: str
    worked_seconds: int
    talk: shape.TalkView
    clocks: list[CountedClock]
    suggestions: shape.Suggestions
    rating: int | None
    customer_messages: int
    replies: int
    notes: int
    sequence: int


class AnalystStepPage(TypedDict):
    """One step of a history for analysts. actor: a pseudonym."""

    sequence: int
    at: str
    recorded_at: str
    type: str
    actor: str


def analyst_ticket_page(
    id: str,
    view: shape.TicketView,
    fields: Mapping[str, FieldDefinition],
    pseudonyms: Pseudonyms,
) -> AnalystTicketPage:
    """fields: those of the desk's own, as they are defined now."""
    waiting = view["waiting"] if view["status"] in ("pending", "on_hold") else None
    return AnalystTicketPage(
        id=id,
        brand=view["brand"],
        origin=view["origin"],
        status=view["status"],
        label=view["label"],
        outcome=view["outcome"],
        channel=view["channel"],
        created_at=view["created_at"],
        updated_at=view["updated_at"],
        solved_at=view["solved_at"],
        closed_at=view["closed_at"],
        solved_by=pseudonyms.of(view["solved_by"]),
        resolution_code=view["resolution_code"],
        cause=view["cause"],
        waiting_for=waiting["party"] if waiting else "",
        snoozed_until=view["snoozed_until"],
        reopenings=view["reopenings"],
        type=view["type"],
        impact=view["impact"],
        urgency=view["urgency"],
        priority=view["priority"],
        category=view["category"],
        tags=view["tags"],
        fields=dict(_countable(view, fields)),
        due=view["due"],
        estimate_seconds=view["estimate_seconds"],
        requester=pseudonyms.of(view["requester_id"]),
        organisation=pseudonyms.of(view["organisation_id"]),
        plan=view["plan"],
        vip=view["vip"],
        agent=pseudonyms.of(view["agent_id"]),
        team_id=view["team_id"],
        tier=view["tier"],
        queue=view["queue"],
        worked_seconds=sum(entry["seconds"] for entry in view["logged"].values()),
        talk=view["talk"],
        clocks=[_clock(clock) for clock in view["clocks"].values()],
        suggestions=view["suggestions"],
        rating=view["rating"],
        customer_messages=view["customer_messages"],
        replies=view["replies"],
        notes=view["notes"],
        sequence=view["sequence"],
    )


def analyst_step_page(recorded: Recorded[object], pseudonyms: Pseudonyms) -> AnalystStepPage:
    """What happened, and when; the sentence names people and repeats what servers answered."""
    return AnalystStepPage(
        sequence=recorded.sequence,
        at=text(recorded.occurred_at),
        recorded_at=text(recorded.recorded_at),
        type=recorded.type,
        actor=pseudonyms.of_actor(recorded.actor),
    )


def _countable(
    view: shape.TicketView, fields: Mapping[str, FieldDefinition]
) -> Iterator[tuple[str, bool | float | str | list[str] | None]]:
    for code, field in view["fields"].items():
        known = fields.get(code)
        if known is not None and not known.personal and known.type in _COUNTABLE:
            yield code, field["value"]


def _clock(clock: shape.ClockView) -> CountedClock:
    return CountedClock(
        metric=clock["metric"],
        policy=clock["policy"],
        target_seconds=clock["target_seconds"],
        due_at=clock["due_at"],
        state=clock["state"],
        breached=clock["breached"],
        took_seconds=clock["took_seconds"],
        excluded=clock["excluded"],
    )
