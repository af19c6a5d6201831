"""What sentences of any language share: who, why, how long."""

from collections.abc import Callable

Name = Callable[[str], str]
"""How to call an actor (``agent:anna``, ``contact:p-…``): a name, or "(erased)"."""


def because(reason: str) -> str:
    """``: needs serial number``, or nothing."""
    return f": {plain(reason)}" if reason else ""


def plain(reason: str) -> str:
    """A code as words; what a server said, without the full stop that the sentence sets itself."""
    return reason.replace("_", " ").strip().rstrip(".")


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
