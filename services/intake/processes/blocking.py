"""A blocked contact is blocked at all of their addresses, also at those that they get later."""

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published import contacts as c
from libs.events.published import senders as s


class BlockingState(msgspec.Struct, omit_defaults=True):
    """blocked_for: why the contact is, "" if they are not."""

    addresses: dict[str, None] = {}
    blocked_for: str = ""


def key(recorded: Recorded[object]) -> str | None:
    """The contact."""
    return recorded.aggregate_id


def react(state: BlockingState, recorded: Recorded[object]) -> Reaction:
    """Each address follows its contact. After an erasure nothing does: the block stands, and who
    was erased cannot be told from the address any more."""
    before = _blocked(state)
    _fold(state, recorded.data)
    if isinstance(recorded.data, c.ErasureRequested):
        return Reaction()
    after = _blocked(state)
    wanted: list[tuple[str, msgspec.Struct]] = [
        (address_id, s.BlockSender(reason))
        for address_id, reason in after.items()
        if before.get(address_id) != reason
    ]
    wanted += [(id, s.UnblockSender()) for id in before if id not in after]
    return Reaction(
        [
            BLOCKING.follows(
                recorded,
                s.sender_id(address_id),
                data,
                BLOCKING.command_id(recorded.aggregate_id, recorded.event_id, address_id),
            )
            for address_id, data in wanted
        ]
    )


def _fold(state: BlockingState, event: object) -> None:
    match event:
        case c.ContactCreated(address_id=id) | c.AddressAdded(address_id=id):
            state.addresses[id] = None
        case c.AddressRemoved(address_id=id):
            state.addresses.pop(id, None)
        case c.ContactAbsorbed(addresses=came):
            state.addresses |= {address.address_id: None for address in came}
        case c.ContactReturned(addresses=went):
            for address in went:
                state.addresses.pop(address.address_id, None)
        case c.ContactBlocked(reason=reason):
            state.blocked_for = reason
        case c.ContactUnblocked():
            state.blocked_for = ""
        case c.ErasureRequested():
            state.addresses, state.blocked_for = {}, ""


def _blocked(state: BlockingState) -> dict[str, str]:
    return dict.fromkeys(state.addresses, state.blocked_for) if state.blocked_for else {}


BLOCKING = ProcessManager(
    service="intake",
    name="blocking",
    sources=("contacts.events",),
    interests=(
        c.ContactCreated,
        c.AddressAdded,
        c.AddressRemoved,
        c.ContactAbsorbed,
        c.ContactReturned,
        c.ContactBlocked,
        c.ContactUnblocked,
        c.ErasureRequested,
    ),
    state=BlockingState,
    key=key,
    react=react,
)
