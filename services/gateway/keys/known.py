"""The keys that count, in memory: folded by a tail, so that one that is revoked counts no longer
milliseconds later, and no request waits for a lookup."""

import asyncio
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

from libs.events.envelope import Recorded
from libs.mongo import Collection, PyMongoError
from libs.tokens import Claims, TokenRefused
from services.gateway.instants import text
from services.gateway.keys.view import KEY, KeyView, key_after

PREFIX = "dlk_"
_WRITTEN = re.compile(r"dlk_([0-9a-f]{26})_([A-Za-z0-9_-]{43})")
# How often it is written down that a key is in use.
USE_EVERY = timedelta(minutes=1)


def made(id: str) -> tuple[str, str]:
    """A secret for the key of this id: as its holder gets it, and its digest."""
    secret = secrets.token_urlsafe(32)
    return f"{PREFIX}{id.removeprefix(KEY)}_{secret}", digest_of(secret)


def digest_of(secret: str) -> str:
    """Of 256 random bits a plain hash tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KnownKeys:
    """Whose a key is. uses: when each was last used, by id; no part of the log."""

    def __init__(self, uses: Collection) -> None:
        self._keys: dict[str, KeyView] = {}
        self._uses = uses
        self._noted: dict[str, datetime] = {}
        self._noting: set[asyncio.Task[None]] = set()

    def fold(self, recorded: Recorded[object]) -> None:
        """Take an event of the setup's topic, whatever it is about."""
        id = recorded.aggregate_id
        if id.startswith(KEY):
            self._keys[id] = key_after(self._keys.get(id), recorded)

    async def verify(self, written: str) -> tuple[Claims, frozenset[str]]:
        """Who holds this key, and its scopes. Raises TokenRefused, for whatever reason alike."""
        found = _WRITTEN.fullmatch(written)
        key = self._keys.get(f"{KEY}{found[1]}") if found is not None else None
        now = datetime.now(UTC)
        if found is None or key is None or not _counts(key, digest_of(found[2]), text(now)):
            raise TokenRefused("the API key is none of this installation's, or counts no longer")
        self._note(f"{KEY}{found[1]}", now)
        ends = datetime.fromisoformat(key["expires_at"])
        teams = tuple(key["teams"])
        claims = Claims(key["subject"], (key["role"],), key["name"], ends, teams)
        return claims, frozenset(key["scopes"])

    async def used(self, ids: list[str]) -> dict[str, str]:
        """When these were last used, to the minute; those that never were are missing."""
        found = await self._uses.find({"_id": {"$in": ids}}).to_list()
        return {one["_id"]: one["at"] for one in found}

    def _note(self, id: str, now: datetime) -> None:
        last = self._noted.get(id)
        if last is not None and now - last < USE_EVERY:
            return
        self._noted[id] = now

        async def note() -> None:
            try:
                at = {"$max": {"at": text(now)}}
                await self._uses.update_one({"_id": id}, at, upsert=True)
            except PyMongoError:
                self._noted.pop(id, None)  # the next use is noted

        task = asyncio.create_task(note())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)


def _counts(key: KeyView, digest: str, now: str) -> bool:
    """Whether a secret counts now."""
    if now >= key["expires_at"]:
        return False
    known = (one for one, until in key["digests"].items() if not until or now < until)
    return any(hmac.compare_digest(one, digest) for one in known)
