"""What was said on a ticket, told: that somebody spoke, never what."""

from collections.abc import Mapping

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.english.words import files, holder, listed, tries
from services.gateway.tickets.sentences.words import Name, because, plain

_MAILS: Mapping[t.MailKind, str] = {
    "copy": "A copy of the answer",
    "side": "What was written beside the ticket",
    "acknowledgement": "An acknowledgement",
    "survey": "The question how content the customer is",
}


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return _said(recorded, name) or _aside(recorded, name) or _delivery(recorded, name)


def _said(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.CustomerMessageAdded() as added:
            return f"{name(f'contact:{added.author_id}')} wrote again{files(added.message)}."
        case t.ParticipantMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author}, who takes part, wrote{files(added.message)}."
        case t.ForeignMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author}, who takes no part in this ticket, wrote; only agents see it."
        case t.MessagesHeldBack(count=count):
            many = f"{count} message{'s' * (count != 1)} of this sender"
            return f"{many} wait{'s' * (count == 1)} among the suspended ones."
        case t.AgentMailTaken() as taken:
            kind = "a note" if taken.as_note else "an answer"
            return f"{name(f'agent:{taken.agent_id}')} sent {kind} by mail."
        case t.AgentMailPassedOn() as mailed:
            author = name(f"agent:{mailed.agent_id}")
            return f"{author} answered by mail; it went on to {mailed.target_id}."
        case t.MessageTurnedAway() as turned:
            author = name(f"contact:{turned.author_id}")
            return f"{author}, who takes no part, wrote in its thread; that has another ticket."
        case t.FollowUpRequested() as wrote:
            author = name(f"contact:{wrote.author_id}")
            return f"{author} wrote to the closed ticket, which opened a follow-up."
        case t.AgentReplied() as replied:
            waited = " as scheduled" if replied.scheduled_sequence else ""
            author = name(f"agent:{replied.agent_id}")
            return f"{author} answered{waited}{files(replied.message)}."
        case t.ReplyScheduled() as scheduled:
            author = name(f"agent:{scheduled.agent_id}")
            return f"{author} wrote an answer that leaves at {scheduled.send_at:%Y-%m-%d %H:%M:%S}."
        case t.ReplyWithdrawn(scheduled_sequence=step):
            return f"{who} withdrew the answer of step {step} before it left."
        case t.NoteAdded() as noted:
            called = tuple(name(f"agent:{agent}") for agent in noted.mentions)
            mentions = f" for {listed(called)}" if called else ""
            return f"{name(f'agent:{noted.agent_id}')} left an internal note{mentions}."
        case t.NoteEdited(note_sequence=step):
            return f"{who} rewrote the note of step {step}."
        case t.MessageRedacted() as redacted:
            part = "part of" if redacted.rendition else "what was written in"
            step = redacted.message_sequence
            return f"{who} removed {part} step {step} for good{because(redacted.reason)}."
        case _:
            return ""


def _aside(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.SideConversationOpened() as opened:
            other = f"team {opened.team_id}" if opened.team_id else ""
            other = other or name(f"contact:{opened.contact_id}")
            return f"{who} began to talk with {other} beside the ticket."
        case t.SideMessageAdded() as said:
            author = name(f"contact:{said.contact_id}") if said.contact_id else who
            return f"{author} wrote beside the ticket; its customer does not see it."
        case t.SideConversationClosed():
            return f"{who} ended a talk beside the ticket."
        case t.ConsultationAsked() as asked:
            return f"{who} asked {holder(asked.agent_id, asked.team_id, name)} for advice."
        case t.ConsultationAnswered():
            return f"{who} gave the advice that was asked for."
        case t.ConsultationWithdrawn():
            return f"{who} needs the advice no more."
        case _:
            return ""


def _delivery(recorded: Recorded[object], name: Name) -> str:
    match recorded.data:
        case t.ReplyDelivered() as delivered:
            often = tries(delivered.attempts)
            return f"The answer of step {delivered.reply_sequence} was delivered{often}."
        case t.ReplyDelayed() as delayed:
            often = tries(delayed.attempts)
            return (
                f"The answer of step {delayed.reply_sequence} could not be delivered yet{often}: "
                f"{plain(delayed.error)}."
            )
        case t.ReplyFailed() as failed:
            often = tries(failed.attempts)
            return (
                f"The answer of step {failed.reply_sequence} could not be delivered{often}, "
                f"and nobody tries again: {plain(failed.error)}."
            )
        case t.MailSent() as sent:
            to = name(f"contact:{sent.contact_id}")
            return f"{_MAILS[sent.kind]} went to {to}{tries(sent.attempts)}."
        case t.MailBounced() as back:
            to = name(f"contact:{back.contact_id}")
            rest = "; nothing more is sent there" if back.permanent else ""
            what = f"The message of step {back.about}" if back.about else "A mail"
            return f"{what} to {to} came back ({back.status}){rest}."
        case t.SpamComplaintReceived() as complaint:
            who = name(f"contact:{complaint.contact_id}")
            what = f"the message of step {complaint.about}" if complaint.about else "a mail"
            kind = "" if complaint.kind == "abuse" else f" ({plain(complaint.kind)})"
            return f"{who} reported {what} as spam{kind}; they are asked no more questions."
        case t.MailFailed() as lost:
            to = name(f"contact:{lost.contact_id}")
            return (
                f"{_MAILS[lost.kind]} could not be sent to {to}{tries(lost.attempts)}: "
                f"{plain(lost.error)}."
            )
        case _:
            return ""
