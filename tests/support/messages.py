"""Messages, arrivals and persons for tests of intake."""

from datetime import UTC, datetime

from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.ids import digest
from libs.events.personal import Personal
from libs.events.published.conversations import Arrival, Standing
from libs.events.published.messages import MessageFacts, Origin, Role, Visibility

RECEIVED = datetime(2026, 3, 2, 8, 59, tzinfo=UTC)
CUSTOMER = "p-00" + "c" * 24
STRANGER = "p-00" + "5" * 24
ADDRESS = "a-00" + "a" * 24
TRANSIT = "transit-2026w10"


def content(name: str) -> ContentRef:
    """The reference of a content with this id."""
    return ContentRef(id=name, size=12, media_type=RENDITION_TYPE, sha256="0" * 64)


def mail(
    name: str,
    *,
    automatic: str = "",
    role: Role = "customer",
    visibility: Visibility = "public",
) -> MessageFacts:
    """A mail from outside whose words are the content of this name."""
    return MessageFacts(
        channel="email",
        direction="in",
        role=role,
        visibility=visibility,
        rendition=content(name),
        received_at=RECEIVED,
        automatic=automatic,
    )


def arrival(
    name: str,
    *,
    automatic: str = "",
    ticket_id: str = "",
    standing: Standing | None = None,
    agent_id: str = "",
    domain_id: str = "",
    origin: Origin = "live",
) -> Arrival:
    """That mail as it arrives, sent from ADDRESS."""
    return Arrival(
        digest=digest(name),
        account="support",
        address_id=ADDRESS,
        address=Personal(TRANSIT, sealed="c2VhbGVkIGFkZHJlc3M"),
        name=Personal(TRANSIT, sealed="c2VhbGVkIG5hbWU"),
        message=mail(name, automatic=automatic),
        ticket_id=ticket_id,
        standing=standing or Standing(),
        agent_id=agent_id,
        domain_id=domain_id,
        origin=origin,
    )
