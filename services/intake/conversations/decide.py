"""Where a message from outside goes: to the ticket that it answers, to one of its own, or aside."""

from typing import Literal

import msgspec

from libs.events.aggregate import Refusal
from libs.events.ids import derived_id
from libs.events.published import conversations as c
from libs.events.rules import Events, Rules
from services.intake.conversations.state import ConversationState
from services.intake.digests import short

# As channel adapters name what a monitor reports (``channels.inbound``).
ALERT = "alert"


def receive(state: ConversationState, wanted: c.ReceiveMessage, actor: str) -> Events:
    """Never refused: what was received before is no news."""
    arrival = wanted.arrival
    if short(arrival.digest) in state.seen:
        return []
    return [c.MessageReceived(arrival), _outcome(state, arrival)]


def suspend(state: ConversationState, wanted: c.SuspendMessage, actor: str) -> Events:
    """What has gone on meanwhile, or waits already, stays where it is."""
    arrival = wanted.arrival
    if state.seen.get(short(arrival.digest)) != "":
        return []
    return [_suspended(arrival, wanted.reason, wanted.sentence)]


def release(state: ConversationState, wanted: c.ReleaseMessage, actor: str) -> Events:
    digest, trust = wanted.digest, wanted.trust
    address_id = _suspended_address(state, digest)
    if not address_id:
        return []
    if trust == "blocked":
        raise Refusal("unblock_instead", "The sender is blocked: unblock them, and release it.")
    # A message may be remembered when why it was suspended was forgotten: both have a bound.
    known = state.suspended.get(short(digest))
    if trust and (known is None or known.reason != trust):
        raise Refusal(
            "not_the_reason",
            f"The message is not suspended for {trust}: name the reason that it is.",
            "/trust",
        )
    reference = known.ticket_id if known else ""
    return [_route(state, digest, address_id, reference, released_by=actor, trust=trust)]


def reject(state: ConversationState, wanted: c.RejectMessage, actor: str) -> Events:
    address_id = _suspended_address(state, wanted.digest)
    return [c.MessageRejected(wanted.digest, address_id)] if address_id else []


def _outcome(state: ConversationState, arrival: c.Arrival) -> msgspec.Struct:
    """Our signed reference leads to its ticket, a thread to the one that began it.

    A thread can be copied by whoever has seen one of its messages: the ticket lets the message in
    only if its sender takes part there.
    """
    digest, address_id = arrival.digest, arrival.address_id
    if suspicion := suspicious(arrival):
        return _suspended(arrival, *suspicion)
    # Whoever wrote in somebody's name joins nothing of theirs by that name.
    new = arrival.forwarded or arrival.authentication == "failed"
    routed = _route(state, digest, address_id, arrival.ticket_id, new=new)
    invited = _is_invited(state, arrival, routed.ticket_id)
    return msgspec.structs.replace(routed, invited=invited) if invited else routed


def _route(
    state: ConversationState,
    digest: str,
    address_id: str,
    reference: str,
    *,
    new: bool = False,
    released_by: str = "",
    trust: c.Suspicion | Literal[""] = "",
) -> c.MessageRouted:
    """reference: the ticket of our signed reference; new: whatever the thread says."""
    ticket_id = reference or state.opened.get(address_id) or state.ticket_id
    if not ticket_id or (new and not reference):
        own = derived_id("t", digest)
        return c.MessageRouted(digest, address_id, own, True, released_by, trust)
    own_id = "" if reference else state.aside.get(address_id) or derived_id("t", digest)
    return c.MessageRouted(
        digest,
        address_id,
        ticket_id,
        False,
        released_by,
        trust,
        own_id,
        hosts=state.opened.get(address_id) == ticket_id,
    )


def suspicious(arrival: c.Arrival) -> tuple[c.Suspicion, str] | None:
    """Why a message is set aside, and the sentence that says so; None for an innocent one.

    An automatic message (RFC 3834) that answers nothing of ours is not a request: a ticket for
    each would answer robots, and they answer back; an alert of a monitor wants somebody to look.
    Agents are not held back, nor is what became of our own mail.
    """
    standing = arrival.standing
    if arrival.agent_id or arrival.bounce or arrival.complaint:
        return None
    if standing.blocked_for:
        return "blocked", f"Nothing is taken from this sender ({standing.blocked_for})."
    automatic = arrival.message.automatic
    answers_nothing = automatic not in ("", ALERT) and not arrival.ticket_id
    if answers_nothing and "automatic" not in standing.trusted:
        return "automatic", f"An automatic message ({automatic}) that answers none of ours."
    if standing.flooding and not arrival.ticket_id and "flood" not in standing.trusted:
        return "flood", "Too many messages came from this mail domain."
    return None


def suspension_key(digest: str) -> str:
    """The key under which a suspended message waits, its own alone."""
    return derived_id("s", digest)


def _is_invited(state: ConversationState, arrival: c.Arrival, ticket_id: str) -> bool:
    """Whether who opened the ticket here has sent the sender a copy, or is their plain address."""
    hosts = [address for address, opened in state.opened.items() if opened == ticket_id]
    guests = [id for id in (arrival.address_id, arrival.plain_id) if id]
    if arrival.address_id in hosts:
        return False
    return any(
        guest == host or invitation(host, guest) in state.invited
        for host in hosts
        for guest in guests
    )


def invitation(host: str, guest: str) -> str:
    """How a copy that one address sent to another is remembered."""
    return f"{host} {guest}"


def _suspended(arrival: c.Arrival, reason: c.Suspicion, sentence: str) -> c.MessageSuspended:
    key = suspension_key(arrival.digest)
    return c.MessageSuspended(
        arrival.digest,
        arrival.address_id,
        reason,
        sentence,
        arrival.account,
        arrival.address.under(key),
        arrival.name.under(key),
        arrival.message,
        arrival.ticket_id,
    )


def _suspended_address(state: ConversationState, digest: str) -> str:
    """The sender of a suspended message; "" for one that is suspended no more. Raises Refusal."""
    address_id = state.seen.get(short(digest))
    if address_id is None:
        raise Refusal(
            "no_such_message",
            "This conversation has no message with this digest; look at the suspended ones.",
            "/digest",
        )
    return address_id


RULES: Rules = {
    c.ReceiveMessage: receive,
    c.SuspendMessage: suspend,
    c.ReleaseMessage: release,
    c.RejectMessage: reject,
}
