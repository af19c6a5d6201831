"""What happens next when contacts, addresses and organisations change together: a table.

Nothing is remembered between events: each names the next command by itself, and who receives it
ignores what is done already. So a crash anywhere only delays.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from libs.events.envelope import Recorded
from libs.events.ids import slot_of
from libs.events.personal import Personal
from libs.events.process import ProcessManager, Reaction
from libs.events.published import contacts as c

# To whom, and what.
Sent = Iterable[tuple[str, msgspec.Struct]]
Step = Callable[..., Sent]


class Nothing(msgspec.Struct):
    """These processes have no memory."""


class FindOrganisation(msgspec.Struct, frozen=True):
    """Effect: let the contact join the organisation that the domain of this address is of."""

    contact_id: str
    address: Personal[str]
    correlation_id: str


class KnowDomain(msgspec.Struct, frozen=True):
    """Effect: contacts who write from this domain belong to this organisation."""

    domain_id: str
    organisation_id: str


class ForgetDomain(msgspec.Struct, frozen=True):
    """Effect: this domain says nothing about whoever writes from it."""

    domain_id: str


def _release(id: str, event: c.AddressRemoved | c.AddressDeclined) -> Sent:
    yield event.address_id, c.ReleaseAddress(id)


def _hand_over(id: str, event: c.AddressMoved) -> Sent:
    yield event.contact_id, c.KeepAddress(id)


def _ask_source(id: str, event: c.ContactMergePrepared) -> Sent:
    yield event.source_id, c.MergeContact(id)


def _complete(id: str, event: c.ContactMerged) -> Sent:
    yield event.into_id, c.CompleteContactMerge(id, event.addresses)


def _cancel(id: str, event: c.ContactMergeDeclined) -> Sent:
    yield event.into_id, c.CancelContactMerge(id, event.reason)


def _move_here(id: str, event: c.ContactAbsorbed) -> Sent:
    for address in event.addresses:
        yield address.address_id, c.MoveAddress(event.source_id, id)


def _give_back(id: str, event: c.ContactReturned | c.ContactAbsorptionDeclined) -> Sent:
    yield event.source_id, c.TakeBackAddresses(id, event.addresses)


def _move_back(id: str, event: c.ContactUnmerged) -> Sent:
    for address in event.addresses:
        yield address.address_id, c.MoveAddress(event.from_id, id)


def _erase_too(id: str, event: c.ErasureRequested) -> Sent:
    for also_id in event.also_ids:
        yield also_id, c.EraseSamePerson(id, event.reason)


def _add_domain(id: str, event: c.DomainRegistered) -> Sent:
    yield event.organisation_id, c.AddDomain(id, event.domain)


def _release_domain(id: str, event: c.DomainRemoved | c.DomainDeclined) -> Sent:
    yield event.domain_id, c.ReleaseDomain(id)


STEPS: Mapping[type, Step] = {
    c.AddressRemoved: _release,
    c.AddressDeclined: _release,
    c.AddressMoved: _hand_over,
    c.ContactMergePrepared: _ask_source,
    c.ContactMerged: _complete,
    c.ContactMergeDeclined: _cancel,
    c.ContactAbsorbed: _move_here,
    c.ContactAbsorptionDeclined: _give_back,
    c.ContactReturned: _give_back,
    c.ContactUnmerged: _move_back,
    c.ErasureRequested: _erase_too,
    c.DomainRegistered: _add_domain,
    c.DomainRemoved: _release_domain,
    c.DomainDeclined: _release_domain,
}


def next_steps(state: Nothing, recorded: Recorded[object]) -> Reaction:
    """The commands that an event leads to."""
    step = STEPS[type(recorded.data)]
    return Reaction(
        [
            TOGETHER.follows(
                recorded,
                to,
                data,
                TOGETHER.command_id(recorded.aggregate_id, recorded.event_id, to),
            )
            for to, data in step(recorded.aggregate_id, recorded.data)
        ]
    )


def find_organisation(state: Nothing, recorded: Recorded[object]) -> Reaction:
    """Look for the organisation of whoever has a new mail address; know the domains of each."""
    id = recorded.aggregate_id
    match recorded.data:
        case (
            c.ContactCreated(channel="email", address=address)
            | c.AddressAdded(channel="email", address=address)
        ):
            return Reaction(effects=[FindOrganisation(id, address, recorded.correlation_id)])
        case c.DomainAdded(domain_id=domain_id):
            return Reaction(effects=[KnowDomain(domain_id, id)])
        case c.DomainRemoved(domain_id=domain_id):
            return Reaction(effects=[ForgetDomain(domain_id)])
        case _:
            return Reaction()


def _slot(recorded: Recorded[object]) -> str:
    """One instance a slot: without a memory, one for each contact would only be written."""
    return f"p-{slot_of(recorded.aggregate_id):02x}" + "0" * 24


TOGETHER = ProcessManager(
    service="intake",
    name="contacts",
    sources=("contacts.events",),
    interests=tuple(STEPS),
    state=Nothing,
    key=lambda recorded: recorded.aggregate_id,
    react=next_steps,
)
BY_DOMAIN = ProcessManager(
    service="intake",
    name="by-domain",
    sources=("contacts.events",),
    interests=(c.ContactCreated, c.AddressAdded, c.DomainAdded, c.DomainRemoved),
    state=Nothing,
    key=_slot,
    react=find_organisation,
)
