"""Who may sign in here, with a password that nobody but they knows (argon2id, RFC 9106)."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast, get_args

import argon2
from typing_extensions import TypedDict

from libs.mongo import Database, DuplicateKeyError
from libs.tokens import Role

LEAST_CHARACTERS, MOST_BYTES = 12, 1_024
# Each takes 64 MiB and a core for some 50 ms: more at once would only wait for one another.
AT_ONCE = 2
STAFF: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "customer")


R = TypeVar("R")


class User(TypedDict):
    """Somebody. _id: how they sign in and stand in histories; changed_at: since when their sessions
    count."""

    _id: str
    name: str
    roles: list[Role]
    teams: list[str]
    password: str
    disabled: bool
    changed_at: datetime


class Unusable(ValueError):
    """A user or a password that will not do; the message says why."""


class Users:
    """The users of this installation."""

    def __init__(self, database: Database) -> None:
        self._users = database["users"]
        self._hasher = argon2.PasswordHasher()
        self._turn = asyncio.Semaphore(AT_ONCE)
        # What a password is compared with when there is no such user, so that it takes as long.
        self._nobody = ""

    async def add(
        self, id: str, name: str, roles: Sequence[Role], teams: Sequence[str], password: str
    ) -> None:
        """Raises Unusable."""
        if not roles or not set(roles) <= set(STAFF):
            raise Unusable(f"the roles are {', '.join(STAFF)}")
        user = User(
            _id=id,
            name=name,
            roles=list(roles),
            teams=list(teams),
            password=await self._hashed(password),
            disabled=False,
            changed_at=datetime.now(UTC),
        )
        try:
            await self._users.insert_one(dict(user))
        except DuplicateKeyError as error:
            raise Unusable(f"there is a user {id} already") from error

    async def change_password(self, id: str, password: str) -> None:
        """Ends their sessions, too. Raises Unusable."""
        await self._change(id, {"password": await self._hashed(password), "disabled": False})

    async def disable(self, id: str) -> None:
        """They sign in no more, and their sessions end. Raises Unusable."""
        await self._change(id, {"disabled": True})

    async def all(self) -> Sequence[User]:
        """By id."""
        return cast(list[User], await self._users.find().sort("_id").to_list())

    async def find(self, id: str) -> User | None:
        """One who may sign in."""
        found = await self._users.find_one({"_id": id, "disabled": False})
        return cast(User | None, found)

    async def with_password(self, id: str, password: str) -> User | None:
        """Whose these are. It takes as long for a user that there is not."""
        user = await self.find(id)
        if not self._nobody:
            self._nobody = await self._in_turn(self._hasher.hash, "nobody's")
        stored = user["password"] if user is not None else self._nobody
        fits = await self._in_turn(self._fits, stored, password[:MOST_BYTES])
        return user if fits else None

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    async def _hashed(self, password: str) -> str:
        if len(password) < LEAST_CHARACTERS or len(password.encode()) > MOST_BYTES:
            raise Unusable(f"a password has {LEAST_CHARACTERS} characters at least")
        return await self._in_turn(self._hasher.hash, password)

    async def _in_turn(self, work: Callable[..., R], *given: str) -> R:
        async with self._turn:
            return await asyncio.to_thread(work, *given)

    async def _change(self, id: str, changes: dict[str, object]) -> None:
        changed = {**changes, "changed_at": datetime.now(UTC)}
        if not (await self._users.update_one({"_id": id}, {"$set": changed})).matched_count:
            raise Unusable(f"there is no user {id}")
