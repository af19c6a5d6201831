"""What a desk writes on a ticket and does about it, told in German: fields, dates, work, others."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.german.words import listed, messages, moment
from services.gateway.tickets.sentences.words import Name, because, lasting, plain

_RELATIONS = {
    "related": "verwandt mit",
    "original": "ein Duplikat von",
    "duplicate": "das Original von",
    "parent": "ein Teil von",
    "child": "das Ganze zu",
    "problem": "eine Störung durch",
    "incident": "das Problem hinter",
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
            return f"{who} hat das Makro {macro.macro_id} (Version {macro.version}) angewandt."
        case t.TicketCategorized(category=category):
            where = f"unter {plain(category)}" if category else "unter keine Kategorie"
            return f"{who} hat das Ticket {where} eingeordnet."
        case t.TagsChanged() as tags:
            done = [f"{listed(tags.added)} angebracht"] if tags.added else []
            done += [f"{listed(tags.removed)} abgenommen"] if tags.removed else []
            return f"{who} hat Schlagworte geändert: {' und '.join(done)}."
        case t.FieldsChanged(changes=changes):
            return f"{who} hat {listed(tuple(plain(one.field) for one in changes))} ausgefüllt."
        case t.TicketLinked() as linked:
            return f"{who} hat vermerkt: dies ist {_RELATIONS[linked.relation]} {linked.other_id}."
        case t.LinkDeclined() as declined:
            what, why = _RELATIONS[declined.relation], because(declined.code)
            return f"Es konnte nicht {what} {declined.other_id} sein{why}."
        case t.TicketUnlinked() as linked:
            what = _RELATIONS[linked.relation]
            return f"{who} hat vermerkt: dies ist nicht {what} {linked.other_id}."
        case t.ChildrenAwaited(awaited=awaited):
            how = "" if awaited else " nicht mehr"
            return f"{who} lässt das Ticket{how} auf seine Teile warten."
        case t.ChildSettled() as child:
            what = "ist erledigt" if child.settled else "ist doch nicht erledigt"
            left = f"{child.left} stehen aus" if child.left else "keines steht aus"
            return f"Das Teil-Ticket {child.child_id} {what}; {left}."
        case t.SolutionSpread() as spread:
            return f"{who} überträgt die Lösung auf die {spread.incidents} Störungen."
        case t.TicketLinkedExternally() as linked:
            return f"{who} hat {linked.reference} in {plain(linked.tracker)} verknüpft."
        case t.TicketUnlinkedExternally() as linked:
            what = f"{linked.reference} in {plain(linked.tracker)}"
            return f"{who} hat die Verknüpfung mit {what} gelöst."
        case _:
            return ""


def _merging(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.AbsorptionPrepared() as prepared:
            why = because(prepared.reason)
            return f"{who} will {prepared.source_id} mit diesem Ticket vereinen{why}."
        case t.AbsorptionCancelled() as cancelled:
            why = because(cancelled.code)
            return f"{cancelled.source_id} wurde nicht mit diesem Ticket vereint{why}."
        case t.TicketMerged(target_id=target):
            return f"Das Ticket ging in {target} auf."
        case t.MergeDeclined() as declined:
            return f"Das Ticket ging nicht in {declined.target_id} auf{because(declined.code)}."
        case t.TicketAbsorbed(source_id=source):
            return f"{source} ging in diesem Ticket auf."
        case t.MessagePassedOn() as passed:
            author = name(f"contact:{passed.author_id}")
            return f"{author} hat geschrieben; das ging weiter an {passed.target_id}."
        case t.TicketUnmerged() as unmerged:
            target, why = unmerged.target_id, because(unmerged.reason)
            return f"{who} hat das Ticket wieder aus {target} herausgelöst{why}."
        case t.TicketSurrendered(source_id=source):
            return f"{source} steht wieder für sich."
        case t.TicketSplit() as split:
            taken = messages(len(split.messages))
            return f"{who} hat {taken} zum Ticket {split.new_id} gemacht."
        case t.SplitUndone(new_id=new_id):
            return f"{who} hat zurückgenommen, was an {new_id} gegangen war."
        case _:
            return ""


def _dates(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.DueDateSet() as dated:
            how = f"auf {moment(dated.due)} gesetzt" if dated.due else "aufgehoben"
            return f"{who} hat die Fälligkeit {how}."
        case t.EstimateSet(seconds=seconds):
            work = lasting(seconds) if seconds else "nichts"
            return f"{who} hat die Arbeit auf {work} geschätzt."
        case t.ReminderSet() as reminder:
            whom = name(f"agent:{reminder.agent_id}")
            return f"{who} lässt {whom} am {moment(reminder.due)} erinnern."
        case t.ReminderCancelled():
            return f"{who} hat eine Erinnerung zurückgenommen."
        case t.ReminderFired(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} wird an das Ticket erinnert."
        case t.PromiseMade() as promise:
            by = name(f"agent:{promise.agent_id}")
            return f"{by} hat etwas für {moment(promise.due)} versprochen."
        case t.PromiseKept() as promise:
            late = ", verspätet" if promise.late else ""
            return f"{name(f'agent:{promise.agent_id}')} hat Wort gehalten{late}."
        case t.PromiseBroken() as promise:
            by = name(f"agent:{promise.agent_id}")
            return f"Das Versprechen von {by} für {moment(promise.due)} wurde nicht gehalten."
        case t.PromiseWithdrawn():
            return f"{who} hat ein Versprechen zurückgenommen."
        case _:
            return ""


def _work(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.WorkStarted() as work:
            by = name(f"agent:{work.agent_id}")
            return f"{by} hat mit der Arbeit begonnen{because(work.activity)}."
        case t.WorkStopped() as work:
            by, took = name(f"agent:{work.agent_id}"), lasting(work.seconds)
            return f"{by} hat nach {took} aufgehört{because(work.activity)}."
        case t.TimeLogged() as logged:
            by, took = name(f"agent:{logged.agent_id}"), lasting(logged.seconds)
            return f"{by} hat {took} Arbeit eingetragen{because(logged.activity)}."
        case t.TimeCorrected() as time:
            now, before, step = (
                lasting(time.seconds),
                lasting(time.from_seconds),
                time.logged_sequence,
            )
            return f"{who} hat die Zeit von Schritt {step} berichtigt: {now}, nicht {before}."
        case t.LiveTalkRecorded() as talk:
            by = name(f"agent:{talk.agent_id}") if talk.agent_id else who
            return f"{by} hat {lasting(talk.talk_seconds)} gesprochen ({plain(talk.channel)})."
        case _:
            return ""
