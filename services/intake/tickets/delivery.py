"""What became of an answer on its way to the customer."""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, opened
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


def _delayed(state: TicketState, event: t.ReplyDelayed, _: Recorded[object]) -> None:
    state.replies[event.reply_sequence] = event.attempts


def _settled(
    state: TicketState, event: t.ReplyDelivered | t.ReplyFailed, _: Recorded[object]
) -> None:
    state.replies[event.reply_sequence] = SETTLED


RULES: Rules = {t.RecordDelivery: record}
FOLDS: Folds = {
    t.ReplyDelayed: _delayed,
    t.ReplyDelivered: _settled,
    t.ReplyFailed: _settled,
}
