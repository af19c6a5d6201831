"""How many messages are too many: counted in the log's own time, a few numbers a sender. Pure."""

from datetime import UTC, datetime, timedelta

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A window is counted in so many parts; what is older than the whole falls away part by part.
PARTS = 10


class Limit(msgspec.Struct, frozen=True):
    """At most so many messages within so long."""

    messages: int
    within: timedelta


class Limits(msgspec.Struct, frozen=True):
    """What may come in. opening: messages of one sender that ask for a ticket of their own;
    answering: those of one sender that answer one; domain: of all senders of a mail domain
    together, those that ask for tickets."""

    opening: Limit = Limit(20, timedelta(minutes=10))
    answering: Limit = Limit(100, timedelta(minutes=10))
    domain: Limit = Limit(200, timedelta(minutes=10))


class Recent(msgspec.Struct, omit_defaults=True):
    """A sender's latest messages, held back or not: how many by part of the window."""

    counts: dict[int, int] = {}

    def is_one_too_many(self, at: datetime, limit: Limit) -> bool:
        """Count a message, and say so. Whoever does not pause stays above the limit.

        A message may count a tenth of the window too long, and never too short.
        """
        part = (at - _EPOCH) // (limit.within / PARTS)
        self.counts = {n: count for n, count in self.counts.items() if n >= part - PARTS}
        before = sum(self.counts.values())
        self.counts[part] = self.counts.get(part, 0) + 1
        return before >= limit.messages

    @property
    def seen(self) -> int:
        """How many were counted last."""
        return sum(self.counts.values())
