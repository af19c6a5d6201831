"""A problem's solution is carried to its incidents, some at a time, so that others are served in
between. One instance a problem; what a crash interrupts goes on where it was.

What a customer is told is made for them from the solution's words, just before their incident is
solved.
"""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import Origin, ProcessManager, Reaction
from libs.events.published import tickets as t
from libs.events.published.messages import ContentRef

# So many incidents at once, and so long until the next: 80 a second, so that others hardly feel it.
WAVE, PAUSE = 10, timedelta(seconds=0.125)


class Solution(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is carried; origin, by: of the event that wanted it, and the actor who did."""

    origin: Origin
    by: str
    resolution_code: str
    cause: str
    rendition: ContentRef | None
    length: int
    language: str


class Tell(msgspec.Struct, frozen=True):
    """Effect: tell the customer of this incident, in words of their own, and solve it."""

    incident_id: str
    solution: Solution


class SpreadingState(msgspec.Struct, omit_defaults=True):
    """incidents: of this problem; left: those that the solution has not reached."""

    incidents: dict[str, None] = {}
    left: list[str] = []
    solution: Solution | None = None


def react(state: SpreadingState, recorded: Recorded[object]) -> Reaction:
    """Know the incidents; begin when the solution is to be carried to them."""
    match recorded.data:
        case t.TicketLinked(relation="incident", other_id=incident):
            state.incidents[incident] = None
        case t.TicketUnlinked(relation="incident", other_id=incident):
            state.incidents.pop(incident, None)
        case t.SolutionSpread() as spread:
            state.left = list(state.incidents)
            state.solution = Solution(
                Origin.of(recorded),
                recorded.actor,
                spread.resolution_code,
                spread.cause,
                spread.rendition,
                spread.length,
                spread.language,
            )
            return Reaction().wake(recorded.recorded_at)
    return Reaction()


def on_due(state: SpreadingState, problem_id: str, due: datetime) -> Reaction:
    """The next ones: tell the customer, then solve."""
    wave, state.left = state.left[:WAVE], state.left[WAVE:]
    solution = state.solution
    if solution is None:
        return Reaction().wake(None)
    done = Reaction().wake(due + PAUSE if state.left else None)
    if solution.rendition is None:
        done.commands = [solve(solution, incident) for incident in wave]
    else:
        done.effects = [Tell(incident, solution) for incident in wave]
    return done


def tell(solution: Solution, incident: str, words: ContentRef, length: int) -> Command[object]:
    """The answer to an incident's customer."""
    return _command(solution, incident, t.ReplyToCustomer(words, length, solution.language))


def solve(solution: Solution, incident: str) -> Command[object]:
    """The incident is solved as its problem was."""
    solved = t.SolveTicket(solution.resolution_code, solution.cause, via="problem")
    return _command(solution, incident, solved)


def _command(solution: Solution, incident: str, data: msgspec.Struct) -> Command[object]:
    origin = solution.origin
    command_id = SPREADING.command_id(incident, type(data).__name__, origin.event_id)
    return SPREADING.follows(origin, incident, data, command_id, solution.by)


SPREADING = ProcessManager(
    service="intake",
    name="spreading",
    version=2,
    sources=("tickets.events",),
    interests=(t.TicketLinked, t.TicketUnlinked, t.SolutionSpread),
    state=SpreadingState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
    on_due=on_due,
)
