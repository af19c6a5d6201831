"""Tickets that become one, and one that becomes two; both can be undone.

The target is asked first. Whoever waits for another ticket goes nowhere itself, and conflicts are
declined, never waited for: so no circle can close. Where two want each other at once, the ticket
with the smaller id takes the other in.
"""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.digests import remember
from services.intake.tickets.asked import Asked, not_closed, opened
from services.intake.tickets.state import TicketState


def absorb(state: TicketState, wanted: t.AbsorbTicket, asked: Asked) -> Events:
    """To the target."""
    not_closed(state)
    if wanted.source_id == asked.ticket_id or not wanted.source_id:
        raise Refusal("same_ticket", "Name another ticket to take in.", "/source_id")
    if wanted.source_id in state.preparing or wanted.source_id in state.absorbed:
        return []
    return [t.AbsorptionPrepared(wanted.source_id, wanted.reason)]


def merge(state: TicketState, wanted: t.MergeTicket, asked: Asked) -> Events:
    """To the source. It answers with an event, since the target waits for the answer."""
    status = opened(state)
    here = (wanted.target_id, wanted.prepared)
    if state.merged_into == wanted.target_id:
        return []
    if status == "closed":
        return [t.MergeDeclined(*here, "merged_elsewhere" if state.merged_into else "closed")]
    mutual = wanted.target_id in state.preparing
    came_first = wanted.target_id in state.absorbed
    if came_first or (mutual and wanted.target_id > asked.ticket_id):
        return [t.MergeDeclined(*here, "comes_here_itself")]
    if len(state.preparing) > mutual:
        return [t.MergeDeclined(*here, "takes_another_in")]
    messages = tuple(n for n in state.messages if n not in state.given_away)
    merged = t.TicketMerged(wanted.target_id, state.requester_id, status, wanted.prepared, messages)
    gives_up = [t.AbsorptionCancelled(wanted.target_id, "goes_there_itself")] if mutual else []
    return [*gives_up, merged]


def complete(state: TicketState, wanted: t.CompleteAbsorption, asked: Asked) -> Events:
    """To the target, whatever became of it meanwhile: the source is in it now."""
    opened(state)
    if wanted.source_id in state.absorbed:
        return []
    return [t.TicketAbsorbed(wanted.source_id, wanted.requester_id, wanted.messages)]


def cancel(state: TicketState, wanted: t.CancelAbsorption, asked: Asked) -> Events:
    """To the target; a late word of an earlier try is no error."""
    prepared = state.preparing.get(wanted.source_id) == wanted.prepared
    return [t.AbsorptionCancelled(wanted.source_id, wanted.code)] if prepared else []


def unmerge(state: TicketState, wanted: t.UnmergeTicket, asked: Asked) -> Events:
    """To the source."""
    opened(state)
    if not state.merged_into:
        raise Refusal("not_merged", "This ticket stands on its own; there is nothing to undo.")
    return [t.TicketUnmerged(state.merged_into, state.status_before_end, wanted.reason)]


def surrender(state: TicketState, wanted: t.SurrenderTicket, asked: Asked) -> Events:
    """To the target."""
    there = wanted.source_id in state.absorbed
    return [t.TicketSurrendered(wanted.source_id)] if there else []


def split(state: TicketState, wanted: t.SplitTicket, asked: Asked) -> Events:
    not_closed(state)
    if wanted.new_id in state.splits:
        return []
    if not wanted.messages:
        raise Refusal("nothing_to_split", "Name the messages that are to go.", "/messages")
    first = next(iter(state.messages), 0)
    for sequence in wanted.messages:
        message = state.messages.get(sequence)
        if message is None or message.kind not in ("customer", "participant", "foreign"):
            raise Refusal(
                "no_such_message",
                f"Event {sequence} of this ticket holds no message from outside.",
                "/messages",
            )
        if sequence == first:
            raise Refusal("first_message", "The first message stays where it is.", "/messages")
        if sequence in state.given_away:
            raise Refusal("split_already", f"Message {sequence} is elsewhere already.", "/messages")
    return [
        t.TicketSplit(
            wanted.new_id,
            wanted.messages,
            wanted.rendition,
            state.requester_id,
            state.account,
            state.channel,
        )
    ]


def undo_split(state: TicketState, wanted: t.UndoSplit, asked: Asked) -> Events:
    """The ticket that was made comes back in like any other that is merged."""
    not_closed(state)
    messages = state.splits.get(wanted.new_id)
    if messages is None:
        raise Refusal("no_such_split", "No such ticket was split off here.", "/new_id")
    undone = t.SplitUndone(wanted.new_id, messages)
    return [undone, t.AbsorptionPrepared(wanted.new_id, "split_undone")]


def _prepared(state: TicketState, event: t.AbsorptionPrepared, recorded: Recorded[object]) -> None:
    state.preparing[event.source_id] = recorded.sequence


def _cancelled(state: TicketState, event: t.AbsorptionCancelled, _: Recorded[object]) -> None:
    state.preparing.pop(event.source_id, None)


def _merged(state: TicketState, event: t.TicketMerged, _: Recorded[object]) -> None:
    state.merged_into = event.target_id
    state.status_before_end, state.label_before_end = event.from_status, state.label
    state.snoozed_until = state.disturbed = None


def _absorbed(state: TicketState, event: t.TicketAbsorbed, _: Recorded[object]) -> None:
    state.preparing.pop(event.source_id, None)
    state.absorbed[event.source_id] = event.requester_id


def _passed_on(state: TicketState, event: t.MessagePassedOn, _: Recorded[object]) -> None:
    remember(state.digests, event.digest, None)


def _unmerged(state: TicketState, event: t.TicketUnmerged, _: Recorded[object]) -> None:
    state.merged_into = ""
    state.label = state.label_before_end


def _surrendered(state: TicketState, event: t.TicketSurrendered, _: Recorded[object]) -> None:
    state.absorbed.pop(event.source_id, None)


def _split(state: TicketState, event: t.TicketSplit, _: Recorded[object]) -> None:
    state.splits[event.new_id] = event.messages
    state.given_away |= dict.fromkeys(event.messages)


def _split_undone(state: TicketState, event: t.SplitUndone, _: Recorded[object]) -> None:
    for sequence in state.splits.pop(event.new_id, ()):
        state.given_away.pop(sequence, None)


RULES: Rules = {
    t.AbsorbTicket: absorb,
    t.MergeTicket: merge,
    t.CompleteAbsorption: complete,
    t.CancelAbsorption: cancel,
    t.UnmergeTicket: unmerge,
    t.SurrenderTicket: surrender,
    t.SplitTicket: split,
    t.UndoSplit: undo_split,
}
FOLDS: Folds = {
    t.AbsorptionPrepared: _prepared,
    t.AbsorptionCancelled: _cancelled,
    t.TicketMerged: _merged,
    t.TicketAbsorbed: _absorbed,
    t.MessagePassedOn: _passed_on,
    t.TicketUnmerged: _unmerged,
    t.TicketSurrendered: _surrendered,
    t.TicketSplit: _split,
    t.SplitUndone: _split_undone,
}
