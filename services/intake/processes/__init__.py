"""What intake does on its own: messages become tickets, persons are erased, tickets are closed."""

from services.intake.processes.erasure import ERASURE
from services.intake.processes.reception import RECEPTION
from services.intake.processes.timers import timers

__all__ = ["ERASURE", "RECEPTION", "timers"]
