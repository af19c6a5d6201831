"""What has the desk set up, and which macros, canned replies and views stand ready?

What is retired stays as a document, so that it can still be read what it was.
"""

from typing import cast

import msgspec
from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.projection import Index, Projection, Table
from libs.events.published import setup as s
from libs.events.topics import events
from libs.mongo import Document
from services.gateway.deliveries.view import DELIVERIES
from services.gateway.instants import text
from services.gateway.keys.view import API_KEYS
from services.gateway.tickets import history

MACRO, CANNED_REPLY, VIEW, WEBHOOK = "m-", "r-", "v-", "wh-"


class DeskView(TypedDict):
    """The desk. setup: as JSON, since codes may hold what MongoDB takes for a path."""

    setup: str
    sequence: int


class DefinedView(TypedDict):
    """A macro, canned reply, view or webhook. definition: its last, as JSON, or how a webhook
    stands; version: the sequence of the definition; agent_id: whose own it is, "" for what is
    shared."""

    name: str
    definition: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int
    agent_id: str


def setup_in(view: DeskView | None) -> s.Setup:
    """The setup in the desk's document; the default before there is one."""
    if view is None:
        return s.DEFAULT
    return msgspec.json.decode(view["setup"], type=s.Setup)


def desk_after(view: DeskView | None, recorded: Recorded[object]) -> DeskView:
    """The desk after this event."""
    setup = s.setup_after(setup_in(view), recorded.data, recorded.sequence)
    return DeskView(setup=msgspec.json.encode(setup).decode(), sequence=recorded.sequence)


def defined_after(view: DefinedView | None, recorded: Recorded[object]) -> DefinedView:
    """The macro, canned reply or view after this event."""
    event = recorded.data
    if isinstance(event, s.MacroDefined | s.CannedReplyDefined | s.ViewDefined):
        return DefinedView(
            name=event.name,
            definition=msgspec.json.encode(event).decode(),
            version=recorded.sequence,
            defined_at=text(recorded.occurred_at),
            defined_by=recorded.actor,
            retired=False,
            sequence=recorded.sequence,
            agent_id=event.agent_id if isinstance(event, s.ViewDefined) else "",
        )
    if view is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}")
    ends = s.MacroRetired | s.CannedReplyRetired | s.ViewRetired
    retired = view["retired"] or isinstance(event, ends)
    return {**view, "retired": retired, "sequence": recorded.sequence}


def webhook_standing(view: DefinedView | None, recorded: Recorded[object]) -> DefinedView | None:
    """The webhook after this event; None before it is defined."""
    before = webhook_in(view) if view is not None else None
    after = s.webhook_after(before, recorded)
    if after is None:
        return None
    if view is not None and not isinstance(recorded.data, s.WebhookDefined):
        standing = msgspec.json.encode(after).decode()
        return {
            **view,
            "definition": standing,
            "retired": after.retired,
            "sequence": recorded.sequence,
        }
    return DefinedView(
        name=after.defined.name,
        definition=msgspec.json.encode(after).decode(),
        version=recorded.sequence,
        defined_at=text(recorded.occurred_at),
        defined_by=recorded.actor,
        retired=after.retired,
        sequence=recorded.sequence,
        agent_id="",
    )


def webhook_in(view: DefinedView) -> s.Webhook:
    """The webhook in its document."""
    return msgspec.json.decode(view["definition"], type=s.Webhook)


def _desk(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, desk_after(cast(DeskView | None, document), recorded))


def _defined(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, defined_after(cast(DefinedView | None, document), recorded))


def _webhook(document: Document | None, recorded: Recorded[object]) -> Document:
    standing = webhook_standing(cast(DefinedView | None, document), recorded)
    if standing is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}")
    return cast(Document, standing)


def _of_desk(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id == s.DESK_ID else None


def _of_macro(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(MACRO) else None


def _of_canned_reply(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(CANNED_REPLY) else None


def _of_view(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(VIEW) else None


def _of_webhook(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(WEBHOOK) else None


DESK = Table(name="desk", key=_of_desk, fold=_desk)
MACROS = Table(name="macros", key=_of_macro, fold=_defined)
CANNED_REPLIES = Table(name="canned_replies", key=_of_canned_reply, fold=_defined)
VIEWS = Table(
    name="views",
    key=_of_view,
    fold=_defined,
    indexes=(Index([("agent_id", 1), ("retired", 1), ("name", 1)]),),
)

WEBHOOKS = Table(name="webhooks", key=_of_webhook, fold=_webhook)

SETUP = Projection(
    service="gateway",
    name="setup",
    version=6,
    sources=[events("setup")],
    tables=[DESK, MACROS, CANNED_REPLIES, VIEWS, API_KEYS, WEBHOOKS, DELIVERIES, history.TABLE],
)
