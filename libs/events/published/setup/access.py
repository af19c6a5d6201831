"""Who may see and do what at this desk, as far as the desk has a say in it."""

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code

__all__ = [
    "DefineDepartment",
    "DefineLightReplies",
    "Department",
    "DepartmentDefined",
    "DepartmentRetired",
    "LightRepliesDefined",
    "RetireDepartment",
]


class Department(msgspec.Struct, frozen=True, omit_defaults=True):
    """Teams that belong together. private: the tickets that these teams have exist for agents of
    these teams and for administrators alone, leads of other teams not among them."""

    name: str
    teams: tuple[str, ...]
    private: bool = False


@command("setup")
class DefineDepartment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this department."""

    department: Code
    definition: Department


@command("setup")
class RetireDepartment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this department no longer: everybody sees the tickets of its teams."""

    department: Code


@command("setup")
class DefineLightReplies(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let light agents answer customers, or not."""

    allowed: bool


@event("setup")
class DepartmentDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk has this department now, or has it like this now."""

    department: Code
    definition: Department


@event("setup")
class DepartmentRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk has this department no longer: everybody sees the tickets of its teams."""

    department: Code


@event("setup")
class LightRepliesDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """Light agents may answer customers now, or may not."""

    allowed: bool
