"""What is said on a ticket: to the customer, among us, with others, and what is taken back."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.ids import derived_id
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, ContentRef, MessageFacts, WrittenWith
from libs.events.rules import Events, Folds, Rules
from services.intake.digests import bounded, remember, short
from services.intake.tickets.asked import Asked, in_future, no_such_ticket, not_closed, opened
from services.intake.tickets.life import awake
from services.intake.tickets.messages import content_digest, message_of, note_message
from services.intake.tickets.state import SETTLED, Consultation, Scheduled, Side, TicketState

# Nobody sends copies to more people by hand; who was addressed longest ago makes room.
MOST_ADDRESSED = 200


def add_customer_message(state: TicketState, wanted: t.AddCustomerMessage, asked: Asked) -> Events:
    """What comes from outside is never refused; automatic answers and history wake nobody."""
    author, message, digest = wanted.author_id, wanted.message, wanted.digest
    if short(digest) in state.digests:
        return []
    if state.status is None:
        if not wanted.account:
            raise no_such_ticket()
        brand = asked.setup.brand_of(wanted.account)
        return [
            t.TicketOpened(
                asked.number,
                author,
                wanted.account,
                message,
                digest,
                prefix=asked.setup.prefix_of(brand),
                brand=brand,
                origin=wanted.origin,
                invited=wanted.invited,
            )
        ]
    if state.merged_into:
        how = (wanted.also_ids, wanted.invited, wanted.own_id, wanted.doubted, wanted.origin)
        return [t.MessagePassedOn(state.merged_into, author, state.account, message, digest, *how)]
    added, cause = _added(state, wanted)
    if cause is None:
        return added
    silent = message.automatic or wanted.origin == "import"
    if state.status == "closed":
        if silent:
            return added
        follow_up = derived_id("t", digest)
        return [t.FollowUpRequested(author, follow_up, state.account, message, digest)]
    return added if silent else [*added, *awake(state, cause)]


def _added(state: TicketState, wanted: t.AddCustomerMessage) -> tuple[Events, t.WakingCause | None]:
    """The message as its author's part in the ticket makes it, and why it wakes the ticket; None
    for one that does not: it goes elsewhere, or beside."""
    author, message, digest = wanted.author_id, wanted.message, wanted.digest
    if wanted.doubted:
        doubtful = msgspec.structs.replace(message, role="third_party", visibility="internal")
        return [t.ForeignMessageAdded(author, doubtful, digest)], "foreign_message"
    person = {author, *wanted.also_ids}
    if state.requester_id in person or author in state.followed:
        return [t.CustomerMessageAdded(author, message, digest)], "customer_reply"
    theirs = msgspec.structs.replace(message, role="third_party")
    others = {state.submitter_id, state.affected_id, *state.collaborators, *state.addressed}
    if wanted.invited or not person.isdisjoint(others):
        return [t.ParticipantMessageAdded(author, theirs, digest)], "participant_reply"
    brought = [source for source, requester in state.absorbed.items() if requester in person]
    if brought:
        return [t.ParticipantMessageAdded(author, theirs, digest, brought[0])], "participant_reply"
    hidden = msgspec.structs.replace(theirs, visibility="internal")
    for side_id, side in state.sides.items():
        if side.contact_id in person:
            return [t.SideMessageAdded(side_id, hidden, "", side.contact_id, digest)], None
    if wanted.own_id:
        account = wanted.account or state.account
        said = (message, digest, wanted.origin)
        return [t.MessageTurnedAway(author, wanted.own_id, account, *said)], None
    return [t.ForeignMessageAdded(author, hidden, digest)], "foreign_message"


def add_agent_message(state: TicketState, wanted: t.AddAgentMessage, asked: Asked) -> Events:
    """What is too late for an answer, the agents at least read."""
    status = opened(state)
    agent, message, digest = wanted.agent_id, wanted.message, wanted.digest
    if short(digest) in state.digests:
        return []
    if state.merged_into:
        where = (wanted.account, wanted.as_note)
        return [t.AgentMailPassedOn(state.merged_into, agent, message, digest, *where)]
    # An out-of-office of theirs is not for the customer.
    as_note = wanted.as_note or status == "closed" or bool(message.automatic)
    taken = t.AgentMailTaken(agent, digest, state.requester_id, message.content_ids, as_note)
    if as_note:
        note = msgspec.structs.replace(message, role="agent", visibility="internal")
        return [taken, t.NoteAdded(agent, note)]
    answer = msgspec.structs.replace(message, role="agent", direction="out")
    return [
        taken,
        t.AgentReplied(agent, state.requester_id, state.account, answer),
        *_news(state),
    ]


def report_held_back(state: TicketState, wanted: t.ReportHeldBack, asked: Asked) -> Events:
    """A late word is no error, nor one to a ticket that somebody has closed."""
    over = opened(state) == "closed" or wanted.count <= state.held_back
    return [] if over else [t.MessagesHeldBack(wanted.count, wanted.since)]


def reply(state: TicketState, wanted: t.ReplyToCustomer, asked: Asked) -> Events:
    """History is not sent, so it does not wait either."""
    not_closed(state)
    if asked.origin == "import" and _has(state, wanted.rendition):
        return []
    message = MessageFacts(
        channel=state.channel,
        direction="out",
        role="agent" if asked.agent_id else "system",
        visibility="public",
        rendition=wanted.rendition,
        received_at=asked.happened_at,
        length=wanted.length,
        language=wanted.language,
        attachments=tuple(Attachment(content) for content in wanted.attachments),
        written_with=wanted.written_with,
    )
    to = (asked.agent_id, state.requester_id, state.account, message)
    if wanted.send_at is not None:
        send_at = in_future(wanted.send_at, asked, "/send_at")
        return [t.ReplyScheduled(*to, send_at, wanted.cc_ids)]
    if asked.origin == "import":
        return [t.AgentReplied(*to, cc_ids=wanted.cc_ids)]
    undo = asked.setup.undo_send if asked.agent_id else 0
    if undo:
        send_at = asked.happened_at + timedelta(seconds=undo)
        version = asked.setup.version
        return [t.ReplyScheduled(*to, send_at, wanted.cc_ids, undo, version)]
    return [t.AgentReplied(*to, cc_ids=wanted.cc_ids), *_news(state)]


def withdraw_reply(state: TicketState, wanted: t.WithdrawReply, asked: Asked) -> Events:
    opened(state)
    if wanted.scheduled_sequence in state.scheduled:
        return [t.ReplyWithdrawn(wanted.scheduled_sequence)]
    raise Refusal(
        "reply_not_waiting",
        f"No reply of event {wanted.scheduled_sequence} waits: it was sent or withdrawn.",
        "/scheduled_sequence",
    )


def send_scheduled(state: TicketState, wanted: t.SendScheduledReply, asked: Asked) -> Events:
    """A late word of the timer's is no error. A ticket that was closed meanwhile says nothing."""
    waiting = state.scheduled.get(wanted.scheduled_sequence)
    if waiting is None:
        return []
    if state.status == "closed":
        return [t.ReplyWithdrawn(wanted.scheduled_sequence)]
    event = waiting.event
    message = msgspec.structs.replace(event.message, received_at=asked.happened_at)
    return [
        t.AgentReplied(
            event.agent_id,
            state.requester_id,
            event.account,
            message,
            event.cc_ids,
            wanted.scheduled_sequence,
        ),
        *_news(state),
    ]


