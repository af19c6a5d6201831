"""What commands to contacts and organisations take; strict, as all bodies are."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.gateway.http.bodies import Code, ContactId, Told, Words

Channel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
OrganisationId = Annotated[str, StringConstraints(pattern=r"^o-[0-9a-f]{26}$")]
Domain = Annotated[str, StringConstraints(min_length=1, max_length=253)]
Codes = Annotated[list[Code], Field(max_length=50)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewContact(_Body):
    """A person who has not written yet. address: a mail address, or a handle of another channel."""

    channel: Channel = "email"
    address: Told
    name: Told | None = None


class NewAddress(_Body):
    """A further address of a contact."""

    channel: Channel = "email"
    address: Told


class Named(_Body):
    """What to call a contact or an organisation."""

    name: Told


class Language(_Body):
    """The language to write in (BCP 47); nothing forgets it."""

    language: str | None = None


class TimeZone(_Body):
    """The IANA time zone that the contact lives in; nothing forgets it."""

    time_zone: str | None = None


class Verification(_Body):
    """How the address was shown to be the contact's."""

    method: Code | None = None


class Bounce(_Body):
    """Why mail to the address fails for good: RFC 3463's code, such as 5.1.1."""

    status: Code | None = None


class Recovery(_Body):
    """How we know that mail reaches the address again."""

    cause: Code | None = None


class Plan(_Body):
    """What they have bought, and the channels that it entitles to; no plan for nothing."""

    plan: Code | None = None
    channels: Codes = []


class Vip(_Body):
    """Whether to treat them with particular care, and why."""

    vip: bool
    reason: Code | None = None


class Tags(_Body):
    """Tags to add, or to take away."""

    tags: Annotated[Codes, Field(min_length=1)]


class CustomerNote(_Body):
    """A note for other agents."""

    text: Words


class PersonField(_Body):
    """A custom field of a contact; without a value it is emptied. personal: whether it says
    something about the person, so that it is erased with them."""

    field: Code
    value: Told | None = None
    personal: bool = True


class PlainField(_Body):
    """A custom field of an organisation; without a value it is emptied."""

    field: Code
    value: Told | None = None


class ExternalId(_Body):
    """Who the contact is in another system; without an id, that it does not know them any more."""

    system: Code
    external_id: Told | None = None


class Membership(_Body):
    """The organisation that the contact belongs to; none to leave it."""

    organisation_id: OrganisationId | None = None


class Blocking(_Body):
    """Why nothing is taken from the contact any more."""

    reason: Code


class Merging(_Body):
    """The other contact: who is the same person, or is not after all."""

    source_id: ContactId


class MailDomain(_Body):
    """A mail domain, such as example.com."""

    domain: Domain


class Sharing(_Body):
    """Whether the organisation's contacts see one another's tickets."""

    shared: bool


class Parent(_Body):
    """The organisation that this one is a part of; none for none."""

    parent_id: OrganisationId | None = None
