"""The status that a ticket's events leave it in: one rule for every reader."""

from collections.abc import Mapping

from libs.events.published.tickets.conversation import AgentReplied, NoteAdded
from libs.events.published.tickets.life import (
    ReopeningUndone,
    Status,
    StatusLabelled,
    TicketCancelled,
    TicketClosed,
    TicketMarkedNotSpam,
    TicketMarkedPending,
    TicketMarkedSpam,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketSolved,
    TicketWoken,
)
from libs.events.published.tickets.merging import TicketMerged, TicketUnmerged
from libs.events.published.tickets.people import TicketAssigned
from libs.events.published.tickets.work import WorkStarted

__all__ = ["OUTCOMES", "status_after"]

_LEADS_TO: Mapping[type, Status] = {
    TicketOpened: "new",
    TicketMarkedPending: "pending",
    TicketPutOnHold: "on_hold",
    TicketWoken: "open",
    TicketSolved: "solved",
    TicketReopened: "open",
    TicketClosed: "closed",
    TicketCancelled: "closed",
    TicketMarkedSpam: "closed",
    TicketMerged: "closed",
}
# How a ticket ended, by the event that ended it. Only what was solved counts in resolution rates.
OUTCOMES: Mapping[type, str] = {
    TicketClosed: "solved",
    TicketCancelled: "cancelled",
    TicketMarkedSpam: "spam",
    TicketMerged: "merged",
}


def status_after(before: Status | None, event: object) -> Status | None:
    """The status of a ticket after one of its events; None before the first. For every reader.

    A ticket is new until an agent has it, works on it or has written in it; a team's queue alone
    leaves it new.
    """
    if before == "new" and isinstance(
        event, TicketAssigned | AgentReplied | NoteAdded | WorkStarted
    ):
        return "open" if event.agent_id else before
    if isinstance(event, StatusLabelled | ReopeningUndone | TicketMarkedNotSpam | TicketUnmerged):
        return event.status
    return _LEADS_TO.get(type(event), before)
