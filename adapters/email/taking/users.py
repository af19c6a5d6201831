"""Own systems that hand in mail with a password."""

import hmac
from collections.abc import Mapping
from pathlib import Path


class Users:
    """Names and passwords, a line ``name:password`` each; read at the start."""

    def __init__(self, by_name: Mapping[bytes, bytes]) -> None:
        self._by_name = by_name

    @classmethod
    def read(cls, file: Path) -> "Users":
        """Raises OSError, and ValueError for a line that is none; it names no password."""
        found = {}
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            if not line.strip() or line.startswith(b"#"):
                continue
            name, colon, password = line.partition(b":")
            if not (name and colon and password):
                raise ValueError(f"{file.name}, line {number}: write name:password")
            found[name] = password
        return cls(found)

    def know(self, name: bytes, password: bytes) -> bool:
        """Whether this is that user's password."""
        expected = self._by_name.get(name, b"")
        return hmac.compare_digest(expected, password) and name in self._by_name
