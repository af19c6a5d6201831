"""The published language: what the services tell each other, one module per aggregate.

Importing this package fills the catalogue.
"""

from libs.events.published import channels, contacts, conversations, senders, setup, tickets

__all__ = ["channels", "contacts", "conversations", "senders", "setup", "tickets"]
