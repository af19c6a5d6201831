"""A solved ticket that nobody objects to is closed after a time, at the instant."""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published.tickets import CloseTicket, TicketClosed, TicketReopened, TicketSolved


class ClosingState(msgspec.Struct, omit_defaults=True):
    """solved_sequence: the solution that stands, 0 for none; correlation_id: what it came from."""

    solved_sequence: int = 0
    correlation_id: str = ""


def closing(after: timedelta) -> ProcessManager[ClosingState]:
    """The process manager that closes a ticket so long after it was solved."""

    def react(state: ClosingState, recorded: Recorded[object]) -> Reaction:
        if isinstance(recorded.data, TicketSolved):
            state.solved_sequence = recorded.sequence
            state.correlation_id = recorded.correlation_id
            return Reaction().wake(recorded.recorded_at + after)
        state.solved_sequence = 0
        return Reaction().wake(None)

    def on_due(state: ClosingState, ticket_id: str, due: datetime) -> Reaction:
        close: Command[object] = Command(
            data=CloseTicket(state.solved_sequence),
            aggregate_id=ticket_id,
            actor="service:intake",
            command_id=manager.command_id(ticket_id, "close", str(state.solved_sequence)),
            correlation_id=state.correlation_id,
        )
        return Reaction([close]).wake(None)

    manager = ProcessManager(
        service="intake",
        name="closing",
        sources=("tickets.events",),
        interests=(TicketSolved, TicketReopened, TicketClosed),
        state=ClosingState,
        key=lambda recorded: recorded.aggregate_id,
        react=react,
        on_due=on_due,
    )
    return manager
