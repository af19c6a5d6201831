"""A person is erased: key and contents at once, ``ErasureCompleted`` when every reader has passed.

Between the two, projections that run anywhere (rebuilds included) may still hold what they read
before; so the last step waits until all of them have passed the log's end as it was when the key
was gone. Each step may be repeated, so a crash anywhere only delays.
"""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published.contacts import ErasureCompleted, ErasureRequested, ReleaseAddress

# Other processes may serve a deleted key from memory for some seconds; the first look comes after.
FIRST_LOOK = timedelta(seconds=6)
LAST_PAUSE = timedelta(minutes=10)


class Erase(msgspec.Struct, frozen=True):
    """Effect: delete the key, what it owns, and suspended mail; note where the log ends now."""

    contact_id: str
    address_ids: tuple[str, ...]
    requested_at: datetime


class CompleteWhenPassed(msgspec.Struct, frozen=True):
    """Effect: if every reader has passed, delete what has come in since, and say so."""

    erase: Erase
    command_id: str
    correlation_id: str


class ErasureState(msgspec.Struct, omit_defaults=True):
    """What is to be erased since when, and how often somebody has looked whether it is done."""

    address_ids: tuple[str, ...] = ()
    requested_at: datetime | None = None
    correlation_id: str = ""
    looks: int = 0


def react(state: ErasureState, recorded: Recorded[object]) -> Reaction:
    """Erase at once; stop looking when it is complete."""
    match recorded.data:
        case ErasureRequested(address_ids=address_ids):
            state.address_ids = address_ids
            state.requested_at = recorded.recorded_at
            state.correlation_id = recorded.correlation_id
            contact_id = recorded.aggregate_id
            release = [
                ERASURE.follows(
                    recorded,
                    address_id,
                    ReleaseAddress(contact_id),
                    ERASURE.command_id(contact_id, "release", address_id),
                )
                for address_id in address_ids
            ]
            erase = Erase(contact_id, address_ids, recorded.recorded_at)
            return Reaction(release, [erase]).wake(recorded.recorded_at + FIRST_LOOK)
        case _:
            return Reaction().wake(None)


def on_due(state: ErasureState, contact_id: str, due: datetime) -> Reaction:
    """Look whether all have passed, and again later: each pause is twice the one before."""
    if state.requested_at is None:
        return Reaction().wake(None)
    pause = min(FIRST_LOOK * 2**state.looks, LAST_PAUSE)
    state.looks += 1
    look = CompleteWhenPassed(
        Erase(contact_id, state.address_ids, state.requested_at),
        ERASURE.command_id(contact_id, "complete"),
        state.correlation_id,
    )
    return Reaction(effects=[look]).wake(due + pause)


ERASURE = ProcessManager(
    service="intake",
    name="erasure",
    sources=("contacts.events",),
    interests=(ErasureRequested, ErasureCompleted),
    state=ErasureState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
    on_due=on_due,
)
