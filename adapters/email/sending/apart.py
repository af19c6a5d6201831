"""Letters about no ticket: without a thread, and without a reply address of their own. Pure."""

from adapters.email.sending.compose import Letter
from adapters.email.sending.outbox import Entry
from libs.letters import Written


def letter_apart(
    entry: Entry, told: Written, sender: str, sender_name: str, address: str, name: str = ""
) -> Letter:
    """What the desk says of its own accord (told) to whoever has this address."""
    domain = sender.rpartition("@")[2]
    return Letter(
        message_id=f"<{entry.event_id.replace('-', '')}@{domain}>",
        written_at=entry.written_at,
        sender=sender,
        reply_to=sender,
        address=address,
        name=name,
        subject=told.subject,
        text=told.text,
        html=told.html,
        sender_name=sender_name,
        automatic="auto-generated",
    )
