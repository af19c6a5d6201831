"""Bodies and pages. Written by `make docs` from the interface's description: do not edit."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class Absorption(TypedDict):
    """
    Which ticket to take in, and why they are one.
    """

    source_id: str
    reason: NotRequired[str | None]


class Activity(TypedDict):
    """
    What kind of work, in the desk's own terms.
    """

    activity: NotRequired[str | None]


class AddressPage(TypedDict):
    """
    One address of a contact. address: "(erased)" after an erasure; bounced: why mail to it fails
    for good, "" if it does not; came_from: the merged contact that had it.
    """

    id: str
    channel: str
    address: str
    registered_at: str
    released: bool
    verified: bool
    bounced: str
    came_from: str


class Advice(TypedDict):
    """
    The specialist's word.
    """

    text: str


class Affected(TypedDict):
    """
    Who has the trouble; none for the requester.
    """

    contact_id: NotRequired[str | None]


class AffectedItem(TypedDict):
    """
    What it is about, by the desk's own ids.
    """

    service: str
    product: str
    asset: str


class AnalystStepPage(TypedDict):
    """
    One step of a history for analysts. actor: a pseudonym.
    """

    sequence: int
    at: str
    recorded_at: str
    type: str
    actor: str


class ApiKeyMade(TypedDict):
    """
    A key was made, or has another secret. key: what its holder sends; it is not shown again.
    """

    id: str
    sequence: int
    command_id: str
    key: str


class ApiKeyPage(TypedDict):
    """
    A key, without its secret. overlap_until: how long the secret before still counts, "" for
    none; used_at: when it was last used, to the minute, "" for never.
    """

    id: str
    name: str
    subject: str
    role: Literal["admin", "lead", "agent", "light_agent", "partner", "analyst"]
    teams: list[str]
    scopes: list[str]
    expires_at: str
    overlap_until: str
    issued_at: str
    issued_by: str
    rotated_at: str
    revoked_at: str
    used_at: str
    sequence: int


class ApiKeys(TypedDict):
    """
    All keys, those that are revoked or over, too.
    """

    items: list[ApiKeyPage]


class Article(TypedDict):
    """
    Which of the suggested articles.
    """

    article_id: str


class Assessment(TypedDict):
    """
    How many it hits, and how long it can wait (high, medium or low, unless the desk has other
    levels); what is left out stays.
    """

    impact: NotRequired[str | None]
    urgency: NotRequired[str | None]


class Assignment(TypedDict):
    """
    Who has the ticket from now on: an agent, a team, or both.
    """

    agent_id: NotRequired[str | None]
    team_id: NotRequired[str | None]
    reason: NotRequired[str | None]


class AttachmentPage(TypedDict):
    """
    A file of a message; its bytes are at ``/v1/tickets/<ticket>/contents/<id>``. redacted: they
    are gone for good. inline: the HTML shows it, as ``cid:`` and its content_id; really: its type
    where it says that it is something else, else "".
    """

    id: str
    name: str
    size: int
    media_type: str
    really: str
    inline: bool
    content_id: str
    redacted: bool


class AuditEntryPage(TypedDict):
    """
    The same with its id, by which a copy of the audit log knows it again.
    """

    at: str
    last_at: str
    kind: Literal["act", "refusal", "read"]
    what: str
    actor: str
    targets: list[str]
    sentence: str
    count: int
    host: str
    method: str
    route: str
    request_id: str
    id: str


class AuditPages(TypedDict):
    """
    Entries, the newest first. next: the cursor of the next page.
    """

    items: list[AuditEntryPage]
    next: str | None


class Batch(TypedDict):
    """
    What is done to which tickets. action: as in its own address, such as ``assignment`` or
    ``macros/m-…/apply``; body: what that takes; seen: by ticket the ETag that was seen, which
    refuses the command if it has changed.
    """

    tickets: list[str]
    action: str
    body: NotRequired[dict[str, Any] | None]
    seen: NotRequired[dict[str, str]]


class Being(TypedDict):
    """
    What the caller does on a ticket. `gone`: nothing any more.
    """

    doing: Literal["looking", "typing"] | Literal["gone"]


class BlockedSender(TypedDict):
    """
    Whom to block, and why.
    """

    channel: NotRequired[str]
    address: NotRequired[str | None]
    domain: NotRequired[str | None]
    reason: str


class Blocking(TypedDict):
    """
    Why nothing is taken from the contact any more.
    """

    reason: str


class Bounce(TypedDict):
    """
    Why mail to the address fails for good: RFC 3463's code, such as 5.1.1.
    """

    status: NotRequired[str | None]


class BrandOfDesk(TypedDict):
    """
    A name under which the desk works. prefix: before its tickets' numbers; accounts: channel
    accounts that belong to it.
    """

    name: str
    prefix: NotRequired[str]
    accounts: NotRequired[list[str]]


class BrandPage(TypedDict):
    """
    A name under which the desk works.
    """

    brand: str
    name: str
    prefix: str
    accounts: list[str]


class CannedReply(TypedDict):
    """
    An answer that is often given, with placeholders. language: none for any; team_id: none for
    everybody's.
    """

    name: str
    text: str
    language: NotRequired[str]
    team_id: NotRequired[str]


class CannedReplyPage(TypedDict):
    """
    A canned reply, with its placeholders.
    """

    id: str
    name: str
    text: str
    language: str
    team_id: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class CannedReplyUse(TypedDict):
    """
    The canned reply that an answer was made from, in the version that was filled in.
    """

    id: str
    version: int


class Categories(TypedDict):
    """
    The whole tree, as paths: hardware, hardware.printer. None: any category may be given.
    """

    categories: list[str]


class Category(TypedDict):
    """
    A path in the desk's tree of categories, such as hardware.printer; none for no category.
    """

    category: NotRequired[str | None]


class Change(TypedDict):
    """
    A field, before and after; `before` is null where there was no ticket yet.
    """

    before: Any
    after: Any


class Children(TypedDict):
    """
    Whether it cannot be solved while a child of it is not.
    """

    awaited: bool


class ChildrenPage(TypedDict):
    """
    Tickets that are parts of this one. awaited: it cannot be solved before them.
    """

    awaited: bool
    total: int
    open: int


class Classification(TypedDict):
    """
    Of which type it is; "" for none.
    """

    type: Literal["", "question", "incident", "problem", "service_request", "task"]


class ClockView(TypedDict):
    """
    A promise on a clock. state: what became of it; breached: it was too late; explained: why,
    and excluded: that it does not count; took_seconds: business time, once met.
    """

    id: str
    metric: Literal["first_reply", "next_reply", "resolution", "periodic_update", "pickup"]
    policy: str
    target_seconds: int
    due_at: str
    state: Literal["running", "met", "cancelled"]
    warned_percent: int
    breached: bool
    took_seconds: int | None
    explained: str
    excluded: bool


class CodeAsked(TypedDict):
    """
    What happens now.
    """

    detail: str


class Collaborator(TypedDict):
    """
    Which contact.
    """

    contact_id: str


class CommandPage(TypedDict):
    """
    A command. sequence: its aggregate's after it; code, detail: of a refusal.
    """

    id: str
    state: Literal["underway", "carried_out", "refused"]
    aggregate_id: str
    sequence: int
    code: str
    detail: str


class ConditionPage(TypedDict):
    """
    A ticket for which a field is one of these.
    """

    field: str
    one_of: list[str]


class Consultation(TypedDict):
    """
    Whom to ask, and what.
    """

    agent_id: NotRequired[str | None]
    team_id: NotRequired[str | None]
    text: str


class ConsultationView(TypedDict):
    """
    Advice that was asked for and has not come.
    """

    id: str
    asked_by: str
    agent_id: str
    team_id: str
    asked_at: str


class ContactPage(TypedDict):
    """
    A contact, as they see themselves. Empty instants: not yet, or never.
    """

    id: str
    name: str
    addresses: list[AddressPage]
    language: str
    time_zone: str
    created_at: str
    erasure_requested_at: str
    erased_at: str
    sequence: int


class Correction(TypedDict):
    """
    How long it was; 0 if it was none at all.
    """

    seconds: int


class CorrespondenceOfBrand(TypedDict):
    """
    How a brand writes. language: where the customer's is not known; acknowledge: whether a new
    request is; quote: whether an answer repeats what it answers; survey_after: seconds from a
    solution to the question how content the customer is, 0 for none; survey_open: seconds in which
    it can be answered.
    """

    language: NotRequired[str]
    acknowledge: NotRequired[bool]
    quote: NotRequired[bool]
    survey_after: NotRequired[int]
    survey_open: NotRequired[int]


class CorrespondencePage(TypedDict):
    """
    How a brand writes; survey_after, survey_open: seconds.
    """

    brand: str
    language: str
    acknowledge: bool
    quote: bool
    survey_after: int
    survey_open: int


class CountPage(TypedDict):
    """
    How many tickets are in a view. exact: false where there may be more than that.
    """

    id: str
    count: int
    exact: bool


class CountedClock(TypedDict):
    """
    A promise on a clock, without its reasons.
    """

    metric: Literal["first_reply", "next_reply", "resolution", "periodic_update", "pickup"]
    policy: str
    target_seconds: int
    due_at: str
    state: str
    breached: bool
    took_seconds: int | None
    excluded: bool


class Counts(TypedDict):
    """
    How many tickets are in each view, in the order in which they were asked for.
    """

    items: list[CountPage]


class CustomerNote(TypedDict):
    """
    A note for other agents.
    """

    text: str


class CustomerTicketPage(TypedDict):
    """
    A ticket for the customer whose it is: nothing of how it is worked on. rating_scale: on
    which it can be rated.
    """

    id: str
    number: int
    prefix: str
    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
    subject: str
    channel: str
    created_at: str
    solved_at: str | None
    closed_at: str | None
    rating: int | None
    rating_scale: Literal["stars5", "smile3", "thumb2", "csat5", "ces7", "nps11"]
    erased: bool


class Delay(TypedDict):
    """
    After how long. 0: none, or for automatic closing what intake's settings say.
    """

    seconds: int


class DeliveryPage(TypedDict):
    """
    What became of a reply. error: the channel's answer; bounced: it came back after it was
    delivered to the next server (error is its status by RFC 3463).
    """

    state: Literal["delivered", "delayed", "failed", "bounced"]
    attempts: int
    error: str


class DepartmentOfDesk(TypedDict):
    """
    Teams that belong together. private: the tickets that they have exist for agents of these
    teams and for administrators alone.
    """

    name: str
    teams: list[str]
    private: NotRequired[bool]


class DepartmentPage(TypedDict):
    """
    A department. private: its tickets exist for its own teams and administrators alone.
    """

    department: str
    name: str
    teams: list[str]
    private: bool


class DistrustedSender(TypedDict):
    """
    Whom to trust no more, and for which reason they were.
    """

    channel: NotRequired[str]
    address: NotRequired[str | None]
    domain: NotRequired[str | None]
    suspicion: Literal["automatic", "flood"]


class Done(TypedDict):
    """
    A command was carried out: the aggregate, and its sequence since then.
    """

    id: str
    sequence: int
    command_id: str


class DueDate(TypedDict):
    """
    When it should be done; none for no date.
    """

    due: NotRequired[str | None]


class Erasure(TypedDict):
    """
    Why a person is erased, for the history.
    """

    reason: str


class Estimate(TypedDict):
    """
    How much work it is thought to be; 0 for no estimate.
    """

    seconds: int


class Explanation(TypedDict):
    """
    Why the clock was breached; excluded: that it does not count in reports.
    """

    reason: str
    excluded: NotRequired[bool]


class ExportPage(TypedDict):
    """
    An export of everything about a person. until: how long it can be fetched, "" before it is
    ready; its bytes are at ``…/archive``.
    """

    id: str
    state: Literal["asked", "making", "ready", "gone"]
    size: int
    until: str


class ExternalId(TypedDict):
    """
    Who the contact is in another system; without an id, that it does not know them any more.
    """

    system: str
    external_id: NotRequired[str | None]


class ExternalLink(TypedDict):
    """
    An issue in somebody's tracker.
    """

    tracker: str
    reference: str


class Fault(TypedDict):
    """
    One thing that is wrong with a request, and where: a JSON pointer into the body, or the name
    of a parameter or header.
    """

    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]
    header: NotRequired[str]


class FieldPage(TypedDict):
    """
    A field of the desk's own.
    """

    field: str
    type: Literal["text", "number", "choice", "multi_choice", "date", "boolean", "pattern"]
    personal: bool
    choices: list[str]
    pattern: str
    visible_when: list[ConditionPage]


class FieldValue(TypedDict):
    """
    A field of the desk's own. value: of one that stands in clear; personal: of one that the desk
    has declared personal, which is sealed under the requester's key. Neither empties it.
    """

    field: str
    value: NotRequired[bool | float | str | list[str] | None]
    personal: NotRequired[str | None]


class FieldValues(TypedDict):
    """
    Fields to fill or to empty, all of them or none.
    """

    changes: list[FieldValue]


class FilledReplyPage(TypedDict):
    """
    A canned reply, filled in for a ticket.
    """

    id: str
    version: int
    name: str
    text: str
    language: str
    team_id: str


class FilledStep(TypedDict):
    """
    A command of a macro as this ticket would get it. text: what it says, "" for others; data:
    its other fields.
    """

    command: str
    text: str
    data: dict[str, Any]


class Follower(TypedDict):
    """
    Which agent; whoever sends this, if nobody is named.
    """

    agent_id: NotRequired[str | None]


class GivenCode(TypedDict):
    """
    The address, and the code that came there.
    """

    address: str
    code: str


class Hold(TypedDict):
    """
    For whom it waits (vendor, change_board, …), until when at most, and their number for it.
    """

    party: str
    reason: NotRequired[str | None]
    label: NotRequired[str | None]
    until: NotRequired[str | None]
    reference: NotRequired[str | None]


class Item(TypedDict):
    """
    The service, product or asset that it is about, by the desk's own ids; what is left out is
    none.
    """

    service: NotRequired[str | None]
    product: NotRequired[str | None]
    asset: NotRequired[str | None]


class Label(TypedDict):
    """
    One of the labels that the desk has under the present status; none for its plain name.
    """

    label: NotRequired[str | None]


class LabelsOfStatus(TypedDict):
    """
    The labels under one status, in the order in which people choose from them.
    """

    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
    labels: list[str]


class LabelsPage(TypedDict):
    """
    The labels under one status.
    """

    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
    labels: list[str]


class Language(TypedDict):
    """
    The language to write in (BCP 47); nothing forgets it.
    """

    language: NotRequired[str | None]


class LastMessage(TypedDict):
    """
    The newest message. sequence: of the event that holds it.
    """

    sequence: int
    at: str
    role: str
    visibility: str


class LetterOfDesk(TypedDict):
    """
    Templates of what the desk sends. brand, team_id, language: for which, none for any; subject:
    none keeps that of the thread; html: none makes it of the text.
    """

    kind: Literal["reply", "acknowledgement", "survey", "notice", "sign_in", "webhook_paused"]
    text: str
    subject: NotRequired[str]
    html: NotRequired[str]
    brand: NotRequired[str | Literal[""]]
    team_id: NotRequired[str]
    language: NotRequired[str]


class LetterPage(TypedDict):
    """
    Templates of what the desk sends.
    """

    letter: str
    kind: Literal["reply", "acknowledgement", "survey", "notice", "sign_in", "webhook_paused"]
    brand: str
    team_id: str
    language: str
    subject: str
    text: str
    html: str


class LetterPreview(TypedDict):
    """
    What templates make of an example. subject: "" for that of the thread.
    """

    subject: str
    text: str
    html: str


class LightReplies(TypedDict):
    """
    Whether light agents answer customers.
    """

    allowed: bool


class Link(TypedDict):
    """
    What another ticket is to this one.
    """

    other_id: str
    relation: Literal["related", "original", "duplicate", "parent", "child", "problem", "incident"]


class LinkView(TypedDict):
    """
    What another ticket is to this one. settled: of a child, whether it is done.
    """

    ticket_id: str
    relation: Literal["related", "original", "duplicate", "parent", "child", "problem", "incident"]
    settled: bool


class LinksOf(TypedDict):
    """
    Whose tracking links; without a contact everybody's.
    """

    contact_id: NotRequired[str | None]


class LoggedTime(TypedDict):
    """
    Work that was done. sequence: of the event that logged it, by which it can be corrected.
    """

    sequence: int
    agent_id: str
    seconds: int
    activity: str


class MacroRefusal(TypedDict):
    """
    Why nothing would happen. pointer: at the command that is refused.
    """

    code: str
    detail: str
    pointer: str


class MacroStep(TypedDict):
    """
    A command to a ticket by its name in the reference of events (SolveTicket, ChangeTags …), and
    its fields. ReplyToCustomer and AddNote take a text, with placeholders, and a language.
    """

    command: str
    data: NotRequired[dict[str, Any]]


class MacroUse(TypedDict):
    """
    version: the one that was looked at; another one by now is refused.
    """

    version: NotRequired[int | None]


class MailDomain(TypedDict):
    """
    A mail domain, such as example.com.
    """

    domain: str


class MajorIncident(TypedDict):
    """
    After how many seconds at most the next public word is due, each time.
    """

    update_every: int
    reason: NotRequired[str | None]


class MajorView(TypedDict):
    """
    A major incident. update_due: when the next public word is; missed: how often it was not
    given in time.
    """

    update_every_seconds: int
    update_due: str
    missed: int


class MatrixPage(TypedDict):
    """
    priorities[i][u]: of the i-th impact and the u-th urgency, 1 (first) to 5.
    """

    impacts: list[str]
    urgencies: list[str]
    priorities: list[list[int]]


class MemberPage(TypedDict):
    """
    A contact of an organisation.
    """

    id: str
    name: str


class MembersPage(TypedDict):
    """
    Contacts of an organisation. next: for ``after``, "" at the end.
    """

    items: list[MemberPage]
    next: str


class Membership(TypedDict):
    """
    The organisation that the contact belongs to; none to leave it.
    """

    organisation_id: NotRequired[str | None]


class Merging(TypedDict):
    """
    The other contact: who is the same person, or is not after all.
    """

    source_id: str


class MessageCounts(TypedDict):
    """
    How many messages a ticket has, by who wrote them. held_back: of a ticket that stands for a
    flood, how many of its requester's are suspended.
    """

    customer: int
    participants: int
    replies: int
    foreign: int
    held_back: int
    notes: int


class Named(TypedDict):
    """
    What to call a contact or an organisation.
    """

    name: str


class NamedSender(TypedDict):
    """
    Whom it is about: an address on a channel, or a whole mail domain.
    """

    channel: NotRequired[str]
    address: NotRequired[str | None]
    domain: NotRequired[str | None]


class NewAddress(TypedDict):
    """
    A further address of a contact.
    """

    channel: NotRequired[str]
    address: str


class NewApiKey(TypedDict):
    """
    What a key is for. subject: the service user that its holder is, service.crm; scopes: read,
    write or admin, of everything or of an area (tickets, contacts, setup, suspended, views,
    webhooks, commands, api-keys): tickets:write.
    """

    name: str
    subject: str
    role: Literal["admin", "lead", "agent", "light_agent", "partner", "analyst"]
    scopes: list[str]
    expires_at: str
    teams: NotRequired[list[str]]


class NewContact(TypedDict):
    """
    A person who has not written yet. address: a mail address, or a handle of another channel.
    """

    channel: NotRequired[str]
    address: str
    name: NotRequired[str | None]


class NewTicket(TypedDict):
    """
    A request that did not come through a channel: an agent took it down, or a customer wrote it
    here. requester_id: whose it is; customers open tickets of their own and leave it out.
    submitter_id, affected_id: who came with it and who has the trouble, if somebody else; brand:
    the one that the customer turned to.
    """

    requester_id: NotRequired[str | None]
    submitter_id: NotRequired[str | None]
    affected_id: NotRequired[str | None]
    type: NotRequired[Literal["", "question", "incident", "problem", "service_request", "task"]]
    brand: NotRequired[str | None]
    account: str
    channel: NotRequired[Literal["phone", "web"]]
    subject: str
    text: str
    language: NotRequired[str]
    attachments: NotRequired[list[str]]


class NewWords(TypedDict):
    """
    What stands there instead.
    """

    text: str


class Note(TypedDict):
    """
    An internal note. mentions: agents who should see it.
    """

    text: str
    attachments: NotRequired[list[str]]
    mentions: NotRequired[list[str]]


class NotePage(TypedDict):
    """
    A note about a customer. id: by which it is removed.
    """

    id: str
    text: str
    agent_id: str
    at: str


class OfferReply(TypedDict):
    """
    Whether the agent who was asked takes it.
    """

    answer: Literal["accepted", "declined"]
    reason: NotRequired[str | None]


class OfferView(TypedDict):
    """
    An agent who is asked to take it.
    """

    id: str
    agent_id: str
    until: str


class OrganisationPage(TypedDict):
    """
    An organisation. shares_tickets: whether its contacts see one another's tickets.
    """

    id: str
    name: str
    domains: list[str]
    plan: str
    channels: list[str]
    vip: bool
    tags: list[str]
    notes: list[NotePage]
    fields: dict[str, str]
    shares_tickets: bool
    parent_id: str
    created_at: str
    sequence: int


class Parent(TypedDict):
    """
    The organisation that this one is a part of; none for none.
    """

    parent_id: NotRequired[str | None]


class PassagePage(TypedDict):
    """
    Characters [start, end) of the text that a reader may fold (Unicode code points).
    """

    start: int
    end: int
    kind: Literal["quote", "signature", "disclaimer"]


class Pause(TypedDict):
    """
    reason: for people.
    """

    reason: NotRequired[str]


class Pending(TypedDict):
    """
    What the customer is to do. until: at most; reference: their number for it.
    """

    reason: NotRequired[str | None]
    label: NotRequired[str | None]
    until: NotRequired[str | None]
    reference: NotRequired[str | None]


class PersonField(TypedDict):
    """
    A custom field of a contact; without a value it is emptied. personal: whether it says
    something about the person, so that it is erased with them.
    """

    field: str
    value: NotRequired[str | None]
    personal: NotRequired[bool]


class PlainField(TypedDict):
    """
    A custom field of an organisation; without a value it is emptied.
    """

    field: str
    value: NotRequired[str | None]


class Plan(TypedDict):
    """
    What they have bought, and the channels that it entitles to; no plan for nothing.
    """

    plan: NotRequired[str | None]
    channels: NotRequired[list[str]]


class PreviewPage(TypedDict):
    """
    The same with its words. attachments: names of files, which can be fetched once it is on a
    ticket.
    """

    id: str
    state: str
    reason: str
    sentence: str
    since: str
    sender_id: str
    address: str
    name: str
    channel: str
    account: str
    received_at: str
    subject: str
    files: int
    ticket_id: str
    decided_by: str
    sequence: int
    text: str
    attachments: list[str]


class Priority(TypedDict):
    """
    1 (first) to 5, and why the matrix is not to decide.
    """

    priority: int
    reason: str


class PriorityMatrix(TypedDict):
    """
    Impact × urgency → priority. priorities[i][u]: of the i-th impact and the u-th urgency, 1
    (first) to 5.
    """

    impacts: list[str]
    urgencies: list[str]
    priorities: list[list[int]]


class ProblemBody(TypedDict):
    """
    The body of every answer from 400 on.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: NotRequired[list[Fault]]


