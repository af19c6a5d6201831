"""A flood, and the one ticket that is told of it: what both ways to notice one have in common."""

from datetime import datetime, timedelta

import msgspec

from libs.events.process import Origin
from libs.events.published.messages import ContentRef, MessageFacts
from libs.events.published.tickets import OpenTicket, ReportHeldBack

# The ticket of a flood is opened when there is something to tell, and told of more once a minute.
FIRST_REPORT, NEXT_REPORT = timedelta(seconds=2), timedelta(minutes=1)


class Flood(msgspec.Struct, omit_defaults=True):
    """Too many messages of one sender, or of one mail domain.

    since, last: when the first and the latest one was held back, which was ``held`` by then;
    account, channel, origin: of the first, by which the ticket is opened; reported: how many its
    ticket knows of.
    """

    since: datetime
    last: datetime
    account: str
    channel: str
    origin: Origin
    held: int = 0
    reported: int = 0

    def another(self, at: datetime) -> None:
        """One more was held back."""
        self.last, self.held = at, self.held + 1

    def at_due(self, due: datetime, within: timedelta) -> tuple["Flood | None", datetime | None]:
        """What its ticket is to be told now, if anything is new; and when to look again, None once
        nothing more has come for as long as messages are counted (within)."""
        if self.held > self.reported:
            self.reported = self.held
            return msgspec.structs.replace(self), due + NEXT_REPORT
        over = self.last + within
        return None, None if due >= over else max(over, due + NEXT_REPORT)

    def told(self, contact_id: str, flood_id: str, words: ContentRef) -> dict[str, msgspec.Struct]:
        """What its ticket is told, by what makes each a thing of its own: that it is open, and how
        many are held back. words: its subject."""
        subject = MessageFacts(
            channel=self.channel,
            direction="in",
            role="system",
            visibility="internal",
            rendition=words,
            received_at=self.since,
        )
        opening = OpenTicket(contact_id, self.account, subject, flood_id)
        report = ReportHeldBack(self.reported, self.since)
        return {"open": opening, f"report {self.reported}": report}


class Summarise(msgspec.Struct, frozen=True):
    """Effect: one ticket of this contact's says how many messages are held back.

    about_id: the address that they come from, or the mail domain (of_domain).
    """

    contact_id: str
    about_id: str
    flood: Flood
    of_domain: bool = False
