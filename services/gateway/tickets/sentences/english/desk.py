"""What a desk writes on a ticket and does about it, told: fields, dates, work, other tickets."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.english.words import listed
from services.gateway.tickets.sentences.words import Name, because, lasting, plain

_RELATIONS = {
    "related": "related to",
    "original": "a duplicate of",
    "duplicate": "the original of",
    "parent": "a part of",
    "child": "the whole of",
    "problem": "an incident of",
    "incident": "the problem behind",
}


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return (
        _fields(recorded, name)
        or _merging(recorded, name)
        or _dates(recorded, name)
        or _work(recorded, name)
    )


def _fields(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.MacroApplied() as macro:
            return f"{who} applied the macro {macro.macro_id} (version {macro.version})."
        case t.TicketCategorized(category=category):
            return f"{who} put the ticket under {plain(category) or 'no category'}."
        case t.TagsChanged() as tags:
            done = [f"put on {listed(tags.added)}"] if tags.added else []
            done += [f"took off {listed(tags.removed)}"] if tags.removed else []
            return f"{who} changed tags: {' and '.join(done)}."
        case t.FieldsChanged(changes=changes):
            return f"{who} filled {listed(tuple(plain(change.field) for change in changes))}."
        case t.TicketLinked() as linked:
            return f"{who} noted that this is {_RELATIONS[linked.relation]} {linked.other_id}."
        case t.LinkDeclined() as declined:
            what = _RELATIONS[declined.relation]
            return f"It could not be {what} {declined.other_id}{because(declined.code)}."
        case t.TicketUnlinked() as linked:
            return f"{who} noted that this is not {_RELATIONS[linked.relation]} {linked.other_id}."
        case t.ChildrenAwaited(awaited=awaited):
            return f"{who} let the ticket wait for its children{'' if awaited else ' no more'}."
        case t.ChildSettled() as child:
            what = "is done" if child.settled else "is not done after all"
            left = f"{child.left} left" if child.left else "none left"
            return f"The child {child.child_id} {what}; {left}."
        case t.SolutionSpread() as spread:
            return f"{who} carries the solution to its {spread.incidents} incidents."
        case t.TicketLinkedExternally() as linked:
            return f"{who} linked {linked.reference} of {plain(linked.tracker)}."
        case t.TicketUnlinkedExternally() as linked:
            return f"{who} took away the link to {linked.reference} of {plain(linked.tracker)}."
        case _:
            return ""


def _merging(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.AbsorptionPrepared() as prepared:
            why = because(prepared.reason)
            return f"{who} wants {prepared.source_id} to become one with this{why}."
        case t.AbsorptionCancelled() as cancelled:
            return f"{cancelled.source_id} did not become one with this{because(cancelled.code)}."
        case t.TicketMerged(target_id=target):
            return f"The ticket was merged into {target}."
        case t.MergeDeclined() as declined:
            return f"The ticket was not merged into {declined.target_id}{because(declined.code)}."
        case t.TicketAbsorbed(source_id=source):
            return f"{source} was merged into this ticket."
        case t.MessagePassedOn() as passed:
            author = name(f"contact:{passed.author_id}")
            return f"{author} wrote; it went on to {passed.target_id}."
        case t.TicketUnmerged() as unmerged:
            why = because(unmerged.reason)
            return f"{who} took the ticket out of {unmerged.target_id} again{why}."
        case t.TicketSurrendered(source_id=source):
            return f"{source} stands on its own again."
        case t.TicketSplit() as split:
            count = len(split.messages)
            messages = f"{count} message{'s' * (count != 1)}"
            return f"{who} made the ticket {split.new_id} of {messages}."
        case t.SplitUndone(new_id=new_id):
            return f"{who} took back what had gone to {new_id}."
        case _:
            return ""


def _dates(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.DueDateSet(due=due):
            return f"{who} set the due date to {f'{due:%Y-%m-%d %H:%M}' if due else 'none'}."
        case t.EstimateSet(seconds=seconds):
            return f"{who} estimated the work at {lasting(seconds) if seconds else 'nothing'}."
        case t.ReminderSet() as reminder:
            whom = name(f"agent:{reminder.agent_id}")
            return f"{who} asked to remind {whom} at {reminder.due:%Y-%m-%d %H:%M}."
        case t.ReminderCancelled():
            return f"{who} took a reminder back."
        case t.ReminderFired(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} is reminded of the ticket."
        case t.PromiseMade() as promise:
            by = name(f"agent:{promise.agent_id}")
            return f"{by} promised something for {promise.due:%Y-%m-%d %H:%M}."
        case t.PromiseKept() as promise:
            late = ", late" if promise.late else ""
            return f"{name(f'agent:{promise.agent_id}')}'s promise was kept{late}."
        case t.PromiseBroken() as promise:
            by = name(f"agent:{promise.agent_id}")
            return f"{by}'s promise for {promise.due:%Y-%m-%d %H:%M} was broken."
        case t.PromiseWithdrawn():
            return f"{who} withdrew a promise."
        case _:
            return ""


def _work(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.WorkStarted() as work:
            by = name(f"agent:{work.agent_id}")
            return f"{by} began to work on it{because(work.activity)}."
        case t.WorkStopped() as work:
            by = name(f"agent:{work.agent_id}")
            return f"{by} stopped after {lasting(work.seconds)}{because(work.activity)}."
        case t.TimeLogged() as logged:
            by = name(f"agent:{logged.agent_id}")
            return f"{by} logged {lasting(logged.seconds)} of work{because(logged.activity)}."
        case t.TimeCorrected() as time:
            now, before = lasting(time.seconds), lasting(time.from_seconds)
            return f"{who} corrected the time of step {time.logged_sequence}: {now}, not {before}."
        case t.LiveTalkRecorded() as talk:
            by = name(f"agent:{talk.agent_id}") if talk.agent_id else who
            return f"{by} talked for {lasting(talk.talk_seconds)} ({plain(talk.channel)})."
        case _:
            return ""
