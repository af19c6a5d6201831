"""Every code that the gateway itself says no with, by status, and a sentence as it is said. Pure.

What the owners of tickets, contacts and setup refuse has its codes in the rules of each
(docs/reference); one of them stands here for each status that they have.
"""

from collections.abc import Mapping
from http import HTTPStatus

from services.gateway.http.problems import Fault, ProblemBody

SENTENCES: Mapping[int, Mapping[str, str]] = {
    400: {
        "malformed": "The body is not JSON.",
        "cut_short": "The file ended before it was whole.",
        "bad_header": "If-Match takes one ETag as the ticket's answer gave it, or *.",
    },
    401: {
        "unauthenticated": "Send a token: `Authorization: Bearer <token>`.",
        "wrong_code": "This code does not count, or not any more: look again, or ask for another.",
    },
    403: {
        "forbidden": "This takes the role admin or lead; you are agent.",
        "out_of_scope": "This takes a key with the scope tickets:write.",
    },
    404: {
        "not_found": "There is no such ticket, or it is not yours to see.",
        "not_yet_opened": "This ticket had not been opened by then.",
        "no_such_note": "There is no such note about them (any more).",
    },
    405: {"method_not_allowed": "Method Not Allowed"},
    408: {"too_slow": "The body took too long to come."},
    409: {
        "not_solved": "Only a solved ticket can be closed; solve it first.",
        "erased": "This person was erased; nothing is known of them.",
        "macro_changed": "This macro has changed since; look at it again.",
        "macro_retired": "This macro is retired; define it again to use it.",
        "not_current": "This is not theirs any more; read the contact again.",
        "forgotten": "It failed more than 30 days ago and is kept no more; ask for a replay.",
        "not_ready": "It is still being made; look again soon.",
        "too_many_uploads": "100 uploads of yours are in no message: delete some, or wait until "
        "they are a day old.",
        "upload_in_use": "A message has it: redact the message instead.",
        "standard_view": "This view is there of itself: define one beside.",
    },
    410: {
        "erased": "This content was erased.",
        "gone": "This export is gone; ask for another if you need one.",
    },
    412: {"changed_meanwhile": "It has changed since you saw it; read it again."},
    413: {"too_large": "A body may have 1000000 bytes at most."},
    415: {"unsupported_media_type": "Send JSON, with Content-Type: application/json."},
    422: {
        "invalid": "/text: Field required",
        "nobody_to_assign": "Name an agent, a team or both.",
        "idempotency_key_reused": "This Idempotency-Key stood for another request; take a new one.",
        "digest_mismatch": "What came is not what the digest is of; send it again.",
        "outdated_view": "The view Mine asks for what is not known any more: define it anew.",
    },
    429: {
        "too_many_requests": "More than 6000 requests a minute from one caller; "
        "go on in 12 s, or ask for more at a time.",
        "too_many_tries": "That was often for one address. Wait 8 seconds, then try again.",
    },
    500: {"internal": "Something is wrong on our side; the log has the request id."},
    503: {
        "unavailable": "Kafka does not answer at the moment; try again soon.",
        "overloaded": "There is more to do than can be done just now; try again in a moment.",
        "not_yet_visible": "What you wrote is in the log, but not visible here yet; "
        "try again soon.",
    },
}
_FAULTS: Mapping[str, Fault] = {
    "bad_header": Fault(detail=SENTENCES[400]["bad_header"], header="If-Match"),
    "invalid": Fault(detail="Field required", pointer="/text"),
    "nobody_to_assign": Fault(detail=SENTENCES[422]["nobody_to_assign"], pointer="/agent_id"),
}


def examples() -> dict[str, dict[str, ProblemBody]]:
    """All of them, as a component of the description: `409.not_solved`."""
    return {
        f"{status}.{code}": {"value": _example(status, code)}
        for status, sentences in SENTENCES.items()
        for code in sentences
    }


def referred(status: int) -> dict[str, dict[str, str]]:
    """Where those of a status stand, by code."""
    place = "#/components/examples"
    return {code: {"$ref": f"{place}/{status}.{code}"} for code in SENTENCES[status]}


def _example(status: int, code: str) -> ProblemBody:
    body = ProblemBody(
        type=f"urn:deskledger:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=SENTENCES[status][code],
        request_id="019cab122f3a700080005f3a1c2b4d5e",
    )
    if code in _FAULTS:
        body["errors"] = [_FAULTS[code]]
    return body
