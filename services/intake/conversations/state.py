"""What a conversation remembers: which messages it has had, and whose ticket each of them is."""

import msgspec

from libs.events.published.conversations import Suspicion


class Suspended(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message that waits for a person. ticket_id: of our signed reference in it."""

    reason: Suspicion
    ticket_id: str = ""


class ConversationState(msgspec.Struct, omit_defaults=True):
    """A conversation as its decisions see it.

    seen: by digest, the address aggregate of a message that is suspended, "" for one that went to
    a ticket or was rejected; suspended: what is known of each that is;
    ticket_id: the ticket that began the thread; opened: by address, the ticket that it opened here;
    aside: by address, the ticket that its messages go to when it takes no part in the other one;
    invited: who has sent a copy to whom (``invitation``).
    """

    seen: dict[str, str] = {}
    suspended: dict[str, Suspended] = {}
    ticket_id: str = ""
    opened: dict[str, str] = {}
    aside: dict[str, str] = {}
    invited: dict[str, None] = {}
