"""Views: lists of tickets under a name, a person's own, a team's or everybody's."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event

__all__ = ["DefineView", "RetireView", "Sharing", "ViewDefined", "ViewRetired"]

Sharing = Literal["own", "team", "all"]


@command("setup")
class DefineView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this list ready.

    filter: what a list of tickets takes, by parameter, each with its values; columns: fields of a
    ticket; sharing: for whom; agent_id: whose own it is; team_id: of which team.
    """

    name: str
    filter: dict[str, tuple[str, ...]]
    columns: tuple[str, ...] = ()
    sharing: Sharing = "own"
    agent_id: str = ""
    team_id: str = ""


@command("setup")
class RetireView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Offer this list no longer."""


@event("setup")
class ViewDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This list stands ready now."""

    name: str
    filter: dict[str, tuple[str, ...]]
    columns: tuple[str, ...] = ()
    sharing: Sharing = "own"
    agent_id: str = ""
    team_id: str = ""


@event("setup")
class ViewRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """This list is offered no longer."""
