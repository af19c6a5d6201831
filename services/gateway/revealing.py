"""What is sealed in read models, and the words in the content store, opened for one reader.

Nothing that was opened is kept: whatever is erased is gone from the next answer on.
"""

from collections.abc import Collection, Mapping

from libs.contents import Content, ContentStore, Rendition
from libs.keyring import ERASED, Erased, Keyring
from services.gateway.contacts.view import ContactView, SealedValue

UNKNOWN = "(unknown)"


class Revealer:
    """Opens values and contents, all of one answer at once."""

    def __init__(self, keyring: Keyring, contents: ContentStore) -> None:
        self._keyring = keyring
        self._contents = contents

    async def renditions(self, ids: Collection[str]) -> dict[str, Rendition | Erased]:
        """Messages' words by content id."""
        found = await self._contents.get(ids)
        return {id: _rendition(content) for id, content in found.items()}

    async def names(self, contacts: Mapping[str, ContactView]) -> dict[str, str]:
        """How to call each contact: their name, else their address, else "(erased)"."""
        candidates = {id: _candidates(contact) for id, contact in contacts.items()}
        await self._keyring.load({value["key"] for some in candidates.values() for value in some})
        return {id: self._first(values) for id, values in candidates.items()}

    async def values(self, sealed: Collection[SealedValue | None]) -> list[str]:
        """Each in clear, or "(erased)"."""
        await self._keyring.load({value["key"] for value in sealed if value is not None})
        return [self._open(value) for value in sealed]

    def _first(self, values: Collection[SealedValue]) -> str:
        return next((clear for clear in map(self._open, values) if clear), str(ERASED))

    def _open(self, value: SealedValue | None) -> str:
        if value is None:
            return str(ERASED)
        clear = self._keyring.unseal(value["key"], value["sealed"])
        return clear.decode() if isinstance(clear, bytes) else str(ERASED)


def _candidates(contact: ContactView) -> list[SealedValue]:
    addresses = [known["address"] for known in contact["addresses"].values()]
    return [value for value in (contact["name"], *addresses) if value is not None]


def _rendition(content: Content | Erased) -> Rendition | Erased:
    return Rendition.decode(content.data) if isinstance(content, Content) else content
