"""Setup: what a desk has defined for itself, and the words that it has ready.

The desk is one aggregate, whose id everybody knows; each macro, canned reply, view and webhook is
one of its own, and so is a delivery of a webhook that failed. A definition replaces the whole of
its kind. The version of a setup, a macro or a canned reply is the sequence of its last event. It is
all the desk's own wording and about nobody: it stands in the log in clear.
"""

from libs.events.published.setup.access import *
from libs.events.published.setup.api_keys import *
from libs.events.published.setup.canned_replies import *
from libs.events.published.setup.deliveries import *
from libs.events.published.setup.desk import *
from libs.events.published.setup.macros import *
from libs.events.published.setup.standing import *
from libs.events.published.setup.views import *
from libs.events.published.setup.webhooks import *
