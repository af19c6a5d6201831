"""Canned replies: answers that are often given, by team and language."""

import msgspec

from libs.events.catalogue import command, event

__all__ = [
    "CannedReplyDefined",
    "CannedReplyRetired",
    "DefineCannedReply",
    "RetireCannedReply",
]


@command("setup")
class DefineCannedReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this answer ready.

    text: with placeholders; language: its BCP 47 tag, "" for any; team_id: whose it is, "" for
    everybody's.
    """

    name: str
    text: str
    language: str = ""
    team_id: str = ""


@command("setup")
class RetireCannedReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Offer this answer no longer."""


@event("setup")
class CannedReplyDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This answer stands ready now, in this wording."""

    name: str
    text: str
    language: str = ""
    team_id: str = ""


@event("setup")
class CannedReplyRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """This answer is offered no longer."""
