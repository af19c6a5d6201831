"""Intake's deciders, wired: its aggregates, its reception, what it promises."""

from libs.events.lane import Deciders
from libs.events.resources import Resources
from libs.events.topics import INBOUND
from libs.references import References
from services.intake.contacts import ADDRESS, CONTACT, DOMAIN, ORGANISATION
from services.intake.conversations import CONVERSATION
from services.intake.inbound import Inbound
from services.intake.outcomes import promises
from services.intake.tickets import TICKET


async def deciders(resources: Resources) -> Deciders:
    """The deciding side of intake, for its process and for ``verify``."""
    inbound = Inbound(
        resources.keyring,
        resources.contents,
        References(await resources.keyring.secret("references")),
        await resources.keyring.secret("addresses"),
        resources.ledger.lanes,
    )
    aggregates = (TICKET, CONVERSATION, ADDRESS, CONTACT, DOMAIN, ORGANISATION)
    return Deciders(
        service="intake",
        aggregates={aggregate.kind: aggregate for aggregate in aggregates},
        receive={INBOUND: inbound.receive},
        promises=promises,
    )
