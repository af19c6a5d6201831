"""What was redacted becomes unreadable everywhere: its contents are deleted, for good."""

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published.contacts import CustomerNoteRemoved
from libs.events.published.tickets import MessageRedacted


class Delete(msgspec.Struct, frozen=True):
    """Effect: delete these contents."""

    content_ids: tuple[str, ...]


class RedactionState(msgspec.Struct):
    """Nothing is to be remembered: deleting twice changes nothing."""


def react(state: RedactionState, recorded: Recorded[object]) -> Reaction:
    """Each redaction is final."""
    match recorded.data:
        case MessageRedacted(removed=removed):
            return Reaction(effects=[Delete(removed)])
        case CustomerNoteRemoved(note_id=note_id):
            return Reaction(effects=[Delete((note_id,))])
        case _:
            return Reaction()


REDACTION = ProcessManager(
    service="intake",
    name="redaction",
    version=2,
    sources=("tickets.events", "contacts.events"),
    interests=(MessageRedacted, CustomerNoteRemoved),
    state=RedactionState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
)
