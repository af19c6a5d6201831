"""The desk, its macros, canned replies and views out of their read model."""

from collections.abc import Sequence
from typing import cast

from libs.events.builds import Builds
from libs.events.envelope import Recorded
from libs.events.projection import Table
from libs.events.published.setup import DESK_ID, Setup
from services.gateway.keys.view import API_KEYS, KeyView
from services.gateway.setup.view import DESK, SETUP, VIEWS, DefinedView, DeskView, setup_in
from services.gateway.tickets import history

# Nobody finds anything in a longer list; a desk with more has forgotten to retire some.
MOST = 1_000
MOST_VIEWS = 200
# In the place of an owner, of what is shared.
SHARED = ""


class SetupReader:
    """Answers questions about the setup from the projection ``gateway.setup``."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    async def desk(self) -> tuple[Setup, int]:
        """What is set up now, and the desk's sequence."""
        desk = (await self._builds.view(SETUP)).collection(DESK.name)
        view = cast(DeskView | None, await desk.find_one({"_id": DESK_ID}))
        return setup_in(view), view["sequence"] if view is not None else 0

    async def find(self, table: Table, id: str) -> DefinedView | None:
        """A macro or canned reply, retired or not."""
        defined = (await self._builds.view(SETUP)).collection(table.name)
        return cast(DefinedView | None, await defined.find_one({"_id": id}))

    async def offered(self, table: Table) -> Sequence[tuple[str, DefinedView]]:
        """Macros or canned replies that are not retired, by name."""
        defined = (await self._builds.view(SETUP)).collection(table.name)
        found = await defined.find({"retired": False}).sort("name").limit(MOST).to_list()
        return [(one["_id"], cast(DefinedView, one)) for one in found]

    async def views(self, agent_id: str) -> Sequence[tuple[str, DefinedView]]:
        """Views that are offered to this agent: their own, then those that are shared, by name."""
        views = (await self._builds.view(SETUP)).collection(VIEWS.name)
        found = []
        for owner in (agent_id, SHARED):
            some = views.find({"agent_id": owner, "retired": False}).sort("name").limit(MOST_VIEWS)
            found += await some.to_list()
        return [(one["_id"], cast(DefinedView, one)) for one in found]

    async def api_key(self, id: str) -> KeyView | None:
        """An API key, revoked or not."""
        keys = (await self._builds.view(SETUP)).collection(API_KEYS.name)
        return cast(KeyView | None, await keys.find_one({"_id": id}))

    async def api_keys(self) -> Sequence[tuple[str, KeyView]]:
        """All API keys, by name."""
        keys = (await self._builds.view(SETUP)).collection(API_KEYS.name)
        found = await keys.find().sort("name").limit(MOST).to_list()
        return [(one["_id"], cast(KeyView, one)) for one in found]

    async def history(
        self, id: str, after: int, limit: int
    ) -> tuple[Sequence[Recorded[object]], int | None]:
        """Events of the desk, a macro or a canned reply, and where the next page begins."""
        table = (await self._builds.view(SETUP)).collection(history.TABLE.name)
        last = history.entry_id(id, 99_999_999)
        wanted = {"_id": {"$gt": history.entry_id(id, after), "$lte": last}}
        found = await table.find(wanted).sort("_id").limit(limit + 1).to_list()
        done = [history.recorded_from(document) for document in found[:limit]]
        return done, done[-1].sequence if len(found) > limit else None
