"""What others are told of a ticket's events, and how they know that it was us. Pure."""

from libs.webhooks.public import CONTENT_TYPE, PublicEvent, body_of, public
from libs.webhooks.signing import headers, secret_of, written

__all__ = [
    "CONTENT_TYPE",
    "PublicEvent",
    "body_of",
    "headers",
    "public",
    "secret_of",
    "written",
]
