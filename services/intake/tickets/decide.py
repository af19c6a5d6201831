"""What may happen to a ticket, and the answer when it may not."""

from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
from libs.events.ids import derived_id
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts
from services.intake.digests import short
from services.intake.tickets.state import SETTLED, Solution, TicketState

Events = Sequence[msgspec.Struct]


def decide(state: TicketState, command: Command[object], moment: Moment) -> Events:
    """The events that a command adds; none if what it wants is so already. Raises Refusal."""
    match command.data:
        case t.OpenTicket() as wanted:
            return _open(state, wanted, moment)
        case t.AddCustomerMessage() as wanted:
            return _add_customer_message(state, wanted, moment)
        case t.ReplyToCustomer() as wanted:
            return _reply(state, wanted, command, moment)
        case t.AddNote() as wanted:
            return _add_note(state, wanted, command, moment)
        case t.AssignTicket() as wanted:
            return _assign(state, wanted)
        case t.MarkPending() as wanted:
            return _mark_pending(state, wanted)
        case t.SolveTicket() as wanted:
            return _solve(state, wanted, _agent(command))
        case t.ReopenTicket() as wanted:
            return _reopen(state, wanted)
        case t.CloseTicket() as wanted:
            return _close(state, wanted)
        case t.RateTicket() as wanted:
            return _rate(state, wanted)
        case t.RecordDelivery() as wanted:
            return _record_delivery(state, wanted)
        case other:
            raise Refusal("unknown_command", f"A ticket knows no {type(other).__name__}.")


def _open(state: TicketState, wanted: t.OpenTicket, moment: Moment) -> Events:
    if short(wanted.digest) in state.digests:
        return []
    if state.status is not None:
        raise Refusal(
            "ticket_exists",
            "This ticket is open already; send a further message with AddCustomerMessage.",
        )
    return [
        t.TicketOpened(
            number=moment.number,
            requester_id=wanted.requester_id,
            account=wanted.account,
            message=wanted.message,
            digest=wanted.digest,
            follow_up_of=wanted.follow_up_of,
        )
    ]


def _add_customer_message(
    state: TicketState, wanted: t.AddCustomerMessage, moment: Moment
) -> Events:
    """What comes from outside is never refused, and an automatic answer wakes nobody."""
    author, message, digest = wanted.author_id, wanted.message, wanted.digest
    if short(digest) in state.digests:
        return []
    if state.status is None:
        if not wanted.account:
            raise _no_such_ticket()
        return [t.TicketOpened(moment.number, author, wanted.account, message, digest)]
    if state.status == "closed" and not message.automatic:
        follow_up = derived_id("t", digest)
        return [t.FollowUpRequested(author, follow_up, state.account, message, digest)]
    if author == state.requester_id:
        added: Events = [t.CustomerMessageAdded(author, message, digest)]
        cause: t.WakingCause = "customer_reply"
    else:
        hidden = msgspec.structs.replace(message, role="third_party", visibility="internal")
        added = [t.ForeignMessageAdded(author, hidden, digest)]
        cause = "foreign_message"
    return added if message.automatic else [*added, *_awake(state, cause)]


def _reply(
    state: TicketState, wanted: t.ReplyToCustomer, command: Command[object], moment: Moment
) -> Events:
    _expect_not_closed(state)
    agent_id = _agent(command)
    message = MessageFacts(
        channel=state.channel,
        direction="out",
        role="agent" if agent_id else "system",
        visibility="public",
        rendition=wanted.rendition,
        received_at=command.occurred_at or moment.now,
        length=wanted.length,
        language=wanted.language,
        attachments=tuple(Attachment(content) for content in wanted.attachments),
    )
    return [t.AgentReplied(agent_id, state.requester_id, state.account, message)]


def _add_note(
    state: TicketState, wanted: t.AddNote, command: Command[object], moment: Moment
) -> Events:
    _expect_not_closed(state)
    agent_id = _agent(command)
    message = MessageFacts(
        channel="desk",
        direction="in",
        role="agent" if agent_id else "system",
        visibility="internal",
        rendition=wanted.rendition,
        received_at=command.occurred_at or moment.now,
        length=wanted.length,
    )
    return [t.NoteAdded(agent_id, message)]


