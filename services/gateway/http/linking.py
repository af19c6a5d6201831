"""What may be done with the id in an answer, as OpenAPI links. Pure.

Who has made a thing can read it and command it, and who has a list can read what is in it: that
follows from the addresses (``POST /v1/macros`` makes what ``/v1/macros/{macro}/…`` is about), so
nothing is written down twice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from services.gateway.http.positions import POSITION

Json = dict[str, object]

_ABOUT_ONE = re.compile(r"(?P<area>/v1/[a-z-]+)/\{(?P<parameter>\w+)\}(?P<what>(/[a-z-]+)*)")
_FRESH = {"$ref": f"#/components/parameters/{POSITION}"}


def link(paths: Mapping[str, Mapping[str, Json]]) -> Json:
    """Let the answers of what makes and of what lists name their links; the links by their names,
    for the components."""
    links: Json = {}
    for area, operations in paths.items():
        if "post" in operations:
            links |= _linked(operations["post"], dict(_of_made(paths, area, operations["post"])))
        if "get" in operations:
            links |= _linked(operations["get"], dict(_of_listed(paths, area)))
    return links


def _of_made(
    paths: Mapping[str, Mapping[str, Json]], area: str, making: Json
) -> Iterator[tuple[str, Json]]:
    """The links to whatever may be done with what an area makes, as it is since then."""
    has_position = POSITION in cast(Json, _done(making)["headers"])
    for operation, parameter, _ in _about_one(paths, area):
        known: Json = {parameter: "$response.body#/id"}
        if has_position and _FRESH in cast(list[Json], operation["parameters"]):
            known[POSITION] = f"$response.header.{POSITION}"
        yield _link(operation, known)


def _of_listed(paths: Mapping[str, Mapping[str, Json]], area: str) -> Iterator[tuple[str, Json]]:
    """The link to the page of the first that an area lists."""
    for operation, parameter, is_page in _about_one(paths, area):
        if is_page:
            name, link = _link(operation, {parameter: "$response.body#/items/0/id"})
            yield f"{name}.listed", link


def _about_one(
    paths: Mapping[str, Mapping[str, Json]], area: str
) -> Iterator[tuple[Json, str, bool]]:
    """The operations on one thing of an area, the parameter that its id is, and whether they are
    its page."""
    for path, operations in paths.items():
        about = _ABOUT_ONE.fullmatch(path)
        if about is not None and about["area"] == area:
            for method, operation in operations.items():
                yield operation, about["parameter"], method == "get" and not about["what"]


def _link(operation: Json, parameters: Json) -> tuple[str, Json]:
    name = cast(str, operation["operationId"])
    return name, {"operationId": name, "parameters": parameters}


def _linked(operation: Json, links: Json) -> Json:
    if links:
        _done(operation)["links"] = {
            name.removesuffix(".listed"): {"$ref": f"#/components/links/{name}"} for name in links
        }
    return links


def _done(operation: Json) -> Json:
    """The answer that it is done, or will be."""
    answers = cast(Mapping[str, Json], operation["responses"])
    return next(answers[status] for status in ("200", "201", "202") if status in answers)
