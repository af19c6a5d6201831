"""A ticket's history in human sentences: who did what, and why; when stands beside the sentence.

Every event type gets one, a type that this program does not know, too.
"""

import re
from collections.abc import Callable

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts

Name = Callable[[str], str]
"""How to call an actor (``agent:anna``, ``contact:p-…``): a name, or "(erased)"."""

_CHANNELS = {"email": "by e-mail", "chat": "in chat", "phone": "by phone", "web": "on the web"}
_MESSAGES = {
    "customer_reply": "The customer's message",
    "foreign_message": "A message from someone who takes no part",
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


def sentence(recorded: Recorded[object], name: Name) -> str:
    """One sentence, such as ``anna solved the ticket (with a workaround): cable replaced.``"""
    who = name(recorded.actor)
    match recorded.data:
        case t.TicketOpened() as opened:
            author = name(f"contact:{opened.requester_id}")
            how = _CHANNELS.get(opened.message.channel, f"through {opened.message.channel}")
            as_what = " as a follow-up of a closed ticket" if opened.follow_up_of else ""
            return f"{author} wrote {how}; ticket {opened.number} was opened{as_what}."
        case t.CustomerMessageAdded() as added:
            return f"{name(f'contact:{added.author_id}')} wrote again{_with(added.message)}."
        case t.ForeignMessageAdded() as added:
            author = name(f"contact:{added.author_id}")
            return f"{author}, who takes no part in this ticket, wrote; only agents see it."
        case t.FollowUpRequested() as wrote:
            author = name(f"contact:{wrote.author_id}")
            return f"{author} wrote to the closed ticket, which opened a follow-up."
        case t.AgentReplied() as replied:
            return f"{name(f'agent:{replied.agent_id}')} answered{_with(replied.message)}."
        case t.NoteAdded() as noted:
            return f"{name(f'agent:{noted.agent_id}')} left an internal note."
        case t.TicketAssigned() as assigned:
            return _assigned(recorded.actor, assigned, name)
        case t.TicketMarkedPending() as pending:
            return f"{who} is waiting for the customer{_because(pending.reason)}."
        case t.TicketSolved() as solved:
            code = _RESOLUTIONS[solved.resolution_code]
            return f"{who} solved the ticket ({code}){_because(solved.cause)}."
        case t.TicketWoken(cause="agent") as woken:
            return f"{who} went on with the ticket{_because(woken.reason)}."
        case t.TicketWoken(cause=cause):
            return f"{_MESSAGES[cause]} ended the waiting."
        case t.TicketReopened(cause="agent") as reopened:
            return f"{who} reopened the ticket{_because(reopened.reason)}."
        case t.TicketReopened(cause=cause):
            return f"{_MESSAGES[cause]} reopened the solved ticket."
        case t.TicketClosed() as closed:
            return f"{who} closed the ticket, which had been solved on {closed.solved_at:%Y-%m-%d}."
        case t.TicketRated() as rated:
            credited = f" by {name(f'agent:{rated.agent_id}')}" if rated.agent_id else ""
            comment = ", with a comment" if rated.comment else ""
            instead = f", instead of {rated.previous_score}" if rated.previous_score else ""
            return f"{who} rated the solution{credited} {rated.score} of 5{instead}{comment}."
        case t.ReplyDelivered() as delivered:
            tries = _tries(delivered.attempts)
            return f"The answer of step {delivered.reply_sequence} was delivered{tries}."
        case t.ReplyDelayed() as delayed:
            tries = _tries(delayed.attempts)
            return (
                f"The answer of step {delayed.reply_sequence} could not be delivered yet{tries}: "
                f"{_plain(delayed.error)}."
            )
        case t.ReplyFailed() as failed:
            tries = _tries(failed.attempts)
            return (
                f"The answer of step {failed.reply_sequence} could not be delivered{tries}, "
                f"and nobody tries again: {_plain(failed.error)}."
            )
        case _:
            return f"{who}: {_spelled_out(recorded.type)}."


def _assigned(actor: str, assigned: t.TicketAssigned, name: Name) -> str:
    who = name(actor)
    why = _because(assigned.reason)
    if not assigned.agent_id and not assigned.team_id:
        return f"{who} took the ticket from {_holder(assigned, name)}{why}."
    if assigned.agent_id and actor == f"agent:{assigned.agent_id}" != _before(assigned):
        return f"{who} took the ticket{_for_team(assigned.team_id)}{why}."
    to = [name(f"agent:{assigned.agent_id}")] if assigned.agent_id else []
    to += [f"team {assigned.team_id}"] if assigned.team_id else []
    return f"{who} gave the ticket to {', '.join(to)}{why}."


def _before(assigned: t.TicketAssigned) -> str:
    return f"agent:{assigned.from_agent_id}"


def _holder(assigned: t.TicketAssigned, name: Name) -> str:
    if assigned.from_agent_id:
        return name(f"agent:{assigned.from_agent_id}")
    return f"team {assigned.from_team_id}"


def _for_team(team_id: str) -> str:
    return f" for team {team_id}" if team_id else ""


def _with(message: MessageFacts) -> str:
    files = sum(not attachment.inline for attachment in message.attachments)
    return f", with {files} file{'s' * (files > 1)}" if files else ""


def _because(reason: str) -> str:
    return f": {_plain(reason)}" if reason else ""


def _plain(reason: str) -> str:
    """A code as words; what a server said, without the full stop that the sentence sets itself."""
    return reason.replace("_", " ").strip().rstrip(".")


def _tries(attempts: int) -> str:
    return f" after {attempts} attempts" if attempts > 1 else ""


def _spelled_out(type_name: str) -> str:
    """``TicketSnoozed`` → ``ticket snoozed``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_name).lower()
