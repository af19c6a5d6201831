"""The files of messages, where an export's folder has them: ``attachments/<id>``, ``<id>/<name>``
or ``<id>-<name>``. Helpdesks export addresses of files, so whoever exports fetches them beside.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio

from deskledger.history.files import FOLDER_OF_FILES
from deskledger.history.model import File

LARGEST_BYTES = 100_000_000
_PIECE_BYTES = 1 << 20


class Attached:
    """The files of an export. folder: of the export, None where it is a single file."""

    def __init__(self, folder: Path | None) -> None:
        self._by_id: dict[str, Path] = {}
        root = folder / FOLDER_OF_FILES if folder is not None else None
        if root is None or not root.is_dir():
            return
        for entry in root.iterdir():
            if entry.is_symlink():
                continue  # an export leads nowhere else
            if entry.is_file():
                self._by_id.setdefault(entry.name.partition("-")[0].partition(".")[0], entry)
                self._by_id[entry.name] = entry
            elif entry.is_dir():
                files = [one for one in entry.iterdir() if one.is_file() and not one.is_symlink()]
                if len(files) == 1:
                    self._by_id[entry.name] = files[0]

    def find(self, file: File) -> Path | str:
        """Where it is, or why it cannot be taken, as a sentence."""
        path = self._by_id.get(file.id)
        if path is None:
            return f"The export's folder has no file {FOLDER_OF_FILES}/{file.id}."
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            return f"It has {size:,} bytes; {LARGEST_BYTES:,} are the most."
        return path


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file, some at a time."""
    async with await anyio.open_file(path, "rb") as opened:
        while piece := await opened.read(_PIECE_BYTES):
            yield piece
