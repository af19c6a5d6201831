"""Macros: several commands to a ticket as one, all of them or none."""

from collections.abc import Mapping

import msgspec

from libs.events.catalogue import CATALOGUE, command, event
from libs.events.published.messages import Code
from libs.events.published.tickets.conversation import AddNote, ReplyToCustomer
from libs.events.published.tickets.fields import CategorizeTicket, ChangeTags, SetFields
from libs.events.published.tickets.life import (
    EndSnooze,
    LabelStatus,
    MarkPending,
    PutOnHold,
    ReopenTicket,
    SolveTicket,
)
from libs.events.published.tickets.people import AssignTicket, SetTier, UnassignTicket
from libs.events.published.tickets.priority import (
    AssessTicket,
    ClassifyTicket,
    ReleasePriority,
    SetAffectedItem,
    SetPriority,
)

__all__ = ["MACRO_STEPS", "WITH_WORDS", "ApplyMacro", "MacroApplied", "Step", "contained"]

# What says something to people: a macro holds its text, the ticket's command names a content.
WITH_WORDS: Mapping[str, type[msgspec.Struct]] = {
    cls.__name__: cls for cls in (ReplyToCustomer, AddNote)
}
# What a macro may do: what makes sense on any ticket, at any time.
MACRO_STEPS: Mapping[str, type[msgspec.Struct]] = {
    **WITH_WORDS,
    **{
        cls.__name__: cls
        for cls in (
            AssessTicket,
            AssignTicket,
            CategorizeTicket,
            ChangeTags,
            ClassifyTicket,
            EndSnooze,
            LabelStatus,
            MarkPending,
            PutOnHold,
            ReleasePriority,
            ReopenTicket,
            SetAffectedItem,
            SetFields,
            SetPriority,
            SetTier,
            SolveTicket,
            UnassignTicket,
        )
    },
}


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One command of a macro. command: its type's name; data: its fields; version: of its type.

    In a macro's definition ReplyToCustomer and AddNote have a ``text`` and a ``language`` alone;
    in a command to a ticket they are whole, their words in the content store.
    """

    command: str
    data: dict[str, object] = {}
    version: int = 1


@command("tickets")
class ApplyMacro(msgspec.Struct, frozen=True, omit_defaults=True):
    """Carry out a macro's commands in order, as one: all of them, or none if one is refused.

    macro_id, version: which it is; commands: filled in for this ticket; preview: only say whether
    they would be carried out.
    """

    macro_id: Code
    version: int
    commands: tuple[Step, ...]
    preview: bool = False


@event("tickets")
class MacroApplied(msgspec.Struct, frozen=True, omit_defaults=True):
    """A macro was carried out; what it did follows."""

    macro_id: Code
    version: int


def contained(step: Step) -> object:
    """The command in a step, in its present shape.

    Raises UnknownType for one that is not known, msgspec.ValidationError for data that is not its.
    """
    header = f"deskledger.{step.command}.v{step.version}".encode()
    return CATALOGUE.decode(header, msgspec.json.encode(step.data))[1]
