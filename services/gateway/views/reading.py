"""The views of an agent, and one of them: standard ones first, then what people have defined."""

from collections.abc import Sequence

from services.gateway.principal import Principal
from services.gateway.setup.reading import SHARED, SetupReader
from services.gateway.setup.view import VIEWS
from services.gateway.views.pages import ViewPage, standard_page, view_page
from services.gateway.views.standard import STANDARD, standard


class ViewReader:
    """Answers which views there are for whom."""

    def __init__(self, setup: SetupReader) -> None:
        self._setup = setup

    async def offered(self, reader: Principal) -> Sequence[ViewPage]:
        """All that are offered to them: the standard ones, their own, the shared ones by name."""
        defined = await self._setup.views(reader.subject)
        own = [standard_page(id, view) for id, view in STANDARD.items()]
        return [*own, *(view_page(id, view) for id, view in defined)]

    async def find(self, id: str, reader: Principal) -> ViewPage | None:
        """One of them, retired or not; None also for what is another agent's own."""
        known = standard(id)
        if known is not None:
            return standard_page(id, known)
        view = await self._setup.find(VIEWS, id)
        if view is None or view["agent_id"] not in (reader.subject, SHARED):
            return None
        return view_page(id, view)
