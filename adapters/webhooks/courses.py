"""How far each webhook has come on each lane of the log.

One that keeps up goes *along*: the follower queues for it whatever it reads. A new one, and one
whose queue is full, has a place of its own in the log instead, from which it catches up; so what a
webhook has still to be told takes no more room than its queue, however long it is paused.
"""

from collections.abc import Iterator
from typing import NamedTuple

from adapters.webhooks.directory import Directory
from libs.mongo import Database, Document


class Course(NamedTuple):
    """next: the offset to go on from, None for along."""

    next: int | None


class Courses:
    """The courses of the webhooks in this directory, kept in the database."""

    def __init__(self, database: Database, directory: Directory) -> None:
        self._courses = database["courses"]
        self._directory = directory
        self._known: dict[tuple[str, int], Course] = {}

    async def load(self) -> None:
        """Take up what an earlier process has left."""
        for one in await self._courses.find().to_list():
            self._known[one["webhook_id"], one["lane"]] = Course(one["next"])

    def of(self, webhook_id: str, lane: int) -> Course | None:
        """Its course; None before it has begun."""
        return self._known.get((webhook_id, lane))

    def is_along(self, webhook_id: str, lane: int) -> bool:
        """Whether the follower queues for it."""
        course = self.of(webhook_id, lane)
        return course is not None and course.next is None

    def behind(self, lane: int) -> Iterator[tuple[str, int]]:
        """Those that catch up on this lane, and from where on; a paused one has time."""
        for id, webhook in self._directory.webhooks.items():
            course = self.of(id, lane)
            silent = webhook.retired or webhook.paused
            if not silent and course is not None and course.next is not None:
                yield id, course.next

    def missing(self, lane: int) -> Iterator[str]:
        """Webhooks that have no course yet."""
        for id, webhook in self._directory.webhooks.items():
            if not webhook.retired and self.of(id, lane) is None:
                yield id

    async def go_on(self, webhook_id: str, lane: int, next: int | None) -> None:
        """From this offset on, or along."""
        id = f"{webhook_id}/{lane}"
        document: Document = {
            "_id": id,
            "webhook_id": webhook_id,
            "lane": lane,
            "next": next,
        }
        await self._courses.replace_one({"_id": id}, document, upsert=True)
        self._known[webhook_id, lane] = Course(next)
