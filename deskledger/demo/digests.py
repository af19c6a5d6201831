"""Fingerprints of read models: every field of every document that readers see."""

import hashlib
import json
from dataclasses import dataclass

from libs.events.builds import Builds
from libs.events.projection import Projection
from libs.events.resources import Resources


@dataclass(frozen=True)
class Fingerprint:
    """One table of a read model. build: which set of documents was read."""

    table: str
    build: str
    documents: int
    sha256: str


async def fingerprints(resources: Resources, projection: Projection) -> list[Fingerprint]:
    """Of each table, as it is now."""
    database = resources.mongo.database(projection.service)
    view = await Builds(database, [projection]).view(projection)
    found = []
    for table in projection.collections:
        hashed, documents = hashlib.sha256(), 0
        async for document in view.collection(table.name).find({}).sort([("_id", 1)]):
            hashed.update(json.dumps(document, sort_keys=True, default=str).encode())
            documents += 1
        found.append(Fingerprint(table.name, view.build, documents, hashed.hexdigest()))
    return found
