"""What intake's process managers do beside sending commands: keys, contents, suspended mail.

Every handler takes the effects of a batch in their order, may be called again with the same ones,
and returns the commands that could only be made here.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from libs.contents import RENDITION_TYPE, ContentStore, NewContent, Rendition
from libs.events.checkpoints import Checkpoints
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.instances import Instances
from libs.events.kafka import utc_now
from libs.events.published.contacts import CompleteErasure
from libs.events.resources import Resources
from libs.keyring import Keyring
from services.intake.customers import Customers
from services.intake.processes import RECEPTION
from services.intake.processes.arrivals import (
    Adopt,
    Discard,
    Join,
    Park,
    ReceptionState,
    RegisterParked,
    Stamp,
    Unpark,
)
from services.intake.processes.erasure import CompleteWhenPassed, Erase
from services.intake.processes.flooding import SummariseDomain
from services.intake.processes.holding_back import Summarise
from services.intake.processes.reception import (
    joins_as_stranger,
    opening_command,
    own_opening,
    register_command,
    summary_commands,
    ticket_command,
)
from services.intake.processes.redaction import Delete
from services.intake.readers import cut_inbound, ends_of_events, event_sources, groups_passed
from services.intake.suspended import Suspended

Commands = Sequence[Command[object]]

HELD_BACK = (
    "in a short time that further ones do not become tickets of their own. They wait among the "
    "suspended messages, reason: flood. Release those that matter, reject the others, or"
)
FLOOD = Rendition(
    "Many messages from this sender are held back",
    f"So many messages came from one sender {HELD_BACK} release one and trust the sender.",
)
DOMAIN_FLOOD = Rendition(
    "Many messages from one mail domain are held back",
    f"So many messages came from the mail domain of this sender {HELD_BACK} trust the domain.",
)


class ReceptionEffects:
    """Contents find their owner, suspended messages their place. senders: whose address is whose,
    as reception has stored it."""

    def __init__(
        self,
        keyring: Keyring,
        contents: ContentStore,
        suspended: Suspended,
        customers: Customers,
        senders: Instances[ReceptionState],
    ) -> None:
        self._senders = senders
        self._customers = customers
        self._keyring = keyring
        self._contents = contents
        self._suspended = suspended

    async def adopt(self, effects: Sequence[Adopt]) -> Commands:
        """Contents to their contacts: one load of keys and one write for all of them, and one for
        the transit keys that nothing is sealed under any more."""
        await self._keyring.load({effect.contact_id for effect in effects}, create=True)
        await self._contents.adopt(
            {id: effect.contact_id for effect in effects for id in effect.content_ids}
        )
        await self._keyring.destroy(key for effect in effects for key in effect.transit)
        return []

    async def park(self, effects: Sequence[Park]) -> Commands:
        """Keep suspended messages, each under a key of its own instead of that of its way here."""
        await self._suspended.park([(effect.arrival, effect.at) for effect in effects])
        arrivals = [effect.arrival for effect in effects]
        await self._keyring.destroy(
            value.key for one in arrivals for value in (one.address, one.name)
        )
        return []

    async def summarise(self, effects: Sequence[Summarise]) -> Commands:
        """The tickets of floods: their subject stands under the sender's key, like all of it."""
        await self._keyring.load({effect.contact_id for effect in effects}, create=True)
        stored = await self._contents.put(
            [
                NewContent(
                    effect.contact_id,
                    (DOMAIN_FLOOD if effect.of_domain else FLOOD).encode(),
                    RENDITION_TYPE,
                    digest("flood", effect.about_id, effect.flood.since.isoformat())[:32],
                )
                for effect in effects
            ]
        )
        return [
            command
            for effect, words in zip(effects, stored, strict=True)
            for command in summary_commands(effect, words)
        ]

    async def summarise_domains(self, effects: Sequence[SummariseDomain]) -> Commands:
        """The same for floods of a mail domain, as tickets of somebody there. Who was erased since
        has none; the next report goes to whoever got through last."""
        senders = await self._senders.load({effect.address_id for effect in effects})
        theirs = [(senders[effect.address_id].state.contact_id, effect) for effect in effects]
        return await self.summarise(
            [
                Summarise(contact_id, effect.domain_id, effect.flood, of_domain=True)
                for contact_id, effect in theirs
                if contact_id
            ]
        )

    async def discard(self, effects: Sequence[Discard]) -> Commands:
        """Rejected messages are gone for good."""
        await self._suspended.discard([effect.digest for effect in effects])
        return []

    async def register_parked(self, effects: Sequence[RegisterParked]) -> Commands:
        """The senders of released messages, as commands. Raises LookupError until it is parked."""
        parked = await self._suspended.get(effect.digest for effect in effects)
        return [register_command(parked[effect.digest], effect.origin) for effect in effects]

    async def unpark(self, effects: Sequence[Unpark]) -> Commands:
        """Released messages to their tickets. Raises LookupError until it is parked."""
        parked = await self._suspended.get(effect.route.digest for effect in effects)
        arrivals = [(parked[effect.route.digest], effect) for effect in effects]
        await self.adopt(
            [Adopt(effect.contact_id, arrival.message.content_ids) for arrival, effect in arrivals]
        )
        opening = await self._customers.stamp(
            [
                Stamp(opening_command(arrival, effect.route, effect.contact_id))
                for arrival, effect in arrivals
                if effect.route.may_open
            ]
        )
        strangers = [one for one in arrivals if joins_as_stranger(one[1].route)]
        joining = await self.join(
            [
                Join(
                    ticket_command(arrival, one.route, one.contact_id),
                    own_opening(arrival, one.route, one.contact_id),
                )
                for arrival, one in strangers
            ]
        )
        return [
            *opening,
            *joining,
            *(
                ticket_command(arrival, one.route, one.contact_id)
                for arrival, one in arrivals
                if not joins_as_stranger(one.route)
            ),
        ]

    async def join(self, effects: Sequence[Join]) -> Commands:
        """Each to the ticket of its thread, or to its own while nobody knows of that one."""
        there = await self._customers.with_tickets([one.adds.aggregate_id for one in effects])
        alone = [Stamp(one.opens) for one in effects if one.adds.aggregate_id not in there]
        joining = [one.adds for one in effects if one.adds.aggregate_id in there]
        return [*joining, *(await self._customers.stamp(alone) if alone else ())]