def _news(state: TicketState) -> Events:
    """A public word is what a major incident owes."""
    return [t.MajorUpdateGiven(state.major.update_every)] if state.major is not None else []


def add_note(state: TicketState, wanted: t.AddNote, asked: Asked) -> Events:
    not_closed(state)
    if asked.origin == "import" and _has(state, wanted.rendition):
        return []
    files, used = wanted.attachments, wanted.written_with
    message = _internal(asked, wanted.rendition, wanted.length, files, used)
    return [t.NoteAdded(asked.agent_id, message, wanted.mentions)]


def edit_note(state: TicketState, wanted: t.EditNote, asked: Asked) -> Events:
    not_closed(state)
    note = message_of(state, wanted.note_sequence, "/note_sequence")
    if note.kind != "note":
        raise Refusal("not_a_note", "Only a note can be edited.", "/note_sequence")
    if note.by != asked.agent_id:
        raise Refusal("not_your_note", "Only who wrote a note can edit it; write one of your own.")
    return [t.NoteEdited(wanted.note_sequence, wanted.rendition, wanted.length)]


def redact(state: TicketState, wanted: t.RedactMessage, asked: Asked) -> Events:
    """Also on a closed ticket: a card number does not become harmless by that."""
    opened(state)
    message = message_of(state, wanted.message_sequence, "/message_sequence")
    if not wanted.removed:
        raise Refusal("nothing_to_redact", "Name the contents that are to go.", "/removed")
    theirs = set(message.contents)
    if any(content_digest(id) not in theirs for id in wanted.removed):
        raise Refusal(
            "not_in_this_message", "Only contents of this message can be taken away.", "/removed"
        )
    if wanted.rendition is not None and wanted.rendition.id in wanted.removed:
        raise Refusal("goes_and_stays", "What is left must be a content of its own.", "/rendition")
    removed = (wanted.message_sequence, wanted.removed, wanted.reason)
    redacted = t.MessageRedacted(*removed, wanted.rendition)
    if wanted.message_sequence in state.scheduled:  # what is not whole any more is not sent
        return [t.ReplyWithdrawn(wanted.message_sequence), redacted]
    return [redacted]


