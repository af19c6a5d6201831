"""The addresses that a contact has: taken in or declined, verified, bouncing, let go."""

from msgspec.structs import replace

from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked
from services.intake.contacts.state import ContactState


def _create(state: ContactState, wanted: c.CreateContact, asked: Asked) -> Events:
    address = wanted.address.under(asked.id)
    if state.standing == "absent":
        name = wanted.name.under(asked.id)
        return [c.ContactCreated(wanted.address_id, wanted.channel, address, name)]
    if state.standing != "known":
        return [c.AddressDeclined(wanted.address_id, state.standing)]
    known = wanted.address_id in state.addresses
    return [] if known else [c.AddressAdded(wanted.address_id, wanted.channel, address)]


def _keep(state: ContactState, wanted: c.KeepAddress, asked: Asked) -> Events:
    """A contact that is erased meanwhile did not know of it when it let its addresses go."""
    erased = state.standing == "erased"
    return [c.AddressDeclined(wanted.address_id, "erased")] if erased else []


def _verify(state: ContactState, wanted: c.VerifyAddress, asked: Asked) -> Events:
    known = state.held(wanted.address_id).verified
    return [] if known else [c.AddressVerified(wanted.address_id, wanted.method)]


def _remove(state: ContactState, wanted: c.RemoveAddress, asked: Asked) -> Events:
    state.held(wanted.address_id)
    return [c.AddressRemoved(wanted.address_id)]


def _bounce(state: ContactState, wanted: c.RecordBounce, asked: Asked) -> Events:
    known = state.held(wanted.address_id).bounced
    return [] if known else [c.AddressBounced(wanted.address_id, wanted.status)]


def _recover(state: ContactState, wanted: c.RecordRecovery, asked: Asked) -> Events:
    bounced = state.held(wanted.address_id).bounced
    return [c.AddressRecovered(wanted.address_id, wanted.cause)] if bounced else []


def _created(state: ContactState, event: c.ContactCreated, _: Recorded[object]) -> None:
    state.life = "known"
    _hold(state, c.HeldAddress(event.address_id, event.channel))


def _added(state: ContactState, event: c.AddressAdded, _: Recorded[object]) -> None:
    _hold(state, c.HeldAddress(event.address_id, event.channel))


def _verified(state: ContactState, event: c.AddressVerified, _: Recorded[object]) -> None:
    _hold(state, replace(state.addresses[event.address_id], verified=True))


def _bounced(state: ContactState, event: c.AddressBounced, _: Recorded[object]) -> None:
    _hold(state, replace(state.addresses[event.address_id], bounced=True))


def _recovered(state: ContactState, event: c.AddressRecovered, _: Recorded[object]) -> None:
    _hold(state, replace(state.addresses[event.address_id], bounced=False))


def _removed(state: ContactState, event: c.AddressRemoved, _: Recorded[object]) -> None:
    gone = event.address_id
    state.addresses = {id: known for id, known in state.addresses.items() if id != gone}
    state.came_from = {id: source for id, source in state.came_from.items() if id != gone}


def _hold(state: ContactState, address: c.HeldAddress) -> None:
    state.addresses = {**state.addresses, address.address_id: address}


# What a contact answers in whatever life it is, since somebody's next step depends on it.
STEPS: Rules = {c.CreateContact: _create, c.KeepAddress: _keep}
RULES: Rules = {
    c.VerifyAddress: _verify,
    c.RemoveAddress: _remove,
    c.RecordBounce: _bounce,
    c.RecordRecovery: _recover,
}
FOLDS: Folds = {
    c.ContactCreated: _created,
    c.AddressAdded: _added,
    c.AddressVerified: _verified,
    c.AddressRemoved: _removed,
    c.AddressBounced: _bounced,
    c.AddressRecovered: _recovered,
}
