"""Who guesses is slowed: each further wrong try of an account, or from an address, waits longer.

Tries are counted before what was tried is looked at, so that many at once gain nothing. Neither
name nor address is kept, only what a secret makes of them, and that for an hour.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from libs.mongo import Database, Document

# Wrong tries before waiting begins: many people may share an address.
FREE = {"account": 5, "address": 30}
LONGEST = timedelta(minutes=15)
KEPT = timedelta(hours=1)


def host_of(address: str) -> str:
    """Whose an address is: of IPv6 whoever has one has the 2**64 beside it."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:  # as a socket for both has it
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, 64), strict=False))


class Slowing:
    """Counts tries by account and by address. secret: of this installation; free: tries before
    waiting begins, of an account and from an address."""

    def __init__(self, database: Database, secret: bytes, free: Mapping[str, int] = FREE) -> None:
        self._tries = database["tries"]
        self._secret = secret
        self._free = free

    async def prepare(self) -> None:
        """Make the index that forgets."""
        await self._tries.create_index("at", expire_after_seconds=int(KEPT.total_seconds()))

    async def admit(self, account: str, address: str) -> float:
        """Count a try; 0 if it may be made, or the seconds to wait."""
        waits = [await self._try("account", account), await self._try("address", address)]
        return max(waits)

    async def succeeded(self, account: str, address: str) -> None:
        """It was right: the account's count begins anew, and the address's is as if
        this had not been tried. Not more, or who has one account could guess others' for ever."""
        await self._tries.delete_one({"_id": self._key("account", account)})
        last = {"_id": self._key("address", address)}
        await self._tries.update_one(last, {"$inc": {"tries": -1}})

    async def _try(self, kind: str, who: str) -> float:
        now = datetime.now(UTC)
        before = await self._tries.find_one_and_update(
            {"_id": self._key(kind, who)}, _counted(now, self._free[kind]), upsert=True
        )
        until = (before or {}).get("until")
        return float((until - now).total_seconds()) if until is not None and until > now else 0.0

    def _key(self, kind: str, who: str) -> str:
        return hmac.digest(self._secret, f"{kind}:{who}".encode(), "sha256").hex()


def _counted(now: datetime, free: int) -> Sequence[Document]:
    """One more try; where it may be made and is one too many, the next has to wait. In one step:
    of many that come at once the first alone finds nobody waiting."""
    over = {"$subtract": ["$tries", free]}
    wait = {"$multiply": [1_000, {"$pow": [2, {"$min": [over, 12]}]}]}
    longest = LONGEST // timedelta(milliseconds=1)
    then = {"$add": [now, {"$toLong": {"$min": [wait, longest]}}]}
    is_waiting = {"$gt": [{"$ifNull": ["$until", now]}, now]}
    is_too_many = {"$and": [{"$gt": [over, 0]}, {"$not": [is_waiting]}]}
    return [
        {"$set": {"tries": {"$add": [{"$ifNull": ["$tries", 0]}, 1]}, "at": now}},
        {"$set": {"until": {"$cond": [is_too_many, then, "$until"]}}},
    ]
