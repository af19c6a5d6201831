"""A ticket as an answer shows it: all of it to agents, its public side to its customer."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from typing_extensions import TypedDict

from libs.events.published import tickets as t
from libs.keyring import ERASED, Erased
from services.gateway.contacts.view import SealedValue
from services.gateway.tickets.pages.words import Clear, Person, Words, contact, words_of
from services.gateway.tickets.sentences import Name
from services.gateway.tickets.view import shape

Value = bool | float | str | list[str] | None


class MessageCounts(TypedDict):
    """How many messages a ticket has, by who wrote them. held_back: of a ticket that stands for a
    flood, how many of its requester's are suspended."""

    customer: int
    participants: int
    replies: int
    foreign: int
    held_back: int
    notes: int


class ReminderPage(TypedDict):
    """An agent will be reminded, of what."""

    id: str
    due: str
    agent_id: str
    text: str


class PromisePage(TypedDict):
    """A word that was given and is open. broken: its instant has passed."""

    id: str
    due: str
    agent_id: str
    broken: bool
    text: str


class SideConversationPage(TypedDict):
    """A side conversation; its messages stand in the conversation. contact: nobody for a team's."""

    id: str
    team_id: str
    contact: Person | None
    open: bool
    messages: int


class ChildrenPage(TypedDict):
    """Tickets that are parts of this one. awaited: it cannot be solved before them."""

    awaited: bool
    total: int
    open: int


class TimePage(TypedDict):
    """Work that was logged, in seconds: all, and by agent; entries: by which it is corrected."""

    total_seconds: int
    by_agent: dict[str, int]
    entries: list[shape.LoggedTime]


class TicketPage(TypedDict):
    """A ticket for agents. erased: whether its customer was, and all words with them; fields: by
    name, personal ones in clear for who may see the ticket, "(erased)" once they are gone."""

    id: str
    number: int
    prefix: str
    brand: str
    origin: t.Origin
    session: str
    status: t.Status
    label: str
    outcome: str
    subject: str
    account: str
    channel: str
    created_at: str
    updated_at: str
    solved_at: str | None
    closed_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    waiting: shape.WaitingView | None
    snoozed_until: str | None
    reopenings: int
    follow_up_of: str
    follow_ups: list[str]
    split_from: str
    merged_into: str
    type: t.TicketType
    impact: str
    urgency: str
    priority: int
    priority_source: t.PrioritySource | Literal[""]
    affected_item: shape.AffectedItem
    major_incident: shape.MajorView | None
    category: str
    tags: list[str]
    fields: dict[str, Value]
    due: str | None
    estimate_seconds: int
    reminders: list[ReminderPage]
    promises: list[PromisePage]
    requester: Person
    submitter: Person | None
    affected: Person | None
    organisation_id: str
    plan: str
    vip: bool
    collaborators: list[Person]
    followers: list[str]
    agent_id: str
    team_id: str
    tier: int
    queue: str
    offers: list[shape.OfferView]
    at_work: list[shape.WorkView]
    time: TimePage
    talk: shape.TalkView
    links: list[shape.LinkView]
    external_links: list[shape.ExternalLink]
    children: ChildrenPage
    absorbed: list[str]
    splits: list[str]
    clocks: list[shape.ClockView]
    suggestions: shape.Suggestions
    survey: shape.SurveyView | None
    rating: int | None
    rating_comment: str
    messages: MessageCounts
    last_message: shape.LastMessage
    unanswered_since: str | None
    mentioned: list[str]
    undelivered_replies: list[int]
    scheduled_replies: list[shape.ScheduledReply]
    side_conversations: list[SideConversationPage]
    consultations: list[shape.ConsultationView]
    sequence: int
    erased: bool


class Head(TypedDict):
    """What a ticket is called, and whose it is."""

    subject: str
    requester: Person
    erased: bool


class CustomerTicketPage(TypedDict):
    """A ticket for the customer whose it is: nothing of how it is worked on. rating_scale: on
    which it can be rated."""

    id: str
    number: int
    prefix: str
    status: t.Status
    subject: str
    channel: str
    created_at: str
    solved_at: str | None
    closed_at: str | None
    rating: int | None
    rating_scale: t.SurveyScale
    erased: bool


def contents_of(view: shape.TicketView) -> Iterator[str]:
    """The contents whose words its page for agents shows."""
    words = [item["words"] for item in view["reminders"].values()]
    words += [item["words"] for item in view["promises"].values()]
    yield from filter(None, [view["subject"], view["rating_comment"], *words])


def contacts_of(view: shape.TicketView) -> Iterator[str]:
    """The contacts whose names its page for agents shows."""
    sides = [side["contact_id"] for side in view["sides"].values()]
    named = (view["requester_id"], view["submitter_id"], view["affected_id"])
    yield from filter(None, [*named, *view["collaborators"], *sides])


def sealed_of(view: shape.TicketView) -> Iterator[SealedValue]:
    """The personal values that its page for agents shows."""
    for field in view["fields"].values():
        if field["sealed"] is not None:
            yield field["sealed"]


