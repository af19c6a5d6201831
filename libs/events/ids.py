"""Identifiers: every aggregate's id carries its slot, and the slot names its partition.

An id reads ``<kind>-<slot><24 hex digits>``: ``t-3f9c0a...`` is a ticket in slot 0x3f (63). There
are 256 slots for ever; a topic's partition is ``slot mod count``, set explicitly by every producer
of ours, because clients differ in how they hash keys.
"""

import hashlib
import os
import re

import msgspec
import uuid_utils

SLOTS = 256
_FRAME = msgspec.msgpack.Encoder().encode
_ID = re.compile(r"[a-z]{1,4}-[0-9a-f]{26}")


def new_id(kind: str) -> str:
    """A random id of this kind in a random slot, such as ``t-3f…`` (kind, 26 hex digits)."""
    return f"{kind}-{os.urandom(13).hex()}"


def derived_id(kind: str, *parts: str | bytes) -> str:
    """The id that these parts always give: retries and replicas agree without asking each other."""
    return f"{kind}-{digest(*parts)[:26]}"


def digest(*parts: str | bytes) -> str:
    """SHA-256 (hex) over the MessagePack array of the parts, so that no two lists collide."""
    return hashlib.sha256(_FRAME(parts)).hexdigest()


def event_id() -> str:
    """A time-ordered UUID (version 7, RFC 9562) in its text form."""
    return str(uuid_utils.uuid7())


def is_id(text: str, kind: str) -> bool:
    """Whether this text has the shape of an id of this kind."""
    return text.startswith(kind + "-") and _ID.fullmatch(text) is not None


def slot_of(aggregate_id: str) -> int:
    """The slot (0–255) that an id carries. Raises ValueError for text that is no id."""
    if _ID.fullmatch(aggregate_id) is None:
        raise ValueError(f"{aggregate_id!r} is not an aggregate id")
    start = aggregate_id.index("-") + 1
    return int(aggregate_id[start : start + 2], 16)


def partition_of(aggregate_id: str, partitions: int) -> int:
    """The partition of an aggregate in a topic of that many partitions."""
    return slot_of(aggregate_id) % partitions
