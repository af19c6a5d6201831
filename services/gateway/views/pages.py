"""Views as answers show them. Pure; part of the HTTP contract."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from typing_extensions import TypedDict

from libs.events.published import setup as s
from services.gateway.setup.view import DefinedView
from services.gateway.views.standard import Standard


class ViewPage(TypedDict):
    """A view. filter: what `GET /v1/tickets` takes, by parameter; columns: the fields that its
    tickets have; sharing: `standard` for those that every desk has; agent_id: whose own it is."""

    id: str
    name: str
    filter: dict[str, list[str]]
    columns: list[str]
    sharing: s.Sharing | Literal["standard"]
    agent_id: str
    team_id: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class CountPage(TypedDict):
    """How many tickets are in a view. exact: false where there may be more than that."""

    id: str
    count: int
    exact: bool


def standard_page(id: str, view: Standard) -> ViewPage:
    """The page of a view that is there of itself."""
    return ViewPage(
        id=id,
        name=view.name,
        filter=_lists(view.filter),
        columns=[],
        sharing="standard",
        agent_id="",
        team_id="",
        version=0,
        defined_at="",
        defined_by="",
        retired=False,
        sequence=0,
    )


def view_page(id: str, view: DefinedView) -> ViewPage:
    """The page of a view that somebody has defined."""
    defined = msgspec.json.decode(view["definition"], type=s.ViewDefined)
    return ViewPage(
        id=id,
        name=defined.name,
        filter=_lists(defined.filter),
        columns=list(defined.columns),
        sharing=defined.sharing,
        agent_id=defined.agent_id,
        team_id=defined.team_id,
        version=view["version"],
        defined_at=view["defined_at"],
        defined_by=view["defined_by"],
        retired=view["retired"],
        sequence=view["sequence"],
    )


def _lists(filter: Mapping[str, object]) -> dict[str, list[str]]:
    return msgspec.convert(filter, dict[str, list[str]])