class Promise(TypedDict):
    """
    What the customer was told, and by when it will be done.
    """

    due: str
    text: NotRequired[str | None]


class PromisePage(TypedDict):
    """
    A word that was given and is open. broken: its instant has passed.
    """

    id: str
    due: str
    agent_id: str
    broken: bool
    text: str


class PublicTicket(TypedDict):
    """
    number: 0 where it is not known; url: where the API tells more.
    """

    id: str
    number: int
    url: str


class Rating(TypedDict):
    """
    The customer's judgement, on the scale that the ticket shows.
    """

    score: int
    comment: NotRequired[str | None]


class Reason(TypedDict):
    """
    Why, for the history.
    """

    reason: NotRequired[str | None]


class Recovery(TypedDict):
    """
    How we know that mail reaches the address again.
    """

    cause: NotRequired[str | None]


class Redaction(TypedDict):
    """
    What goes, and why. text: the words that are left, if it is a passage; subject: another one;
    attachments: ids of the files that go. None of these: all of the message goes.
    """

    reason: str
    text: NotRequired[str | None]
    subject: NotRequired[str | None]
    attachments: NotRequired[list[str]]


class Rejection(TypedDict):
    """
    Which of the suggested articles did not fit, and why.
    """

    article_id: str
    reason: NotRequired[str | None]


