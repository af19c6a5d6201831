"""One step of a ticket's history as an answer shows it."""

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from services.gateway.instants import text
from services.gateway.tickets.pages.words import Person, person
from services.gateway.tickets.sentences import Language, Name, sentence


class HistoryPage(TypedDict):
    """One step of a ticket's history. sentence: who did what, and why."""

    sequence: int
    at: str
    recorded_at: str
    type: str
    actor: Person
    sentence: str
    command_id: str


def history_page(recorded: Recorded[object], name: Name, language: Language = "en") -> HistoryPage:
    """One step of a history."""
    return HistoryPage(
        sequence=recorded.sequence,
        at=text(recorded.occurred_at),
        recorded_at=text(recorded.recorded_at),
        type=recorded.type,
        actor=person(recorded.actor, name),
        sentence=sentence(recorded, name, language),
        command_id=recorded.causation_id,
    )
