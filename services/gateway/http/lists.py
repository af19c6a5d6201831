"""What a request asks of a list of tickets: the query that every list takes, and sparse fields."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field

from libs.events.kafka import utc_now
from libs.events.published.tickets import Status, TicketType
from services.gateway import instants
from services.gateway.http.problems import Problem, bad_parameter
from services.gateway.principal import Principal
from services.gateway.tickets import asked, pages
from services.gateway.tickets.view import LONGEST_VALUE, Sort
from services.gateway.words.hashing import words_of

NOBODY, ME, TODAY = "none", "me", "today"
_UNFINISHED: tuple[Status, ...] = ("new", "open", "pending", "on_hold")

Id = Annotated[str, Field(max_length=100)]
Fields = Annotated[
    str | None,
    Field(max_length=1_000, description="only these fields of each, with commas between"),
]


class Filter(BaseModel):
    """Which tickets, in which order. `me` is the caller."""

    status: list[Status] = Field([], max_length=7)
    agent_id: Id | None = Field(None, description="an id, `me` or `none`")
    team_id: Id | None = Field(None, description="an id, or `none`")
    requester_id: Id | None = None
    organisation_id: Id | None = Field(None, description="their customers' tickets")
    follower_id: Id | None = Field(None, description="an agent who follows it, or `me`")
    mentioned_id: Id | None = Field(None, description="an agent whom a note names, or `me`")
    label: Id | None = None
    priority: int | None = Field(None, ge=1, le=5)
    type: TicketType | None = None
    category: Id | None = Field(None, description="with those below it")
    tag: list[Id] = Field([], max_length=10, description="all of them")
    tier: int | None = Field(None, ge=0, le=99)
    channel: Id | None = None
    brand: Id | None = None
    field: list[Annotated[str, Field(max_length=70 + LONGEST_VALUE)]] = Field(
        [],
        max_length=10,
        description="`name:value` of a field that is not personal; all of them",
    )
    q: str | None = Field(
        None,
        max_length=200,
        description="words that all stand in one of its messages or its subject, whatever their "
        "case and accents; the latest such message first",
    )
    snoozed: bool | None = Field(None, description="only those that sleep, or none of them")
    overdue: bool | None = Field(None, description="what is due before now and not done")
    due_before: Id | None = Field(
        None, description="what is due before this instant (RFC 3339), or before `today` is over"
    )
    sort: Sort | None = Field(
        None,
        description="newest change (`updated`, the default) or ticket (`created`) first; what "
        "matters most (`priority`), is `due` first or has been `waiting` longest for an answer "
        "first: of the last two only tickets that are due, or wait",
    )

    @classmethod
    def of(cls, given: Mapping[str, Sequence[str]]) -> "Filter":
        """As it was written by ``parameters``. Raises ValidationError."""
        lists = ("status", "tag", "field")
        told = {name: some if name in lists else some[0] for name, some in given.items()}
        return cls.model_validate(told)

    def asked(self, caller: Principal, tz: str = "UTC") -> asked.TicketList:
        """The list. tz: where `today` ends. Raises Problem for what cannot be asked."""
        due = self._due(tz)
        if due is not None and self.sort not in (None, "due"):
            raise bad_parameter("sort", "What is due comes in the order in which it is due.")
        if self.q is not None:
            self._expect_words(due)
        unfinished = _UNFINISHED if self.overdue else ()
        return asked.TicketList(
            statuses=tuple(self.status) or unfinished,
            agent_id=_agent(self.agent_id, caller),
            team_id=_nobody(self.team_id),
            requester_id=self.requester_id,
            organisation_id=self.organisation_id,
            follower_id=_agent(self.follower_id, caller),
            mentioned_id=_agent(self.mentioned_id, caller),
            label=self.label,
            priority=self.priority,
            type=self.type or None,
            category=self.category,
            tags=tuple(self.tag),
            tier=self.tier,
            channel=self.channel,
            brand=self.brand,
            fields=tuple(map(_field, self.field)),
            snoozed=self.snoozed,
            due_before=due,
            words=self.q,
            sort=self.sort or ("updated" if due is None else "due"),
        )

    @property
    def is_by_status_alone(self) -> bool:
        """Whether it asks for nothing but statuses, an order and a requester."""
        others = Filter.model_fields.keys() - {"status", "sort", "requester_id"}
        return self.model_fields_set.isdisjoint(others)

    def _expect_words(self, due: str | None) -> None:
        if not words_of(self.q or ""):
            raise bad_parameter("q", "q takes words: letters or digits.")
        if self.sort is not None or due is not None:
            raise bad_parameter("sort", "What is found by its words comes by its latest message.")

    def _due(self, tz: str) -> str | None:
        if self.overdue:
            return instants.text(utc_now())
        if self.due_before is None:
            return None
        if self.due_before == TODAY:
            return _end_of_today(tz)
        try:
            return instants.text(instants.parse(self.due_before))
        except (ValueError, OverflowError) as error:
            detail = "due_before takes an instant with its offset (RFC 3339)"
            raise bad_parameter("due_before", detail) from error


class Paging(BaseModel):
    """Which part of a list, and how much of each ticket."""

    cursor: str | None = Field(None, max_length=500, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=200)
    fields: Fields = None

    def after(self) -> asked.Cursor | None:
        """Where to go on. Raises Problem."""
        try:
            return asked.cursor(self.cursor)
        except asked.Unreadable as error:
            raise bad_parameter("cursor", str(error)) from error


def parameters(wanted: Filter) -> dict[str, tuple[str, ...]]:
    """What was given of it, as a query would say it."""
    given = wanted.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    lists = {name: some if isinstance(some, list) else [some] for name, some in given.items()}
    return {name: tuple(map(_written, some)) for name, some in lists.items() if some}


def sparse(
    shown: Iterable[Mapping[str, object]], fields: str | None, page: type
) -> Sequence[Mapping[str, object]]:
    """Pages with these fields only, and their id. page: the type that names them all.

    Raises Problem for a field that there is not.
    """
    if fields is None:
        return list(shown)
    wanted = {"id", *filter(None, map(str.strip, fields.split(",")))}
    unknown = sorted(wanted - page.__annotations__.keys())
    if unknown:
        raise bad_parameter("fields", f"There is no field {unknown[0]}.")
    return [{field: one[field] for field in one if field in wanted} for one in shown]


def page_of(caller: Principal) -> type:
    """The type of the pages that they are shown."""
    if caller.is_customer:
        return pages.CustomerTicketPage
    return pages.AnalystTicketPage if caller.role == "analyst" else pages.TicketPage


def customers_only(wanted: Filter, caller: Principal) -> None:
    """Raises Problem where a customer asks by what they are not to know: who worked on a ticket,
    and when, must not show in what is found or in which order."""
    theirs = wanted.requester_id in (None, caller.subject) and wanted.sort in (None, "created")
    if not (theirs and wanted.is_by_status_alone):
        raise Problem(403, "forbidden", "Customers list their own tickets, by status only.")


def about_nobody(wanted: Filter) -> None:
    """Raises Problem where an analyst asks by whom: what is found would tell whose pseudonym is
    whose."""
    people = (wanted.agent_id, wanted.requester_id, wanted.follower_id, wanted.mentioned_id)
    if not {*people, wanted.organisation_id} <= {None, NOBODY} or wanted.field or wanted.q:
        detail = "Analysts see nobody's name: count by the pseudonyms on the tickets."
        raise Problem(403, "forbidden", detail)


def _end_of_today(tz: str) -> str:
    try:
        zone = ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise bad_parameter("tz", "tz takes a time zone such as Europe/Vienna") from error
    tomorrow = utc_now().astimezone(zone).date() + timedelta(days=1)
    return instants.text(datetime.combine(tomorrow, time(), zone))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _agent(id: str | None, caller: Principal) -> str | None:
    return caller.subject if id == ME else _nobody(id)


def _nobody(id: str | None) -> str | None:
    return "" if id == NOBODY else id


def _field(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not (name and colon):
        raise bad_parameter("field", "field takes a name and a value: room:3.14")
    return name, value
