"""Every read model that the gateway keeps and can make anew from the log."""

from services.gateway.audit.projection import AUDIT
from services.gateway.contacts.view import CONTACTS
from services.gateway.past.projection import PAST
from services.gateway.setup.view import SETUP
from services.gateway.suspended.view import SUSPENDED
from services.gateway.tickets.projection import TICKETS
from services.gateway.words.projection import WORDS

PROJECTIONS = (TICKETS, PAST, CONTACTS, SETUP, SUSPENDED, WORDS, AUDIT)