def _assign(state: TicketState, wanted: t.AssignTicket) -> Events:
    _expect_not_closed(state)
    if not wanted.agent_id and not wanted.team_id:
        raise Refusal("nobody_to_assign", "Name an agent, a team or both.", "/agent_id")
    team_id = wanted.team_id or state.team_id
    same_team = team_id == state.team_id
    agent_id = wanted.agent_id or (state.agent_id if same_team else "")
    if same_team and agent_id == state.agent_id:
        return []
    return [
        t.TicketAssigned(
            agent_id=agent_id,
            team_id=team_id,
            from_agent_id=state.agent_id,
            from_team_id=state.team_id,
            reason=wanted.reason,
        )
    ]


def _mark_pending(state: TicketState, wanted: t.MarkPending) -> Events:
    status = _expect_not_closed(state)
    if status == "pending":
        return []
    if status == "solved":
        raise Refusal("ticket_solved", "A solved ticket waits for nobody; reopen it first.")
    return [t.TicketMarkedPending(status, wanted.reason)]


def _solve(state: TicketState, wanted: t.SolveTicket, agent_id: str) -> Events:
    status = _expect_not_closed(state)
    if (before := state.solution) is not None:
        if (wanted.resolution_code, wanted.cause) == (before.code, before.cause):
            return []
        raise Refusal(
            "already_solved",
            f"This ticket is solved already ({before.code}); reopen it to solve it differently.",
        )
    solver = agent_id or state.agent_id
    return [t.TicketSolved(wanted.resolution_code, solver, status, wanted.cause)]


def _reopen(state: TicketState, wanted: t.ReopenTicket) -> Events:
    _expect_not_closed(state)
    events = _awake(state, "agent", wanted.reason)
    if not events:
        raise Refusal(
            "not_waiting",
            "This ticket is being worked on already; only a pending or solved one can be reopened.",
        )
    return events


def _close(state: TicketState, wanted: t.CloseTicket) -> Events:
    solution = state.solution
    if _expect_opened(state) == "closed":
        return []
    if wanted.solved_sequence and (solution is None or solution.sequence != wanted.solved_sequence):
        return []
    return [t.TicketClosed(_expect_solved(solution, "closed").at)]


def _rate(state: TicketState, wanted: t.RateTicket) -> Events:
    _expect_opened(state)
    solution = _expect_solved(state.solution, "rated")
    if not 1 <= wanted.score <= 5:
        raise Refusal("score_out_of_range", "Give a score from 1 (bad) to 5 (good).", "/score")
    before = state.rating
    comment_id = wanted.comment.id if wanted.comment else ""
    if before is not None and (before.score, before.comment_id) == (wanted.score, comment_id):
        return []
    previous = before.score if before else 0
    return [t.TicketRated(wanted.score, solution.agent_id, wanted.comment, previous)]


def _record_delivery(state: TicketState, wanted: t.RecordDelivery) -> Events:
    """The first final outcome counts; a delay is news when it is of a later attempt."""
    _expect_opened(state)
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


def _awake(state: TicketState, cause: t.WakingCause, reason: str = "") -> Events:
    """What brings a waiting ticket back to work: nothing if it is not waiting."""
    if state.status == "pending":
        return [t.TicketWoken(cause, "pending", reason)]
    if state.status == "solved" and state.solution is not None:
        solver, code = state.solution.agent_id, state.solution.code
        return [t.TicketReopened(cause, "solved", solver, code, reason)]
    return []


def _no_such_ticket() -> Refusal:
    return Refusal("no_such_ticket", "There is no ticket with this id; open one with OpenTicket.")


def _expect_opened(state: TicketState) -> t.Status:
    if state.status is None:
        raise _no_such_ticket()
    return state.status


def _expect_not_closed(state: TicketState) -> t.Status:
    status = _expect_opened(state)
    if status == "closed":
        raise Refusal(
            "ticket_closed",
            "A closed ticket stays as it is; the customer's next message opens a follow-up.",
        )
    return status


def _expect_solved(solution: Solution | None, wanted: str) -> Solution:
    if solution is None:
        raise Refusal("not_solved", f"Only a solved ticket can be {wanted}; solve it first.")
    return solution


def _agent(command: Command[object]) -> str:
    """The agent who acts; "" when it is not one."""
    kind, _, name = command.actor.partition(":")
    return name if kind == "agent" else ""
