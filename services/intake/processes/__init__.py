"""What intake does on its own: messages become tickets, persons are erased, tickets are closed."""

from services.intake.processes.closing import closing
from services.intake.processes.erasure import ERASURE
from services.intake.processes.reception import RECEPTION

__all__ = ["ERASURE", "RECEPTION", "closing"]
