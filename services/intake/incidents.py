"""A problem's solution, told to the customer of each incident in words of their own."""

import asyncio
from collections.abc import Mapping, Sequence

from libs.contents import RENDITION_TYPE, Content, ContentStore, NewContent, Rendition
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.instances import Instances
from libs.events.rules import agent_of
from libs.events.states import stored_states
from libs.keyring import Erased, Keyring
from libs.mongo import Database
from libs.placeholders import Template, values
from services.intake.processes.people import PEOPLE
from services.intake.processes.spreading import SPREADING, Tell, solve, tell
from services.intake.tickets import TICKET, TicketState

Commands = Sequence[Command[object]]
LOOKS, LOOK_SECONDS = 20, 0.25


class Incidents:
    """Fills in the solution's words and stores them, each under its reader's key."""

    def __init__(
        self, database: Database, keyring: Keyring, contents: ContentStore, lanes: int
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._contents = contents
        self._lanes = lanes

    async def tell(self, effects: Sequence[Tell]) -> Commands:
        """For each: the answer, then the solution. A customer who was erased is told nothing, nor
        is anybody once the words themselves are gone."""
        tickets = await self._tickets({one.incident_id for one in effects})
        names = await self._names({ticket.requester_id for ticket in tickets.values()})
        templates = await self._templates(effects)
        told: list[tuple[Tell, str, str]] = []
        for effect in effects:
            ticket = tickets.get(effect.incident_id)
            template = templates.get(_words(effect))
            if ticket is not None and template is not None and ticket.requester_id in names:
                known = _known(ticket, effect, names[ticket.requester_id])
                told.append((effect, ticket.requester_id, template.fill(known)))
        stored = await self._contents.put(
            [
                NewContent(
                    owner,
                    Rendition(text=text).encode(),
                    RENDITION_TYPE,
                    digest(SPREADING.id, effect.incident_id, effect.solution.origin.event_id)[:32],
                )
                for effect, owner, text in told
            ]
        )
        answers = {
            effect.incident_id: tell(effect.solution, effect.incident_id, words, len(text))
            for (effect, _, text), words in zip(told, stored, strict=True)
        }
        commands: list[Command[object]] = []
        for effect in effects:
            if (answer := answers.get(effect.incident_id)) is not None:
                commands.append(answer)
            commands.append(solve(effect.solution, effect.incident_id))
        return commands

    async def _tickets(self, ids: set[str]) -> Mapping[str, TicketState]:
        """States are written a little behind; whoever is not there after a while never was."""
        for _ in range(LOOKS):
            found = await stored_states(self._database, TICKET, ids)
            if len(found) == len(ids):
                break
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def _names(self, contact_ids: set[str]) -> Mapping[str, str]:
        """What these are called, "" for whoever gave no name; without the erased."""
        people = Instances(PEOPLE, self._database[PEOPLE.collection], self._lanes)
        known = await people.load(contact_ids)
        await self._keyring.load(contact_ids, create=True)
        names = {
            id: one.state.name.reveal(self._keyring) if one.state.name is not None else ""
            for id, one in known.items()
        }
        return {id: name for id, name in names.items() if not isinstance(name, Erased)}

    async def _templates(self, effects: Sequence[Tell]) -> Mapping[str, Template]:
        found = await self._contents.get({_words(effect) for effect in effects})
        return {
            id: Template(Rendition.decode(content.data).text)
            for id, content in found.items()
            if isinstance(content, Content)
        }


def _words(effect: Tell) -> str:
    rendition = effect.solution.rendition
    return rendition.id if rendition is not None else ""


def _known(ticket: TicketState, effect: Tell, name: str) -> Mapping[str, str]:
    return values(
        number=ticket.number or effect.incident_id,
        subject="",
        contact_name=name,
        agent_name=agent_of(effect.solution.by),
    )
