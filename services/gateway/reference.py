"""Writes docs/reference/api.md from the interface's own description; --check fails on drift."""

import argparse
import asyncio
import base64
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx

from libs.contents import ContentStore
from libs.events.builds import Builds
from libs.events.checkpoints import Checkpoints
from libs.events.kafka import Cluster, CommandSender, Ledger, utc_now
from libs.events.published.setup import DEFAULT
from libs.events.resources import Resources
from libs.events.waiting import Waiter
from libs.keyring import Keyring
from libs.mongo import connect
from libs.settings import CHECKOUT
from libs.telemetry import Progress, Telemetry
from libs.tokens import Links, local_issuer
from services.gateway.callers import offline
from services.gateway.commanding.requests import Requests
from services.gateway.interface import Known, api, exporting, recording, signing_in
from services.gateway.keys.known import KnownKeys
from services.gateway.live.hub import Hub
from services.gateway.read_models import PROJECTIONS
from services.gateway.settings import GatewaySettings
from services.gateway.tickets.pages import Pseudonyms
from services.gateway.uploading.uploads import Uploads

PAGE = CHECKOUT / "docs" / "reference" / "api.md"
HEAD = """\
# The gateway's interface

JSON over HTTP, with a bearer token of `deskledger token`. The same for machines, with every field:
`GET /v1/openapi.json`. Written by `make docs`: do not edit.

- Whatever is not a success is `application/problem+json` (RFC 9457) with a stable `code`, a
  sentence in `detail`, and `errors` that point at the field, parameter or header at fault
  ([every code](problems.md)).
- A **command** (POST) is answered with 200 once its effect is visible: with the new `ETag` and a
  `Deskledger-Position`; a read that carries this position shows nothing older, on any replica.
  What takes longer than `Prefer: wait=<seconds>` (5, at most 30) is answered with 202 and a
  `Location` to look at; `Prefer: respond-async` does not wait at all. A command that nobody has
  decided within a minute is not carried out any more.
- `If-Match` with the `ETag` of what was seen refuses a command with 412 if it has changed since.
- `Idempotency-Key`: a request that comes again under its key is done once and gets the first
  answer, a refusal too; another request under the same key is refused. Keys live for seven days.
- 503 comes with `Retry-After`: the command may still be carried out, but within the minute.
- A caller has a share of requests a minute (`RateLimit-Policy`, `RateLimit`); past it the answer is
  429 with `Retry-After`. A long page counts as several requests, a list as it was or one of all
  colleagues as five. When there is more to do than can be done, costly lists are turned away first
  (503 `overloaded`), then other lists, then single pages; commands last.
- **Undo** is a command of its own, and what was undone stays in the history: `assignment/removal`
  or `return`, `merge/removal`, `splits/{new}/removal`, `reopening` (of what was solved, and of
  waiting), `snooze/removal`, `spam/removal`, `priority/removal`, `links/removal`; an answer that
  has not left yet is withdrawn (`replies/{sequence}/withdrawal`). Closing, redactions and erasures
  are for good.
- **Files** are sent to `/v1/uploads` first, as they are, and named by messages (`attachments`).
- Lists go on with `cursor=<next>`, conversations and histories with `after=<next>`.
- What a customer may not see does not exist for them (404). Their `ETag` is their own.
"""


Json = dict[str, object]


def page(description: Json) -> str:
    """The reference page."""
    rows = "\n".join(_rows(description))
    return f"""{HEAD}
| address | what | roles | body |
|---|---|---|---|
{rows}

## What goes

[How long what goes is announced](versions.md).

{going(description)}

## Bodies
{"".join(_bodies(description))}"""


def going(description: Json) -> str:
    """What should not be used any more: addresses, parameters and fields."""
    found = [
        f"- {what}: until {told['x-sunset']}. {told['x-instead']}"
        for what, told in (*_operations(description), *_fields(description))
        if told.get("deprecated")
    ]
    return "\n".join(found) or "Nothing at present."


def _operations(description: Json) -> Iterator[tuple[str, Json]]:
    for path, operations in cast(dict[str, dict[str, Json]], description["paths"]).items():
        for method, operation in operations.items():
            yield f"{method.upper()} `{path}`", operation
            for parameter in cast(list[Json], operation.get("parameters", [])):
                if "name" in parameter:  # what many have goes with none of them
                    where = f"`{parameter['name']}` of {method.upper()} `{path}`"
                    yield where, cast(Json, parameter.get("schema", {}))


def _fields(description: Json) -> Iterator[tuple[str, Json]]:
    for name, schema in cast(Json, cast(Json, description["components"])["schemas"]).items():
        for field, shape in cast(dict[str, Json], cast(Json, schema).get("properties", {})).items():
            yield f"`{field}` of {name}", shape


