"""Which events promise an outcome to a message from outside, and which keep it. For ``verify``."""

from libs.events.envelope import Recorded
from libs.events.lane import NO_PROMISES, Promises
from libs.events.published import conversations as c
from libs.events.published import tickets as t


def promises(recorded: Recorded[object]) -> Promises:
    """A received message must reach a ticket or be suspended; a released one, reach a ticket."""
    match recorded.data:
        case c.MessageReceived(arrival=arrival):
            return (arrival.digest,), ()
        case c.MessageRouted(digest=digest, released_by=actor) if actor:
            return (_released(digest),), ()
        case c.MessageSuspended(digest=digest):
            return (), (digest,)
        case (
            t.TicketOpened(digest=digest)
            | t.CustomerMessageAdded(digest=digest)
            | t.ParticipantMessageAdded(digest=digest)
            | t.ForeignMessageAdded(digest=digest)
            | t.SideMessageAdded(digest=digest)
            | t.FollowUpRequested(digest=digest)
            | t.AgentMailTaken(digest=digest)
        ):
            return (), (digest, _released(digest))
    return NO_PROMISES


def _released(digest: str) -> str:
    return f"{digest}/released"
