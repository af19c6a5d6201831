"""What Zendesk's export consists of, in the shapes of its Support API, as far as it is read."""

from datetime import datetime

import msgspec

Id = int | str
# What the helpdesk itself does (triggers, automations) stands under this user.
_ITSELF = "-1"


class User(msgspec.Struct):
    id: Id
    name: str = ""
    email: str | None = None
    phone: str | None = None
    role: str = "end-user"
    organization_id: Id | None = None
    locale: str | None = None
    iana_time_zone: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None


class Organization(msgspec.Struct):
    id: Id
    name: str = ""
    domain_names: tuple[str, ...] = ()


class Group(msgspec.Struct):
    id: Id
    name: str = ""


class TicketField(msgspec.Struct):
    id: Id
    title: str = ""
    raw_title: str = ""


class Attachment(msgspec.Struct):
    id: Id
    file_name: str = ""
    content_type: str | None = None
    inline: bool = False


class Via(msgspec.Struct):
    """Whence it came. source: ``rel``, and ``from`` what; of many shapes."""

    channel: Id | None = None
    source: object = None


class Written(msgspec.Struct):
    """What somebody wrote. author_id: None where that is said of what it stands in."""

    id: Id
    author_id: Id | None = None
    body: str | None = None
    plain_body: str | None = None
    html_body: str | None = None
    public: bool = True
    attachments: tuple[Attachment, ...] = ()
    via: Via | None = None


class Comment(Written):
    created_at: datetime | None = None


class Happened(Written):
    """An event of an audit, of which some are comments."""

    type: str = ""
    field_name: str | None = None
    value: object = None


class Audit(msgspec.Struct):
    id: Id
    created_at: datetime
    author_id: Id | None = None
    events: tuple[Happened, ...] = ()
    via: Via | None = None


class Rating(msgspec.Struct):
    """How content somebody was: ``good`` or ``bad``, or whether they have been asked."""

    id: Id = ""
    score: str | None = None
    comment: str | None = None
    requester_id: Id | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class CustomField(msgspec.Struct):
    id: Id
    value: object = None


class Metrics(msgspec.Struct):
    assigned_at: datetime | None = None
    solved_at: datetime | None = None


class Exported(msgspec.Struct):
    """A ticket. Some exports hold people and the group in place of their ids, or beside them."""

    id: Id
    created_at: datetime
    updated_at: datetime | None = None
    subject: str | None = None
    description: str | None = None
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    tags: tuple[str, ...] = ()
    requester_id: Id | None = None
    submitter_id: Id | None = None
    assignee_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    group_id: Id | None = None
    requester: User | None = None
    submitter: User | None = None
    assignee: User | None = None
    group: Group | None = None
    collaborator_ids: tuple[Id, ...] = ()
    email_cc_ids: tuple[Id, ...] = ()
    via: Via | None = None
    custom_fields: tuple[CustomField, ...] = ()
    comments: tuple[Comment, ...] = ()
    audits: tuple[Audit, ...] = ()
    metric_set: Metrics | None = None
    satisfaction_rating: object = None
    problem_id: Id | None = None
    followup_ids: tuple[Id, ...] | None = None


def author_of(id: Id | None) -> str:
    """A person's id; "" for nobody and for the helpdesk itself."""
    text = "" if id is None else str(id)
    return "" if text == _ITSELF else text
