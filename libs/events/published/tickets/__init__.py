"""Tickets: everything that happens to a request, in one order, from opening to rating.

Fields at their default are left out of the stored JSON, so a field that is added with a default
changes no event that was ever written. One module a topic; readers import the package.
"""

from libs.events.published.tickets.clocks import *
from libs.events.published.tickets.conversation import *
from libs.events.published.tickets.delivery import *
from libs.events.published.tickets.fields import *
from libs.events.published.tickets.life import *
from libs.events.published.tickets.macros import *
from libs.events.published.tickets.merging import *
from libs.events.published.tickets.people import *
from libs.events.published.tickets.priority import *
from libs.events.published.tickets.relations import *
from libs.events.published.tickets.routing import *
from libs.events.published.tickets.satisfaction import *
from libs.events.published.tickets.status import *
from libs.events.published.tickets.suggestions import *
from libs.events.published.tickets.work import *
