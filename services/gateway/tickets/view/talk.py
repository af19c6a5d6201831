"""What is said on a ticket, folded: how much of it, by whom, and what still waits."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds, without
from services.gateway.tickets.view.shape import (
    ConsultationView,
    LastMessage,
    ScheduledReply,
    SideView,
    TicketView,
)

_OPENING = 1


def last(recorded: Recorded[object], message: MessageFacts) -> LastMessage:
    """The message of this event as the newest."""
    return LastMessage(
        sequence=recorded.sequence,
        at=text(message.received_at),
        role=message.role,
        visibility=message.visibility,
    )


def asked_at(before: str | None, message: MessageFacts) -> str | None:
    """Since when a customer waits for an answer, now that this was written."""
    return before or (text(message.received_at) if message.role == "customer" else None)


def _customer(view: TicketView, event: t.CustomerMessageAdded, recorded: Recorded[object]) -> None:
    view["customer_messages"] += 1
    view["unanswered_since"] = asked_at(view["unanswered_since"], event.message)
    view["last_message"] = last(recorded, event.message)


def _participant(
    view: TicketView, event: t.ParticipantMessageAdded, recorded: Recorded[object]
) -> None:
    view["participant_messages"] += 1
    view["last_message"] = last(recorded, event.message)


def _foreign(view: TicketView, event: t.ForeignMessageAdded, recorded: Recorded[object]) -> None:
    view["foreign_messages"] += 1
    view["last_message"] = last(recorded, event.message)


def _held_back(view: TicketView, event: t.MessagesHeldBack, _: Recorded[object]) -> None:
    view["held_back_messages"] = event.count


def _replied(view: TicketView, event: t.AgentReplied, recorded: Recorded[object]) -> None:
    view["replies"] += 1
    view["unanswered_since"] = None
    view["last_message"] = last(recorded, event.message)
    if event.scheduled_sequence:
        view["scheduled"] = without(view["scheduled"], str(event.scheduled_sequence))


def _scheduled(view: TicketView, event: t.ReplyScheduled, recorded: Recorded[object]) -> None:
    view["scheduled"] = view["scheduled"] | {
        str(recorded.sequence): ScheduledReply(
            sequence=recorded.sequence, agent_id=event.agent_id, send_at=text(event.send_at)
        )
    }


def _withdrawn(view: TicketView, event: t.ReplyWithdrawn, _: Recorded[object]) -> None:
    view["scheduled"] = without(view["scheduled"], str(event.scheduled_sequence))


def _noted(view: TicketView, event: t.NoteAdded, recorded: Recorded[object]) -> None:
    view["notes"] += 1
    view["last_message"] = last(recorded, event.message)
    view["mentioned"] = list(dict.fromkeys([*view["mentioned"], *event.mentions]))


def _redacted(view: TicketView, event: t.MessageRedacted, _: Recorded[object]) -> None:
    """The subject is the opening message's."""
    if event.message_sequence == _OPENING and event.rendition is not None:
        view["subject"] = event.rendition.id
    elif view["subject"] in event.removed:
        view["subject"] = ""


def _failed(view: TicketView, event: t.ReplyFailed, _: Recorded[object]) -> None:
    view["undelivered"] = [*view["undelivered"], event.reply_sequence]


def _mail_failed(view: TicketView, event: t.MailFailed, _: Recorded[object]) -> None:
    """What people wrote, and somebody did not get."""
    if event.kind in ("copy", "side") and event.about not in view["undelivered"]:
        view["undelivered"] = [*view["undelivered"], event.about]


def _delivered(view: TicketView, event: t.ReplyDelivered, _: Recorded[object]) -> None:
    view["undelivered"] = [n for n in view["undelivered"] if n != event.reply_sequence]


def _side_opened(view: TicketView, event: t.SideConversationOpened, _: Recorded[object]) -> None:
    side = SideView(
        id=event.side_id,
        team_id=event.team_id,
        contact_id=event.contact_id,
        open=True,
        messages=1,
    )
    view["sides"] = view["sides"] | {event.side_id: side}


def _side_said(view: TicketView, event: t.SideMessageAdded, _: Recorded[object]) -> None:
    side = view["sides"][event.side_id]
    said: SideView = {**side, "open": True, "messages": side["messages"] + 1}
    view["sides"] = view["sides"] | {event.side_id: said}


def _side_closed(view: TicketView, event: t.SideConversationClosed, _: Recorded[object]) -> None:
    closed: SideView = {**view["sides"][event.side_id], "open": False}
    view["sides"] = view["sides"] | {event.side_id: closed}


def _asked(view: TicketView, event: t.ConsultationAsked, recorded: Recorded[object]) -> None:
    asked = ConsultationView(
        id=event.consultation_id,
        asked_by=event.asked_by,
        agent_id=event.agent_id,
        team_id=event.team_id,
        asked_at=text(recorded.occurred_at),
    )
    view["consultations"] = view["consultations"] | {event.consultation_id: asked}


def _consulted(
    view: TicketView,
    event: t.ConsultationAnswered | t.ConsultationWithdrawn,
    _: Recorded[object],
) -> None:
    view["consultations"] = without(view["consultations"], event.consultation_id)


FOLDS: Folds = {
    t.CustomerMessageAdded: _customer,
    t.ParticipantMessageAdded: _participant,
    t.ForeignMessageAdded: _foreign,
    t.MessagesHeldBack: _held_back,
    t.AgentReplied: _replied,
    t.ReplyScheduled: _scheduled,
    t.ReplyWithdrawn: _withdrawn,
    t.NoteAdded: _noted,
    t.MessageRedacted: _redacted,
    t.ReplyFailed: _failed,
    t.MailFailed: _mail_failed,
    t.ReplyDelivered: _delivered,
    t.SideConversationOpened: _side_opened,
    t.SideMessageAdded: _side_said,
    t.SideConversationClosed: _side_closed,
    t.ConsultationAsked: _asked,
    t.ConsultationAnswered: _consulted,
    t.ConsultationWithdrawn: _consulted,
}
