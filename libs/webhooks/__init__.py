"""What others are told of a ticket's events, and how they know that it was us. Pure."""

from libs.webhooks.cursor import cursor_of, offsets_in
from libs.webhooks.public import CONTENT_TYPE, PublicEvent, body_of, public
from libs.webhooks.signing import headers, secret_of, written

__all__ = [
    "CONTENT_TYPE",
    "PublicEvent",
    "body_of",
    "cursor_of",
    "headers",
    "offsets_in",
    "public",
    "secret_of",
    "written",
]
