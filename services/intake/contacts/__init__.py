"""Who writes to us: addresses, which find their contact, and contacts, which can be erased."""

from libs.events.aggregate import Aggregate
from services.intake.contacts import address, contact
from services.intake.contacts.address import AddressState
from services.intake.contacts.contact import ContactState

__all__ = ["ADDRESS", "CONTACT", "AddressState", "ContactState"]

ADDRESS = Aggregate("contacts", "a", AddressState, address.decide, address.evolve)
CONTACT = Aggregate("contacts", "p", ContactState, contact.decide, contact.evolve)