class Reminder(TypedDict):
    """
    When, whom (whoever sends this, if nobody is named), and of what.
    """

    due: str
    agent_id: NotRequired[str | None]
    text: NotRequired[str | None]


class ReminderPage(TypedDict):
    """
    An agent will be reminded, of what.
    """

    id: str
    due: str
    agent_id: str
    text: str


class ReplayAsked(TypedDict):
    """
    From where on it is told again, one of the two. since: an instant with its offset from UTC;
    after: a cursor of ``/v1/events``, such as the one that the receiver kept last.
    """

    since: NotRequired[str | None]
    after: NotRequired[str]


class Reply(TypedDict):
    """
    A public message: an agent's answer, or the customer's next message. For agents, send_at: not
    before this instant, and until then it can be withdrawn; cc_ids: who else gets it; canned_reply:
    what it was made from.
    """

    text: str
    language: NotRequired[str]
    attachments: NotRequired[list[str]]
    send_at: NotRequired[str | None]
    cc_ids: NotRequired[list[str]]
    canned_reply: NotRequired[CannedReplyUse | None]


class Requester(TypedDict):
    """
    Whose request it is.
    """

    contact_id: str
    reason: NotRequired[str | None]


class ResolutionCodes(TypedDict):
    """
    Every code with which a ticket can be solved.
    """

    codes: list[str]


