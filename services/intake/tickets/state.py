"""What a ticket must remember to decide: no words, no names, only what a rule asks for."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.published import tickets as t

SETTLED = -1


class Solution(msgspec.Struct, frozen=True):
    """How, when and by whom the ticket was last solved. sequence: of its TicketSolved."""

    sequence: int
    at: datetime
    agent_id: str
    code: str
    cause: str
    team_id: str = ""


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """Since which event the ticket waits, and until when at most."""

    since: int
    until: datetime | None = None


class Revival(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last time that a message woke or reopened the ticket: what it would go back to."""

    sequence: int
    message_sequence: int
    status: t.Status
    label: str = ""
    solution: Solution | None = None
    rating: "Rating | None" = None
    waiting: Waiting | None = None


class Disturbance(msgspec.Struct, frozen=True):
    """The last time that a message ended a snooze. until: of the snooze."""

    message_sequence: int
    until: datetime


class Rating(msgspec.Struct, frozen=True):
    """The customer's present judgement of that solution."""

    score: int
    comment_id: str


class Message(msgspec.Struct, frozen=True, array_like=True):
    """A message that the ticket holds. contents: digests of its contents' ids; by: an agent's id
    for a note or reply, "" for everybody else."""

    kind: Literal["customer", "participant", "foreign", "reply", "note", "other"]
    contents: tuple[str, ...]
    by: str = ""
    reply_wanted: bool = True


class Scheduled(msgspec.Struct, frozen=True):
    """A reply that waits for its instant."""

    event: t.ReplyScheduled


class Side(msgspec.Struct, frozen=True, omit_defaults=True):
    """A side conversation: with whom."""

    contact_id: str = ""
    team_id: str = ""
    open: bool = True


class Consultation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A specialist who was asked and has not answered."""

    asked_by: str
    agent_id: str = ""
    team_id: str = ""


class Reminder(msgspec.Struct, frozen=True):
    """Whom to remind, and when."""

    agent_id: str
    due: datetime


class Promise(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word that was given; broken: its instant has passed."""

    agent_id: str
    due: datetime
    broken: bool = False


class Working(msgspec.Struct, frozen=True):
    """An agent at work since an event."""

    sequence: int
    since: datetime
    activity: str


class Clock(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clock that runs, or ran."""

    metric: t.SlaMetric
    due_at: datetime
    breached: bool = False
    over: bool = False
    explained: tuple[str, bool] = ("", False)


class Offer(msgspec.Struct, frozen=True):
    """An agent who was asked to take it."""

    agent_id: str
    until: datetime


class Survey(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last question to the customer. expired: no answer counts any more."""

    sequence: int
    scale: t.SurveyScale
    agent_id: str
    team_id: str
    delivered: bool = False
    expired: bool = False


class Major(msgspec.Struct, frozen=True):
    """A major incident: since which event nothing public was said, and how often it should be."""

    since: int
    update_every: int


class TicketState(msgspec.Struct, omit_defaults=True):
    """A ticket as its decisions see it.

    Dictionaries hold what is alive: a reminder that fired, an offer that was answered is gone.
    followed: the merged contacts whose it was before it came to its requester, the first first;
    status: None before it was opened; replies: by sequence of AgentReplied, how many attempts at
    delivery are on record, or SETTLED; written: their sequences by the ids of their events, as
    far as somebody outside may still speak of them; digests: messages that it has (a dictionary for
    its order); addressed: contacts who got a copy of an answer; held_back: messages of its
    requester.
    """

    # Its life
    status: t.Status | None = None
    label: str = ""
    origin: t.Origin = "live"
    waiting: Waiting | None = None
    snoozed_until: datetime | None = None
    disturbed: Disturbance | None = None
    solution: Solution | None = None
    cycles: int = 0
    revival: Revival | None = None
    ended_as: Literal["", "cancelled", "spam"] = ""
    status_before_end: t.Status = "new"
    label_before_end: str = ""
    # How much it matters
    impact: str = ""
    urgency: str = ""
    priority: int = 0
    priority_by_hand: bool = False
    type: t.TicketType = ""
    affected_item: tuple[str, str, str] = ("", "", "")
    major: Major | None = None
    # What is said. number: as its customer reads it; invited: whom it answers is still to come
    number: str = ""
    account: str = ""
    channel: str = ""
    invited: bool = False
    messages: dict[int, Message] = {}
    replies: dict[int, int] = {}
    written: dict[str, int] = {}
    digests: dict[str, None] = {}
    scheduled: dict[int, Scheduled] = {}
    sides: dict[str, Side] = {}
    consultations: dict[str, Consultation] = {}
    # What is written on it
    category: str = ""
    tags: dict[str, None] = {}
    fields: dict[str, t.FieldValue] = {}
    due: datetime | None = None
    estimate: int = 0
    reminders: dict[str, Reminder] = {}
    promises: dict[str, Promise] = {}
    # Whose it is
    requester_id: str = ""
    followed: tuple[str, ...] = ()
    submitter_id: str = ""
    affected_id: str = ""
    agent_id: str = ""
    team_id: str = ""
    before: tuple[str, str] = ("", "")
    tier: int = 0
    followers: dict[str, None] = {}
    collaborators: dict[str, None] = {}
    addressed: dict[str, None] = {}
    held_back: int = 0
    # Work
    working: dict[str, Working] = {}
    logged: dict[int, int] = {}
    # Other tickets
    links: dict[str, None] = {}
    trackers: dict[str, None] = {}
    preparing: dict[str, int] = {}
    merged_into: str = ""
    absorbed: dict[str, str] = {}
    splits: dict[str, tuple[int, ...]] = {}
    given_away: dict[int, None] = {}
    awaits_children: bool = False
    open_children: dict[str, None] = {}
    # What others have said about it
    clocks: dict[str, Clock] = {}
    queue: str = ""
    offers: dict[str, Offer] = {}
    suggestions: dict[str, dict[str, int]] = {}
    survey: Survey | None = None
    rating: Rating | None = None
