"""How MongoDB means to answer a query, and how much it read for it."""

from collections.abc import Sequence

from libs.mongo import Collection, Database, Document


async def explained(
    database: Database,
    documents: Collection,
    wanted: Document,
    order: Sequence[tuple[str, int]],
    index: Sequence[tuple[str, int]],
    limit: int = 50,
) -> Document:
    """The plan of one page, carried out: ``queryPlanner`` and ``executionStats``."""
    find = {
        "find": documents.name,
        "filter": wanted,
        "sort": dict(order),
        "hint": dict(index),
        "limit": limit,
    }
    return await database.command({"explain": find, "verbosity": "executionStats"})


def stages(plan: Document) -> Sequence[str]:
    """The names of a plan's stages, all the way down."""
    below = [*plan.get("inputStages", []), *([plan["inputStage"]] if "inputStage" in plan else [])]
    return [plan["stage"], *(name for stage in below for name in stages(stage))]
