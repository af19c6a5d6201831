"""How schemathesis asks on with what it was answered: SCHEMATHESIS_HOOKS names this module.

It begins with what makes things, but not where a body or a query may name the id of something that
it knows no maker of. Such ids are left out, so that it opens tickets: ASKING_FOR says of whom.
"""

import os
from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis import HookContext

from tests.support import asking

__all__ = ["asking"]

_ON_WISH = ("requester_id", "submitter_id", "affected_id")


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Take the ids on wish from what opens tickets and from what lists them."""
    del context
    for wish in _ON_WISH:
        raw_schema["components"]["schemas"]["NewTicket"]["properties"].pop(wish)
    if requester := os.environ.get("ASKING_FOR"):
        opening = raw_schema["paths"]["/v1/tickets"]["post"]["requestBody"]["content"]
        opening["application/json"]["example"]["requester_id"] = requester
    listing: Mapping[str, Any] = raw_schema["paths"]["/v1/tickets"]["get"]
    listing["parameters"][:] = [
        parameter
        for parameter in listing["parameters"]
        if not parameter.get("name", "").endswith("_id")
    ]
