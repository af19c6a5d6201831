"""What a customer is to us at this moment: organisation, plan, VIP; recorded with every ticket that
is opened for them, since no report can add it later."""

from collections.abc import Mapping, Sequence

import msgspec

from libs.events.envelope import Command
from libs.events.published.contacts import Standing
from libs.events.published.tickets import OpenTicket
from libs.events.states import stored_states
from libs.mongo import Database
from services.intake.contacts import CONTACT, ORGANISATION
from services.intake.processes.arrivals import Stamp
from services.intake.tickets import TICKET


class Customers:
    """Contacts and organisations as intake last stored them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stamp(self, effects: Sequence[Stamp]) -> Sequence[Command[object]]:
        """The openings, each with its customer's standing."""
        standings = await self.standings([_opening(one.command).requester_id for one in effects])
        return [_stamped(one.command, standings) for one in effects]

    async def with_tickets(self, ticket_ids: Sequence[str]) -> set[str]:
        """Those of these tickets that were opened, as far as it is stored."""
        tickets = await stored_states(self._database, TICKET, ticket_ids) if ticket_ids else {}
        return {id for id, ticket in tickets.items() if ticket.status is not None}

    async def standings(self, contact_ids: Sequence[str]) -> Mapping[str, Standing]:
        """Of those that are known."""
        contacts = await stored_states(self._database, CONTACT, contact_ids)
        firms = {one.organisation_id for one in contacts.values()} - {""}
        of = await stored_states(self._database, ORGANISATION, firms) if firms else {}
        standings: dict[str, Standing] = {}
        for id, contact in contacts.items():
            firm = of.get(contact.organisation_id)
            plan = contact.plan or (firm.plan if firm else "")
            vip = contact.vip or (firm.vip if firm else False)
            standings[id] = Standing(contact.organisation_id, plan, vip)
        return standings


def _opening(command: Command[object]) -> OpenTicket:
    if not isinstance(command.data, OpenTicket):
        raise TypeError(f"{type(command.data).__name__} opens nothing")
    return command.data


def _stamped(command: Command[object], standings: Mapping[str, Standing]) -> Command[object]:
    opening = _opening(command)
    standing = standings.get(opening.requester_id)
    if standing is None:
        return command
    data = msgspec.structs.replace(opening, **msgspec.structs.asdict(standing))
    return msgspec.structs.replace(command, data=data)
