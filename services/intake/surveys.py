"""Whether a customer is asked how content they are: what is known of them at that moment."""

from collections.abc import Sequence

from libs.events.envelope import Command
from libs.events.published.contacts import NO_SURVEYS
from libs.events.states import stored_states
from libs.mongo import Database
from services.intake.contacts import CONTACT
from services.intake.processes.surveying import LATELY, Ask, question
from services.intake.tickets import TICKET


class Surveys:
    """Remembers whom it has asked, for as long as that counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked = database["surveyed"]

    async def prepare(self) -> None:
        """Make the index by which the asking is forgotten."""
        seconds = int(LATELY.total_seconds())
        await self._asked.create_index("at", expire_after_seconds=seconds)

    async def ask(self, effects: Sequence[Ask]) -> Sequence[Command[object]]:
        """For each a question, or the reason why there is none. Raises PyMongoError."""
        return [question(one, await self._reason(one)) for one in effects]

    async def _reason(self, ask: Ask) -> str:
        """ "" for none."""
        tickets = await stored_states(self._database, TICKET, [ask.ticket_id])
        ticket = tickets.get(ask.ticket_id)
        if ticket is None or ask.rated:
            return "rated" if ask.rated else "unknown_ticket"
        if ticket.origin == "import":
            return "imported"
        contacts = await stored_states(self._database, CONTACT, [ticket.requester_id])
        contact = contacts.get(ticket.requester_id)
        if contact is None:
            return "unknown_contact"
        if NO_SURVEYS in contact.tags:
            return "opted_out"
        known = await self._asked.find_one({"_id": ticket.requester_id})
        mine = {"ticket_id": ask.ticket_id, "solved": ask.solved_sequence}
        if known is not None and known["at"] > ask.at - LATELY:
            repeated = {name: known[name] for name in mine} == mine
            return "" if repeated else "asked_lately"
        document = {"_id": ticket.requester_id, "at": ask.at, **mine}
        await self._asked.replace_one({"_id": ticket.requester_id}, document, upsert=True)
        return ""