def open_side(state: TicketState, wanted: t.OpenSideConversation, asked: Asked) -> Events:
    not_closed(state)
    if wanted.side_id in state.sides:
        return []
    if bool(wanted.team_id) == bool(wanted.contact_id):
        raise Refusal("one_partner", "Name a team or a contact to talk with.", "/team_id")
    if wanted.contact_id == state.requester_id:
        raise Refusal("that_is_the_customer", "Answer the customer on the ticket.", "/contact_id")
    message = _internal(asked, wanted.rendition, wanted.length, wanted.attachments)
    if wanted.contact_id:
        message = msgspec.structs.replace(message, channel=state.channel, direction="out")
    account = state.account if wanted.contact_id else ""
    return [
        t.SideConversationOpened(
            wanted.side_id, asked.agent_id, message, wanted.team_id, wanted.contact_id, account
        )
    ]


def add_side_message(state: TicketState, wanted: t.AddSideMessage, asked: Asked) -> Events:
    opened(state)
    if wanted.digest and short(wanted.digest) in state.digests:
        return []
    side = _side(state, wanted.side_id)
    if wanted.contact_id and wanted.contact_id != side.contact_id:
        raise Refusal("not_their_talk", "This contact takes no part in it.", "/contact_id")
    hidden = msgspec.structs.replace(wanted.message, visibility="internal")
    agent = "" if wanted.contact_id else asked.agent_id
    said = (wanted.side_id, hidden, agent, wanted.contact_id, wanted.digest)
    return [t.SideMessageAdded(*said)]


def close_side(state: TicketState, wanted: t.CloseSideConversation, asked: Asked) -> Events:
    opened(state)
    open_still = _side(state, wanted.side_id).open
    return [t.SideConversationClosed(wanted.side_id)] if open_still else []


def ask_consultation(state: TicketState, wanted: t.AskConsultation, asked: Asked) -> Events:
    not_closed(state)
    if wanted.consultation_id in state.consultations:
        return []
    if not wanted.agent_id and not wanted.team_id:
        raise Refusal("nobody_to_ask", "Name an agent or a team.", "/agent_id")
    message = _internal(asked, wanted.rendition, wanted.length)
    asked_of = (asked.agent_id, wanted.agent_id, wanted.team_id)
    return [t.ConsultationAsked(wanted.consultation_id, message, *asked_of)]


