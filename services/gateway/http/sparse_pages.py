"""Tickets with the fields that were asked for, in the interface's own description. Pure."""

from collections.abc import Mapping
from typing import cast

Json = dict[str, object]

_PAGES = ("TicketPage", "CustomerTicketPage", "AnalystTicketPage")


def describe_sparse(schemas: dict[str, Json], paths: Mapping[str, Mapping[str, Json]]) -> None:
    """Let the answers of whatever takes `fields` be sparse: shapes as the whole ones, but of all
    fields the id alone is always there."""
    if _PAGES[0] not in schemas:  # an interface without tickets
        return
    whole: Json = {"$ref": f"#/components/schemas/{_PAGES[0]}"}
    sparse: list[Json] = []
    for name in _PAGES:
        schemas[f"Sparse{name}"] = schemas[name] | {
            "title": f"Sparse{name}",
            "description": "The fields that were asked for, and the id.",
            "required": ["id"],
        }
        sparse.append({"$ref": f"#/components/schemas/Sparse{name}"})
    items = cast(Mapping[str, Json], schemas["TicketPages"]["properties"])["items"]
    cast(list[Json], items["anyOf"]).extend({"type": "array", "items": one} for one in sparse)
    for operations in paths.values():
        for operation in operations.values():
            if any(
                one.get("name") == "fields" for one in cast(list[Json], operation["parameters"])
            ):
                answers = cast(Mapping[str, Json], operation["responses"])
                content = cast(Mapping[str, Json], answers["200"]["content"])
                schema = cast(Json, content["application/json"]["schema"])
                if whole in cast(list[Json], schema.get("anyOf", [])):
                    cast(list[Json], schema["anyOf"]).extend(sparse)
