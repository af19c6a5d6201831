"""Merging contacts: two that are the same person become one, and can become two again.

The target is asked first and prepares; then the source says that it is merged, or declines; then
the target completes, or cancels. Nothing is copied: the source keeps its key, its name and what it
wrote, and only its addresses go along. Undoing goes the same way back, and gives back the
addresses that came along and are still there. A step that a process manager must hear of is an
event, also where it says no. No circle closes: who prepares, or was merged, declines to be merged;
of two that are to be merged into each other at once the one with the lower id stays.
"""

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code


class HeldAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a contact knows of one of its addresses. bounced: mail to it fails for good."""

    address_id: str
    channel: str
    verified: bool = False
    bounced: bool = False


@command("contacts")
class PrepareContactMerge(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target: another contact is the same person; merge it into this one."""

    source_id: str


@command("contacts")
class MergeContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the source: the target is prepared (sent by the process manager alone)."""

    into_id: str


@command("contacts")
class CompleteContactMerge(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target: the source is merged; its addresses are yours."""

    source_id: str
    addresses: tuple[HeldAddress, ...] = ()


@command("contacts")
class CancelContactMerge(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target: the source declined."""

    source_id: str
    reason: Code


@command("contacts")
class UnmergeContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target: the two are not the same person after all; give back what came along."""

    source_id: str


@command("contacts")
class TakeBackAddresses(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the source: the target gave these back; you stand for yourself again."""

    from_id: str
    addresses: tuple[HeldAddress, ...] = ()


@event("contacts")
class ContactMergePrepared(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target is ready to take the source in; until then it is merged nowhere itself."""

    source_id: str


@event("contacts")
class ContactMerged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source stands for nobody any more; its addresses, as it knew them, go to the target."""

    into_id: str
    addresses: tuple[HeldAddress, ...] = ()


@event("contacts")
class ContactMergeDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source cannot be merged: ``no_such_contact``, ``erased``, ``merged`` already, or
    ``absorbing`` others at this moment."""

    into_id: str
    reason: Code


@event("contacts")
class ContactAbsorbed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target stands for the source, too, and has the addresses that came along with it."""

    source_id: str
    addresses: tuple[HeldAddress, ...] = ()


@event("contacts")
class ContactAbsorptionDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target could not complete after all (it is being erased); the source takes back."""

    source_id: str
    reason: Code
    addresses: tuple[HeldAddress, ...] = ()


@event("contacts")
class ContactMergeCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """A prepared merge does not take place; why."""

    source_id: str
    reason: Code


@event("contacts")
class ContactReturned(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target stands for itself alone; the addresses that came along and are still there."""

    source_id: str
    addresses: tuple[HeldAddress, ...] = ()


@event("contacts")
class ContactUnmerged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source stands for itself again, with these addresses, as the target knew them."""

    from_id: str
    addresses: tuple[HeldAddress, ...] = ()
