"""What is said on a ticket to its customer and among us, and what is taken back."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints
from starlette.responses import Response

from libs.contents import ContentRef, Rendition
from libs.events.ids import digest
from libs.events.kafka import utc_now
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts, WrittenWith
from libs.keyring import Erased
from services.gateway.availability import needing
from services.gateway.commanding.draft import Draft
from services.gateway.http.bodies import (
    Body,
    Code,
    ContactId,
    Instant,
    Language,
    Name,
    Sequence,
    Told,
    Uploads,
    Words,
)
from services.gateway.http.drafting import Asked
from services.gateway.http.problems import Problem, not_found, wrong
from services.gateway.http.sending import Sending
from services.gateway.tickets.reading import Message


class CannedReplyUse(Body):
    """The canned reply that an answer was made from, in the version that was filled in."""

    id: Annotated[str, StringConstraints(pattern=r"^r-[0-9a-f]{26}$")]
    version: Annotated[int, Field(ge=1)]


class Reply(Body):
    """A public message: an agent's answer, or the customer's next message. For agents, send_at: not
    before this instant, and until then it can be withdrawn; cc_ids: who else gets it; canned_reply:
    what it was made from."""

    text: Words
    language: Language = ""
    attachments: Uploads = ()
    send_at: Instant | None = None
    cc_ids: Annotated[tuple[ContactId, ...], Field(max_length=50)] = ()
    canned_reply: CannedReplyUse | None = None


class Note(Body):
    """An internal note. mentions: agents who should see it."""

    text: Words
    attachments: Uploads = ()
    mentions: Annotated[tuple[Name, ...], Field(max_length=50)] = ()


class NewWords(Body):
    """What stands there instead."""

    text: Words


class Redaction(Body):
    """What goes, and why. text: the words that are left, if it is a passage; subject: another one;
    attachments: ids of the files that go. None of these: all of the message goes."""

    reason: Code
    text: Words | None = None
    subject: Told | None = None
    attachments: Annotated[tuple[str, ...], Field(max_length=100)] = ()


class Rating(Body):
    """The customer's judgement, on the scale that the ticket shows."""

    score: Annotated[int, Field(ge=0, le=10)]
    comment: Words | None = None


