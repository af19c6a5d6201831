"""Who is signed in, and codes on their way to an application. Only digests are kept."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import cast

from typing_extensions import TypedDict

from libs.mongo import Database
from services.issuer.authorization import Wanted
from services.issuer.users import User

CODE_LIFETIME = timedelta(seconds=60)


class Code(TypedDict):
    """What a code stands for. redirect, challenge, nonce: of the request that it answers."""

    user: str
    redirect: str
    challenge: str
    nonce: str
    ends_at: datetime


class Sessions:
    """Sessions and codes of this installation."""

    def __init__(self, database: Database, lifetime: timedelta) -> None:
        self._sessions = database["sessions"]
        self._codes = database["codes"]
        self.lifetime = lifetime

    async def prepare(self) -> None:
        """Make the indexes that forget."""
        for collection in (self._sessions, self._codes):
            await collection.create_index("ends_at", expire_after_seconds=0)

    async def begin(self, user: User) -> str:
        """A session of its own for each browser; what its cookie holds."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        session = {"_id": _digest(token), "user": user["_id"], "begun_at": now}
        await self._sessions.insert_one(session | {"ends_at": now + self.lifetime})
        return token

    async def of(self, token: str) -> tuple[str, datetime] | None:
        """Whose session this is, and since when; None for one that is over, or none at all."""
        wanted = {"_id": _digest(token), "ends_at": {"$gt": datetime.now(UTC)}}
        found = await self._sessions.find_one(wanted)
        return (found["user"], found["begun_at"]) if found is not None else None

    async def end(self, token: str) -> None:
        """They sign out."""
        await self._sessions.delete_one({"_id": _digest(token)})

    async def code(self, user: User, wanted: Wanted) -> str:
        """A code that can be exchanged once, within a minute."""
        code = secrets.token_urlsafe(32)
        stands_for = Code(
            user=user["_id"],
            redirect=wanted.redirect,
            challenge=wanted.challenge,
            nonce=wanted.nonce,
            ends_at=datetime.now(UTC) + CODE_LIFETIME,
        )
        await self._codes.insert_one({"_id": _digest(code), "used": False, **stands_for})
        return code

    async def exchange(self, code: str) -> Code | None:
        """What a code stands for, the first time that it is brought."""
        wanted = {"_id": _digest(code), "used": False, "ends_at": {"$gt": datetime.now(UTC)}}
        found = await self._codes.find_one_and_update(wanted, {"$set": {"used": True}})
        return cast(Code | None, found)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