class Revocation(TypedDict):
    """
    Why, for the history.
    """

    reason: NotRequired[str | None]


class Rotation(TypedDict):
    """
    overlap_seconds: how long the secret before still counts.
    """

    overlap_seconds: NotRequired[int]


class SchedulePage(TypedDict):
    """
    A reply that leaves later, or (withdrawn) never.
    """

    send_at: str
    withdrawn: bool


class ScheduledReply(TypedDict):
    """
    An answer that waits for its instant. sequence: of the event that holds it.
    """

    sequence: int
    agent_id: str
    send_at: str


class SecretDone(TypedDict):
    """
    secret: shown this once; with it the receiver checks signatures.
    """

    id: str
    sequence: int
    command_id: str
    secret: str


class SecretUnderway(TypedDict):
    """
    secret: shown this once; it holds when the command has been carried out.
    """

    id: str
    command_id: str
    detail: str
    secret: str


class SenderPage(TypedDict):
    """
    What the desk thinks of a sender: an address, or a mail domain.
    """

    id: str
    blocked_for: str
    trusted: list[str]
    held_back_until: str
    sequence: int


class SetupStepPage(TypedDict):
    """
    One step in the history of the desk, a macro or a canned reply. data: the event's.
    """

    sequence: int
    at: str
    type: str
    actor: str
    sentence: str
    data: dict[str, Any]


class Sharing(TypedDict):
    """
    Whether the organisation's contacts see one another's tickets.
    """

    shared: bool


class SideConversation(TypedDict):
    """
    With another team, or with a contact who is not the customer; and the first words.
    """

    team_id: NotRequired[str | None]
    contact_id: NotRequired[str | None]
    text: str
    attachments: NotRequired[list[str]]


class SideMessage(TypedDict):
    """
    A further message in it.
    """

    text: str
    attachments: NotRequired[list[str]]


class SignedIn(TypedDict):
    """
    Somebody is in. token: to be sent as ``Authorization: Bearer``; contact_id: who it is.
    """

    token: str
    expires_at: str
    contact_id: str


