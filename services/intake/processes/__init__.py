"""What intake does on its own: messages become tickets, tickets merge, persons are erased, instants
come."""

from services.intake.processes.blocking import BLOCKING
from services.intake.processes.children import CHILDREN
from services.intake.processes.erasure import ERASURE
from services.intake.processes.linking import LINKING
from services.intake.processes.merging import MERGING
from services.intake.processes.people import PEOPLE
from services.intake.processes.reception import RECEPTION
from services.intake.processes.redaction import REDACTION
from services.intake.processes.same_person import SAME_PERSON
from services.intake.processes.spreading import SPREADING
from services.intake.processes.surveying import SURVEYING
from services.intake.processes.timers import timers

__all__ = [
    "BLOCKING",
    "CHILDREN",
    "ERASURE",
    "LINKING",
    "MERGING",
    "PEOPLE",
    "RECEPTION",
    "REDACTION",
    "SAME_PERSON",
    "SPREADING",
    "SURVEYING",
    "timers",
]