async def delete(contents: ContentStore, effects: Sequence[Delete]) -> Commands:
    """Redacted contents, for good."""
    await contents.delete([id for effect in effects for id in effect.content_ids])
    return []


class ErasureEffects:
    """Erasing a person. ``erasures`` remembers where the log ended when the key was gone.

    settle: how long a deleted key may still be served from some process's memory.
    """

    def __init__(self, on: Resources, suspended: Suspended, settle: timedelta) -> None:
        self._cluster = on.cluster
        self._lanes = on.ledger.lanes
        self._keyring = on.keyring
        self._contents = on.contents
        self._suspended = suspended
        database = on.mongo.database("intake")
        self._erasures = database["erasures"]
        self._checkpoints = Checkpoints(database, on.ledger.id)
        self._settle = settle

    async def erase(self, effects: Sequence[Erase]) -> Commands:
        """Destroy key, contents and suspended mail; note the ends of the log after that."""
        for effect in effects:
            await self._scrub(effect)
            ends = await ends_of_events(self._cluster, self._lanes)
            await self._erasures.update_one(
                {"_id": effect.contact_id, "ends": {"$exists": False}},
                {"$set": {"ends": {s.key: n for s, n in ends.items()}, "erased_at": utc_now()}},
            )
        return []

    async def complete_when_passed(self, effects: Sequence[CompleteWhenPassed]) -> Commands:
        """Destroy what came in between, once nobody can bring more; then the erasure is over."""
        completed: list[Command[object]] = []
        for effect in effects:
            erase = effect.erase
            noted = await self._erasures.find_one({"_id": erase.contact_id})
            if noted is None or utc_now() < noted["erased_at"] + self._settle:
                continue
            if await self._all_passed(noted["ends"]):
                completed.append(
                    Command(
                        data=CompleteErasure(contents_deleted=await self._scrub(erase)),
                        aggregate_id=erase.contact_id,
                        actor="service:intake",
                        command_id=effect.command_id,
                        correlation_id=effect.correlation_id,
                    )
                )
        return completed

    async def _all_passed(self, ends: Mapping[str, int]) -> bool:
        """Whether every projection has read what the log held when the key was gone; and
        reception, which may still have brought the person contents or a suspended message."""
        for lane in range(self._lanes):
            acted = await self._checkpoints.next_offsets(RECEPTION.consumer(lane)) or {}
            if any(offset < ends.get(source, 0) for source, offset in acted.items()):
                return False
        offsets = {s: ends[s.key] for s in event_sources(self._lanes) if s.key in ends}
        return await groups_passed(self._cluster, offsets)

    async def _scrub(self, erase: Erase) -> int:
        """How many contents are gone by now; a crash in between may cost some of the count.

        First the person's key, then those of whatever is still on its way to them, or was put
        aside, then what stands in clear where others have written it.
        """
        await self._keyring.erase(erase.contact_id)
        await self._keyring.destroy_about([erase.contact_id, *erase.address_ids])
        await cut_inbound(self._cluster, self._lanes)
        deleted = await self._contents.delete_owned(erase.contact_id)
        deleted += await self._suspended.erase(erase.address_ids, erase.requested_at)
        noted = await self._erasures.find_one_and_update(
            {"_id": erase.contact_id},
            {"$inc": {"deleted": deleted}},
            upsert=True,
            return_after=True,
        )
        return int(noted["deleted"]) if noted else deleted
