"""Codes to sign in with: from the log into the outbox, and as letters. The code derives when its
letter is written, and stands nowhere else."""

from collections.abc import Sequence

from adapters.email.sending.addressees import Person
from adapters.email.sending.compose import Letter
from adapters.email.sending.follow import Followed
from adapters.email.sending.outbox import CodeEntry, Entry
from adapters.email.sending.wording import Brand
from libs.events.envelope import Recorded
from libs.events.published.contacts import SignInCodeAsked
from libs.events.topics import events
from libs.letters import Letters
from libs.placeholders import first_name
from libs.tokens import CODE_LASTS


def entries_of_codes(recorded: Recorded[object]) -> Sequence[Entry]:
    """The mail with a code."""
    match recorded.data:
        case SignInCodeAsked() as asked:
            return [
                Entry(
                    id=recorded.event_id,
                    event_id=recorded.event_id,
                    kind="sign_in",
                    lane=recorded.position.partition,
                    ticket_id="",
                    sequence=recorded.sequence,
                    correlation_id=recorded.correlation_id,
                    traceparent=recorded.traceparent,
                    to_id=asked.contact_id,
                    rendition="",
                    attachments=[],
                    sizes=[],
                    written_at=recorded.occurred_at,
                    due_at=recorded.recorded_at,
                    code=CodeEntry(
                        address_id=recorded.aggregate_id,
                        code_id=asked.code_id,
                        until=asked.until,
                        brand=asked.brand,
                        language=asked.language,
                    ),
                )
            ]
    return []


CODES = Followed("email.codes", events("contacts"), (SignInCodeAsked,), entries_of_codes)


def code_letter(
    entry: Entry, person: Person, code: str, brand: Brand, letters: Letters, sender: str
) -> Letter:
    """The letter that tells somebody their code. It belongs to no ticket."""
    asked = entry.code
    assert asked is not None
    values = {
        "brand.name": brand.name,
        "contact.name": "" if "@" in person.name else person.name,
        "contact.first_name": first_name(person.name),
        "code": code,
        "minutes": str(int(CODE_LASTS.total_seconds() // 60)),
    }
    languages = (person.language, asked.language, brand.writing.language)
    told = letters.find("sign_in", brand.code, "", languages).write(values, {})
    domain = sender.rpartition("@")[2]
    return Letter(
        message_id=f"<{entry.event_id.replace('-', '')}@{domain}>",
        written_at=entry.written_at,
        sender=sender,
        reply_to=sender,
        address=person.address,
        name=person.name,
        subject=told.subject,
        text=told.text,
        html=told.html,
        sender_name=brand.name,
        automatic="auto-generated",
    )
