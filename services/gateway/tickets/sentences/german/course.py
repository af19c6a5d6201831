"""The course of a ticket, told in German: its life, its priority, who has it."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.german.words import holder, moment, standing
from services.gateway.tickets.sentences.words import Name, because, lasting, plain

_CHANNELS = {"email": "per E-Mail", "chat": "im Chat", "phone": "am Telefon", "web": "im Web"}
_CAUSES = {
    "customer_reply": "Die Nachricht des Kunden",
    "participant_reply": "Die Nachricht eines Beteiligten",
    "foreign_message": "Die Nachricht eines Unbeteiligten",
    "until_passed": "Die gesetzte Zeit",
    "children_settled": "Das letzte seiner Teil-Tickets",
    "mail_bounced": "Eine Mail, die zurückkam,",
}
_RESOLUTIONS = {
    "solved_permanently": "dauerhaft gelöst",
    "workaround": "mit einer Umgehung",
    "by_request": "wie gewünscht ausgeführt",
    "known_error": "ein bekannter Fehler",
    "duplicate": "ein Duplikat",
    "not_reproducible": "nicht nachvollziehbar",
    "no_fault_found": "kein Fehler gefunden",
    "withdrawn": "zurückgezogen",
    "no_customer_response": "der Kunde hat nicht geantwortet",
    "out_of_scope": "nicht unsere Aufgabe",
}
_VIAS = {
    "problem": "Die Lösung seines Problems hat",
    "timeout": "Die Zeit hat",
    "mass": "Zusammen mit anderen hat man",
}
_TYPES = {
    "question": "Frage",
    "incident": "Störung",
    "problem": "Problem",
    "service_request": "Service-Anfrage",
    "task": "Aufgabe",
}
_ESCALATIONS = {"functional": " (fachlich)", "hierarchical": " (hierarchisch)"}


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return _life(recorded, name) or _priority(recorded, name) or _people(recorded, name)


def _life(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketOpened() as opened:
            author = name(f"contact:{opened.requester_id}")
            how = _CHANNELS.get(opened.message.channel, f"über {opened.message.channel}")
            as_what = " als Folge eines geschlossenen Tickets" if opened.follow_up_of else ""
            as_what = " aus Nachrichten eines anderen Tickets" if opened.split_from else as_what
            number = f"{opened.prefix}{opened.number}"
            return f"{author} hat {how} geschrieben; Ticket {number} wurde{as_what} eröffnet."
        case t.StatusLabelled(label=label, status=status):
            return f"{who} hat das Ticket als {standing(label or status)} bezeichnet."
        case t.TicketMarkedPending() as pending:
            until = f" bis {moment(pending.until)}" if pending.until else ""
            return f"{who} wartet{until} auf den Kunden{because(pending.reason)}."
        case t.TicketPutOnHold() as held:
            until = f" bis {moment(held.until)}" if held.until else ""
            number = f" ({held.reference})" if held.reference else ""
            return f"{who} wartet{until} auf {plain(held.party)}{number}{because(held.reason)}."
        case t.TicketSnoozed() as snoozed:
            until = moment(snoozed.until)
            return f"{who} hat das Ticket bis {until} schlafen gelegt{because(snoozed.reason)}."
        case t.SnoozeEnded(cause="agent"):
            return f"{who} hat das Ticket geweckt."
        case t.SnoozeEnded(cause=cause):
            return f"{_CAUSES[cause]} hat das Ticket geweckt."
        case t.TicketSolved() as solved:
            code = _RESOLUTIONS.get(solved.resolution_code, plain(solved.resolution_code))
            without = f", ohne {', '.join(solved.exempt)}" if solved.exempt else ""
            how = _VIAS.get(solved.via, f"{who} hat")
            return f"{how} das Ticket gelöst ({code}){without}{because(solved.cause)}."
        case t.TicketWoken(cause="agent") as woken:
            return f"{who} hat das Ticket wieder aufgenommen{because(woken.reason)}."
        case t.TicketWoken(cause=cause):
            return f"{_CAUSES[cause]} hat das Warten beendet."
        case t.TicketReopened(cause="agent") as reopened:
            return f"{who} hat das Ticket wieder geöffnet{because(reopened.reason)}."
        case t.TicketReopened(cause=cause):
            return f"{_CAUSES[cause]} hat das gelöste Ticket wieder geöffnet."
        case t.MessageNeedsNoReply(message_sequence=step):
            return f"{who} hat gesagt, dass die Nachricht von Schritt {step} keine Antwort braucht."
        case t.ReopeningUndone(status=status):
            return f"Also ist das Ticket wieder {standing(status)}, als wäre sie nicht gekommen."
        case t.TicketClosed() as closed:
            day = f"{closed.solved_at:%d.%m.%Y}"
            return f"{who} hat das Ticket geschlossen, das am {day} gelöst worden war."
        case t.TicketCancelled(reason=reason):
            return f"{who} hat das Ticket abgebrochen{because(reason)}."
        case t.TicketMarkedSpam() as spam:
            by = f" (nach {plain(spam.rule)}, Version {spam.rule_version})" if spam.rule else ""
            return f"{who} hat das Ticket als Spam gekennzeichnet{by}."
        case t.TicketMarkedNotSpam():
            return f"{who} hat festgestellt, dass das Ticket kein Spam war."
        case _:
            return ""


def _priority(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketAssessed() as assessed:
            impact, urgency = plain(assessed.impact or "keine"), plain(assessed.urgency or "keine")
            return f"{who} hat bewertet: Auswirkung {impact}, Dringlichkeit {urgency}."
        case t.PriorityChanged(source="hand") as changed:
            why = because(changed.reason)
            return f"{who} hat die Priorität von Hand auf {changed.priority} gesetzt{why}."
        case t.PriorityChanged() as changed:
            before = f" (vorher {changed.from_priority})" if changed.from_priority else ""
            now = changed.priority or "unbekannt"
            return f"Nach Auswirkung und Dringlichkeit ist die Priorität {now}{before}."
        case t.TicketClassified(type=kind):
            return f"{who} hat das Ticket eingestuft: {_TYPES.get(kind, 'ohne Art')}."
        case t.AffectedItemSet() as item:
            parts = [part for part in (item.service, item.product, item.asset) if part]
            what = ", ".join(map(plain, parts)) or "nichts"
            return f"{who} hat vermerkt, worum es geht: {what}."
        case t.MajorIncidentDeclared() as major:
            every, why = lasting(major.update_every), because(major.reason)
            return f"{who} hat eine Großstörung ausgerufen, mit Nachrichten alle {every}{why}."
        case t.MajorUpdateGiven(update_every=seconds):
            due = lasting(seconds)
            return f"Das war eine Nachricht zur Großstörung; die nächste ist in {due} fällig."
        case t.MajorUpdateMissed():
            return "Die fällige Nachricht zu dieser Großstörung kam nicht rechtzeitig."
        case t.MajorIncidentEnded(reason=reason):
            return f"{who} hat die Großstörung beendet{because(reason)}."
        case _:
            return ""


def _people(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketAssigned() as assigned:
            return _assigned(recorded.actor, assigned, name)
        case t.TierChanged() as changed:
            way = "eskaliert" if changed.tier > changed.from_tier else "zurückgegeben"
            kind, why = _ESCALATIONS.get(changed.kind, ""), because(changed.reason)
            return f"{who} hat das Ticket an Ebene {changed.tier} {way}{kind}{why}."
        case t.RequesterChanged() as changed:
            now, before = (
                name(f"contact:{contact}")
                for contact in (changed.contact_id, changed.from_contact_id)
            )
            why = because(changed.reason)
            return f"{who} hat das Ticket von {before} an {now} als Kunden übertragen{why}."
        case t.TicketFollowedContact(undone=True):
            return "Das Ticket ist wieder bei seinem Kunden, der doch jemand anders ist."
        case t.TicketFollowedContact():
            return "Das Ticket folgte seinem Kunden, der mit einem anderen Kontakt vereint wurde."
        case t.AffectedUserSet(contact_id=contact_id):
            affected = name(f"contact:{contact_id}") if contact_id else "der Kunde"
            return f"{who} hat vermerkt, wer betroffen ist: {affected}."
        case t.FollowerAdded(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} folgt dem Ticket."
        case t.FollowerRemoved(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} folgt dem Ticket nicht mehr."
        case t.LinksRevoked(contact_id=contact):
            whose = f" von {name(f'contact:{contact}')}" if contact else ""
            return f"{who} hat die bisher versandten Links zum Ticket{whose} widerrufen."
        case t.CollaboratorAdded(contact_id=contact_id):
            return f"{who} hat {name(f'contact:{contact_id}')} beteiligt."
        case t.CollaboratorRemoved(contact_id=contact_id):
            return f"{who} beteiligt {name(f'contact:{contact_id}')} nicht mehr."
        case _:
            return ""


def _assigned(actor: str, assigned: t.TicketAssigned, name: Name) -> str:
    who = name(actor)
    why = because(assigned.reason)
    if assigned.why is not None:
        why = f" nach der Regel {plain(assigned.why.rule)}, Version {assigned.why.version}{why}"
    now = holder(assigned.agent_id, assigned.team_id, name)
    if assigned.source == "return":
        return f"{who} hat das Ticket an {now} zurückgegeben{why}."
    if not assigned.agent_id and assigned.team_id in ("", assigned.from_team_id):
        before = holder(assigned.from_agent_id, "", name)
        if not assigned.from_agent_id:
            before = holder("", assigned.from_team_id, name)
        return f"{who} hat {before} das Ticket abgenommen{why}."
    mine = f"agent:{assigned.agent_id}"
    if assigned.agent_id and actor == mine != f"agent:{assigned.from_agent_id}":
        team = f" für Team {assigned.team_id}" if assigned.team_id else ""
        return f"{who} hat das Ticket{team} übernommen{why}."
    return f"{who} hat das Ticket an {now} gegeben{why}."