class Snooze(TypedDict):
    """
    Until when it is out of sight, unless somebody writes.
    """

    until: str
    reason: NotRequired[str | None]


class Solution(TypedDict):
    """
    How it ended. resolution_code: one of the desk's (solved_permanently, workaround, by_request,
    known_error, duplicate, not_reproducible, no_fault_found, withdrawn, no_customer_response,
    out_of_scope, unless it has others); cause: what it was, in the desk's own terms.
    """

    resolution_code: str
    cause: NotRequired[str | None]
    label: NotRequired[str | None]


class SolveRulePage(TypedDict):
    """
    A field that is demanded when a ticket is solved.
    """

    field: str
    exempt: list[Literal["agent", "problem", "timeout", "mass"]]
    when: list[ConditionPage]


class Split(TypedDict):
    """
    Which messages (their sequences) make a ticket of their own, and its subject.
    """

    messages: list[int]
    subject: str


class Spread(TypedDict):
    """
    How all incidents of this problem are solved (as the problem was, if nothing is said), and
    what each of their customers is told first, if anything; with the placeholders of macros, as in
    ``Dear {{contact.first_name | "customer"}}``.
    """

    resolution_code: NotRequired[str | None]
    cause: NotRequired[str | None]
    text: NotRequired[str | None]
    language: NotRequired[str]


class StaffContactPage(TypedDict):
    """
    A contact, as agents see them. blocked_for: why, "" if not; merged_into: who stands for it;
    merged: whom it stands for; merging: who is about to be.
    """

    id: str
    name: str
    addresses: list[AddressPage]
    language: str
    time_zone: str
    created_at: str
    erasure_requested_at: str
    erased_at: str
    sequence: int
    plan: str
    channels: list[str]
    vip: bool
    tags: list[str]
    notes: list[NotePage]
    fields: dict[str, str]
    personal_fields: dict[str, str]
    external_ids: dict[str, str]
    blocked_for: str
    organisation_id: str
    merged_into: str
    merged: list[str]
    merging: list[str]


class StepPage(TypedDict):
    """
    A step of a macro. command: the ticket's; data: its fields, of words the text with its
    placeholders.
    """

    command: str
    data: dict[str, Any]


class Suggestions(TypedDict):
    """
    Suggested articles, in numbers.
    """

    shown: int
    used: int
    rejected: int


class SurveyView(TypedDict):
    """
    How the customer is asked about the present solution. sequence: of the asking; reason: why
    they are not.
    """

    sequence: int
    survey: str
    version: int
    scale: Literal["stars5", "smile3", "thumb2", "csat5", "ces7", "nps11"]
    cycle: int
    state: Literal["asked", "delivered", "answered", "expired", "skipped"]
    reason: str


class SuspendedPage(TypedDict):
    """
    A message that waits, or waited. What is erased is "(erased)"; sender_id: for filtering, and
    ``/v1/senders``; ticket_id: the ticket that it answers, or went to.
    """

    id: str
    state: str
    reason: str
    sentence: str
    since: str
    sender_id: str
    address: str
    name: str
    channel: str
    account: str
    received_at: str
    subject: str
    files: int
    ticket_id: str
    decided_by: str
    sequence: int


class TagChange(TypedDict):
    """
    Tags to put on it and to take off it.
    """

    add: NotRequired[list[str]]
    remove: NotRequired[list[str]]


class Tags(TypedDict):
    """
    Tags to add, or to take away.
    """

    tags: list[str]


class Talk(TypedDict):
    """
    A call or a chat: how long it was talked, held, and wrapped up afterwards.
    """

    channel: str
    direction: Literal["in", "out"]
    started_at: str
    talk_seconds: int
    hold_seconds: NotRequired[int]
    wrap_up_seconds: NotRequired[int]
    agent_id: NotRequired[str | None]
    contact_id: NotRequired[str | None]


class TalkView(TypedDict):
    """
    Calls and chats, all together.
    """

    count: int
    talk_seconds: int
    hold_seconds: int
    wrap_up_seconds: int


class TicketCondition(TypedDict):
    """
    A ticket for which a field is one of these. field: type, category (with all beneath it),
    impact, urgency, priority, or a field of the desk's own that is not personal.
    """

    field: str
    one_of: list[str]


class Tier(TypedDict):
    """
    The tier to hand it to (0, 1, 2 …), and to whom there. kind: functional (more knowledge is
    needed) or hierarchical (more authority is).
    """

    tier: int
    reason: NotRequired[str | None]
    kind: NotRequired[Literal["", "functional", "hierarchical"]]
    agent_id: NotRequired[str | None]
    team_id: NotRequired[str | None]


class Tiers(TypedDict):
    """
    Support tiers go from 0 up to this one.
    """

    highest: int


class Time(TypedDict):
    """
    Work that was not clocked. agent_id: whose, if not of whoever sends this.
    """

    seconds: int
    activity: NotRequired[str | None]
    agent_id: NotRequired[str | None]
    started_at: NotRequired[str | None]


class TimePage(TypedDict):
    """
    Work that was logged, in seconds: all, and by agent; entries: by which it is corrected.
    """

    total_seconds: int
    by_agent: dict[str, int]
    entries: list[LoggedTime]


class TimeZone(TypedDict):
    """
    The IANA time zone that the contact lives in; nothing forgets it.
    """

    time_zone: NotRequired[str | None]


class TrackerIssue(TypedDict):
    """
    An issue in somebody's tracker.
    """

    tracker: str
    reference: str


class Underway(TypedDict):
    """
    A command was accepted, but its outcome cannot be seen yet. Look at Location.
    """

    id: str
    command_id: str
    detail: str


class UploadPage(TypedDict):
    """
    A file that came whole. sha256: of its bytes, in hex; really: its type, where it is not what
    it says, else ""; until: when it is deleted, if no message names it by then.
    """

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    really: str
    until: str


class Verification(TypedDict):
    """
    How the address was shown to be the contact's.
    """

    method: NotRequired[str | None]


class VersionPage(TypedDict):
    """
    The words of a note before it was rewritten.
    """

    at: str
    text: str


class ViewFilter(TypedDict):
    """
    What a view asks of a list; a parameter that nobody knows is an error.
    """

    status: NotRequired[list[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]]
    agent_id: NotRequired[str | None]
    team_id: NotRequired[str | None]
    requester_id: NotRequired[str | None]
    organisation_id: NotRequired[str | None]
    follower_id: NotRequired[str | None]
    mentioned_id: NotRequired[str | None]
    label: NotRequired[str | None]
    priority: NotRequired[int | None]
    type: NotRequired[
        Literal["", "question", "incident", "problem", "service_request", "task"] | None
    ]
    category: NotRequired[str | None]
    tag: NotRequired[list[str]]
    tier: NotRequired[int | None]
    channel: NotRequired[str | None]
    brand: NotRequired[str | None]
    field: NotRequired[list[str]]
    q: NotRequired[str | None]
    snoozed: NotRequired[bool | None]
    overdue: NotRequired[bool | None]
    due_before: NotRequired[str | None]
    sort: NotRequired[Literal["updated", "created", "priority", "due", "waiting"] | None]


