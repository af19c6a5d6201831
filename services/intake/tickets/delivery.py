"""What became of an answer on its way to the customer, and of other mails."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.digests import remember, short
from services.intake.tickets.asked import Asked, opened
from services.intake.tickets.life import awake
from services.intake.tickets.messages import note_message
from services.intake.tickets.state import SETTLED, TicketState


def record(state: TicketState, wanted: t.RecordDelivery, asked: Asked) -> Events:
    """The first final outcome counts; a delay is news when it is of a later attempt."""
    opened(state)
    reply, attempts, error = wanted.reply_sequence, wanted.attempts, wanted.error
    known = state.replies.get(reply)
    if known is None:
        raise Refusal(
            "no_such_reply",
            f"Event {reply} of this ticket is no reply; give the sequence of its AgentReplied.",
            "/reply_sequence",
        )
    if known == SETTLED:
        return []
    if not error:
        return [t.ReplyDelivered(reply, attempts)]
    if wanted.final:
        return [t.ReplyFailed(reply, attempts, error)]
    return [t.ReplyDelayed(reply, attempts, error)] if attempts > known else []


def record_mail(state: TicketState, wanted: t.RecordMail, asked: Asked) -> Events:
    """Each of these mails is told of once, by a command whose id is made of the mail."""
    opened(state)
    if wanted.about < 1 or not wanted.contact_id:
        raise Refusal("no_such_mail", "Name the event that caused it, and to whom it went.")
    told = (wanted.kind, wanted.about, wanted.contact_id, wanted.attempts)
    return [t.MailFailed(*told, wanted.error) if wanted.error else t.MailSent(*told)]


def record_bounced(state: TicketState, wanted: t.RecordBouncedMail, asked: Asked) -> Events:
    """Who waits for an answer waits in vain when the question has not arrived."""
    status = opened(state)
    if short(wanted.digest) in state.digests:
        return []
    report = msgspec.structs.replace(wanted.message, role="system", visibility="internal")
    about = state.written.get(wanted.event_id, 0)
    what = (wanted.contact_id, report, wanted.digest, wanted.status, wanted.permanent, about)
    goes_on = wanted.permanent and status != "closed" and not state.merged_into
    return [t.MailBounced(*what), *(awake(state, "mail_bounced") if goes_on else ())]


def record_complaint(state: TicketState, wanted: t.RecordSpamComplaint, asked: Asked) -> Events:
    """Nobody is woken by it: there is nothing to answer."""
    opened(state)
    if short(wanted.digest) in state.digests:
        return []
    report = msgspec.structs.replace(wanted.message, role="system", visibility="internal")
    who, about = wanted.contact_id or state.requester_id, state.written.get(wanted.event_id, 0)
    return [t.SpamComplaintReceived(who, report, wanted.digest, wanted.kind, about)]


def _came_back(
    state: TicketState, event: t.MailBounced | t.SpamComplaintReceived, recorded: Recorded[object]
) -> None:
    remember(state.digests, event.digest, None)
    note_message(state, recorded, event.message, "other")


def _delayed(state: TicketState, event: t.ReplyDelayed, _: Recorded[object]) -> None:
    state.replies[event.reply_sequence] = event.attempts


def _settled(
    state: TicketState, event: t.ReplyDelivered | t.ReplyFailed, _: Recorded[object]
) -> None:
    state.replies[event.reply_sequence] = SETTLED


RULES: Rules = {
    t.RecordDelivery: record,
    t.RecordMail: record_mail,
    t.RecordBouncedMail: record_bounced,
    t.RecordSpamComplaint: record_complaint,
}
FOLDS: Folds = {
    t.MailBounced: _came_back,
    t.SpamComplaintReceived: _came_back,
    t.ReplyDelayed: _delayed,
    t.ReplyDelivered: _settled,
    t.ReplyFailed: _settled,
}
