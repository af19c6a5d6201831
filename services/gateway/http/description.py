"""The interface's own description (OpenAPI 3.1): what every operation has is said here, once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from services.gateway.http.caller import Allowing, Anybody
from services.gateway.http.deprecation import Going
from services.gateway.http.drafting import Asking
from services.gateway.http.examples import Examples
from services.gateway.http.linking import link
from services.gateway.http.positions import PATTERN, POSITION
from services.gateway.http.problem_examples import examples, referred
from services.gateway.http.problems import MEDIA_TYPE, ProblemBody
from services.gateway.http.sparse_pages import describe_sparse

Json = dict[str, object]

_DESCRIPTION = "Tickets, contacts and what may be done to them."
_MEANINGS = {
    400: "A body or a header that cannot be understood",
    401: "No token, or one that does not count",
    403: "Not for this role",
    404: "There is none, or none for this caller",
    409: "Refused: the state does not allow it",
    410: "What it is about was erased",
    408: "The body took too long to come",
    412: "Refused: it changed since the ETag of If-Match",
    413: "The body is too large",
    422: "Refused: the content will not do",
    429: "More requests a minute than one caller has",
    503: "Kafka or MongoDB does not answer, what must be shown is not there yet, or there is more "
    "to do than can be done just now; try again",
}
_OF_READS = (400, 401, 403, 404, 422, 429, 503)
_TEXT: Json = {"type": "string"}
_ETAG = r'"[0-9]{1,15}\.[a-z_]+(\.erased)?(\.[0-9a-f]{8})?"'
_POSITION: Json = _TEXT | {"pattern": f"^{PATTERN}$"}
_PREFER = ("Prefer", "`wait=<seconds>` (5, at most 30), or `respond-async`", _TEXT)
_FRESH = (POSITION, "show nothing older than the answer that had this", _POSITION)
_READING = (_FRESH, _PREFER)
IDEMPOTENCY_KEY = (
    "Idempotency-Key",
    "a request that comes again under its key is done once",
    _TEXT | {"pattern": r'^("[!#-~]{1,255}"|[!#-~]{1,255})$'},
)
_IF_MATCH = (
    "If-Match",
    "the ETag that the caller saw, or *: refused with 412 if it has changed",
    _TEXT | {"pattern": rf"^({_ETAG}|\*)$"},
)
_TRACEPARENT = ("traceparent", "W3C trace context", _TEXT)
_COMMANDING = (_FRESH, _PREFER, _IF_MATCH, IDEMPOTENCY_KEY, _TRACEPARENT)
_OPEN = (_TRACEPARENT,)
# Headers of answers. A name can have a part behind a space, where one header means several things.
_HEADERS = {
    "Request-Id": "names this request in our logs",
    "RateLimit-Policy": "how many requests (q) in how many seconds (w) the caller has",
    "RateLimit": "what is left of them (r), and for how long (t)",
    "Location of outcome": "where to look for the outcome",
    "Location": "the page",
    "ETag": "of the page as it is now",
    POSITION: "a read that carries it shows nothing older",
    "WWW-Authenticate": "how to say who asks",
    "Retry-After": "after how many seconds to try again",
    "Deprecation": "since when it should not be used any more (RFC 9745)",
    "Sunset": "from when it may be gone (RFC 8594)",
    "Link": "where more is said of that",
}
_SAID_ALWAYS = ("Request-Id", "RateLimit-Policy", "RateLimit")
_SAID_OF_GOING = ("Deprecation", "Sunset", "Link")
_SAID_OF_COMMANDS = ("ETag", POSITION, "Location")
_SAID: Mapping[int, Sequence[str]] = {
    202: ("Location of outcome",),
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def header(name: str, meaning: str, schema: Json = _TEXT) -> Json:
    """The description of a header that may be sent."""
    return {"name": name, "in": "header", "description": meaning, "schema": schema}


def describe(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Let the application describe itself, headers, tokens and problems included."""

    def description() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(
                    title="Deskledger", version="1", description=_DESCRIPTION, routes=routes
                ),
                routes,
            )
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]  # FastAPI's own way to do it


