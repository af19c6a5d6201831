"""Two tickets change together, step by step: merging, its undoing, splitting, passing on.

One instance a target (of a split: the ticket that gives). Each step follows from the event of the
one before, so what a crash interrupts goes on; a source that does not answer in time, because it
was never opened, is given up.
"""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.ids import digest
from libs.events.process import ProcessManager, Reaction
from libs.events.published import tickets as t
from libs.events.published.messages import MessageFacts

# A source answers at once. What it has not decided until ANSWER it refuses as too late, so a
# little later the target can safely go on without it.
ANSWER, PATIENCE = timedelta(seconds=60), timedelta(seconds=90)


class Asked(msgspec.Struct, frozen=True):
    """A source that has been asked to come. prepared: sequence of the AbsorptionPrepared."""

    prepared: int
    until: datetime


class MergingState(msgspec.Struct, omit_defaults=True):
    """asked: sources that have not answered yet."""

    asked: dict[str, Asked] = {}


def key(recorded: Recorded[object]) -> str | None:
    """The target that an event is about."""
    match recorded.data:
        case (
            t.TicketMerged(target_id=target)
            | t.MergeDeclined(target_id=target)
            | t.TicketUnmerged(target_id=target)
            | t.MessagePassedOn(target_id=target)
            | t.AgentMailPassedOn(target_id=target)
        ):
            return target
        case _:
            return recorded.aggregate_id


def react(state: MergingState, recorded: Recorded[object]) -> Reaction:
    """The next step."""
    return _step(state, recorded).wake(_next(state))


def on_due(state: MergingState, target_id: str, due: datetime) -> Reaction:
    """Whoever has not answered by now does not come."""
    late = {id: asked for id, asked in state.asked.items() if asked.until <= due}
    commands = []
    for source_id, asked in late.items():
        del state.asked[source_id]
        cancel = t.CancelAbsorption(source_id, asked.prepared, "no_answer")
        command_id = _command_id(target_id, cancel, f"late {source_id} {asked.prepared}")
        commands.append(
            Command[object](
                data=cancel,
                aggregate_id=target_id,
                actor="service:intake",
                command_id=command_id,
            )
        )
    return Reaction(commands).wake(_next(state))


def _step(state: MergingState, recorded: Recorded[object]) -> Reaction:
    own, here = recorded.aggregate_id, recorded.sequence
    match recorded.data:
        case t.AbsorptionPrepared(source_id=source):
            state.asked[source] = Asked(here, recorded.recorded_at + PATIENCE)
            until = recorded.recorded_at + ANSWER
            return _send(recorded, source, t.MergeTicket(own, here), not_after=until)
        case t.AbsorptionCancelled(source_id=source) | t.TicketAbsorbed(source_id=source):
            state.asked.pop(source, None)
            return Reaction()
        case t.TicketMerged() as merged:
            done = t.CompleteAbsorption(own, merged.requester_id, merged.prepared, merged.messages)
            return _send(recorded, merged.target_id, done)
        case t.MergeDeclined() as declined:
            no = t.CancelAbsorption(own, declined.prepared, declined.code)
            return _send(recorded, declined.target_id, no)
        case t.TicketUnmerged(target_id=target):
            return _send(recorded, target, t.SurrenderTicket(own))
        case t.MessagePassedOn() as passed:
            said = t.AddCustomerMessage(
                passed.author_id,
                passed.message,
                passed.digest,
                passed.account,
                passed.also_ids,
                passed.invited,
                passed.own_id,
                passed.doubted,
                passed.origin,
            )
            actor = f"contact:{passed.author_id}"
            return _send(recorded, passed.target_id, said, actor=actor)
        case t.AgentMailPassedOn() as passed_mail:
            mail = t.AddAgentMessage(
                passed_mail.agent_id,
                passed_mail.message,
                passed_mail.digest,
                passed_mail.account,
                passed_mail.as_note,
            )
            actor = f"agent:{passed_mail.agent_id}"
            return _send(recorded, passed_mail.target_id, mail, actor=actor)
        case t.TicketSplit() as split:
            return _send(recorded, split.new_id, _opening(recorded, split), recorded.actor)
        case _:
            return Reaction()


def _opening(recorded: Recorded[object], split: t.TicketSplit) -> t.OpenTicket:
    """The new ticket begins with its subject, in the words of whoever split."""
    subject = MessageFacts(
        channel=split.channel,
        direction="in",
        role="agent" if recorded.actor.startswith("agent:") else "system",
        visibility="internal",
        rendition=split.rendition,
        received_at=recorded.occurred_at,
    )
    return t.OpenTicket(
        split.requester_id,
        split.account,
        subject,
        digest("split", recorded.aggregate_id, split.new_id),
        split_from=recorded.aggregate_id,
        split_messages=split.messages,
    )


def _send(
    recorded: Recorded[object],
    ticket_id: str,
    data: msgspec.Struct,
    actor: str = "",
    not_after: datetime | None = None,
) -> Reaction:
    command_id = _command_id(ticket_id, data, recorded.event_id)
    sent = MERGING.follows(recorded, ticket_id, data, command_id, actor)
    sent.not_after = not_after
    return Reaction([sent])


def _command_id(ticket_id: str, data: msgspec.Struct, cause: str) -> str:
    return MERGING.command_id(ticket_id, type(data).__name__, cause)


def _next(state: MergingState) -> datetime | None:
    return min((asked.until for asked in state.asked.values()), default=None)


MERGING = ProcessManager(
    service="intake",
    name="merging",
    sources=("tickets.events",),
    interests=(
        t.AbsorptionPrepared,
        t.AbsorptionCancelled,
        t.TicketAbsorbed,
        t.TicketMerged,
        t.MergeDeclined,
        t.TicketUnmerged,
        t.MessagePassedOn,
        t.AgentMailPassedOn,
        t.TicketSplit,
    ),
    state=MergingState,
    key=key,
    react=react,
    on_due=on_due,
)
