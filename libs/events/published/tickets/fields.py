"""What a desk writes on a ticket: category, tags, fields of its own, dates, reminders, promises."""

from datetime import datetime

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event, unchanged
from libs.events.personal import Personal
from libs.events.published.messages import Code

__all__ = [
    "BreakPromise",
    "CancelReminder",
    "CategorizeTicket",
    "ChangeTags",
    "DueDateSet",
    "EstimateSet",
    "FieldChange",
    "FieldValue",
    "FieldsChanged",
    "FireReminder",
    "KeepPromise",
    "MakePromise",
    "PromiseBroken",
    "PromiseKept",
    "PromiseMade",
    "PromiseWithdrawn",
    "ReminderCancelled",
    "ReminderFired",
    "ReminderSet",
    "SetDueDate",
    "SetEstimate",
    "SetFields",
    "SetReminder",
    "TagsChanged",
    "TicketCategorized",
    "WithdrawPromise",
]

# By the field's type: text, number, choice; several choices; yes or no. A date is its ISO text.
FieldValue = bool | float | str | tuple[str, ...]


class FieldChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field's new value. value: of a field that is not personal; personal: of one that is.

    Neither: it is empty now. setup_version: of the definition that it was checked against (0 in a
    command: the present one).
    """

    field: Code
    value: FieldValue | None = None
    personal: Personal[str] | None = None
    setup_version: int = 0


@command("tickets")
class CategorizeTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it is about, as a path in the desk's tree of categories (``hardware.printer``)."""

    category: Code


@command("tickets")
class ChangeTags(msgspec.Struct, frozen=True, omit_defaults=True):
    """Put tags on it, take tags off it."""

    add: tuple[Code, ...] = ()
    remove: tuple[Code, ...] = ()


@command("tickets")
class SetFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fill fields that the desk has defined, or empty them; all of these or none."""

    changes: tuple[FieldChange, ...]


@command("tickets")
class SetDueDate(msgspec.Struct, frozen=True, omit_defaults=True):
    """When it should be done; None for no date."""

    due: datetime | None = None


@command("tickets")
class SetEstimate(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much work (s) it is thought to be; 0 for no estimate."""

    seconds: int


@command("tickets")
class SetReminder(msgspec.Struct, frozen=True, omit_defaults=True):
    """Remind an agent at an instant. reminder_id: made by who sets it; words: what of."""

    reminder_id: str
    due: datetime
    agent_id: str
    words: ContentRef | None = None


@command("tickets")
class CancelReminder(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is not needed any more."""

    reminder_id: str


@command("tickets")
class FireReminder(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its instant has come (sent at that instant)."""

    reminder_id: str
    due: datetime


@command("tickets")
class MakePromise(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer was told that something will be done by an instant. words: what."""

    promise_id: str
    due: datetime
    words: ContentRef | None = None


@command("tickets")
class KeepPromise(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was done."""

    promise_id: str


@command("tickets")
class BreakPromise(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its instant has passed and it was not done (sent at that instant)."""

    promise_id: str
    due: datetime


@command("tickets")
class WithdrawPromise(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer agreed to do without it."""

    promise_id: str


@event("tickets", version=2, upcasters={1: unchanged})
class TicketCategorized(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is about something else now, or about something at last; "" for nothing. setup_version: of
    the desk's tree."""

    category: Code
    from_category: Code = ""
    setup_version: int = 0


@event("tickets")
class TagsChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tags that were put on it and taken off it."""

    added: tuple[Code, ...] = ()
    removed: tuple[Code, ...] = ()


@event("tickets")
class FieldsChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields that have other values now. Personal ones are sealed under the requester's key."""

    changes: tuple[FieldChange, ...]


@event("tickets")
class DueDateSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """When it should be done, now and before; None for no date."""

    due: datetime | None = None
    from_due: datetime | None = None


@event("tickets")
class EstimateSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much work (s) it is thought to be, now and before; 0 for no estimate."""

    seconds: int
    from_seconds: int = 0


@event("tickets")
class ReminderSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent will be reminded."""

    reminder_id: str
    due: datetime
    agent_id: str
    words: ContentRef | None = None


@event("tickets")
class ReminderCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nobody will be reminded."""

    reminder_id: str


@event("tickets")
class ReminderFired(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent is being reminded. due: the instant that it was set to."""

    reminder_id: str
    agent_id: str
    due: datetime


@event("tickets")
class PromiseMade(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent gave the customer a word."""

    promise_id: str
    agent_id: str
    due: datetime
    words: ContentRef | None = None


@event("tickets")
class PromiseKept(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was done in time, or (late) after it had been broken."""

    promise_id: str
    agent_id: str
    due: datetime
    late: bool = False


@event("tickets")
class PromiseBroken(msgspec.Struct, frozen=True, omit_defaults=True):
    """The instant passed and it was not done."""

    promise_id: str
    agent_id: str
    due: datetime


@event("tickets")
class PromiseWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """It stands no more."""

    promise_id: str
