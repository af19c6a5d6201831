"""The document of a ticket. Instants are text (``instants.py``); "" and None mean not yet, or none.

What there may be several of stands by its id, and says that id itself: pages show the values.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from libs.events.published import tickets as t
from services.gateway.contacts.view import SealedValue


class LastMessage(TypedDict):
    """The newest message. sequence: of the event that holds it."""

    sequence: int
    at: str
    role: str
    visibility: str


class WaitingView(TypedDict):
    """Whom it waits for. party: ``customer`` while it is pending; reference: their number for it;
    until: at most; since: when it began."""

    party: str
    reason: str
    reference: str
    until: str | None
    since: str


class BeforeRevival(TypedDict):
    """What a ticket goes back to, should the message that revived it turn out to want nothing."""

    label: str
    waiting: WaitingView | None
    solved_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    rating: int | None
    rating_comment: str
    was_solved: bool


class MajorView(TypedDict):
    """A major incident. update_due: when the next public word is; missed: how often it was not
    given in time."""

    update_every_seconds: int
    update_due: str
    missed: int


class AffectedItem(TypedDict):
    """What it is about, by the desk's own ids."""

    service: str
    product: str
    asset: str


class FieldView(TypedDict):
    """The value of a field of the desk's own: in clear, or, of a personal one, sealed."""

    value: bool | float | str | list[str] | None
    sealed: SealedValue | None


class ReminderView(TypedDict):
    """Whom to remind, when, and of what (a content; "" for nothing more)."""

    id: str
    due: str
    agent_id: str
    words: str


class PromiseView(TypedDict):
    """A word that was given and is open. broken: its instant has passed; words: a content."""

    id: str
    due: str
    agent_id: str
    broken: bool
    words: str


class WorkView(TypedDict):
    """Somebody at work on it. since: when they began."""

    agent_id: str
    since: str
    activity: str


class LoggedTime(TypedDict):
    """Work that was done. sequence: of the event that logged it, by which it can be corrected."""

    sequence: int
    agent_id: str
    seconds: int
    activity: str


class TalkView(TypedDict):
    """Calls and chats, all together."""

    count: int
    talk_seconds: int
    hold_seconds: int
    wrap_up_seconds: int


class LinkView(TypedDict):
    """What another ticket is to this one. settled: of a child, whether it is done."""

    ticket_id: str
    relation: t.Relation
    settled: bool


class ExternalLink(TypedDict):
    """An issue in somebody's tracker."""

    tracker: str
    reference: str


class ClockView(TypedDict):
    """A promise on a clock. state: what became of it; breached: it was too late; explained: why,
    and excluded: that it does not count; took_seconds: business time, once met."""

    id: str
    metric: t.SlaMetric
    policy: str
    target_seconds: int
    due_at: str
    state: Literal["running", "met", "cancelled"]
    warned_percent: int
    breached: bool
    took_seconds: int | None
    explained: str
    excluded: bool


class OfferView(TypedDict):
    """An agent who is asked to take it."""

    id: str
    agent_id: str
    until: str


class Suggestions(TypedDict):
    """Suggested articles, in numbers."""

    shown: int
    used: int
    rejected: int


class SurveyView(TypedDict):
    """How the customer is asked about the present solution. sequence: of the asking; reason: why
    they are not."""

    sequence: int
    survey: str
    version: int
    scale: t.SurveyScale
    cycle: int
    state: Literal["asked", "delivered", "answered", "expired", "skipped"]
    reason: str


class SideView(TypedDict):
    """A side conversation, with a team or a contact who is not the customer."""

    id: str
    team_id: str
    contact_id: str
    open: bool
    messages: int


class ConsultationView(TypedDict):
    """Advice that was asked for and has not come."""

    id: str
    asked_by: str
    agent_id: str
    team_id: str
    asked_at: str


class ScheduledReply(TypedDict):
    """An answer that waits for its instant. sequence: of the event that holds it."""

    sequence: int
    agent_id: str
    send_at: str


# Whose links were revoked where it was everybody's.
EVERYBODYS = "all"


class TicketView(TypedDict):
    """A ticket at one sequence.

    subject: id of the rendition of the first message, "" once it is redacted; created_at,
    solved_at, closed_at: when it happened in the world; updated_at: when the log took the last
    event (what ``as_of`` means); unanswered_since: when the customer wrote what no agent has
    answered; mentioned: agents whom notes name; undelivered: sequences of the replies that nobody
    tries to deliver any more; follow_ups: the tickets that messages to this closed one opened;
    absorbed: those that were merged into this one; splits: those that were made of its messages;
    links_revoked: by contact, the instant until which tracking links open nothing any more.
    """

    # Its life
    number: int
    prefix: str
    brand: str
    origin: t.Origin
    session: str
    status: t.Status
    label: str
    label_before_end: str
    outcome: str
    account: str
    channel: str
    subject: str
    created_at: str
    updated_at: str
    solved_at: str | None
    closed_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    waiting: WaitingView | None
    snoozed_until: str | None
    reopenings: int
    before_revival: BeforeRevival | None
    follow_up_of: str
    follow_ups: list[str]
    split_from: str
    merged_into: str
    # How much it matters
    type: t.TicketType
    impact: str
    urgency: str
    priority: int
    priority_source: t.PrioritySource | Literal[""]
    affected_item: AffectedItem
    major: MajorView | None
    # What is said
    customer_messages: int
    participant_messages: int
    foreign_messages: int
    held_back_messages: int
    replies: int
    notes: int
    last_message: LastMessage
    unanswered_since: str | None
    mentioned: list[str]
    undelivered: list[int]
    scheduled: dict[str, ScheduledReply]
    sides: dict[str, SideView]
    consultations: dict[str, ConsultationView]
    # What is written on it
    category: str
    tags: list[str]
    fields: dict[str, FieldView]
    due: str | None
    estimate_seconds: int
    reminders: dict[str, ReminderView]
    promises: dict[str, PromiseView]
    # Whose it is
    requester_id: str
    submitter_id: str
    affected_id: str
    organisation_id: str
    plan: str
    vip: bool
    collaborators: list[str]
    followers: list[str]
    agent_id: str
    team_id: str
    tier: int
    # Work
    at_work: dict[str, WorkView]
    logged: dict[str, LoggedTime]
    talk: TalkView
    # Other tickets
    links: dict[str, LinkView]
    external_links: dict[str, ExternalLink]
    awaits_children: bool
    absorbed: list[str]
    splits: list[str]
    # What others say
    queue: str
    offers: dict[str, OfferView]
    clocks: dict[str, ClockView]
    suggestions: Suggestions
    survey: SurveyView | None
    rating: int | None
    links_revoked: NotRequired[dict[str, str]]
    rating_comment: str
    sequence: int
