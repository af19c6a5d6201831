"""Codes that were asked for: how often each was tried, and having it mailed to its address.

Whether anybody is known by an address must show in nothing. So a request writes one document,
whoever asks for whatever; who is behind it is looked up afterwards, here, and only then a command
goes to the address, whose event the mail adapter sends. No address stands in a document: only its
id, and the id from which the code derives.
"""

import asyncio
import hmac
import logging
import random
from dataclasses import dataclass
from datetime import timedelta

from aiokafka.errors import KafkaError

from libs.events.envelope import Command
from libs.events.ids import digest, event_id
from libs.events.kafka import CommandSender, utc_now
from libs.events.published import contacts as c
from libs.mongo import Database, Document, PyMongoError
from libs.slowing import Slowing
from libs.tokens import CODE_LASTS, SignInCodes
from services.gateway.contacts.reading import ContactReader
from services.gateway.signing_in.tokens import CustomerTokens

log = logging.getLogger(__name__)

MOST_TRIES = 5
# Before who asks, or tries, waits: behind a proxy all customers come from one host.
FREE = {"account": 5, "address": 300}
LASTS_MINUTES = CODE_LASTS // timedelta(minutes=1)
_ACTOR = "service:gateway.sign-in"
_AT_ONCE = 100
_IDLE_SECONDS = 2.0
_SEND_SECONDS = 10.0
_APART_SECONDS = (0.1, 0.8)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """What letting customers in takes. addresses: the secret that ids of addresses are made
    under."""

    codes: "CodesAsked"
    tokens: CustomerTokens
    addresses: bytes


class TooOften(Exception):
    """Whoever asks, or whose address it is, waits so many seconds first."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.0f} s")
        self.seconds = int(seconds) + 1


class CodesAsked:
    """The codes of an installation. A document by the address's id: its latest code."""

    def __init__(
        self,
        database: Database,
        codes: SignInCodes,
        slowing: Slowing,
        contacts: ContactReader,
        sender: CommandSender,
    ) -> None:
        self._asked = database["sign_in_codes"]
        self._codes = codes
        self._slowing = slowing
        self._contacts = contacts
        self._sender = sender
        self._wake = asyncio.Event()

    async def prepare(self) -> None:
        """Make the indexes; MongoDB forgets what is over."""
        await self._slowing.prepare()
        await self._asked.create_index("until", expire_after_seconds=0)
        await self._asked.create_index("to_tell", partial={"to_tell": True})

    async def ask(self, address_id: str, host: str, brand: str, language: str) -> None:
        """A new code for this address; one from before counts no longer. Raises TooOften."""
        await self._admit(f"ask:{address_id}", f"ask:{host}")
        asked: Document = {
            "code_id": event_id(),
            "until": utc_now() + CODE_LASTS,
            "tries": 0,
            "to_tell": True,
            "brand": brand,
            "language": language,
        }
        await self._asked.replace_one({"_id": address_id}, asked, upsert=True)
        self._wake.set()

    async def accept(self, address_id: str, code: str, host: str) -> str:
        """The contact whom this code lets in, once; "" for every reason why it does not. Raises
        TooOften."""
        await self._admit(f"try:{address_id}", f"try:{host}")
        # Counted before it is looked at, so that a hundred tries at once are a hundred tries.
        asked = await self._asked.find_one_and_update(
            {"_id": address_id, "until": {"$gt": utc_now()}, "tries": {"$lt": MOST_TRIES}},
            {"$inc": {"tries": 1}},
        )
        code_id = asked["code_id"] if asked is not None else ""
        is_right = hmac.compare_digest(self._codes.code(address_id, code_id), code)
        if asked is None or not is_right:
            return ""
        contact = await self._contacts.known_by(address_id)
        used = await self._asked.delete_one({"_id": address_id, "code_id": code_id})
        if not contact or not used.deleted_count:
            return ""
        for what in ("ask", "try"):
            await self._slowing.succeeded(f"{what}:{address_id}", f"{what}:{host}")
        return contact

    async def run(self) -> None:
        """Have codes mailed to whoever is known by the address, until cancelled. What fails is
        tried again while the code counts; of the same command only one is carried out."""
        while True:
            try:
                while await self._tell():
                    pass
            except (PyMongoError, KafkaError, TimeoutError) as error:
                log.warning("codes to sign in with wait: %s", type(error).__name__)
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            # Not at once: how long the next request takes is to tell nothing of this one either.
            await asyncio.sleep(random.uniform(*_APART_SECONDS))

    async def _tell(self) -> bool:
        """Some of them; False when there were none."""
        due = {"to_tell": True, "until": {"$gt": utc_now()}}
        found = await self._asked.find(due).limit(_AT_ONCE).to_list()
        known = [one for one in found if await self._contacts.known_by(one["_id"])]
        async with asyncio.timeout(_SEND_SECONDS):
            await self._sender.send([_command(one) for one in known])
        for one in found:
            told = {"$set": {"to_tell": False}}
            await self._asked.update_one({"_id": one["_id"], "code_id": one["code_id"]}, told)
        return len(found) == _AT_ONCE

    async def _admit(self, account: str, host: str) -> None:
        seconds = await self._slowing.admit(account, host)
        if seconds:
            raise TooOften(seconds)


def _command(asked: Document) -> Command[object]:
    wanted = c.AskSignInCode(asked["code_id"], asked["until"], asked["brand"], asked["language"])
    return Command(
        data=wanted,
        aggregate_id=asked["_id"],
        actor=_ACTOR,
        command_id=digest("sign-in", asked["code_id"])[:32],
        not_after=asked["until"],
    )