def _completed(schema: Json, routes: Sequence[APIRoute]) -> Json:
    components = cast(dict[str, Json], schema["components"])
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`deskledger token` makes one"}
    }
    problem = TypeAdapter(ProblemBody).json_schema(ref_template="#/components/schemas/{model}")
    for name, definition in problem.pop("$defs").items():
        components["schemas"][name] = definition
    components["schemas"]["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which we never send
        components["schemas"].pop(name, None)
    schema["security"] = [{"token": []}]
    components["examples"] = cast(Json, examples())
    components["headers"] = {
        _component(name): {"description": meaning, "schema": _TEXT}
        for name, meaning in _HEADERS.items()
    }
    components["parameters"] = {named[0]: header(*named) for named in _COMMANDING}
    components["responses"] = {f"Problem{status}": _problem(status) for status in _MEANINGS}
    made = Examples(cast(dict[str, Json], components["schemas"]))
    paths = cast(dict[str, dict[str, Json]], schema["paths"])
    for route in routes:
        for method in route.methods or ():
            operation = paths[route.path][method.lower()]
            operation["operationId"] = operation_id(route)
            known, going = _known_by(route), _going(route)
            operation["x-roles"] = list(known.roles)
            if going is not None:
                operation.update(going.schema())
            also = _SAID_OF_GOING if going is not None else ()
            if isinstance(known, Anybody):
                operation["security"] = []
                _complete(operation, _OPEN, _MEANINGS, (), also)
            elif method == "GET":
                _complete(operation, _READING, _OF_READS, (), also)
            elif isinstance(known, Asking):
                _complete(operation, _COMMANDING, _MEANINGS, _SAID_OF_COMMANDS, also)
            else:
                _complete(operation, (), _MEANINGS, (), also)
            _illustrate(operation, made)
    describe_sparse(cast(dict[str, Json], components["schemas"]), paths)
    components["links"] = link(paths)
    return schema


def operation_id(route: APIRoute) -> str:
    """``contacts.tag``: the area that its address begins with, and what is done there."""
    area = route.path.split("/")[2].replace("-", "_")
    one = f"{area.removesuffix('ies')}y" if area.endswith("ies") else area.removesuffix("s")
    what = route.name.replace("_of_", "_")
    return f"{area}.{what.removesuffix(f'_{area}').removesuffix(f'_{one}')}"


def _known_by(route: APIRoute) -> Allowing | Asking | Anybody:
    """The dependency that checks who may call it."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Allowing | Asking | Anybody):
            return dependency.call
    raise TypeError(f"{route.path} does not say who may call it")


def _going(route: APIRoute) -> Going | None:
    """Whether it goes one day, by the dependency that says so."""
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return next((call for call in calls if isinstance(call, Going)), None)


def _complete(
    operation: Json,
    heard: Sequence[tuple[str, str, Json]],
    problems: Iterable[int],
    said_when_done: Sequence[str],
    also: Sequence[str],
) -> None:
    parameters = cast(list[Json], operation.setdefault("parameters", []))
    parameters += [_reference("parameters", name) for name, _, _ in heard]
    answers = cast(dict[str, Json], operation["responses"])
    for code, answer in answers.items():
        own = said_when_done if code == "200" else ()
        answer["headers"] = cast(Json, answer.get("headers", {})) | _said(int(code), *own, *also)
    for status in problems:
        answers[str(status)] = (
            _problem(status, also) if also else _reference("responses", f"Problem{status}")
        )


def _problem(status: int, also: Sequence[str] = ()) -> Json:
    """The answer with this status, of whatever operation."""
    schema = _reference("schemas", "Problem")
    return {
        "description": _MEANINGS[status],
        "headers": _said(status, *also),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": referred(status)}},
    }


def _said(status: int, *also: str) -> Json:
    """The headers of an answer with this status."""
    names = (*_SAID_ALWAYS, *also, *_SAID.get(status, ()))
    return {name.partition(" ")[0]: _reference("headers", _component(name)) for name in names}


def _component(name: str) -> str:
    return name.replace(" ", "-")


def _reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _illustrate(operation: Json, made: Examples) -> None:
    """Give its body and its answers an example each: of a body what it must have, of an answer
    all that it has."""
    body = cast(Json, operation.get("requestBody", {}))
    answers = cast(Mapping[str, Json], operation["responses"])
    for told, whole in ((body, False), *((answer, True) for answer in answers.values())):
        media = cast(Mapping[str, Json], told.get("content", {})).get("application/json", {})
        if schema := cast(Json, media.get("schema", {})):
            media["example"] = made.of(schema, whole=whole)
    for status, answer in answers.items():
        if problem := cast(Mapping[str, Json], answer.get("content", {})).get(MEDIA_TYPE):
            problem["examples"] = referred(int(status))
