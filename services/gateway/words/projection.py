"""The projection ``gateway.words``: hashes of the words of each message, and gone with them."""

from collections.abc import Sequence

from libs.events.envelope import Recorded
from libs.events.projection import Index, Projection, Write, Written
from libs.events.topics import events
from libs.mongo import Collection

MESSAGES = "messages"


def written_by(write: Write) -> Projection:
    """The projection, written by this."""
    indexes = (
        Index([("words", 1), ("at", -1), ("_id", -1)]),
        Index([("ticket_id", 1), ("at", -1)]),
        Index([("owner", 1)]),
    )
    return Projection(
        service="gateway",
        name="words",
        version=1,
        sources=[events("tickets"), events("contacts")],
        tables=(),
        written=[Written(MESSAGES, write, indexes)],
        pace=0.25,
    )


async def _nothing(collection: Collection, recorded: Sequence[Recorded[object]]) -> None:
    """For who only reads it."""


WORDS = written_by(_nothing)
