"""What can be said of a contact and of an organisation alike; the aggregate's id tells of which.

These facts stand in the log in clear, because reports must be able to count them after an erasure;
what says something about a person goes into a ``PersonalFieldSet`` or a note instead.
"""

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event
from libs.events.published.messages import Code

# The tag of a customer who wants to be asked no more how content they are.
NO_SURVEYS = "no_surveys"


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a ticket needs to know of its requester at a moment: organisation, plan and VIP.

    The contact's own plan, else the organisation's; VIP if either is.
    """

    organisation_id: str = ""
    plan: Code = ""
    vip: bool = False


@command("contacts")
class SetCustomerPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What they have bought; "" for nothing. channels: that it entitles to, none means all."""

    plan: Code
    channels: tuple[Code, ...] = ()


@command("contacts")
class MarkCustomerVip(msgspec.Struct, frozen=True, omit_defaults=True):
    """Treat them with particular care."""

    reason: Code = ""


@command("contacts")
class UnmarkCustomerVip(msgspec.Struct, frozen=True, omit_defaults=True):
    """Treat them as everybody."""

    reason: Code = ""


@command("contacts")
class TagCustomer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Add these tags."""

    tags: tuple[Code, ...]


@command("contacts")
class UntagCustomer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take these tags away."""

    tags: tuple[Code, ...]


@command("contacts")
class AddCustomerNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """A note for other agents, its words already in the content store. length: characters."""

    note: ContentRef
    length: int = 0


@command("contacts")
class RemoveCustomerNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """A note should not be there: its words are destroyed. note_id: of the content."""

    note_id: str


@command("contacts")
class SetCustomerField(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fill in a custom field that says nothing about a person."""

    field: Code
    value: str


@command("contacts")
class ClearCustomerField(msgspec.Struct, frozen=True, omit_defaults=True):
    """Empty a custom field, a personal one too."""

    field: Code


@event("contacts")
class CustomerPlanChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What they have bought from now on, and what before; channels: that it entitles to."""

    plan: Code = ""
    channels: tuple[Code, ...] = ()
    from_plan: Code = ""


@event("contacts")
class CustomerMarkedVip(msgspec.Struct, frozen=True, omit_defaults=True):
    """They are treated with particular care from now on."""

    reason: Code = ""


@event("contacts")
class CustomerUnmarkedVip(msgspec.Struct, frozen=True, omit_defaults=True):
    """They are treated as everybody from now on."""

    reason: Code = ""


@event("contacts")
class CustomerTagged(msgspec.Struct, frozen=True, omit_defaults=True):
    """They carry these tags, too."""

    tags: tuple[Code, ...]


@event("contacts")
class CustomerUntagged(msgspec.Struct, frozen=True, omit_defaults=True):
    """They carry these tags no more."""

    tags: tuple[Code, ...]


@event("contacts")
class CustomerNoteAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody left a note about them. Of a contact, its words are under the contact's key."""

    note: ContentRef
    agent_id: str = ""
    length: int = 0


@event("contacts")
class CustomerNoteRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A note is gone for good; its words are destroyed next. note_id: of the content."""

    note_id: str


@event("contacts")
class CustomerFieldSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """A custom field that says nothing about a person."""

    field: Code
    value: str


@event("contacts")
class CustomerFieldCleared(msgspec.Struct, frozen=True, omit_defaults=True):
    """A custom field is empty again."""

    field: Code
