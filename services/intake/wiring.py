"""Intake's deciders, wired: its aggregates, its reception, what it promises."""

from collections.abc import Callable, Mapping

from libs.events.lane import Deciders
from libs.events.published.conversations import ReceiveMessage, SuspendMessage
from libs.events.published.setup import Setup
from libs.events.resources import Resources
from libs.events.topics import INBOUND
from libs.references import References
from services.intake.agents import agents_by_address
from services.intake.contacts import ADDRESS, CONTACT, DOMAIN, ORGANISATION
from services.intake.conversations import CONVERSATION
from services.intake.inbound import Inbound, StandingOf, nobody_known
from services.intake.outcomes import promises
from services.intake.senders import SENDER
from services.intake.setup import API_KEY, CANNED_REPLY, DELIVERY, DESK, MACRO, VIEW, WEBHOOK
from services.intake.tickets import TICKET


def _nobody_decides() -> None:
    """A ticket's rules refuse to work with no setup at all."""


def _about(data: object) -> str:
    """Whose erasure destroys a command that got stuck."""
    return data.arrival.address_id if isinstance(data, ReceiveMessage | SuspendMessage) else ""


async def deciders(
    resources: Resources,
    setup: Callable[[], Setup | None] = _nobody_decides,
    standing: StandingOf = nobody_known,
    agent_addresses: Mapping[str, str] = {},
) -> Deciders:
    """The deciding side of intake, for its process and for ``verify``.

    setup: what the desk has set up at this moment; standing: what it thinks of senders;
    agent_addresses: agents' ids by mail address; ``verify`` decides nothing and needs none of it.
    """
    addresses = await resources.keyring.secret("addresses")
    inbound = Inbound(
        resources.keyring,
        resources.contents,
        References(await resources.keyring.secret("references")),
        addresses,
        resources.ledger.lanes,
        standing,
        agents_by_address(addresses, agent_addresses),
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
        VIEW,
        API_KEY,
        WEBHOOK,
        DELIVERY,
        SENDER,
    )
    return Deciders(
        service="intake",
        aggregates={aggregate.kind: aggregate for aggregate in aggregates},
        receive={INBOUND: inbound.receive},
        promises=promises,
        about=_about,
        setup=setup,
    )
