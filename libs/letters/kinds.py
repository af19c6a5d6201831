"""The kinds of letters that a desk sends, and what the templates of each may ask for. Pure."""

from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["reply", "acknowledgement", "survey", "notice", "sign_in", "webhook_paused"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# By name, what it looks like in a preview. Every one can be empty, and a condition asks whether.
_EVERYWHERE: Mapping[str, str] = {
    "brand.name": "Nordwind",
    "ticket.number": "NW-1042",
    "ticket.subject": "The printer on floor 3",
    "ticket.type": "incident",
    "contact.name": "Maya Okafor",
    "contact.first_name": "Maya",
    "link": "https://help.example/t/preview",
}
NAMES: Mapping[Kind, Mapping[str, str]] = {
    "reply": {
        **_EVERYWHERE,
        "message": "Please hold the green button for five seconds.",
        "quote": "It blinks and does not print.",
        "files": "manual.pdf (24 MB): https://help.example/t/preview",
    },
    "acknowledgement": {**_EVERYWHERE, "promise": "2026-03-02 17:00 Europe/Berlin", "major": "yes"},
    "survey": {
        **_EVERYWHERE,
        "still_broken": "https://help.example/t/preview/rating?solved=no",
        **{f"rate_{n}": f"https://help.example/t/preview/rating?score={n}" for n in range(1, 6)},
    },
    "sign_in": {
        "brand.name": "Nordwind",
        "contact.name": "Maya Okafor",
        "contact.first_name": "Maya",
        "code": "048213",
        "minutes": "10",
    },
    "notice": {**_EVERYWHERE, "news": "Maya Okafor wrote again.", "message": "It works now."},
    "webhook_paused": {
        "brand.name": "Nordwind",
        "webhook.name": "Billing",
        "webhook.host": "billing.example.com",
        "paused_at": "2026-03-02 17:00 UTC",
        "gone": "",
        "last": "It answered 500.",
        "call": "POST https://help.example/v1/webhooks/wh-preview/resume",
    },
}
# What is HTML already, where a template is.
MARKUP = frozenset(("message", "quote", "files", "news"))