def answer_consultation(state: TicketState, wanted: t.AnswerConsultation, asked: Asked) -> Events:
    opened(state)
    _consultation(state, wanted.consultation_id)
    message = _internal(asked, wanted.rendition, wanted.length)
    return [t.ConsultationAnswered(wanted.consultation_id, message, asked.agent_id)]


def withdraw_consultation(
    state: TicketState, wanted: t.WithdrawConsultation, asked: Asked
) -> Events:
    opened(state)
    _consultation(state, wanted.consultation_id)
    return [t.ConsultationWithdrawn(wanted.consultation_id)]


def _internal(
    asked: Asked,
    rendition: ContentRef,
    length: int,
    attachments: Sequence[ContentRef] = (),
    written_with: tuple[WrittenWith, ...] = (),
) -> MessageFacts:
    """Words that the customer never sees."""
    return MessageFacts(
        channel="desk",
        direction="in",
        role="agent" if asked.agent_id else "system",
        visibility="internal",
        rendition=rendition,
        received_at=asked.happened_at,
        length=length,
        attachments=tuple(Attachment(content) for content in attachments),
        written_with=written_with,
    )


def _has(state: TicketState, rendition: ContentRef) -> bool:
    """Whether a message of these words is here: an import names them by what it reads, and may come
    again long after its commands are forgotten."""
    wanted = content_digest(rendition.id)
    return any(wanted in message.contents for message in state.messages.values())


def _side(state: TicketState, side_id: str) -> Side:
    side = state.sides.get(side_id)
    if side is None:
        raise Refusal("no_such_side", "This ticket has no such side conversation.", "/side_id")
    return side


def _consultation(state: TicketState, consultation_id: str) -> Consultation:
    found = state.consultations.get(consultation_id)
    if found is None:
        raise Refusal(
            "not_asked",
            "Nobody waits for this answer: it was given or taken back.",
            "/consultation_id",
        )
    return found


def _customer_wrote(
    state: TicketState, event: t.CustomerMessageAdded, recorded: Recorded[object]
) -> None:
    remember(state.digests, event.digest, None)
    note_message(state, recorded, event.message, "customer")


def _participant_wrote(
    state: TicketState, event: t.ParticipantMessageAdded, recorded: Recorded[object]
) -> None:
    remember(state.digests, event.digest, None)
    note_message(state, recorded, event.message, "participant")


def _foreigner_wrote(
    state: TicketState, event: t.ForeignMessageAdded, recorded: Recorded[object]
) -> None:
    remember(state.digests, event.digest, None)
    note_message(state, recorded, event.message, "foreign")


def _held_back(state: TicketState, event: t.MessagesHeldBack, _: Recorded[object]) -> None:
    state.held_back = event.count


def _went_elsewhere(
    state: TicketState,
    event: t.FollowUpRequested | t.MessageTurnedAway | t.AgentMailTaken | t.AgentMailPassedOn,
    _: Recorded[object],
) -> None:
    """It is on record, whoever holds it."""
    remember(state.digests, event.digest, None)


def _replied(state: TicketState, event: t.AgentReplied, recorded: Recorded[object]) -> None:
    state.replies[recorded.sequence] = SETTLED if recorded.origin == "import" else 0
    state.scheduled.pop(event.scheduled_sequence, None)
    state.messages.pop(event.scheduled_sequence, None)
    state.revival = state.disturbed = None
    note_message(state, recorded, event.message, "reply", event.agent_id)
    state.addressed |= dict.fromkeys(event.cc_ids)
    bounded(state.addressed, MOST_ADDRESSED)


def _scheduled(state: TicketState, event: t.ReplyScheduled, recorded: Recorded[object]) -> None:
    state.scheduled[recorded.sequence] = Scheduled(event)
    note_message(state, recorded, event.message, "other", event.agent_id)


def _withdrawn(state: TicketState, event: t.ReplyWithdrawn, _: Recorded[object]) -> None:
    state.scheduled.pop(event.scheduled_sequence, None)


def _noted(state: TicketState, event: t.NoteAdded, recorded: Recorded[object]) -> None:
    note_message(state, recorded, event.message, "note", event.agent_id)


