"""A macro on a ticket: each of its commands by the rule that it has alone, all of them or none."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.catalogue import UnknownType
from libs.events.deciding import NOWHERE
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import WrittenWith
from libs.events.rules import Events, Rules
from services.intake.tickets.asked import Asked, not_closed
from services.intake.tickets.evolve import evolve
from services.intake.tickets.rooms import ROOMS
from services.intake.tickets.state import TicketState

PARTS: Rules = {
    command: rule
    for room in ROOMS
    for command, rule in room.RULES.items()
    if command in t.MACRO_STEPS.values()
}
_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(TicketState).decode
# A ticket never has as many events. What a rule makes of a scratch event's sequence stays in the
# scratch state: no part of a macro can name what an earlier part has done.
_BEYOND = 1 << 40


def apply(state: TicketState, wanted: t.ApplyMacro, asked: Asked) -> Events:
    """Decide the parts one after another, each on what the earlier ones would have left behind."""
    not_closed(state)
    scratch = _UNPACK(_PACK(state))
    events: list[msgspec.Struct] = [t.MacroApplied(wanted.macro_id, wanted.version)]
    for place, step in enumerate(wanted.commands):
        where = f"/commands/{place}"
        part = _part(step, wanted, where)
        try:
            decided = PARTS[type(part)](scratch, part, asked)
        except Refusal as refused:
            raise Refusal(refused.code, refused.sentence, where + refused.field) from refused
        for event in decided:
            scratch = evolve(scratch, _scratched(event, len(events), asked))
            events.append(event)
    return [] if wanted.preview else events


def _part(step: t.Step, macro: t.ApplyMacro, where: str) -> object:
    """The command of a step; what it says is written with the macro, whoever filled it in."""
    if step.command not in t.MACRO_STEPS:
        raise Refusal("unknown_step", f"A macro cannot {step.command}.", f"{where}/command")
    try:
        part = t.contained(step)
    except (UnknownType, msgspec.ValidationError) as error:
        sentence = f"This is no {step.command}: {error}."
        raise Refusal("wrong_step", sentence, f"{where}/data") from error
    if isinstance(part, t.ReplyToCustomer | t.AddNote):
        by = WrittenWith("macro", macro.macro_id, macro.version)
        if by not in part.written_with:
            part = msgspec.structs.replace(part, written_with=(*part.written_with, by))
    return part


def _scratched(data: msgspec.Struct, place: int, asked: Asked) -> Recorded[object]:
    """An event as the log would hold it, as far as folds look at it."""
    return Recorded(
        data=data,
        event_id="",
        type=type(data).__name__,
        version=0,
        aggregate_id=asked.ticket_id,
        sequence=_BEYOND + place,
        occurred_at=asked.happened_at,
        recorded_at=asked.now,
        actor=asked.actor,
        correlation_id="",
        causation_id="",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=NOWHERE,
    )


RULES: Rules = {t.ApplyMacro: apply}
