"""What concerns an agent, wherever it happens: what they are given or lose, notes that name them,
answers of customers on what they have or follow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from typing_extensions import TypedDict

from libs.events.published import tickets as t
from services.gateway.live.along import Along, Told, told
from services.gateway.live.happening import Happening
from services.gateway.live.hub import Hub, Stream
from services.gateway.principal import Principal

Why = Literal["assigned", "unassigned", "mentioned", "replied"]


class Concern(TypedDict):
    """A ticket on which something concerns the reader: its history says what was done. by: who did
    it."""

    ticket_id: str
    number: int
    sequence: int
    by: str


class AgentStreams:
    """Streams of agents."""

    def __init__(self, hub: Hub, ledger_id: str) -> None:
        self._hub = hub
        self._ledger_id = ledger_id
        hub.listen(self._tell)

    @contextmanager
    def following(self, reader: Principal, last_id: str) -> Iterator[tuple[Stream, Along]]:
        """A stream of what concerns them behind an id ("": from now on), while the block runs."""

        def pick(happening: Happening) -> Told | None:
            why = concerns(happening).get(reader.subject)
            if why is None or not reader.sees(happening.after):
                return None
            concern = Concern(
                ticket_id=happening.ticket_id,
                number=happening.after["number"],
                sequence=happening.recorded.sequence,
                by=happening.recorded.actor,
            )
            return told(self._ledger_id, happening, why, concern)

        with self._hub.following(agent(reader.subject)) as stream:
            yield stream, Along(self._hub, self._ledger_id, last_id, pick)

    def _tell(self, happening: Happening) -> None:
        for id in concerns(happening):
            self._hub.tell(agent(id), happening)


def agent(id: str) -> str:
    """The key of what concerns an agent."""
    return f"agent/{id}"


def concerns(happening: Happening) -> dict[str, Why]:
    """Why it concerns which agents; nobody is told of what they did themselves, nor of history."""
    if happening.recorded.origin == "import":
        return {}
    event, before, after = happening.recorded.data, happening.before, happening.after
    found: dict[str, Why] = {}
    if isinstance(event, t.CustomerMessageAdded | t.ParticipantMessageAdded):
        found |= dict.fromkeys([after["agent_id"], *after["followers"]], "replied")
    if isinstance(event, t.NoteAdded):
        found |= dict.fromkeys(event.mentions, "mentioned")
    had = before["agent_id"] if before is not None else ""
    if had != after["agent_id"]:
        found |= {had: "unassigned", after["agent_id"]: "assigned"}
    themselves = happening.recorded.actor.removeprefix("agent:")
    return {id: why for id, why in found.items() if id and id != themselves}
