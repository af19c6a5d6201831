"""Macros: lists of ticket commands under a name, with placeholders in what they say."""

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.tickets import Step

__all__ = ["DefineMacro", "MacroDefined", "MacroRetired", "RetireMacro"]


@command("setup")
class DefineMacro(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this macro ready. steps: in the order in which they are carried out."""

    name: str
    steps: tuple[Step, ...]


@command("setup")
class RetireMacro(msgspec.Struct, frozen=True, omit_defaults=True):
    """Offer this macro no longer."""


@event("setup")
class MacroDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This macro stands ready now, with these steps."""

    name: str
    steps: tuple[Step, ...]


@event("setup")
class MacroRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """This macro is offered no longer."""
