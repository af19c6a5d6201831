"""How a ticket begins, also where its first message is not the first to come."""

from libs.events.aggregate import Refusal
from libs.events.ids import derived_id
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.digests import short
from services.intake.tickets.asked import Asked
from services.intake.tickets.conversation import add_customer_message
from services.intake.tickets.state import TicketState


def open_ticket(state: TicketState, wanted: t.OpenTicket, asked: Asked) -> Events:
    if short(wanted.digest) in state.digests:
        return []
    if state.status is not None:
        return _join(state, wanted, asked)
    brand = wanted.brand or asked.setup.brand_of(wanted.account)
    return [
        t.TicketOpened(
            number=asked.number,
            requester_id=wanted.requester_id,
            account=wanted.account,
            message=wanted.message,
            digest=wanted.digest,
            follow_up_of=wanted.follow_up_of,
            prefix=asked.setup.prefix_of(brand),
            submitter_id=wanted.submitter_id,
            affected_id=wanted.affected_id,
            type=wanted.type,
            brand=brand,
            session=wanted.session,
            organisation_id=wanted.organisation_id,
            plan=wanted.plan,
            vip=wanted.vip,
            origin=wanted.origin,
            split_from=wanted.split_from,
            split_messages=wanted.split_messages,
            setup_version=asked.setup.version if brand else 0,
        )
    ]


def _join(state: TicketState, wanted: t.OpenTicket, asked: Asked) -> Events:
    """Two strangers of one thread may come in any order. The one whose ticket it was to be takes
    part in what the other has opened if they had copied them; else each has a ticket."""
    if wanted.message.role != "customer" or wanted.split_from:
        raise Refusal(
            "ticket_exists",
            "This ticket is open already; send a further message with AddCustomerMessage.",
        )
    host, digest = wanted.requester_id, wanted.digest
    said = t.AddCustomerMessage(
        host,
        wanted.message,
        digest,
        wanted.account,
        invited=state.invited,
        own_id=derived_id("t", "late", digest),
        origin=wanted.origin,
    )
    joins = state.invited and host != state.requester_id and host not in state.collaborators
    takes_part = [t.CollaboratorAdded(host)] if joins and state.status != "closed" else []
    return [*takes_part, *add_customer_message(state, said, asked)]


RULES: Rules = {t.OpenTicket: open_ticket}
FOLDS: Folds = {}
