"""What contacts and organisations have in common in their read models. Pure."""

from collections.abc import MutableMapping
from typing import cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from services.gateway.instants import text


class NoteView(TypedDict):
    """A note; its words are the content. agent_id: "" when no agent wrote it."""

    content: str
    agent_id: str
    at: str


class CustomerView(TypedDict):
    """Plan, VIP, tags, notes, and the custom fields that stand in clear."""

    plan: str
    channels: list[str]
    vip: bool
    tags: list[str]
    notes: list[NoteView]
    fields: dict[str, str]


def plain() -> CustomerView:
    """A customer of whom nothing was said."""
    return CustomerView(plan="", channels=[], vip=False, tags=[], notes=[], fields={})


def say(view: MutableMapping[str, object], recorded: Recorded[object]) -> None:
    """Fold in what was said of a customer, in place."""
    known = cast(CustomerView, view)
    match recorded.data:
        case c.CustomerPlanChanged(plan=plan, channels=channels):
            known["plan"], known["channels"] = plan, list(channels)
        case c.CustomerMarkedVip():
            known["vip"] = True
        case c.CustomerUnmarkedVip():
            known["vip"] = False
        case c.CustomerTagged(tags=tags):
            known["tags"] = sorted({*known["tags"], *tags})
        case c.CustomerUntagged(tags=tags):
            known["tags"] = [tag for tag in known["tags"] if tag not in tags]
        case c.CustomerNoteAdded(note=note, agent_id=agent_id):
            written = NoteView(content=note.id, agent_id=agent_id, at=text(recorded.occurred_at))
            known["notes"] = [*known["notes"], written]
        case c.CustomerNoteRemoved(note_id=gone):
            known["notes"] = [note for note in known["notes"] if note["content"] != gone]
        case c.CustomerFieldSet(field=field, value=value):
            known["fields"] = known["fields"] | {field: value}
        case c.CustomerFieldCleared(field=cleared):
            known["fields"] = {k: v for k, v in known["fields"].items() if k != cleared}
