"""What reception remembers of messages on their way, and what it wants done with them."""

from datetime import datetime

import msgspec

from libs.events.envelope import Command
from libs.events.process import Origin
from libs.events.published.conversations import Arrival
from services.intake.flood import Recent
from services.intake.processes.holding_back import Flood


class Route(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a message goes: to a ticket of its own (opens), or to one that is there; or to its own
    that another message may have opened by now (may_open).

    also_ids: contacts who are the same person as the sender, by a merge; own_id, invited, hosts: as
    ``MessageRouted`` says.
    """

    digest: str
    ticket_id: str
    opens: bool
    origin: Origin
    also_ids: tuple[str, ...] = ()
    own_id: str = ""
    invited: bool = False
    may_open: bool = False
    hosts: bool = False


class Adopt(msgspec.Struct, frozen=True):
    """Effect: these contents belong to the contact from now on, under the contact's key; the
    message has arrived, so its transit keys are destroyed."""

    contact_id: str
    content_ids: tuple[str, ...]
    transit: tuple[str, ...] = ()


class Park(msgspec.Struct, frozen=True):
    """Effect: keep a suspended message under a key of its own, beyond the transit key's end.

    at: when it was suspended.
    """

    arrival: Arrival
    at: datetime


class RegisterParked(msgspec.Struct, frozen=True):
    """Effect: register the sender of a parked message that was released."""

    digest: str
    origin: Origin


class Stamp(msgspec.Struct, frozen=True):
    """Effect: open this ticket as that of a customer with the standing that they have now."""

    command: Command[object]


class Join(msgspec.Struct, frozen=True):
    """Effect: a stranger's message in a thread goes to its ticket if that is there already, and to
    one of its own if it has overtaken the message that opens it: nobody opens another's ticket."""

    adds: Command[object]
    opens: Command[object]


class Unpark(msgspec.Struct, frozen=True):
    """Effect: hand a parked message to its ticket."""

    contact_id: str
    route: Route


class Discard(msgspec.Struct, frozen=True):
    """Effect: destroy a parked message that was rejected."""

    digest: str


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A routed message whose sender is not registered yet. arrival: None while it is parked."""

    route: Route
    arrival: Arrival | None = None


class ReceptionState(msgspec.Struct, omit_defaults=True):
    """contact_id: whose the address is; also_ids: whose it was before they were merged; arrived:
    received, fate not read yet; waiting: until the sender is registered; both by digest; opening,
    answering: how many messages of each kind came lately; flood: while there are too many."""

    contact_id: str = ""
    also_ids: tuple[str, ...] = ()
    arrived: dict[str, Arrival] = {}
    waiting: dict[str, Waiting] = {}
    opening: Recent = msgspec.field(default_factory=Recent)
    answering: Recent = msgspec.field(default_factory=Recent)
    flood: Flood | None = None
