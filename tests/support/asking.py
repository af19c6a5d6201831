"""How schemathesis asks: SCHEMATHESIS_HOOKS names this module.

A body made at random hardly ever names an account or a category that the desk has, and a made-up
position is nobody's, so that almost everything would be refused for the same two reasons. Every
other body is therefore the description's example, and every other request has no such header.
"""

from collections.abc import Mapping

import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext

from services.gateway.http.positions import POSITION

_GIVEN = (POSITION, "If-Match")


@schemathesis.hook
def flatmap_body(context: HookContext, body: object) -> st.SearchStrategy[object]:
    """The body as it was made, or the description's example."""
    assert context.operation is not None
    raw: Mapping[str, dict[str, dict[str, dict[str, object]]]] = context.operation.definition.raw
    media = raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    return st.sampled_from([media["example"], body]) if "example" in media else st.just(body)


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