class ViewPage(TypedDict):
    """
    A view. filter: what `GET /v1/tickets` takes, by parameter; columns: the fields that its
    tickets have; sharing: `standard` for those that every desk has; agent_id: whose own it is.
    """

    id: str
    name: str
    filter: dict[str, list[str]]
    columns: list[str]
    sharing: Literal["own", "team", "all"] | Literal["standard"]
    agent_id: str
    team_id: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class Vip(TypedDict):
    """
    Whether to treat them with particular care, and why.
    """

    vip: bool
    reason: NotRequired[str | None]


class WaitingView(TypedDict):
    """
    Whom it waits for. party: ``customer`` while it is pending; reference: their number for it;
    until: at most; since: when it began.
    """

    party: str
    reason: str
    reference: str
    until: str | None
    since: str


class WantedCode(TypedDict):
    """
    To whom a code is to go. brand: on whose page it is asked for; language: of that page.
    """

    address: str
    brand: NotRequired[str | None]
    language: NotRequired[str]


class WebhookDeliveryPage(TypedDict):
    """
    A delivery that did not go through at once, as it was noted last. event_id, type, ticket_id:
    of the event that is told; status: of the last answer, 0 where none came; error: what was wrong
    with it; next_at: when it was to be tried next as of noted_at, "" where it is not;
    replay: by which it is told again, "" for the first time.
    """

    id: str
    event_id: str
    type: str
    ticket_id: str
    replay: str
    state: Literal["waiting", "failed", "delivered"]
    attempts: int
    status: int
    error: str
    first_at: str
    next_at: str
    noted_at: str
    retried_by: str
    sequence: int


class WebhookOfDesk(TypedDict):
    """
    Who is told. url: https, or http where the setting webhook_networks allows it; types: names
    of events as the reference has them (TicketOpened, TicketSolved …), none for all; filter: by
    fact of a ticket, any of these values ("" for none).
    """

    name: str
    url: str
    types: NotRequired[list[str]]
    filter: NotRequired[dict[Literal["agent_id", "brand", "status", "team_id"], list[str]]]


class WebhookPage(TypedDict):
    """
    A webhook. rotated_at: since when its newest secret signs; for a day the one before does,
    too; paused: why it is told nothing at present, "" while it is; paused_at, paused_by: since when
    and by whom, "" likewise.
    """

    id: str
    name: str
    url: str
    types: list[str]
    filter: dict[str, list[str]]
    since: str
    rotated_at: str
    paused: str
    paused_at: str
    paused_by: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class WorkView(TypedDict):
    """
    Somebody at work on it. since: when they began.
    """

    agent_id: str
    since: str
    activity: str


class Worker(TypedDict):
    """
    Who stops; whoever sends this, if nobody is named.
    """

    agent_id: NotRequired[str | None]


class ServicesGatewayLivePresencePerson(TypedDict):
    """
    Somebody on a ticket. actor: `agent:anna`, `contact:p-…`; for customers only `agent`.
    """

    actor: str
    name: str
    doing: Literal["looking", "typing"]


class ServicesGatewayTicketsPagesWordsPerson(TypedDict):
    """
    Somebody. id: of a contact or an agent; name: "(erased)" after an erasure.
    """

    id: str
    name: str


