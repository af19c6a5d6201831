"""Intake's deciders, wired: its aggregates, its reception, what it promises."""

from collections.abc import Callable

from libs.events.lane import Deciders
from libs.events.published.conversations import ReceiveMessage
from libs.events.published.setup import Setup
from libs.events.resources import Resources
from libs.events.topics import INBOUND
from libs.references import References
from services.intake.contacts import ADDRESS, CONTACT, DOMAIN, ORGANISATION
from services.intake.conversations import CONVERSATION
from services.intake.inbound import Inbound
from services.intake.outcomes import promises
from services.intake.setup import CANNED_REPLY, DESK, MACRO
from services.intake.tickets import TICKET


def _nobody_decides() -> None:
    """A ticket's rules refuse to work with no setup at all."""


async def deciders(
    resources: Resources, setup: Callable[[], Setup | None] = _nobody_decides
) -> Deciders:
    """The deciding side of intake, for its process and for ``verify``.

    setup: what the desk has set up at this moment; ``verify`` decides nothing and needs none.
    """
    inbound = Inbound(
        resources.keyring,
        resources.contents,
        References(await resources.keyring.secret("references")),
        await resources.keyring.secret("addresses"),
        resources.ledger.lanes,
    )
    aggregates = (
        TICKET,
        CONVERSATION,
        ADDRESS,
        CONTACT,
        DOMAIN,
        ORGANISATION,
        DESK,
        MACRO,
        CANNED_REPLY,
    )
    return Deciders(
        service="intake",
        aggregates={aggregate.kind: aggregate for aggregate in aggregates},
        receive={INBOUND: inbound.receive},
        promises=promises,
        about=lambda data: data.arrival.address_id if isinstance(data, ReceiveMessage) else "",
        setup=setup,
    )
