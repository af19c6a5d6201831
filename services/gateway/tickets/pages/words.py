"""What pages share: who somebody is, and the words that were revealed for one answer."""

from collections.abc import Mapping

from typing_extensions import TypedDict

from libs.contents import Rendition
from libs.keyring import ERASED, Erased
from services.gateway.tickets.sentences import Name

Words = Mapping[str, Rendition | Erased]
"""By content id."""
Clear = Mapping[str, str]
"""Personal values in clear, or "(erased)", by their sealed token."""

REDACTED = "(redacted)"


class Person(TypedDict):
    """Somebody. id: of a contact or an agent; name: "(erased)" after an erasure."""

    id: str
    name: str


def person(actor: str, name: Name) -> Person:
    """From ``contact:p-…`` or ``agent:anna``."""
    return Person(id=actor.partition(":")[2], name=name(actor))


def contact(id: str, name: Name) -> Person:
    """From a contact's id."""
    return person(f"contact:{id}", name)


def words_of(words: Words, id: str | None) -> Rendition:
    """The words of this content; None or "": they were redacted."""
    found = words[id] if id else Rendition(REDACTED, REDACTED)
    return Rendition(str(ERASED), str(ERASED)) if isinstance(found, Erased) else found
