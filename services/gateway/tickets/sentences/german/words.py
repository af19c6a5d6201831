"""Words that German sentences share: lists, files, how often, when, who has it, codes by name."""

from datetime import datetime

from libs.events.published.messages import MessageFacts
from services.gateway.tickets.sentences.words import Name, plain

_STATUSES = {
    "new": "neu",
    "open": "offen",
    "pending": "wartend",
    "on_hold": "zurückgestellt",
    "solved": "gelöst",
    "closed": "geschlossen",
}


def listed(items: tuple[str, ...]) -> str:
    """``a, b und c``."""
    *others, last = items
    return f"{', '.join(others)} und {last}" if others else last


def tries(attempts: int) -> str:
    """How often it was tried, when more than once."""
    return f" nach {attempts} Versuchen" if attempts > 1 else ""


def files(message: MessageFacts) -> str:
    """``, mit 2 Dateien``, or nothing."""
    count = sum(not attachment.inline for attachment in message.attachments)
    return f", mit {count} Datei{'en' * (count > 1)}" if count else ""


def holder(agent_id: str, team_id: str, name: Name) -> str:
    """``anna, Team network``, ``niemand``."""
    parts = [name(f"agent:{agent_id}")] if agent_id else []
    parts += [f"Team {team_id}"] if team_id else []
    return ", ".join(parts) or "niemand"


def moment(instant: datetime) -> str:
    """``01.03.2026 09:30``."""
    return f"{instant:%d.%m.%Y %H:%M}"


def messages(count: int) -> str:
    """``eine Nachricht``, ``3 Nachrichten``."""
    return "eine Nachricht" if count == 1 else f"{count} Nachrichten"


def standing(status: str) -> str:
    """A status by its name; a desk's own label as it is."""
    return _STATUSES.get(status, plain(status))
