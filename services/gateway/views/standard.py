"""The views that every desk has, before anybody defines one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Parameters = Mapping[str, Sequence[str]]
"""What a list of tickets takes, by parameter."""

_UNSOLVED = ("new", "open", "pending", "on_hold")
_TO_DO = ("new", "open")
# The standard view of each team: its id goes on with the team's.
TEAM = "team."


@dataclass(frozen=True, slots=True)
class Standard:
    """A view that is there of itself."""

    name: str
    filter: Parameters


STANDARD: Mapping[str, Standard] = {
    "mine": Standard("Mine", {"agent_id": ["me"], "status": _UNSOLVED}),
    "unassigned": Standard("Nobody has it", {"agent_id": ["none"], "status": _UNSOLVED}),
    "unsolved": Standard("All that is not solved", {"status": _UNSOLVED}),
    "waiting": Standard("Waiting for an answer", {"status": _TO_DO, "sort": ["waiting"]}),
    "urgent": Standard("What matters most", {"status": _TO_DO, "sort": ["priority"]}),
    "due_today": Standard("Due today", {"due_before": ["today"], "status": _UNSOLVED}),
    "overdue": Standard("Overdue", {"overdue": ["true"], "status": _UNSOLVED}),
    "mentioned": Standard("Notes that name me", {"mentioned_id": ["me"], "status": _UNSOLVED}),
    "followed": Standard("Followed", {"follower_id": ["me"], "status": _UNSOLVED}),
    "snoozed": Standard("Asleep", {"agent_id": ["me"], "snoozed": ["true"], "status": _UNSOLVED}),
    "recently_solved": Standard("Recently solved", {"status": ["solved"]}),
}


def standard(id: str) -> Standard | None:
    """The standard view of this id; any team has one (``team.network``)."""
    if id.startswith(TEAM) and len(id) > len(TEAM):
        team = id.removeprefix(TEAM)
        return Standard(f"Team {team}", {"team_id": [team], "status": _UNSOLVED})
    return STANDARD.get(id)
