"""A ticket, its conversation and its history as an answer shows them, by role. Pure.

These types are the contract of the HTTP interface; its description is made from them.
"""

from services.gateway.tickets.pages.analyst import (
    AnalystStepPage,
    AnalystTicketPage,
    Pseudonyms,
    analyst_step_page,
    analyst_ticket_page,
)
from services.gateway.tickets.pages.history import HistoryPage, history_page
from services.gateway.tickets.pages.messages import (
    AMENDMENTS,
    MESSAGES,
    PUBLIC_MESSAGES,
    Amendments,
    AttachmentPage,
    DeliveryPage,
    MessagePage,
    amended,
    author_of,
    facts_of,
    file_name,
    is_superseded,
    message_page,
    removed_by,
    rendition_of,
    renditions_of,
)
from services.gateway.tickets.pages.ticket import (
    CustomerTicketPage,
    Head,
    MessageCounts,
    TicketPage,
    contacts_of,
    contents_of,
    customer_ticket_page,
    head,
    sealed_of,
    ticket_page,
)
from services.gateway.tickets.pages.words import Clear, Person, Words

__all__ = [
    "AMENDMENTS",
    "MESSAGES",
    "PUBLIC_MESSAGES",
    "Amendments",
    "AnalystStepPage",
    "AnalystTicketPage",
    "AttachmentPage",
    "Clear",
    "CustomerTicketPage",
    "DeliveryPage",
    "Head",
    "HistoryPage",
    "MessageCounts",
    "MessagePage",
    "Person",
    "Pseudonyms",
    "TicketPage",
    "Words",
    "amended",
    "analyst_step_page",
    "analyst_ticket_page",
    "author_of",
    "contacts_of",
    "contents_of",
    "customer_ticket_page",
    "facts_of",
    "file_name",
    "head",
    "history_page",
    "is_superseded",
    "message_page",
    "removed_by",
    "rendition_of",
    "renditions_of",
    "sealed_of",
    "ticket_page",
]
