"""What was redacted becomes unreadable everywhere: its contents are deleted, for good."""

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published.tickets import MessageRedacted


class Delete(msgspec.Struct, frozen=True):
    """Effect: delete these contents."""

    content_ids: tuple[str, ...]


class RedactionState(msgspec.Struct):
    """Nothing is to be remembered: deleting twice changes nothing."""


def react(state: RedactionState, recorded: Recorded[object]) -> Reaction:
    """Each redaction is final."""
    if isinstance(recorded.data, MessageRedacted):
        return Reaction(effects=[Delete(recorded.data.removed)])
    return Reaction()


REDACTION = ProcessManager(
    service="intake",
    name="redaction",
    sources=("tickets.events",),
    interests=(MessageRedacted,),
    state=RedactionState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
)
