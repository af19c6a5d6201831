"""An address belongs to one contact at a time; releasing it lets its next message start anew."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked


class AddressState(msgspec.Struct, omit_defaults=True):
    """contact_id: whose it is, "" for nobody's."""

    contact_id: str = ""


def _register(state: AddressState, wanted: c.RegisterAddress, asked: Asked) -> Events:
    return [] if state.contact_id else [_registered(wanted)]


def _claim(state: AddressState, wanted: c.ClaimAddress, asked: Asked) -> Events:
    if state.contact_id == wanted.contact_id:
        raise Refusal(
            "address_known",
            "The contact has this address already, or is just letting it go: look at the contact, "
            "and try again if it is gone.",
        )
    if state.contact_id:
        raise Refusal(
            "address_taken",
            f"This address belongs to {state.contact_id}: remove it there first, or merge the two "
            "contacts.",
        )
    return [_registered(wanted)]


def _move(state: AddressState, wanted: c.MoveAddress, asked: Asked) -> Events:
    held = state.contact_id == wanted.from_id != wanted.to_id
    return [c.AddressMoved(wanted.to_id, wanted.from_id)] if held else []


def _release(state: AddressState, wanted: c.ReleaseAddress, asked: Asked) -> Events:
    held = state.contact_id == wanted.contact_id
    return [c.AddressReleased(wanted.contact_id)] if held else []


def _ask_sign_in_code(state: AddressState, wanted: c.AskSignInCode, asked: Asked) -> Events:
    if not state.contact_id:
        raise Refusal("no_such_address", "Nobody here is known by this address.")
    if asked.now >= wanted.until:
        return []  # who asked does not wait for it any more
    return [
        c.SignInCodeAsked(
            state.contact_id, wanted.code_id, wanted.until, wanted.brand, wanted.language
        )
    ]


def _registered(wanted: c.RegisterAddress | c.ClaimAddress) -> c.AddressRegistered:
    key = wanted.contact_id
    return c.AddressRegistered(
        key, wanted.channel, wanted.address.under(key), wanted.name.under(key)
    )


def _belongs(
    state: AddressState, event: c.AddressRegistered | c.AddressMoved, _: Recorded[object]
) -> None:
    state.contact_id = event.contact_id


def _is_free(state: AddressState, event: c.AddressReleased, _: Recorded[object]) -> None:
    state.contact_id = ""


RULES: Rules = {
    c.RegisterAddress: _register,
    c.ClaimAddress: _claim,
    c.MoveAddress: _move,
    c.ReleaseAddress: _release,
    c.AskSignInCode: _ask_sign_in_code,
}
FOLDS: Folds = {
    c.AddressRegistered: _belongs,
    c.AddressMoved: _belongs,
    c.AddressReleased: _is_free,
}