class Problem(TypedDict):
    """
    The body of every answer from 400 on.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: NotRequired[list[Fault]]


class SparseCustomerTicketPage(TypedDict):
    """
    The fields that were asked for, and the id.
    """

    id: str
    number: NotRequired[int]
    prefix: NotRequired[str]
    status: NotRequired[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
    subject: NotRequired[str]
    channel: NotRequired[str]
    created_at: NotRequired[str]
    solved_at: NotRequired[str | None]
    closed_at: NotRequired[str | None]
    rating: NotRequired[int | None]
    rating_scale: NotRequired[Literal["stars5", "smile3", "thumb2", "csat5", "ces7", "nps11"]]
    erased: NotRequired[bool]


class SparseAnalystTicketPage(TypedDict):
    """
    The fields that were asked for, and the id.
    """

    id: str
    brand: NotRequired[str]
    origin: NotRequired[Literal["live", "import"]]
    status: NotRequired[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
    label: NotRequired[str]
    outcome: NotRequired[str]
    channel: NotRequired[str]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    solved_at: NotRequired[str | None]
    closed_at: NotRequired[str | None]
    solved_by: NotRequired[str]
    resolution_code: NotRequired[str]
    cause: NotRequired[str]
    waiting_for: NotRequired[str]
    snoozed_until: NotRequired[str | None]
    reopenings: NotRequired[int]
    type: NotRequired[Literal["", "question", "incident", "problem", "service_request", "task"]]
    impact: NotRequired[str]
    urgency: NotRequired[str]
    priority: NotRequired[int]
    category: NotRequired[str]
    tags: NotRequired[list[str]]
    fields: NotRequired[dict[str, bool | float | str | list[str] | None]]
    due: NotRequired[str | None]
    estimate_seconds: NotRequired[int]
    requester: NotRequired[str]
    organisation: NotRequired[str]
    plan: NotRequired[str]
    vip: NotRequired[bool]
    agent: NotRequired[str]
    team_id: NotRequired[str]
    tier: NotRequired[int]
    queue: NotRequired[str]
    worked_seconds: NotRequired[int]
    talk: NotRequired[TalkView]
    clocks: NotRequired[list[CountedClock]]
    suggestions: NotRequired[Suggestions]
    rating: NotRequired[int | None]
    customer_messages: NotRequired[int]
    replies: NotRequired[int]
    notes: NotRequired[int]
    sequence: NotRequired[int]


class AnalystTicketPage(TypedDict):
    """
    A ticket for analysts. requester, organisation, agent, solved_by: pseudonyms; waiting_for:
    whom it waits for, "" for nobody.
    """

    id: str
    brand: str
    origin: Literal["live", "import"]
    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
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
    type: Literal["", "question", "incident", "problem", "service_request", "task"]
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
    talk: TalkView
    clocks: list[CountedClock]
    suggestions: Suggestions
    rating: int | None
    customer_messages: int
    replies: int
    notes: int
    sequence: int


class CannedReplyList(TypedDict):
    """
    Canned replies by name.
    """

    items: list[CannedReplyPage]


class DeskPage(TypedDict):
    """
    Everything that the desk has set up. version: which the events of tickets name, 0 for the
    default; close_after: seconds, 0 for what intake's settings say; undo_send: seconds.
    """

    version: int
    labels: list[LabelsPage]
    priority_matrix: MatrixPage
    resolution_codes: list[str]
    categories: list[str]
    fields: list[FieldPage]
    solve_rules: list[SolveRulePage]
    brands: list[BrandPage]
    tiers: int
    undo_send: int
    close_after: int
    letters: list[LetterPage]
    correspondence: list[CorrespondencePage]
    departments: list[DepartmentPage]
    light_replies: bool


class FieldOfTickets(TypedDict):
    """
    A field of the desk's own. pattern: in RE2's syntax, for the whole text; visible_when: all of
    these must hold, or the field cannot be filled.
    """

    type: Literal["text", "number", "choice", "multi_choice", "date", "boolean", "pattern"]
    personal: NotRequired[bool]
    choices: NotRequired[list[str]]
    pattern: NotRequired[str]
    visible_when: NotRequired[list[TicketCondition]]


class FilledReplies(TypedDict):
    """
    Canned replies, filled in: in the customer's language first, of these the team's own.
    """

    items: list[FilledReplyPage]


class HistoryPage(TypedDict):
    """
    One step of a ticket's history. sentence: who did what, and why.
    """

    sequence: int
    at: str
    recorded_at: str
    type: str
    actor: ServicesGatewayTicketsPagesWordsPerson
    sentence: str
    command_id: str


class Labels(TypedDict):
    """
    Every label under every status; what is left out is gone.
    """

    labels: list[LabelsOfStatus]


class Macro(TypedDict):
    """
    Commands to a ticket that are carried out in this order, all of them or none.
    """

    name: str
    steps: list[MacroStep]


class MacroPage(TypedDict):
    """
    A macro. version: of its last definition; retired: not offered any more.
    """

    id: str
    name: str
    steps: list[StepPage]
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class MacroPreview(TypedDict):
    """
    What a macro would do. refusal: why it would do nothing, if so.
    """

    macro_id: str
    version: int
    commands: list[FilledStep]
    refusal: MacroRefusal | None


class OneOutcome(TypedDict):
    """
    What became of it for one ticket. status: as its own request would have had; done or underway
    for a success, problem for a refusal.
    """

    ticket: str
    status: int
    done: NotRequired[Done]
    underway: NotRequired[Underway]
    problem: NotRequired[ProblemBody]


class PastPage(TypedDict):
    """
    A ticket in a list as it was. subject, requester: as they are today, with today's redactions
    and erasures; sequence: the ticket's at that instant.
    """

    id: str
    number: int
    prefix: str
    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
    label: str
    priority: int
    agent_id: str
    team_id: str
    category: str
    created_at: str
    updated_at: str
    sequence: int
    subject: str
    requester: ServicesGatewayTicketsPagesWordsPerson
    erased: bool


class PastPages(TypedDict):
    """
    One page of a list as it was, what had changed last first. next: the cursor of the next one.

    It is shorter than the limit where there is something that the reader does not see today.
    """

    items: list[PastPage]
    next: str | None


class PresencePage(TypedDict):
    """
    The others on a ticket.
    """

    items: list[ServicesGatewayLivePresencePerson]


class PublicData(TypedDict):
    """
    sequence: 1, 2, 3 … within the ticket, without gaps in its log; recorded_at: when the log
    took it; actor: ``agent:<id>``, ``service:<name>``, ``adapter:<name>`` or plain ``contact``;
    replay: whether it is told again by request.
    """

    version: int
    ticket: PublicTicket
    sequence: int
    recorded_at: str
    actor: str
    replay: bool


class PublicEvent(TypedDict):
    """
    CloudEvents 1.0 in JSON. id: the same however often it is told; time: when it happened.
    """

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    data: PublicData


class RedactionPage(TypedDict):
    """
    Somebody took the message, or a part of it, away for good. whole: nothing was left.
    """

    at: str
    by: ServicesGatewayTicketsPagesWordsPerson
    reason: str
    whole: bool


class RuleOfSolving(TypedDict):
    """
    A field that is demanded when a ticket is solved. exempt: ways of solving it that need not;
    when: all of these must hold, or it need not be filled.
    """

    field: str
    exempt: NotRequired[list[Literal["agent", "problem", "timeout", "mass"]]]
    when: NotRequired[list[TicketCondition]]


class SetupHistory(TypedDict):
    """
    Steps in their order. next: the sequence after which the next page begins.
    """

    items: list[SetupStepPage]
    next: int | None


class SideConversationPage(TypedDict):
    """
    A side conversation; its messages stand in the conversation. contact: nobody for a team's.
    """

    id: str
    team_id: str
    contact: ServicesGatewayTicketsPagesWordsPerson | None
    open: bool
    messages: int


class SolveRules(TypedDict):
    """
    Every field that is demanded when a ticket is solved.
    """

    rules: list[RuleOfSolving]


class SuspendedList(TypedDict):
    """
    Newest first. next: for ``before``, "" at the end.
    """

    items: list[SuspendedPage]
    next: str


class TicketPage(TypedDict):
    """
    A ticket for agents. erased: whether its customer was, and all words with them; fields: by
    name, personal ones in clear for who may see the ticket, "(erased)" once they are gone.
    """

    id: str
    number: int
    prefix: str
    brand: str
    origin: Literal["live", "import"]
    session: str
    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
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
    waiting: WaitingView | None
    snoozed_until: str | None
    reopenings: int
    follow_up_of: str
    follow_ups: list[str]
    split_from: str
    merged_into: str
    type: Literal["", "question", "incident", "problem", "service_request", "task"]
    impact: str
    urgency: str
    priority: int
    priority_source: Literal["matrix", "hand"] | Literal[""]
    affected_item: AffectedItem
    major_incident: MajorView | None
    category: str
    tags: list[str]
    fields: dict[str, bool | float | str | list[str] | None]
    due: str | None
    estimate_seconds: int
    reminders: list[ReminderPage]
    promises: list[PromisePage]
    requester: ServicesGatewayTicketsPagesWordsPerson
    submitter: ServicesGatewayTicketsPagesWordsPerson | None
    affected: ServicesGatewayTicketsPagesWordsPerson | None
    organisation_id: str
    plan: str
    vip: bool
    collaborators: list[ServicesGatewayTicketsPagesWordsPerson]
    followers: list[str]
    agent_id: str
    team_id: str
    tier: int
    queue: str
    offers: list[OfferView]
    at_work: list[WorkView]
    time: TimePage
    talk: TalkView
    links: list[LinkView]
    external_links: list[ExternalLink]
    children: ChildrenPage
    absorbed: list[str]
    splits: list[str]
    clocks: list[ClockView]
    suggestions: Suggestions
    survey: SurveyView | None
    rating: int | None
    rating_comment: str
    messages: MessageCounts
    last_message: LastMessage
    unanswered_since: str | None
    mentioned: list[str]
    undelivered_replies: list[int]
    scheduled_replies: list[ScheduledReply]
    side_conversations: list[SideConversationPage]
    consultations: list[ConsultationView]
    sequence: int
    erased: bool


class View(TypedDict):
    """
    A list of tickets under a name. columns: fields of its tickets, all where none are named;
    sharing: an agent's own, or, by leads, of a team or for all.
    """

    name: str
    filter: ViewFilter
    columns: NotRequired[list[str]]
    sharing: NotRequired[Literal["own", "team", "all"]]
    team_id: NotRequired[str]


class ViewList(TypedDict):
    """
    The views that are offered: standard ones, one's own, shared ones by name.
    """

    items: list[ViewPage]


class WebhookDeliveryList(TypedDict):
    """
    What was noted last comes first. next: for ``before``, "" at the end.
    """

    items: list[WebhookDeliveryPage]
    next: str


class WebhookList(TypedDict):
    """
    Webhooks by name.
    """

    items: list[WebhookPage]


class SparseTicketPage(TypedDict):
    """
    The fields that were asked for, and the id.
    """

    id: str
    number: NotRequired[int]
    prefix: NotRequired[str]
    brand: NotRequired[str]
    origin: NotRequired[Literal["live", "import"]]
    session: NotRequired[str]
    status: NotRequired[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
    label: NotRequired[str]
    outcome: NotRequired[str]
    subject: NotRequired[str]
    account: NotRequired[str]
    channel: NotRequired[str]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    solved_at: NotRequired[str | None]
    closed_at: NotRequired[str | None]
    solved_by: NotRequired[str]
    resolution_code: NotRequired[str]
    cause: NotRequired[str]
    waiting: NotRequired[WaitingView | None]
    snoozed_until: NotRequired[str | None]
    reopenings: NotRequired[int]
    follow_up_of: NotRequired[str]
    follow_ups: NotRequired[list[str]]
    split_from: NotRequired[str]
    merged_into: NotRequired[str]
    type: NotRequired[Literal["", "question", "incident", "problem", "service_request", "task"]]
    impact: NotRequired[str]
    urgency: NotRequired[str]
    priority: NotRequired[int]
    priority_source: NotRequired[Literal["matrix", "hand"] | Literal[""]]
    affected_item: NotRequired[AffectedItem]
    major_incident: NotRequired[MajorView | None]
    category: NotRequired[str]
    tags: NotRequired[list[str]]
    fields: NotRequired[dict[str, bool | float | str | list[str] | None]]
    due: NotRequired[str | None]
    estimate_seconds: NotRequired[int]
    reminders: NotRequired[list[ReminderPage]]
    promises: NotRequired[list[PromisePage]]
    requester: NotRequired[ServicesGatewayTicketsPagesWordsPerson]
    submitter: NotRequired[ServicesGatewayTicketsPagesWordsPerson | None]
    affected: NotRequired[ServicesGatewayTicketsPagesWordsPerson | None]
    organisation_id: NotRequired[str]
    plan: NotRequired[str]
    vip: NotRequired[bool]
    collaborators: NotRequired[list[ServicesGatewayTicketsPagesWordsPerson]]
    followers: NotRequired[list[str]]
    agent_id: NotRequired[str]
    team_id: NotRequired[str]
    tier: NotRequired[int]
    queue: NotRequired[str]
    offers: NotRequired[list[OfferView]]
    at_work: NotRequired[list[WorkView]]
    time: NotRequired[TimePage]
    talk: NotRequired[TalkView]
    links: NotRequired[list[LinkView]]
    external_links: NotRequired[list[ExternalLink]]
    children: NotRequired[ChildrenPage]
    absorbed: NotRequired[list[str]]
    splits: NotRequired[list[str]]
    clocks: NotRequired[list[ClockView]]
    suggestions: NotRequired[Suggestions]
    survey: NotRequired[SurveyView | None]
    rating: NotRequired[int | None]
    rating_comment: NotRequired[str]
    messages: NotRequired[MessageCounts]
    last_message: NotRequired[LastMessage]
    unanswered_since: NotRequired[str | None]
    mentioned: NotRequired[list[str]]
    undelivered_replies: NotRequired[list[int]]
    scheduled_replies: NotRequired[list[ScheduledReply]]
    side_conversations: NotRequired[list[SideConversationPage]]
    consultations: NotRequired[list[ConsultationView]]
    sequence: NotRequired[int]
    erased: NotRequired[bool]


class AwayTicket(TypedDict):
    """
    A ticket to which something happened. mine: whether the reader has it; was_mine: whether they
    had it then; steps: what others did since, in their order, the latest; more: that there were
    others before these.
    """

    id: str
    number: int
    status: Literal["new", "open", "pending", "on_hold", "solved", "closed"]
    subject: str
    requester: ServicesGatewayTicketsPagesWordsPerson
    mine: bool
    was_mine: bool
    updated_at: str
    steps: list[HistoryPage]
    more: bool


class BatchOutcome(TypedDict):
    """
    The outcomes in the order of the tickets, and how many were refused.
    """

    items: list[OneOutcome]
    refused: int


class DiffPage(TypedDict):
    """
    What has changed. from_sequence: 0 before the ticket was opened; fields: those that differ;
    steps: what happened, in sentences, the first of them; more: that there are others.
    """

    from_sequence: int
    to_sequence: int
    fields: dict[str, Change]
    steps: list[HistoryPage]
    more: bool


class EventPage(TypedDict):
    """
    Events as webhooks tell them, those of a ticket in its order. next: the cursor behind them;
    there may be more even where this page has none.
    """

    items: list[PublicEvent]
    next: str


class History(TypedDict):
    """
    Steps in their order. next: the sequence after which the next page begins.
    """

    items: list[HistoryPage] | list[AnalystStepPage]
    next: int | None


class MacroList(TypedDict):
    """
    Macros by name.
    """

    items: list[MacroPage]


class MessagePage(TypedDict):
    """
    One message. ticket, sequence: where it was written: here, on a ticket that is merged into
    this one, or on the one that this was split from; at: when our side accepted it; thread: the
    side conversation or consultation that it belongs to, "" for the ticket itself; delivery: of a
    reply, once something is known; earlier: what a note said before; reply_wanted: false once an
    agent said that it needs none; folded: quoted history, signatures and disclaimers in the text;
    visible: the text without them; away_until: the day that an automatic answer names for the
    return of whom it stands for; authentication: whether the channel vouches for the author
    (failed: somebody else wrote in their name); protection: how it came, unverified, "" without
    any; original: the id of the content with its bytes as they came, for agents.
    """

    ticket: str
    sequence: int
    at: str
    kind: Literal[
        "message", "foreign", "reply", "scheduled", "note", "side", "consultation", "bounce"
    ]
    thread: str
    author: ServicesGatewayTicketsPagesWordsPerson
    cc: list[ServicesGatewayTicketsPagesWordsPerson]
    mentions: list[str]
    role: str
    visibility: str
    direction: str
    channel: str
    language: str
    automatic: str
    authentication: Literal["unknown", "passed", "failed"]
    away_until: str | None
    subject: str
    text: str
    folded: list[PassagePage]
    visible: str
    html: str | None
    protection: Literal["", "signed", "encrypted"]
    attachments: list[AttachmentPage]
    original: str | None
    delivery: DeliveryPage | None
    schedule: SchedulePage | None
    earlier: list[VersionPage]
    redactions: list[RedactionPage]
    reply_wanted: bool


class TicketPages(TypedDict):
    """
    One page of a list. next: the cursor of the next one.
    """

    items: (
        list[TicketPage]
        | list[CustomerTicketPage]
        | list[AnalystTicketPage]
        | list[SparseTicketPage]
        | list[SparseCustomerTicketPage]
        | list[SparseAnalystTicketPage]
    )
    next: str | None


class AwayPage(TypedDict):
    """
    Tickets to which something happened, the latest first. more: that there are others.
    """

    since: str
    items: list[AwayTicket]
    more: bool


class Conversation(TypedDict):
    """
    Messages in their order, those of tickets that are merged among them. next: `after` of the
    next page.
    """

    items: list[MessagePage]
    next: str | None
