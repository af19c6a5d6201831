"""What a conversation remembers: which messages it has had, and which of them are suspended."""

import msgspec


class ConversationState(msgspec.Struct, omit_defaults=True):
    """A conversation as its decisions see it.

    seen: by digest, the address aggregate of a message that is suspended, "" for one that went to
    a ticket.
    """

    seen: dict[str, str] = {}