def _rows(description: Json) -> Iterator[str]:
    for path, operations in cast(dict[str, dict[str, Json]], description["paths"]).items():
        for method, operation in operations.items():
            roles = cast(list[str], operation["x-roles"])
            body = _body_of(operation)
            shown = f"[{body}](#{body.lower()})" if body else ""
            if not body and "requestBody" in operation:
                shown = "the file itself"
            query = [
                f"`{parameter['name']}`"
                for parameter in cast(list[Json], operation["parameters"])
                if parameter.get("in") == "query"
            ]
            what = " ".join(str(operation.get("description", "")).split())
            if query:
                what += f" Parameters: {', '.join(query)}."
            yield f"| {method.upper()} `{path}` | {what} | {', '.join(roles)} | {shown} |"


def _body_of(operation: Json) -> str:
    """The name of the shape that it takes, if it takes one."""
    body = cast(Json, operation.get("requestBody", {}))
    for media in cast(dict[str, Json], body.get("content", {})).values():
        schema = cast(Json, media["schema"])
        choices = cast(list[Json], schema.get("anyOf", [schema]))
        return _name(choices[0])
    return ""


def _bodies(description: Json) -> Iterator[str]:
    schemas = cast(dict[str, Json], cast(Json, description["components"])["schemas"])
    paths = cast(dict[str, dict[str, Json]], description["paths"])
    bodies = {
        _body_of(operation) for operations in paths.values() for operation in operations.values()
    }
    for name in sorted(_with_parts(bodies - {""}, schemas)):
        schema = schemas[name]
        required = cast(list[str], schema.get("required", []))
        fields = "\n".join(
            f"- `{field}`{'' if field in required else ' (optional)'}: {_type(shape)}"
            for field, shape in cast(dict[str, Json], schema["properties"]).items()
        )
        meaning = " ".join(str(schema.get("description", "")).split())
        yield f"\n### {name}\n\n{meaning}\n\n{fields}\n"


def _with_parts(names: set[str], schemas: dict[str, Json]) -> set[str]:
    """These shapes, and those that stand in a list of theirs."""
    parts = {
        _name(cast(Json, shape["items"]))
        for name in names
        for shape in cast(dict[str, Json], schemas[name]["properties"]).values()
        if "items" in shape
    }
    return names | (parts - {""})


def _name(shape: Json) -> str:
    """The name of a shape that is described elsewhere, else ""."""
    return str(shape.get("$ref", "")).rpartition("/")[2]


def _type(shape: Json) -> str:
    """A field's type in words, with what limits it."""
    choices = [
        one for one in cast(list[Json], shape.get("anyOf", [shape])) if one.get("type") != "null"
    ]
    meaning = shape.get("description") or choices[0].get("description")
    return " or ".join(map(_plain_type, choices)) + (f"; {meaning}" if meaning else "")


def _plain_type(shape: Json) -> str:
    if "enum" in shape:
        return "one of " + ", ".join(f"`{value}`" for value in cast(list[str], shape["enum"]))
    if name := _name(shape):
        return f"[{name}](#{name.lower()})"
    if "items" in shape:
        most = f" (at most {shape['maxItems']})" if "maxItems" in shape else ""
        return f"a list{most} of {_plain_type(cast(Json, shape['items']))}"
    limits = {
        "pattern": "matching `{}`",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "minimum": "from {}",
        "maximum": "to {}",
    }
    said = [words.format(shape[key]) for key, words in limits.items() if key in shape]
    return ", ".join([str(shape["type"]), *said])


async def description() -> Json:
    """What the application says of itself. Nothing is connected to."""
    with tempfile.NamedTemporaryFile() as secret:
        secret.write(bytes(32))
        secret.flush()
        key = base64.b64encode(bytes(32)).decode()
        settings = GatewaySettings(master_key=key, token_secret_file=Path(secret.name))
        mongo = connect(settings)
        try:
            cluster, keyring = Cluster(settings), Keyring(mongo, settings)
            ledger = Ledger("", 1, utc_now())
            contents = ContentStore(mongo, keyring)
            on = Resources(
                settings, cluster, ledger, mongo, keyring, contents, Telemetry(), Progress()
            )
            database = mongo.database("gateway")
            waiter = Waiter(cluster, Checkpoints(database, ""), [], "")
            sender = CommandSender(cluster, cluster.producer(), keyring, 1)
            builds = Builds(database, PROJECTIONS, "")
            exports = exporting(on, builds, database)
            known = Known(
                offline(local_issuer(settings)),
                KnownKeys(database["key_uses"]),
                Links(b"0" * 32),
                Pseudonyms(bytes(32)),
                bytes(32),
                lambda: DEFAULT,
                recording(settings, database, bytes(32)),
                signing_in(settings, on, builds, sender, lambda name: bytes(32)),
            )
            requests, uploads = Requests(database), Uploads(database, contents, keyring, 0)
            app = api(
                settings, on, builds, waiter, sender, requests, exports, uploads, dict, known, Hub()
            )
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                found: Json = (await client.get("/v1/openapi.json")).json()
                return found
        finally:
            await mongo.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    written = page(asyncio.run(description()))
    if not check:
        PAGE.write_text(written)
    elif not PAGE.exists() or PAGE.read_text() != written:
        sys.exit(f"{PAGE.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


if __name__ == "__main__":
    main()
