"""What the desk must remember to decide."""

import msgspec

from libs.events.published import setup as s


class DeskState(msgspec.Struct, omit_defaults=True):
    """The desk. setup: what holds now; retired: fields that tickets may still have values of."""

    setup: s.Setup = s.DEFAULT
    retired: dict[str, s.FieldDefinition] = {}
