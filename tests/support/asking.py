"""How schemathesis asks for what should be done: SCHEMATHESIS_HOOKS names this module.

A body made at random hardly ever names an account or a category that the desk has, and a made-up
position is nobody's, so that almost everything would be refused for the same two reasons. Every
other body is therefore the description's example, and every other request has no such header.

It goes on from what makes things, but not where a body or a query may name the id of something that
it knows no maker of. Such ids are left out, so that it opens tickets: ASKING_FOR says of whom.
"""

import os
from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext

from services.gateway.http.positions import POSITION

_GIVEN = (POSITION, "If-Match")
_MAKING = ("NewTicket", "CannedReply", "View", "ViewFilter")


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Take the ids on wish from what makes tickets, replies and views, and from lists."""
    del context
    for name in _MAKING:
        fields = raw_schema["components"]["schemas"][name]["properties"]
        for wish in [field for field in fields if field.endswith("_id")]:
            del fields[wish]
    if requester := os.environ.get("ASKING_FOR"):
        opening = raw_schema["paths"]["/v1/tickets"]["post"]["requestBody"]["content"]
        opening["application/json"]["example"]["requester_id"] = requester
    listing = raw_schema["paths"]["/v1/tickets"]["get"]["parameters"]
    listing[:] = [one for one in listing if not one.get("name", "").endswith("_id")]


@schemathesis.hook
def flatmap_body(context: HookContext, body: object) -> st.SearchStrategy[object]:
    """The body as it was made, or the description's example about something of its own."""
    assert context.operation is not None
    raw: Mapping[str, dict[str, dict[str, dict[str, object]]]] = context.operation.definition.raw
    media = raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    example = media.get("example")
    if not isinstance(example, dict):
        return st.just(body)
    own = st.uuids().map(lambda each: example | _its_own(example, each.hex[:8]))
    return st.one_of(own, st.just(body))


@schemathesis.hook
def flatmap_headers(
    context: HookContext, headers: Mapping[str, str] | None
) -> st.SearchStrategy[Mapping[str, str] | None]:
    """The headers as they were made, or without those that only an answer can give."""
    del context
    if not headers:
        return st.just(headers)
    own = {name: value for name, value in headers.items() if name not in _GIVEN}
    return st.sampled_from([own, headers])


def _its_own(example: dict[str, object], each: str) -> dict[str, object]:
    """What nobody else may have, too."""
    own = {"name": f"{example.get('name')} {each}", "address": f"{each}@example.org"}
    return {field: value for field, value in own.items() if field in example}
