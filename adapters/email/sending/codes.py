"""Codes to sign in with: from the log into the outbox, and as letters. The code derives when its
letter is written, and stands nowhere else."""

from collections.abc import Sequence

from adapters.email.sending.addressees import Person
from adapters.email.sending.apart import letter_apart
from adapters.email.sending.compose import Letter
from adapters.email.sending.follow import Followed
from adapters.email.sending.outbox import CodeEntry, Entry, caused_by
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
            entry = caused_by(recorded, "sign_in", asked.contact_id)
            entry.code = CodeEntry(
                address_id=recorded.aggregate_id,
                code_id=asked.code_id,
                until=asked.until,
                brand=asked.brand,
                language=asked.language,
            )
            return [entry]
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
    return letter_apart(entry, told, sender, brand.name, person.address, person.name)
