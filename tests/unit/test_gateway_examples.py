"""The description has an example of every body, answer and problem, and each is one."""

import ast
from collections.abc import Iterator
from typing import cast

import jsonschema_rs
import pytest

from libs.settings import CHECKOUT
from services.gateway.http.examples import Examples
from services.gateway.http.problem_examples import SENTENCES
from services.gateway.http.problems import MEDIA_TYPE
from services.gateway.reference import Json, description


@pytest.fixture(scope="module")
async def told() -> Json:
    return await description()


def contents(told: Json) -> Iterator[tuple[str, Json]]:
    """Whatever is sent as JSON, either way, and where it stands."""
    shared = cast(dict[str, dict[str, Json]], told["components"])["responses"]
    for path, operations in cast(dict[str, dict[str, Json]], told["paths"]).items():
        for method, operation in operations.items():
            answers = cast(dict[str, Json], operation["responses"])
            parts = {"body": cast(Json, operation.get("requestBody", {})), **answers}
            for part, said in parts.items():
                answer = shared[str(said["$ref"]).rpartition("/")[2]] if "$ref" in said else said
                for kind, media in cast(dict[str, Json], answer.get("content", {})).items():
                    if kind in ("application/json", MEDIA_TYPE) and media.get("schema"):
                        yield f"{method.upper()} {path} {part}", media


async def test_every_body_and_every_answer_has_an_example_that_its_schema_allows(
    told: Json,
) -> None:
    components = cast(dict[str, dict[str, Json]], told["components"])
    wrong, seen = [], 0
    for where, media in contents(told):
        referred = cast(dict[str, Json], media.get("examples", {}))
        names = [str(one["$ref"]).rpartition("/")[2] for one in referred.values()]
        examples = [components["examples"][name]["value"] for name in names]
        examples += [media["example"]] if "example" in media else []
        schema = {**cast(Json, media["schema"]), "components": components}
        allowed = jsonschema_rs.validator_for(schema, validate_formats=True)
        wrong += [
            f"{where}: {error.message}" for one in examples for error in allowed.iter_errors(one)
        ]
        wrong += [] if examples else [f"{where}: no example"]
        seen += len(examples)
    assert wrong == []
    assert seen > 1_000


def test_what_no_known_value_fits_is_named() -> None:
    schema: Json = {"type": "string", "pattern": "^#[0-9]+$"}
    with pytest.raises(LookupError, match="colour"):
        Examples({}).of(schema, "colour")


def problems() -> Iterator[tuple[int, str, str, str]]:
    """Status and code of every problem that the gateway itself raises, what it says, "" where that
    is made up, and where."""
    for path in sorted((CHECKOUT / "services" / "gateway").rglob("*.py")):
        tree = ast.parse(path.read_text())
        named = [
            (node.lineno, node.targets[0].id, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                status, code, *more = node.args
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    name = getattr(more[0], "id", "") if more else ""
                    above = [one for one in named if one[1] == name and one[0] < node.lineno]
                    detail = max(above, key=lambda one: one[0])[2] if above else [*more, None][0]
                    words = detail.value if isinstance(detail, ast.Constant) else ""
                    yield cast(int, status.value), cast(str, code.value), str(words), path.name


PROBLEMS = sorted(set(problems()))
# Owners of aggregates and the server refuse with these, too, in words of their own.
SAID_BY_OTHERS = {"not_current", "changed_meanwhile", "unsupported_media_type"}


@pytest.mark.parametrize(("status", "code"), sorted({found[:2] for found in PROBLEMS}))
def test_every_code_of_the_gateway_has_an_example_in_its_words(status: int, code: str) -> None:
    found = {words: where for *of, words, where in PROBLEMS if of == [status, code]}
    assert code in SENTENCES[status], f"{found} says {status} {code}: give it a sentence there"
    if code not in SAID_BY_OTHERS and "" not in found:
        assert SENTENCES[status][code] in found
