"""The reference of events and commands: complete, valid, and of the code as it stands."""

import json
import re

from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from libs.events import asyncapi, reference
from libs.events.topics import TOPICS


def test_the_asyncapi_document_is_one() -> None:
    document = ApplicationSchema.model_validate_json(asyncapi.document())

    public = [topic.name for topic in TOPICS if re.match(r"[a-z]+\.[a-z]+$", topic.name)]
    assert sorted(document.channels) == sorted(public)


def test_every_reference_in_it_leads_somewhere() -> None:
    document = json.loads(asyncapi.document())
    for path in set(re.findall(r'"\$ref": "#/([^"]+)"', asyncapi.document())):
        place = document
        for part in path.split("/"):
            assert part in place, path
            place = place[part]


def test_every_link_on_the_page_leads_to_a_section() -> None:
    page = reference.page()
    sections = {line.removeprefix("#### ").lower() for line in page.splitlines()}

    assert set(re.findall(r"\(#(\w+)\)", page)) <= sections


def test_the_page_describes_every_type() -> None:
    page = reference.page()
    for module in asyncapi.AGGREGATES:
        for kind in ("event", "command"):
            for entry in asyncapi.entries(asyncapi.aggregate_of(module), kind):
                assert f"#### {entry.name} (version {entry.version})\n" in page
