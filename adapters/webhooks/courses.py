"""How far each webhook has come on each lane of the log.

One that keeps up goes *along*: the follower queues for it whatever it reads. A new one, and one
whose queue is full, has a place of its own in the log instead, from which it catches up; so what a
webhook has still to be told takes no more room than its queue, however long it is paused.
"""

from collections.abc import Iterator

from adapters.webhooks.directory import Directory
from libs.mongo import Database, Document


class Courses:
    """The courses of the webhooks in this directory, kept in the database."""

    def __init__(self, database: Database, directory: Directory) -> None:
        self._courses = database["courses"]
        self._directory = directory
        # By webhook and lane the offset to go on from, None for along.
        self._next: dict[tuple[str, int], int | None] = {}

    async def load(self) -> None:
        """Take up what an earlier process has left."""
        for one in await self._courses.find().to_list():
            self._next[one["webhook_id"], one["lane"]] = one["next"]

    def is_along(self, webhook_id: str, lane: int) -> bool:
        """Whether the follower queues for it."""
        return self._next.get((webhook_id, lane), 0) is None

    def behind(self, lane: int) -> Iterator[tuple[str, int]]:
        """Those that catch up on this lane, and from where on; a paused one has time."""
        for id, webhook in self._directory.webhooks.items():
            next = self._next.get((id, lane))
            if next is not None and not (webhook.retired or webhook.paused):
                yield id, next

    def missing(self, lane: int) -> Iterator[str]:
        """Webhooks that have no course yet."""
        for id, webhook in self._directory.webhooks.items():
            if not webhook.retired and (id, lane) not in self._next:
                yield id

    async def go_on(self, webhook_id: str, lane: int, next: int | None) -> None:
        """From this offset on, or (None) along."""
        id = f"{webhook_id}/{lane}"
        document: Document = {"_id": id, "webhook_id": webhook_id, "lane": lane, "next": next}
        await self._courses.replace_one({"_id": id}, document, upsert=True)
        self._next[webhook_id, lane] = next
