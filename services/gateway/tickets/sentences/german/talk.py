"""What was said on a ticket, told in German: that somebody spoke, never what."""

from collections.abc import Mapping

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.german.words import (
    files,
    holder,
    listed,
    messages,
    tries,
)
from services.gateway.tickets.sentences.words import Name, because, plain

_MAILS: Mapping[t.MailKind, str] = {
    "copy": "Eine Kopie der Antwort",
    "side": "Was neben dem Ticket geschrieben wurde,",
    "acknowledgement": "Eine Empfangsbestätigung",
    "survey": "Die Frage nach der Zufriedenheit",
}


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return _said(recorded, name) or _aside(recorded, name) or _delivery(recorded, name)


def _said(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.CustomerMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author} hat wieder geschrieben{files(added.message)}."
        case t.ParticipantMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author}, hier beteiligt, hat geschrieben{files(added.message)}."
        case t.ForeignMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author}, hier nicht beteiligt, hat geschrieben; nur Agenten sehen es."
        case t.MessagesHeldBack(count=count):
            wait = "wartet" if count == 1 else "warten"
            many = messages(count)
            return f"Von diesem Absender {wait} {many} unter den zurückgehaltenen."
        case t.AgentMailTaken() as taken:
            kind = "eine Notiz" if taken.as_note else "eine Antwort"
            return f"{name(f'agent:{taken.agent_id}')} hat {kind} per Mail geschickt."
        case t.AgentMailPassedOn() as mailed:
            author = name(f"agent:{mailed.agent_id}")
            return f"{author} hat per Mail geantwortet; sie ging weiter an {mailed.target_id}."
        case t.MessageTurnedAway() as turned:
            author = name(f"contact:{turned.author_id}")
            return f"{author}, hier nicht beteiligt, hat geantwortet; das hat ein eigenes Ticket."
        case t.FollowUpRequested() as wrote:
            author = name(f"contact:{wrote.author_id}")
            return f"{author} hat zum geschlossenen Ticket geschrieben; das gab ein Folgeticket."
        case t.AgentReplied() as replied:
            waited = " wie geplant" if replied.scheduled_sequence else ""
            author = name(f"agent:{replied.agent_id}")
            return f"{author} hat{waited} geantwortet{files(replied.message)}."
        case t.ReplyScheduled() as scheduled:
            author = name(f"agent:{scheduled.agent_id}")
            leaves = f"{scheduled.send_at:%d.%m.%Y um %H:%M:%S}"
            return f"{author} hat eine Antwort geschrieben, die am {leaves} abgeht."
        case t.ReplyWithdrawn(scheduled_sequence=step):
            return f"{who} hat die Antwort von Schritt {step} zurückgezogen, bevor sie abging."
        case t.NoteAdded() as noted:
            called = tuple(name(f"agent:{agent}") for agent in noted.mentions)
            mentions = f" für {listed(called)}" if called else ""
            author = name(f"agent:{noted.agent_id}")
            return f"{author} hat eine interne Notiz{mentions} hinterlassen."
        case t.NoteEdited(note_sequence=step):
            return f"{who} hat die Notiz von Schritt {step} neu geschrieben."
        case t.MessageRedacted() as redacted:
            part = "einen Teil von" if redacted.rendition else "den Inhalt von"
            step, why = redacted.message_sequence, because(redacted.reason)
            return f"{who} hat {part} Schritt {step} endgültig entfernt{why}."
        case _:
            return ""


def _aside(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.SideConversationOpened() as opened:
            other = f"Team {opened.team_id}" if opened.team_id else ""
            other = other or name(f"contact:{opened.contact_id}")
            return f"{who} hat neben dem Ticket ein Gespräch mit {other} begonnen."
        case t.SideMessageAdded() as said:
            author = name(f"contact:{said.contact_id}") if said.contact_id else who
            return f"{author} hat neben dem Ticket geschrieben; sein Kunde sieht es nicht."
        case t.SideConversationClosed():
            return f"{who} hat ein Gespräch neben dem Ticket beendet."
        case t.ConsultationAsked() as asked:
            return f"{who} hat {holder(asked.agent_id, asked.team_id, name)} um Rat gefragt."
        case t.ConsultationAnswered():
            return f"{who} hat den erbetenen Rat gegeben."
        case t.ConsultationWithdrawn():
            return f"{who} braucht den Rat nicht mehr."
        case _:
            return ""


def _delivery(recorded: Recorded[object], name: Name) -> str:
    match recorded.data:
        case t.ReplyDelivered() as delivered:
            step, often = delivered.reply_sequence, tries(delivered.attempts)
            return f"Die Antwort von Schritt {step} wurde{often} zugestellt."
        case t.ReplyDelayed() as delayed:
            step, often = delayed.reply_sequence, tries(delayed.attempts)
            why = plain(delayed.error)
            return f"Die Antwort von Schritt {step} war{often} noch nicht zustellbar: {why}."
        case t.ReplyFailed() as failed:
            step, often = failed.reply_sequence, tries(failed.attempts)
            return (
                f"Die Antwort von Schritt {step} war{often} nicht zustellbar, und niemand versucht "
                f"es noch einmal: {plain(failed.error)}."
            )
        case t.MailSent() as sent:
            to = name(f"contact:{sent.contact_id}")
            return f"{_MAILS[sent.kind]} ging{tries(sent.attempts)} an {to}."
        case t.MailBounced() as back:
            to = name(f"contact:{back.contact_id}")
            rest = "; dorthin wird nichts mehr gesandt" if back.permanent else ""
            what = f"Die Nachricht von Schritt {back.about}" if back.about else "Eine Mail"
            return f"{what} an {to} kam zurück ({back.status}){rest}."
        case t.SpamComplaintReceived() as complaint:
            who = name(f"contact:{complaint.contact_id}")
            step = complaint.about
            what = f"die Nachricht von Schritt {step}" if step else "eine Mail"
            kind = "" if complaint.kind == "abuse" else f" ({plain(complaint.kind)})"
            return f"{who} hat {what} als Spam gemeldet{kind} und wird nichts mehr gefragt."
        case t.MailFailed() as lost:
            to, often = name(f"contact:{lost.contact_id}"), tries(lost.attempts)
            why = plain(lost.error)
            return f"{_MAILS[lost.kind]} konnte{often} nicht an {to} gesandt werden: {why}."
        case _:
            return ""
