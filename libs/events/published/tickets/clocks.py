"""Clocks that run against a promise (SLA). The clock's owner sends what it sees; here it becomes
the ticket's history. A pause follows from status and calendar and needs no event.
"""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code

__all__ = [
    "BreachSlaClock",
    "CancelSlaClock",
    "ExplainSlaBreach",
    "MeetSlaClock",
    "RetargetSlaClock",
    "SlaBreachExplained",
    "SlaClockBreached",
    "SlaClockCancelled",
    "SlaClockMet",
    "SlaClockRetargeted",
    "SlaClockStarted",
    "SlaClockWarned",
    "SlaMetric",
    "SlaTerms",
    "StartSlaClock",
    "WarnSlaClock",
]

SlaMetric = Literal["first_reply", "next_reply", "resolution", "periodic_update", "pickup"]


class SlaTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was promised: by which policy and calendar, how much (s of business time), until
    when."""

    metric: SlaMetric
    policy: Code
    policy_version: int
    calendar: Code
    calendar_version: int
    target_seconds: int
    due_at: datetime


@command("tickets")
class StartSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clock runs. since: sequence of the event that started it."""

    clock_id: str
    terms: SlaTerms
    since: int


@command("tickets")
class RetargetSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """Other terms for a clock that runs, and why (``priority_changed``, ``plan_changed``, …)."""

    clock_id: str
    terms: SlaTerms
    reason: Code


@command("tickets")
class WarnSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """It will soon be too late. due_at: of the terms that are meant."""

    clock_id: str
    due_at: datetime
    percent: int = 0


@command("tickets")
class BreachSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is too late. If what was promised is in the log by now, nothing happens."""

    clock_id: str
    due_at: datetime


@command("tickets")
class MeetSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was done. by: sequence of the event that did it; took_seconds: of business time."""

    clock_id: str
    by: int
    took_seconds: int


@command("tickets")
class CancelSlaClock(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing is promised any more (merged, spam, another policy)."""

    clock_id: str
    reason: Code


@command("tickets")
class ExplainSlaBreach(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say why it was too late, or that it does not count."""

    clock_id: str
    reason: Code
    excluded: bool = False


@event("tickets")
class SlaClockStarted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A promise runs. since: sequence of the event that it runs from."""

    clock_id: str
    terms: SlaTerms
    since: int


@event("tickets")
class SlaClockRetargeted(msgspec.Struct, frozen=True, omit_defaults=True):
    """The promise is another one now."""

    clock_id: str
    terms: SlaTerms
    reason: Code
    from_due_at: datetime


@event("tickets")
class SlaClockWarned(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many percent of the time are gone."""

    clock_id: str
    due_at: datetime
    percent: int = 0


@event("tickets")
class SlaClockBreached(msgspec.Struct, frozen=True, omit_defaults=True):
    """The promise was broken at due_at. agent_id, team_id: who had the ticket."""

    clock_id: str
    due_at: datetime
    agent_id: str = ""
    team_id: str = ""


@event("tickets")
class SlaClockMet(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was promised was done; late: after it had been broken."""

    clock_id: str
    by: int
    took_seconds: int
    late: bool = False


@event("tickets")
class SlaClockCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """The promise is off."""

    clock_id: str
    reason: Code


@event("tickets")
class SlaBreachExplained(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why it was broken; excluded: it does not count in reports."""

    clock_id: str
    reason: Code
    excluded: bool = False