def _edited(state: TicketState, event: t.NoteEdited, _: Recorded[object]) -> None:
    note = state.messages[event.note_sequence]
    contents = (*note.contents, content_digest(event.rendition.id))
    state.messages[event.note_sequence] = msgspec.structs.replace(note, contents=contents)


def _redacted(state: TicketState, event: t.MessageRedacted, _: Recorded[object]) -> None:
    message = state.messages[event.message_sequence]
    gone = set(map(content_digest, event.removed))
    left = [known for known in message.contents if known not in gone]
    left += [content_digest(event.rendition.id)] if event.rendition else []
    state.messages[event.message_sequence] = msgspec.structs.replace(message, contents=tuple(left))


def _side_opened(
    state: TicketState, event: t.SideConversationOpened, recorded: Recorded[object]
) -> None:
    state.sides[event.side_id] = Side(event.contact_id, event.team_id)
    note_message(state, recorded, event.message, "other", event.agent_id)


def _side_said(state: TicketState, event: t.SideMessageAdded, recorded: Recorded[object]) -> None:
    if event.digest:
        remember(state.digests, event.digest, None)
    state.sides[event.side_id] = msgspec.structs.replace(state.sides[event.side_id], open=True)
    note_message(state, recorded, event.message, "other", event.agent_id)


def _side_closed(state: TicketState, event: t.SideConversationClosed, _: Recorded[object]) -> None:
    state.sides[event.side_id] = msgspec.structs.replace(state.sides[event.side_id], open=False)


def _asked(state: TicketState, event: t.ConsultationAsked, recorded: Recorded[object]) -> None:
    asked_of = Consultation(event.asked_by, event.agent_id, event.team_id)
    state.consultations[event.consultation_id] = asked_of
    note_message(state, recorded, event.message, "other", event.asked_by)


def _answered(
    state: TicketState, event: t.ConsultationAnswered, recorded: Recorded[object]
) -> None:
    state.consultations.pop(event.consultation_id, None)
    note_message(state, recorded, event.message, "other", event.agent_id)


def _taken_back(state: TicketState, event: t.ConsultationWithdrawn, _: Recorded[object]) -> None:
    state.consultations.pop(event.consultation_id, None)


RULES: Rules = {
    t.AddCustomerMessage: add_customer_message,
    t.AddAgentMessage: add_agent_message,
    t.ReportHeldBack: report_held_back,
    t.ReplyToCustomer: reply,
    t.WithdrawReply: withdraw_reply,
    t.SendScheduledReply: send_scheduled,
    t.AddNote: add_note,
    t.EditNote: edit_note,
    t.RedactMessage: redact,
    t.OpenSideConversation: open_side,
    t.AddSideMessage: add_side_message,
    t.CloseSideConversation: close_side,
    t.AskConsultation: ask_consultation,
    t.AnswerConsultation: answer_consultation,
    t.WithdrawConsultation: withdraw_consultation,
}
FOLDS: Folds = {
    t.CustomerMessageAdded: _customer_wrote,
    t.ParticipantMessageAdded: _participant_wrote,
    t.ForeignMessageAdded: _foreigner_wrote,
    t.FollowUpRequested: _went_elsewhere,
    t.MessageTurnedAway: _went_elsewhere,
    t.AgentMailTaken: _went_elsewhere,
    t.AgentMailPassedOn: _went_elsewhere,
    t.MessagesHeldBack: _held_back,
    t.AgentReplied: _replied,
    t.ReplyScheduled: _scheduled,
    t.ReplyWithdrawn: _withdrawn,
    t.NoteAdded: _noted,
    t.NoteEdited: _edited,
    t.MessageRedacted: _redacted,
    t.SideConversationOpened: _side_opened,
    t.SideMessageAdded: _side_said,
    t.SideConversationClosed: _side_closed,
    t.ConsultationAsked: _asked,
    t.ConsultationAnswered: _answered,
    t.ConsultationWithdrawn: _taken_back,
}
