"""Contacts find their organisation by the domain of their mail address.

Domains stand in intake's own database; an address is opened here for a moment and nowhere kept.
"""

from collections.abc import Sequence

from libs.events.envelope import Command
from libs.events.published import contacts as c
from libs.keyring import Keyring
from libs.mongo import Database
from services.intake.contacts.steps import BY_DOMAIN, FindOrganisation, ForgetDomain, KnowDomain

Commands = Sequence[Command[object]]


class Domains:
    """Which organisation a mail domain is of."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._collection = database["domains"]
        self._keyring = keyring

    async def know(self, effects: Sequence[KnowDomain]) -> Commands:
        """Note these domains."""
        for effect in effects:
            await self._collection.update_one(
                {"_id": effect.domain_id},
                {"$set": {"organisation_id": effect.organisation_id}},
                upsert=True,
            )
        return []

    async def forget(self, effects: Sequence[ForgetDomain]) -> Commands:
        """Forget these domains."""
        for effect in effects:
            await self._collection.delete_one({"_id": effect.domain_id})
        return []

    async def find(self, effects: Sequence[FindOrganisation]) -> Commands:
        """Whoever writes from a known domain joins its organisation; erased persons do not."""
        await self._keyring.load({effect.address.key for effect in effects})
        written = [(effect, self._domain_of(effect)) for effect in effects]
        known = await self._collection.find_by_id({id for _, id in written if id})
        return [
            Command(
                data=c.JoinOrganisation(known[id]["organisation_id"], "domain"),
                aggregate_id=effect.contact_id,
                actor="service:intake",
                command_id=BY_DOMAIN.command_id(effect.contact_id, effect.address.sealed or "", id),
                correlation_id=effect.correlation_id,
            )
            for effect, id in written
            if id in known
        ]

    def _domain_of(self, effect: FindOrganisation) -> str:
        """The id of its domain; "" for none, or an erased one."""
        clear = effect.address.reveal(self._keyring)
        if not isinstance(clear, str):
            return ""
        try:
            domain = clear.rpartition("@")[2].strip().encode("idna").decode()
        except UnicodeError:
            return ""
        return c.domain_id(domain) if domain else ""
