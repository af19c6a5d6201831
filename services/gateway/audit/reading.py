"""The audit log out of its two collections, as one list."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from libs.events.builds import Builds
from libs.mongo import Collection, Document
from services.gateway.audit.entries import AuditEntryPage, Kind, shown
from services.gateway.audit.projection import ACTS, AUDIT
from services.gateway.tickets.asked import Cursor

_EXPORTED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of which kinds, whose, about one of these, from an instant on and before
    another ("": without that end)."""

    kinds: Sequence[Kind] = ()
    what: str = ""
    actor: str = ""
    targets: Sequence[str] = ()
    since: str = ""
    before: str = ""

    def filter(self, after: Cursor | None, direction: int) -> Document:
        """The MongoDB filter of what comes behind the cursor. direction: 1 forwards in time."""
        wanted: Document = {"kind": {"$in": list(self.kinds)}} if self.kinds else {}
        wanted |= {"what": self.what} if self.what else {}
        wanted |= {"actor": self.actor} if self.actor else {}
        wanted |= {"targets": {"$in": list(self.targets)}} if self.targets else {}
        bounds: Document = {"$gte": self.since} if self.since else {}
        bounds |= {"$lt": self.before} if self.before else {}
        wanted |= {"at": bounds} if bounds else {}
        if after is None:
            return wanted
        beyond, seen = ("$gte", "$lte") if direction > 0 else ("$lte", "$gte")
        reached: Document = {
            "at": {beyond: after.value},
            "$nor": [{"at": after.value, "_id": {seen: after.id}}],
        }
        return {"$and": [wanted, reached]} if wanted else reached


class AuditReader:
    """Reads acts and notes together."""

    def __init__(self, builds: Builds, notes: Collection) -> None:
        self._builds = builds
        self._notes = notes

    async def page(
        self, wanted: Wanted, after: Cursor | None, limit: int, direction: int = -1
    ) -> tuple[Sequence[AuditEntryPage], Cursor | None]:
        """So many entries, the newest first, and the cursor behind them; None at the end."""
        found = []
        acts = (await self._builds.view(AUDIT)).collection(ACTS.name)
        filter = wanted.filter(after, direction)
        order = [("at", direction), ("_id", direction)]
        for table in (acts, self._notes):
            found.append(await table.find(filter).sort(order).limit(limit + 1).to_list())
        merged = merge(*found, key=lambda one: (one["at"], one["_id"]), reverse=direction < 0)
        entries = [shown(one) for one in islice(merged, limit + 1)]
        if len(entries) <= limit:
            return entries, None
        last = entries[limit - 1]
        return entries[:limit], Cursor(last["at"], last["id"])

    async def all(self, wanted: Wanted) -> AsyncIterator[Sequence[AuditEntryPage]]:
        """All of them, the oldest first, a thousand at a time."""
        after: Cursor | None = None
        while True:
            entries, after = await self.page(wanted, after, _EXPORTED_AT_ONCE, direction=1)
            yield entries
            if after is None:
                return
