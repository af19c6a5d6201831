"""How many messages are too many: a window over the log's own time. Pure, and bounded."""

from datetime import datetime, timedelta

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most so many messages within so long."""

    messages: int
    within: timedelta


class Limits(msgspec.Struct, frozen=True):
    """What one sender may send. opening: messages that ask for a ticket of their own; answering:
    those that answer one; domain: messages of all senders of one mail domain that open tickets."""

    opening: Limit = Limit(20, timedelta(minutes=10))
    answering: Limit = Limit(100, timedelta(minutes=10))
    domain: Limit = Limit(200, timedelta(minutes=10))


class Recent(msgspec.Struct, omit_defaults=True):
    """The instants of a sender's latest messages, held back or not, never more than a limit."""

    instants: list[datetime] = []

    def too_many(self, at: datetime, limit: Limit) -> bool:
        """Note a message; whether it is one too many. Whoever does not pause stays above it."""
        full = len(self.instants) >= limit.messages
        exceeded = full and at - self.instants[-limit.messages] < limit.within
        self.instants.append(at)
        del self.instants[: -limit.messages]
        return exceeded
