"""Which administrative acts stand in the log? ``gateway.audit``: one row for each, for ever.

Whatever is set up is one; of people, tickets and senders what cannot be seen on their pages any
more, or lets somebody see or say what they could not before. Reasons are free text and stay where
they are: a row names the event.
"""

from collections.abc import Sequence
from typing import cast

from libs.events.envelope import Recorded
from libs.events.projection import Projection, Table
from libs.events.published import contacts as c
from libs.events.published import senders as s
from libs.events.published import tickets as t
from libs.events.published.setup import WebhookDeliveryNoted
from libs.events.topics import events
from libs.mongo import Document
from services.gateway.audit.entries import INDEXES, act
from services.gateway.instants import text
from services.gateway.setup import sentences
from services.gateway.tickets.history import entry_id

_SETUP = events("setup")


def said(recorded: Recorded[object]) -> tuple[str, Sequence[str]] | None:
    """What was done, as the end of a sentence, and to whom else; None for what is no such act."""
    match recorded.data:
        case c.ErasureRequested(also_ids=also):
            return f"asked for the erasure of {recorded.aggregate_id}", also
        case c.ErasureCompleted():
            return f"completed the erasure of {recorded.aggregate_id}", ()
        case c.ContactMerged(into_id=into):
            return f"merged {recorded.aggregate_id} into {into}", (into,)
        case c.ContactUnmerged(from_id=other):
            return f"took {recorded.aggregate_id} out of {other} again", (other,)
        case c.ContactBlocked():
            return f"blocked {recorded.aggregate_id}", ()
        case c.ContactUnblocked():
            return f"unblocked {recorded.aggregate_id}", ()
        case c.TicketSharingStarted():
            return f"let the people of {recorded.aggregate_id} see one another's tickets", ()
        case c.TicketSharingStopped():
            return f"ended that the people of {recorded.aggregate_id} see one another's tickets", ()
        case t.TicketMerged(target_id=target):
            return f"merged {recorded.aggregate_id} into {target}", (target,)
        case t.TicketUnmerged(target_id=target):
            return f"took {recorded.aggregate_id} out of {target} again", (target,)
        case t.MessageRedacted(message_sequence=sequence):
            return f"redacted message {sequence} of {recorded.aggregate_id}", ()
        case t.RequesterChanged(contact_id=now, from_contact_id=before):
            return f"made {now} the requester of {recorded.aggregate_id}", (now, before)
        case t.LinksRevoked(contact_id=contact):
            whose = f" of {contact}" if contact else ""
            revoked = f"revoked the tracking links{whose} to {recorded.aggregate_id}"
            return revoked, (contact,) if contact else ()
        case s.SenderBlocked() | s.SenderUnblocked() | s.SenderTrusted() | s.SenderDistrusted():
            done = recorded.type.removeprefix("Sender").lower()
            return f"{done} the sender {recorded.aggregate_id}", ()
    return None


def _key(recorded: Recorded[object]) -> str | None:
    if isinstance(recorded.data, WebhookDeliveryNoted):
        return None  # what an adapter has seen is nobody's act
    if recorded.position.topic != _SETUP and said(recorded) is None:
        return None
    return entry_id(recorded.aggregate_id, recorded.sequence)


def _row(_: Document | None, recorded: Recorded[object]) -> Document:
    found = said(recorded)
    what, others = found or ("", ())
    who = recorded.actor.partition(":")[2]
    sentence = f"{who} {what}." if found else sentences.sentence(recorded)
    row = act(
        text(recorded.recorded_at),
        recorded.actor,
        recorded.type,
        (recorded.aggregate_id, *others),
        sentence,
    )
    return cast(Document, row)


ACTS = Table(name="acts", key=_key, fold=_row, append=True, indexes=INDEXES)

AUDIT = Projection(
    service="gateway",
    name="audit",
    version=1,
    sources=[_SETUP, events("contacts"), events("tickets"), events("senders")],
    tables=[ACTS],
    pace=0.25,
)
