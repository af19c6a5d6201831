"""What became of everything that was to be imported, counted and told."""

from collections import Counter
from collections.abc import Sequence
from typing import IO

import msgspec

from deskledger.history.model import NotTaken
from deskledger.shell import print_json, show_table

MOST_SHOWN = 50
_STATUSES = {
    "person": {"created": "created", "changed": "changed", "matched": "known", "refused": "left"},
    "ticket": {"taken": "taken", "changed": "changed", "known": "known", "refused": "left"},
    "link": {"taken": "taken", "known": "known", "refused": "left"},
}


class Tally:
    """What became of everything, told as it happens and in the end. file: for what was left."""

    def __init__(self, as_json: bool, file: IO[str] | None) -> None:
        self.not_taken = 0
        self._as_json = as_json
        self._file = file
        self._counts: Counter[tuple[str, str]] = Counter()
        self._shown: list[NotTaken] = []

    def line(
        self, kind: str, id: str, status: str, here: str, taken: int, left: Sequence[NotTaken]
    ) -> None:
        """A person, a ticket or a link. here: its id on this desk, or of the ticket that has it."""
        self._counts[(kind, status)] += 1
        if self._as_json:
            record = {"kind": kind, "id": id, "status": status, "here": here, "steps": taken}
            print_json({**record, "not_taken": [msgspec.to_builtins(one) for one in left]})
        for one in left:
            self._leave(one)

    def left(self, one: NotTaken) -> None:
        """What is no person and no ticket, or could not be read as one."""
        self._counts[(one.kind, "refused")] += 1
        if self._as_json:
            print_json(
                {
                    "kind": one.kind,
                    "id": one.id,
                    "status": "refused",
                    "not_taken": [msgspec.to_builtins(one)],
                }
            )
        self._leave(one)

    def _leave(self, one: NotTaken) -> None:
        self.not_taken += 1
        if len(self._shown) < MOST_SHOWN:
            self._shown.append(one)
        if self._file is not None:
            self._file.write(msgspec.json.encode(one).decode() + "\n")

    def summarise(self, dry: bool) -> None:
        """The whole in words."""
        if self._as_json:
            return
        cells = ((one.kind, one.id, one.what, one.reason) for one in self._shown)
        show_table(("what", "id", "part", "why not"), cells, empty="Everything could be taken.")
        if self.not_taken > MOST_SHOWN:
            print(f"… and {self.not_taken - MOST_SHOWN:,} more: --report FILE has them all.")
        would = "would be " if dry else ""
        for kind, statuses in _STATUSES.items():
            counted = ", ".join(
                f"{self._counts[(kind, status)]:,} {would if status != 'known' else ''}{words}"
                for status, words in statuses.items()
            )
            print(f"{kind}s: {counted}")
        print(f"{self.not_taken:,} parts {would}left out")
