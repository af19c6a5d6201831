"""Words that English sentences share: lists, files, how often, who has it."""

from libs.events.published.messages import MessageFacts
from services.gateway.tickets.sentences.words import Name


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


def holder(agent_id: str, team_id: str, name: Name) -> str:
    """``anna, team network``, ``nobody``."""
    parts = [name(f"agent:{agent_id}")] if agent_id else []
    parts += [f"team {team_id}"] if team_id else []
    return ", ".join(parts) or "nobody"
