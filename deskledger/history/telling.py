"""How steps are told to tickets: as commands of history, each known by its ticket and its key."""

from collections.abc import Sequence
from datetime import datetime

from deskledger.history.memory import Taken, short
from deskledger.importing.carry import Outcomes
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.kafka import CommandSender


class Telling:
    """One run of an import. run: its name; outcomes: None for a dry run, in which nothing is
    told."""

    def __init__(self, sender: CommandSender, run: str, outcomes: Outcomes | None) -> None:
        self._sender = sender
        self._run = run
        self._outcomes = outcomes
        self.dry = outcomes is None

    def command(
        self, ticket_id: str, key: str, data: object, actor: str, at: datetime, before: Taken
    ) -> Command[object]:
        """The command of a step. before: what is known of its ticket."""
        id = told_as(ticket_id, key)
        # What was refused is asked anew: the desk may be set up otherwise by now.
        refused = before.refused.get(short(key), 0)
        return Command(
            data=data,
            aggregate_id=ticket_id,
            actor=actor,
            command_id=digest("import again", id, str(refused))[:32] if refused else id,
            correlation_id=self._run,
            occurred_at=at,
            reply_to=self._outcomes.name if self._outcomes else "",
            origin="import",
        )

    async def tell(self, commands: Sequence[Command[object]]) -> list[str]:
        """Why each of these was refused, "" for what is so now. Raises Problem, KafkaError."""
        if self._outcomes is None:
            return [""] * len(commands)
        self._outcomes.expect(commands)
        await self._sender.send(commands)
        return await self._outcomes.of(commands)


def told_as(ticket_id: str, key: str, *more: str) -> str:
    """The id of a step's command, and of the contents that it names: the same at every import."""
    return digest("import", ticket_id, key, *more)[:32]


def note(taken: Taken, key: str, refusal: str) -> bool:
    """Remember what became of a step; whether it was refused."""
    known_as = short(key)
    if refusal:
        taken.refused[known_as] = taken.refused.get(known_as, 0) + 1
    else:
        taken.done.add(known_as)
        taken.refused.pop(known_as, None)
    return bool(refusal)
