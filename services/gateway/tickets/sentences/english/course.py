"""The course of a ticket, told: its life, its priority, who has it."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.english.words import holder
from services.gateway.tickets.sentences.words import Name, because, lasting, plain

_CHANNELS = {"email": "by e-mail", "chat": "in chat", "phone": "by phone", "web": "on the web"}
_CAUSES = {
    "customer_reply": "The customer's message",
    "participant_reply": "A participant's message",
    "foreign_message": "A message from someone who takes no part",
    "until_passed": "The time that was set",
    "children_settled": "The last of its children",
    "mail_bounced": "A mail that came back",
}
_RESOLUTIONS = {
    "solved_permanently": "solved for good",
    "workaround": "with a workaround",
    "by_request": "done as requested",
    "known_error": "a known error",
    "duplicate": "a duplicate",
    "not_reproducible": "not reproducible",
    "no_fault_found": "no fault found",
    "withdrawn": "withdrawn",
    "no_customer_response": "the customer did not answer",
    "out_of_scope": "out of scope",
}
_VIAS = {"problem": "Its problem's solution", "timeout": "Time", "mass": "With others at once,"}


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return _life(recorded, name) or _priority(recorded, name) or _people(recorded, name)


def _life(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketOpened() as opened:
            author = name(f"contact:{opened.requester_id}")
            how = _CHANNELS.get(opened.message.channel, f"through {opened.message.channel}")
            as_what = " as a follow-up of a closed ticket" if opened.follow_up_of else ""
            as_what = " from messages of another ticket" if opened.split_from else as_what
            number = f"{opened.prefix}{opened.number}"
            return f"{author} wrote {how}; ticket {number} was opened{as_what}."
        case t.StatusLabelled(label=label, status=status):
            return f"{who} marked the ticket as {plain(label or status)}."
        case t.TicketMarkedPending() as pending:
            until = f" until {pending.until:%Y-%m-%d %H:%M}" if pending.until else ""
            return f"{who} is waiting for the customer{until}{because(pending.reason)}."
        case t.TicketPutOnHold() as held:
            until = f" until {held.until:%Y-%m-%d %H:%M}" if held.until else ""
            number = f" ({held.reference})" if held.reference else ""
            party = plain(held.party)
            return f"{who} is waiting for {party}{number}{until}{because(held.reason)}."
        case t.TicketSnoozed() as snoozed:
            until = f"{snoozed.until:%Y-%m-%d %H:%M}"
            return f"{who} put the ticket out of sight until {until}{because(snoozed.reason)}."
        case t.SnoozeEnded(cause="agent"):
            return f"{who} took the ticket back into sight."
        case t.SnoozeEnded(cause=cause):
            return f"{_CAUSES[cause]} brought the ticket back into sight."
        case t.TicketSolved() as solved:
            code = _RESOLUTIONS.get(solved.resolution_code, plain(solved.resolution_code))
            without = f", without {', '.join(solved.exempt)}" if solved.exempt else ""
            how = f"{_VIAS[solved.via]} solved" if solved.via in _VIAS else f"{who} solved"
            return f"{how} the ticket ({code}){without}{because(solved.cause)}."
        case t.TicketWoken(cause="agent") as woken:
            return f"{who} went on with the ticket{because(woken.reason)}."
        case t.TicketWoken(cause=cause):
            return f"{_CAUSES[cause]} ended the waiting."
        case t.TicketReopened(cause="agent") as reopened:
            return f"{who} reopened the ticket{because(reopened.reason)}."
        case t.TicketReopened(cause=cause):
            return f"{_CAUSES[cause]} reopened the solved ticket."
        case t.MessageNeedsNoReply(message_sequence=step):
            return f"{who} said that the message of step {step} needs no answer."
        case t.ReopeningUndone(status=status):
            return f"So the ticket is {plain(status)} again, as if that message had not come."
        case t.TicketClosed() as closed:
            return f"{who} closed the ticket, which had been solved on {closed.solved_at:%Y-%m-%d}."
        case t.TicketCancelled(reason=reason):
            return f"{who} cancelled the ticket{because(reason)}."
        case t.TicketMarkedSpam() as spam:
            by = f" (by {plain(spam.rule)}, version {spam.rule_version})" if spam.rule else ""
            return f"{who} marked the ticket as spam{by}."
        case t.TicketMarkedNotSpam():
            return f"{who} found that the ticket was no spam."
        case _:
            return ""


def _priority(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketAssessed() as assessed:
            impact, urgency = plain(assessed.impact or "none"), plain(assessed.urgency or "none")
            return f"{who} assessed impact as {impact} and urgency as {urgency}."
        case t.PriorityChanged(source="hand") as changed:
            return f"{who} set the priority to {changed.priority} by hand{because(changed.reason)}."
        case t.PriorityChanged() as changed:
            before = f" (it was {changed.from_priority})" if changed.from_priority else ""
            now = changed.priority or "unknown"
            return f"By impact and urgency, the priority is {now}{before}."
        case t.TicketClassified(type=kind):
            return f"{who} classified the ticket as {plain(kind) or 'nothing'}."
        case t.AffectedItemSet() as item:
            parts = [part for part in (item.service, item.product, item.asset) if part]
            return f"{who} noted what it is about: {', '.join(map(plain, parts)) or 'nothing'}."
        case t.MajorIncidentDeclared() as major:
            every, why = lasting(major.update_every), because(major.reason)
            return f"{who} declared a major incident, with news every {every}{why}."
        case t.MajorUpdateGiven(update_every=seconds):
            return f"That was news of the major incident; more is due in {lasting(seconds)}."
        case t.MajorUpdateMissed():
            return "The news that this major incident owed did not come in time."
        case t.MajorIncidentEnded(reason=reason):
            return f"{who} ended the major incident{because(reason)}."
        case _:
            return ""


def _people(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketAssigned() as assigned:
            return _assigned(recorded.actor, assigned, name)
        case t.TierChanged() as changed:
            way = "escalated" if changed.tier > changed.from_tier else "handed down"
            kind = f" ({changed.kind})" if changed.kind else ""
            return f"{who} {way} the ticket to tier {changed.tier}{kind}{because(changed.reason)}."
        case t.RequesterChanged() as changed:
            now, before = name(f"contact:{changed.contact_id}"), changed.from_contact_id
            instead = name(f"contact:{before}")
            return f"{who} made it {now}'s ticket instead of {instead}'s{because(changed.reason)}."
        case t.TicketFollowedContact(undone=undone):
            if undone:
                return "The ticket came back to its requester, who is another person after all."
            return "The ticket followed its requester, who was merged into another contact."
        case t.AffectedUserSet(contact_id=contact_id):
            affected = name(f"contact:{contact_id}") if contact_id else "the requester"
            return f"{who} noted that it is {affected} who is affected."
        case t.FollowerAdded(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} follows the ticket."
        case t.LinksRevoked(contact_id=contact):
            whose = f"of {name(f'contact:{contact}')}" if contact else "that were sent until now"
            return f"{who} revoked the tracking links {whose}."
        case t.FollowerRemoved(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} follows the ticket no more."
        case t.CollaboratorAdded(contact_id=contact_id):
            return f"{who} let {name(f'contact:{contact_id}')} take part."
        case t.CollaboratorRemoved(contact_id=contact_id):
            return f"{who} let {name(f'contact:{contact_id}')} take part no more."
        case _:
            return ""


def _assigned(actor: str, assigned: t.TicketAssigned, name: Name) -> str:
    who = name(actor)
    why = because(assigned.reason)
    if assigned.why is not None:
        rule = f"{plain(assigned.why.rule)}, version {assigned.why.version}"
        why = f" by the rule {rule}{why}"
    if assigned.source == "return":
        return f"{who} gave the ticket back to {_now(assigned, name)}{why}."
    if not assigned.agent_id and assigned.team_id in ("", assigned.from_team_id):
        return f"{who} took the ticket from {_before(assigned, name)}{why}."
    mine = f"agent:{assigned.agent_id}"
    if assigned.agent_id and actor == mine != f"agent:{assigned.from_agent_id}":
        team = f" for team {assigned.team_id}" if assigned.team_id else ""
        return f"{who} took the ticket{team}{why}."
    return f"{who} gave the ticket to {_now(assigned, name)}{why}."


def _now(assigned: t.TicketAssigned, name: Name) -> str:
    return holder(assigned.agent_id, assigned.team_id, name)


def _before(assigned: t.TicketAssigned, name: Name) -> str:
    if assigned.from_agent_id:
        return name(f"agent:{assigned.from_agent_id}")
    return f"team {assigned.from_team_id}"
