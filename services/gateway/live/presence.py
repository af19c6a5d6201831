"""Who is on a ticket at this moment, looking or typing, so that two do not answer at once.

Of no lasting interest, so no part of the log: documents that MongoDB forgets by itself, by its own
clock, which all replicas share. One query a process finds what is new for all of its streams.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from typing_extensions import TypedDict

from libs.mongo import Database, Document, PyMongoError
from services.gateway.live.frames import Frame
from services.gateway.live.hub import Hub, ticket
from services.gateway.live.mine import agent
from services.gateway.principal import Principal

log = logging.getLogger(__name__)

Doing = Literal["looking", "typing"]

LASTS_SECONDS = 30
_FORGOTTEN_SECONDS = 60
_LOOK_SECONDS = 0.4
# What was written at once may become visible in another order.
_OVERLAP = timedelta(seconds=2)
_MOST = 20_000
# As far as presence on one ticket is shown.
_MOST_SHOWN = 50
GONE = "gone"
_FIELDS: Document = {
    **dict.fromkeys(("ticket_id", "actor", "name", "doing", "answers", "seen_at"), 1),
    "age": {"$subtract": ["$$NOW", "$seen_at"]},  # milliseconds
}


class Person(TypedDict):
    """Somebody on a ticket. actor: `agent:anna`, `contact:p-…`; for customers only `agent`."""

    actor: str
    name: str
    doing: Doing


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on a ticket. answers: whether what they type may go to the customer."""

    actor: str
    name: str
    doing: Doing
    answers: bool
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody on a ticket."""

    present: tuple[Present, ...]

    def shown(self, reader: Principal) -> list[Person]:
        """The others, as a reader is told: a customer only that somebody types an answer."""
        if reader.is_customer:
            typing = any(one.answers and one.doing == "typing" for one in self.present)
            return [Person(actor="agent", name="", doing="typing")] if typing else []
        others = (one for one in self.present if one.actor != reader.actor)
        return [Person(actor=one.actor, name=one.name, doing=one.doing) for one in others]


class Presence:
    """Presence on tickets, shared by all replicas."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._collection = database["presence"]
        self._hub = hub
        self._here: dict[str, dict[str, Present]] = defaultdict(dict)
        self._since: datetime | None = None

    async def prepare(self) -> None:
        """Make the index that finds what is new, and forgets."""
        await self._collection.create_index("seen_at", expire_after_seconds=_FORGOTTEN_SECONDS)

    async def tell(self, ticket_id: str, who: Principal, doing: Doing | Literal["gone"]) -> None:
        """They do this, for half a minute, unless they say so again."""
        said: Document = {
            "ticket_id": ticket_id,
            "actor": who.actor,
            "name": who.name,
            "doing": doing,
            "answers": who.may_answer and not who.is_customer,
        }
        change = {"$set": said, "$currentDate": {"seen_at": True}}
        await self._collection.update_one({"_id": f"{ticket_id}/{who.actor}"}, change, upsert=True)

    async def on(self, ticket_id: str) -> Crowd:
        """Who is on a ticket."""
        ids = {"$gt": f"{ticket_id}/", "$lt": f"{ticket_id}0"}  # "0" comes right after "/"
        wanted = {"_id": ids, "doing": {"$ne": GONE}, **_lately()}
        found = await self._collection.find(wanted).sort("_id").limit(_MOST_SHOWN).to_list()
        return _crowd(map(_present, found))

    async def run(self) -> None:
        """Tell streams what changes, until cancelled; while there are none, ask nothing."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not len(self._hub):
                self._here.clear()
                self._since = None
                continue
            try:
                found = await self._news()
            except PyMongoError as error:
                log.warning("who is on a ticket is not told for a moment: %s", error)
                continue
            self._take(found, time.monotonic())

    async def _news(self) -> Sequence[Document]:
        since = {"seen_at": {"$gte": self._since - _OVERLAP}} if self._since else _lately()
        found = await self._collection.find(since, _FIELDS).sort("seen_at").limit(_MOST).to_list()
        if found:
            self._since = max(found[-1]["seen_at"], self._since or found[-1]["seen_at"])
        return found

    def _take(self, found: Iterable[Document], now: float) -> None:
        """Hold what was found against what was known, and tell where they differ."""
        before: dict[str, Crowd] = {}
        for document in found:
            id, actor = document["ticket_id"], document["actor"]
            here = self._here[id]
            before.setdefault(id, _crowd(here.values()))
            here.pop(actor, None)
            if document["doing"] != GONE:
                here[actor] = replace(_present(document), until=now + _left(document))
        for id, here in list(self._here.items()):
            over = [actor for actor, one in here.items() if one.until <= now]
            if over:
                before.setdefault(id, _crowd(here.values()))
            for actor in over:
                del here[actor]
            if not here:
                del self._here[id]
        for id, crowd in before.items():
            self._tell(id, crowd, _crowd(self._here[id].values() if id in self._here else ()))

    def _tell(self, id: str, before: Crowd, now: Crowd) -> None:
        if before == now:
            return
        self._hub.tell(ticket(id), now)
        agents = [one.actor for one in now.present if one.actor.startswith("agent:")]
        if len(agents) < 2:
            return
        for actor in agents:
            others = [
                Person(actor=one.actor, name=one.name, doing=one.doing)
                for one in now.present
                if one.actor != actor
            ]
            collision = Frame("collision", {"ticket_id": id, "items": others}).encode()
            self._hub.tell(agent(actor.removeprefix("agent:")), collision)


def _lately() -> Document:
    """What was seen in the last half minute, by MongoDB's clock."""
    begin = {"$subtract": ["$$NOW", LASTS_SECONDS * 1000]}
    return {"$expr": {"$gt": ["$seen_at", begin]}}


def _left(document: Document) -> float:
    """For how many seconds it still holds."""
    return LASTS_SECONDS - float(document["age"]) / 1000


def _present(document: Document) -> Present:
    return Present(
        document["actor"], document["name"], document["doing"], bool(document["answers"])
    )


def _crowd(present: Iterable[Present] | Collection[Present]) -> Crowd:
    """Alike where the same people do the same, however long they still may."""
    known = sorted((replace(one, until=0.0) for one in present), key=lambda one: one.actor)
    return Crowd(tuple(known[:_MOST_SHOWN]))
