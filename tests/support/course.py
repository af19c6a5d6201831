"""A ticket's course: how often it changed hands, waited and came back, folded from its events."""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Recorded
from libs.events.published import tickets as t

LABELLED = (t.StatusLabelled, t.TicketMarkedPending, t.TicketPutOnHold, t.TicketSolved)


class Course(msgspec.Struct):
    """What is known of a ticket's course after its last event; durations by ``occurred_at``.

    events: how many; happenings: those of one correlation in a row are one; handovers: between
    teams; escalations: to a higher tier, the first tier being none; waiting: pending or on hold;
    queued: new or open, and nobody's; outcome: see ``OUTCOMES``, "" while there is none.
    """

    first_at: datetime
    last_at: datetime
    first_ended_at: datetime | None = None
    events: int = 0
    happenings: int = 0
    correlation_id: str = ""
    status: t.Status | None = None
    label: str = ""
    outcome: str = ""
    impact: str = ""
    impact_changes: int = 0
    product: str = ""
    agent_id: str = ""
    team_ids: set[str] = set()
    handovers: int = 0
    tier: int = 0
    highest_tier: int = 0
    escalations: int = 0
    reopenings: int = 0
    waiting: timedelta = timedelta()
    queued: timedelta = timedelta()

    @classmethod
    def begun(cls, recorded: Recorded[object]) -> "Course":
        """That of a ticket with this first event, which is still to be taken in."""
        return cls(recorded.occurred_at, recorded.occurred_at)

    def take(self, recorded: Recorded[object]) -> None:
        """Take in the ticket's next event."""
        self._pass(recorded.occurred_at)
        self.events += 1
        if recorded.correlation_id != self.correlation_id:
            self.happenings += 1
            self.correlation_id = recorded.correlation_id
        event = recorded.data
        self._stand(event)
        if self.status in ("solved", "closed") and self.first_ended_at is None:
            self.first_ended_at = recorded.occurred_at
        match event:
            case t.TicketAssessed():
                self.impact_changes += event.from_impact not in ("", event.impact)
                self.impact = event.impact
            case t.AffectedItemSet():
                self.product = event.product
            case t.TicketAssigned():
                self.handovers += event.from_team_id not in ("", event.team_id)
                self.agent_id = event.agent_id
                self.team_ids.add(event.team_id)
            case t.TierChanged():
                self.escalations += 0 < event.from_tier < event.tier
                self.tier = event.tier
                self.highest_tier = max(self.highest_tier, event.tier)
            case t.TicketReopened():
                self.reopenings += 1

    def _pass(self, now: datetime) -> None:
        passed = now - self.last_at
        if self.status in ("pending", "on_hold"):
            self.waiting += passed
        elif self.status in ("new", "open") and not self.agent_id:
            self.queued += passed
        self.last_at = now

    def _stand(self, event: object) -> None:
        before, self.status = self.status, t.status_after(self.status, event)
        self.outcome = t.OUTCOMES.get(type(event), self.outcome)
        if isinstance(event, LABELLED):
            self.label = event.label
        elif self.status != before:
            self.label = ""
