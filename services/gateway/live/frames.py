"""What is sent on a stream: server-sent events, as the HTML standard writes them. Pure."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Frame:
    """One event. name: what it is; id: with what a reader comes back to go on behind it."""

    name: str
    data: object
    id: str = ""

    def encode(self) -> bytes:
        """Its lines. JSON has no line breaks, ids have none of anybody's making."""
        id = f"id: {self.id}\n" if self.id else ""
        return (
            f"{id}event: {self.name}\ndata: {msgspec.json.encode(self.data).decode()}\n\n".encode()
        )


def comment(said: str) -> bytes:
    """What readers' programs pass over."""
    return f": {said}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """After how long to come back."""
    return f"retry: {milliseconds}\n\n".encode()


def reset(why: str) -> bytes:
    """What was missed is not told any more: fetch anew what is shown."""
    return Frame("reset", {"why": why}).encode()


def stood(id: str) -> bytes:
    """Nothing has happened up to here."""
    return f"id: {id}\n\n".encode()
