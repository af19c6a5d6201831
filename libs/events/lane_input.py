"""What reception may make of a raw record beside a command."""

import msgspec


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that nothing can be done with: it is kept aside, with the reason in a sentence.

    about: the contact or address whose erasure destroys it, "" if that cannot be told.
    """

    sentence: str
    about: str = ""


class Forward(msgspec.Struct, frozen=True):
    """A record that belongs to another partition of the same topic; it is sent there unchanged.

    key: the key that it should have had.
    """

    partition: int
    key: str
