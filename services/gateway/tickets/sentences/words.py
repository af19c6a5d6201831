"""Words that sentences share: who, why, how often, how long."""

from collections.abc import Callable

from libs.events.published.messages import MessageFacts

Name = Callable[[str], str]
"""How to call an actor (``agent:anna``, ``contact:p-…``): a name, or "(erased)"."""


def because(reason: str) -> str:
    """``: needs serial number``, or nothing."""
    return f": {plain(reason)}" if reason else ""


def plain(reason: str) -> str:
    """A code as words; what a server said, without the full stop that the sentence sets itself."""
    return reason.replace("_", " ").strip().rstrip(".")


def listed(items: tuple[str, ...]) -> str:
    """``a, b and c``."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def tries(attempts: int) -> str:
    """How often it was tried, when more than once."""
    return f" after {attempts} attempts" if attempts > 1 else ""


def files(message: MessageFacts) -> str:
    """``, with 2 files``, or nothing."""
    count = sum(not attachment.inline for attachment in message.attachments)
    return f", with {count} file{'s' * (count > 1)}" if count else ""


def lasting(seconds: float) -> str:
    """A time as people say it: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d" + (f" {hours_left} h" if hours_left else "")
    if hours:
        return f"{hours} h" + (f" {minutes_left} min" if minutes_left else "")
    return f"{minutes} min" if minutes else f"{rest} s"


def holder(agent_id: str, team_id: str, name: Name) -> str:
    """``anna, team network``, ``nobody``."""
    parts = [name(f"agent:{agent_id}")] if agent_id else []
    parts += [f"team {team_id}"] if team_id else []
    return ", ".join(parts) or "nobody"