def add_routes(router: APIRouter, on: Sending) -> None:
    Writer = Annotated[Asked, Depends(on.writers)]
    Insider = Annotated[Asked, Depends(on.insiders)]
    Staff = Annotated[Asked, Depends(on.staff)]
    Customer = Annotated[Asked, Depends(on.customer)]

    @router.post("/replies")
    async def reply(ticket: str, body: Reply, asked: Writer) -> Response:
        """An agent's answer to the customer, or the customer's next message. Light agents answer
        where the desk lets them."""
        if not asked.caller.may_answer:
            detail = "Light agents do not answer customers at this desk; write a note."
            raise Problem(403, "forbidden", detail)
        draft = await on.about(ticket, asked)
        if asked.caller.is_customer and (body.send_at or body.cc_ids or body.canned_reply):
            raise Problem(403, "forbidden", "Customers write to the desk alone, and at once.")
        for place, contact in enumerate(body.cc_ids):
            await on.contact(contact, f"/cc_ids/{place}")
        author = asked.caller.subject if asked.caller.is_customer else ""
        async with on.enclosing(draft, body.attachments, author) as files:
            words = await on.keep(draft, files.words(body.text), author)
            if author:
                told = (words, body.text, body.language, files.attachments)
                said = digest("said", draft.command_id)
                # Whoever sees somebody else's ticket here, by their organisation, may take part.
                invited = author != draft.owner
                added = t.AddCustomerMessage(
                    author, from_customer("web", *told), said, invited=invited
                )
                return await on.send(draft, added)
            made = body.canned_reply
            answer = body.command(
                t.ReplyToCustomer,
                rendition=words,
                length=len(body.text),
                attachments=files.contents,
                written_with=(WrittenWith("canned_reply", made.id, made.version),) if made else (),
            )
            return await on.send(draft, answer)

    @router.post("/replies/{sequence}/withdrawal")
    async def withdraw_reply(ticket: str, sequence: Sequence, asked: Staff) -> Response:
        """Do not send an answer that waits for its instant."""
        return await on.send(await on.to(ticket, asked), t.WithdrawReply(sequence))

    @router.post("/notes")
    async def note(ticket: str, body: Note, asked: Insider) -> Response:
        """An internal note."""
        draft = await on.about(ticket, asked)
        async with on.enclosing(draft, body.attachments) as files:
            words = await on.keep(draft, files.words(body.text))
            noted = body.command(
                t.AddNote, rendition=words, length=len(body.text), attachments=files.contents
            )
            return await on.send(draft, noted)

    @router.post("/notes/{sequence}/words")
    async def edit_note(
        ticket: str, sequence: Sequence, body: NewWords, asked: Insider
    ) -> Response:
        """Put other words in the place of a note of one's own; those before stay readable."""
        draft = await on.about(ticket, asked)
        before = await shown(draft, sequence, asked)
        if isinstance(before.words, Erased):
            raise Problem(410, "erased", "The words of this note are gone.")
        files, really = before.words.attachments, before.words.really
        left = Rendition(text=body.text, attachments=files, really=really)
        words = await on.keep(draft, left)
        return await on.send(draft, t.EditNote(sequence, words, len(body.text)))

    @router.post("/messages/{sequence}/redaction")
    async def redact(ticket: str, sequence: Sequence, body: Redaction, asked: Staff) -> Response:
        """Take a message, a passage of it or a file away for good."""
        draft = await on.about(ticket, asked)
        message = await shown(draft, sequence, asked)
        left = _left(message, body)
        words = await on.keep(draft, left, message.contact_id) if left is not None else None
        removed = _removed(message, body) if left is not None else message.contents
        return await on.send(draft, t.RedactMessage(sequence, removed, body.reason, words))

    @router.post("/rating")
    async def rate(ticket: str, body: Rating, asked: Customer) -> Response:
        """The customer's judgement of a solved ticket."""
        draft = await on.about(ticket, asked)
        if asked.caller.subject != draft.owner:
            raise Problem(403, "forbidden", "A ticket is rated by whose it is.")
        comment = await on.keep(draft, Rendition(text=body.comment)) if body.comment else None
        return await on.send(draft, t.RateTicket(body.score, comment))

    async def shown(draft: Draft, sequence: int, asked: Asked) -> Message:
        async with needing("MongoDB"):
            message = await on.tickets.message(draft.aggregate_id, sequence, asked.caller)
        if message is None:
            raise not_found("message")
        return message


def from_customer(
    channel: str,
    words: ContentRef,
    text: str,
    language: str,
    files: tuple[Attachment, ...] = (),
) -> MessageFacts:
    """The facts of a customer's message that came to us directly."""
    return MessageFacts(
        channel=channel,
        direction="in",
        role="customer",
        visibility="public",
        rendition=words,
        received_at=utc_now(),
        length=len(text),
        language=language,
        attachments=files,
    )


def _left(message: Message, body: Redaction) -> Rendition | None:
    """The words that are left; None: nothing is. Raises Problem."""
    files = [file.content.id for file in message.facts.attachments]
    if not set(body.attachments) <= set(files):
        raise wrong("/attachments", "Name files of this message, by their ids.")
    if body.text is None and body.subject is None and not body.attachments:
        return None
    words = message.words
    if isinstance(words, Erased):
        raise Problem(410, "erased", "The words of this message are gone; nothing can be left.")
    return Rendition(
        subject=body.subject or words.subject,
        text=body.text or words.text,
        html=words.html if body.text is None else None,
        folded=words.folded if body.text is None else (),
        attachments=tuple(
            "" if id in body.attachments else name
            for id, name in zip(files, words.attachments, strict=False)
        ),
        message_id=words.message_id,
        content_ids=words.content_ids,
        really=words.really,
    )


def _removed(message: Message, body: Redaction) -> tuple[str, ...]:
    """Every version of the words (they name the files, too), the original bytes, which hold it
    all, and the files that go."""
    files = {file.content.id for file in message.facts.attachments}
    stay = files - set(body.attachments)
    return tuple(id for id in message.contents if id not in stay)
