"""What an inbound message means: who wrote it, whether we know it, what it answers. Pure.

The shell (``inbound.py``) brings what needs keys and the content store; here stand the rules.
"""

from pydantic import ValidationError

from libs.contents import ContentRef
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.personal import Personal
from libs.events.published.channels import Content, InboundMessage
from libs.events.published.conversations import (
    Arrival,
    Bounce,
    Complaint,
    ReceiveMessage,
    Standing,
)
from libs.events.published.messages import Attachment, MessageFacts
from services.intake.contacts.providers import is_public

NOBODY = Standing()


def digest_of(message: InboundMessage, address: str) -> str:
    """The message's digest: its adapter's, else over all that makes this message this message.

    The channel's id alone would not do: a stranger can copy a Message-ID, and one message must
    never suppress another.
    """
    return message.digest or digest(
        message.account, message.id, address, message.subject, message.text or ""
    )


def command_for(
    message: InboundMessage,
    *,
    message_digest: str,
    sender_id: str,
    address: Personal[str],
    name: Personal[str],
    rendition: ContentRef,
    ticket_id: str,
    copied_ids: tuple[str, ...] = (),
    plain_id: str = "",
    domain_id: str = "",
    standing: Standing = NOBODY,
    agent_id: str = "",
    forwarded: bool = False,
    automatic: str = "",
    bounce: Bounce | None = None,
    complaint: Complaint | None = None,
) -> Command[object]:
    """The command that hands a message to its conversation.

    sender_id: of the address aggregate; ticket_id: of our signed reference in it, "" without one;
    copied_ids: address aggregates of those who got a copy; plain_id, domain_id, standing, agent_id,
    forwarded, bounce, complaint: as ``Arrival`` says; automatic: why a
    machine wrote it where only we can tell, say because it is our own message that came back.
    The command's id comes from the digest, so a second delivery gets the first one's outcome.
    History happened when it was received.
    """
    length = message.length if message.length is not None else len(message.text or "")
    facts = MessageFacts(
        channel=message.channel,
        direction="in",
        role="customer",
        visibility="public",
        rendition=rendition,
        received_at=message.received_at,
        length=length,
        language=message.language,
        automatic=automatic or message.automatic,
        original=content_ref(message.original) if message.original else None,
        attachments=tuple(
            Attachment(content_ref(file.content), file.inline) for file in message.attachments
        ),
        sent_at=message.sent_at,
    )
    return Command(
        data=ReceiveMessage(
            Arrival(
                message_digest,
                message.account,
                sender_id,
                address,
                name,
                facts,
                ticket_id,
                copied_ids,
                plain_id,
                domain_id,
                authentication=message.authentication,
                standing=standing,
                agent_id=agent_id,
                as_note=message.as_note,
                forwarded=forwarded,
                bounce=bounce,
                origin=message.origin,
                complaint=complaint,
            )
        ),
        aggregate_id=message.conversation_id,
        actor=f"adapter:{message.channel}",
        command_id=f"receive-{message_digest}",
        occurred_at=message.received_at if message.origin == "import" else None,
        origin=message.origin,
    )


def plain_address(address: str) -> str:
    """``ada+x@example.org`` → ``ada@example.org``; mail to both arrives in one mailbox at every
    host where people use plus addresses."""
    local, at, domain = address.rpartition("@")
    plain = local.partition("+")[0]
    return f"{plain}{at}{domain}" if plain else address


def mail_domain(address: str) -> str:
    """The domain that speaks for a sender (lower case, IDNA); "" where anybody can have a mailbox,
    and for what is no domain."""
    try:
        domain = address.rpartition("@")[2].strip().lower().encode("idna").decode()
    except UnicodeError:
        return ""
    return "" if "." not in domain or is_public(domain) else domain


def content_ref(content: Content) -> ContentRef:
    """A content as adapters name it, as events name it."""
    return ContentRef(content.id, content.size, content.media_type, content.sha256)


def whats_wrong(error: ValidationError) -> str:
    """A sentence for whoever published a malformed message. It quotes nothing of the message."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    path, what = problems[0]["loc"], problems[0]["msg"].removeprefix("Value error, ")
    if problems[0]["type"] == "extra_forbidden":
        path, what = path[:-1], "it has a field that the contract does not know"
    where = ".".join(str(part) for part in path) or "the message"
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"Not an inbound message: {where}: {what}{more}."
