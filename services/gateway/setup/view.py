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
from services.gateway.instants import text
from services.gateway.keys.view import API_KEYS
from services.gateway.tickets import history

MACRO, CANNED_REPLY, VIEW = "m-", "r-", "v-"


class DeskView(TypedDict):
    """The desk. setup: as JSON, since codes may hold what MongoDB takes for a path."""

    setup: str
    sequence: int


class DefinedView(TypedDict):
    """A macro, canned reply or view. definition: its last, as JSON; version: the sequence of that;
    agent_id: whose own it is, "" for what is shared."""

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


def _desk(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, desk_after(cast(DeskView | None, document), recorded))


def _defined(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, defined_after(cast(DefinedView | None, document), recorded))


def _of_desk(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id == s.DESK_ID else None


def _of_macro(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(MACRO) else None


def _of_canned_reply(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(CANNED_REPLY) else None


def _of_view(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id.startswith(VIEW) else None


DESK = Table(name="desk", key=_of_desk, fold=_desk)
MACROS = Table(name="macros", key=_of_macro, fold=_defined)
CANNED_REPLIES = Table(name="canned_replies", key=_of_canned_reply, fold=_defined)
VIEWS = Table(
    name="views",
    key=_of_view,
    fold=_defined,
    indexes=(Index([("agent_id", 1), ("retired", 1), ("name", 1)]),),
)

SETUP = Projection(
    service="gateway",
    name="setup",
    version=3,
    sources=[events("setup")],
    tables=[DESK, MACROS, CANNED_REPLIES, VIEWS, API_KEYS, history.TABLE],
)