def ticket_page(
    id: str, view: shape.TicketView, words: Words, clear: Clear, name: Name
) -> TicketPage:
    """For agents, once ``contents_of``, ``sealed_of`` and ``contacts_of`` it were revealed."""
    requester = contact(view["requester_id"], name)
    subject = view["subject"]
    return TicketPage(
        id=id,
        number=view["number"],
        prefix=view["prefix"],
        brand=view["brand"],
        origin=view["origin"],
        session=view["session"],
        status=view["status"],
        label=view["label"],
        outcome=view["outcome"],
        subject=words_of(words, subject).subject,
        account=view["account"],
        channel=view["channel"],
        created_at=view["created_at"],
        updated_at=view["updated_at"],
        solved_at=view["solved_at"],
        closed_at=view["closed_at"],
        solved_by=view["solved_by"],
        resolution_code=view["resolution_code"],
        cause=view["cause"],
        waiting=view["waiting"] if view["status"] in ("pending", "on_hold") else None,
        snoozed_until=view["snoozed_until"],
        reopenings=view["reopenings"],
        follow_up_of=view["follow_up_of"],
        follow_ups=view["follow_ups"],
        split_from=view["split_from"],
        merged_into=view["merged_into"],
        type=view["type"],
        impact=view["impact"],
        urgency=view["urgency"],
        priority=view["priority"],
        priority_source=view["priority_source"],
        affected_item=view["affected_item"],
        major_incident=view["major"],
        category=view["category"],
        tags=view["tags"],
        fields={field: _value(known, clear) for field, known in view["fields"].items()},
        due=view["due"],
        estimate_seconds=view["estimate_seconds"],
        reminders=[_reminder(item, words) for item in view["reminders"].values()],
        promises=[_promise(item, words) for item in view["promises"].values()],
        requester=requester,
        submitter=_maybe(view["submitter_id"], name),
        affected=_maybe(view["affected_id"], name),
        organisation_id=view["organisation_id"],
        plan=view["plan"],
        vip=view["vip"],
        collaborators=[contact(id, name) for id in view["collaborators"]],
        followers=view["followers"],
        agent_id=view["agent_id"],
        team_id=view["team_id"],
        tier=view["tier"],
        queue=view["queue"],
        offers=list(view["offers"].values()),
        at_work=list(view["at_work"].values()),
        time=_time(view),
        talk=view["talk"],
        links=list(view["links"].values()),
        external_links=list(view["external_links"].values()),
        children=_children(view),
        absorbed=view["absorbed"],
        splits=view["splits"],
        clocks=list(view["clocks"].values()),
        suggestions=view["suggestions"],
        survey=view["survey"],
        rating=view["rating"],
        rating_comment=_text(words, view["rating_comment"]),
        messages=MessageCounts(
            customer=view["customer_messages"],
            participants=view["participant_messages"],
            replies=view["replies"],
            foreign=view["foreign_messages"],
            held_back=view["held_back_messages"],
            notes=view["notes"],
        ),
        last_message=view["last_message"],
        unanswered_since=view["unanswered_since"],
        mentioned=view["mentioned"],
        undelivered_replies=view["undelivered"],
        scheduled_replies=list(view["scheduled"].values()),
        side_conversations=[_side(side, name) for side in view["sides"].values()],
        consultations=list(view["consultations"].values()),
        sequence=view["sequence"],
        erased=requester["name"] == str(ERASED) or _is_erased(words, subject),
    )


def head(view: shape.TicketView, words: Words, name: Name) -> Head:
    """For agents, once subject and requester were revealed."""
    requester = contact(view["requester_id"], name)
    return Head(
        subject=words_of(words, view["subject"]).subject,
        requester=requester,
        erased=requester["name"] == str(ERASED) or _is_erased(words, view["subject"]),
    )


def customer_ticket_page(id: str, view: shape.TicketView, words: Words) -> CustomerTicketPage:
    """For the customer whose ticket it is, once its subject was revealed."""
    survey = view["survey"]
    is_open = survey is not None and survey["state"] in ("asked", "delivered", "answered")
    return CustomerTicketPage(
        id=id,
        number=view["number"],
        prefix=view["prefix"],
        status=view["status"],
        subject=words_of(words, view["subject"]).subject,
        channel=view["channel"],
        created_at=view["created_at"],
        solved_at=view["solved_at"],
        closed_at=view["closed_at"],
        rating=view["rating"],
        rating_scale=survey["scale"] if survey is not None and is_open else "stars5",
        erased=_is_erased(words, view["subject"]),
    )


def _is_erased(words: Words, subject: str) -> bool:
    return bool(subject) and isinstance(words[subject], Erased)


def _text(words: Words, id: str) -> str:
    return words_of(words, id).text if id else ""


def _value(field: shape.FieldView, clear: Clear) -> Value:
    sealed = field["sealed"]
    return clear[sealed["sealed"]] if sealed is not None else field["value"]


def _reminder(reminder: shape.ReminderView, words: Words) -> ReminderPage:
    return ReminderPage(
        id=reminder["id"],
        due=reminder["due"],
        agent_id=reminder["agent_id"],
        text=_text(words, reminder["words"]),
    )


def _promise(promise: shape.PromiseView, words: Words) -> PromisePage:
    return PromisePage(
        id=promise["id"],
        due=promise["due"],
        agent_id=promise["agent_id"],
        broken=promise["broken"],
        text=_text(words, promise["words"]),
    )


def _side(side: shape.SideView, name: Name) -> SideConversationPage:
    return SideConversationPage(
        id=side["id"],
        team_id=side["team_id"],
        contact=_maybe(side["contact_id"], name),
        open=side["open"],
        messages=side["messages"],
    )


def _maybe(contact_id: str, name: Name) -> Person | None:
    return contact(contact_id, name) if contact_id else None


def _time(view: shape.TicketView) -> TimePage:
    entries = list(view["logged"].values())
    by_agent: Counter[str] = Counter()
    for entry in entries:
        by_agent[entry["agent_id"]] += entry["seconds"]
    return TimePage(total_seconds=sum(by_agent.values()), by_agent=dict(by_agent), entries=entries)


def _children(view: shape.TicketView) -> ChildrenPage:
    children = [link for link in view["links"].values() if link["relation"] == "child"]
    open_still = sum(not child["settled"] for child in children)
    return ChildrenPage(awaited=view["awaits_children"], total=len(children), open=open_still)
