"""The server's certificate, read anew when its files change: nothing restarts for a renewal."""

import logging
import ssl
from pathlib import Path

log = logging.getLogger(__name__)


class Certificate:
    """A certificate with its chain, and its key, as PEM files. Raises OSError (ssl.SSLError is one)
    when they cannot be used at the start."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._files = (chain, key)
        self._state = self._look()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """For a new connection. Files that have become unusable leave the last good ones."""
        try:
            if (state := self._look()) != self._state:
                self._context = self._load()
                self._state = state
                log.info("the certificate for mail in was read anew")
        except OSError as error:
            log.warning("the certificate for mail in was changed and cannot be used: %s", error)
        return self._context

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files)
        return context

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        found = [file.stat() for file in self._files]
        return tuple((seen.st_mtime_ns, seen.st_ino, seen.st_size) for seen in found)
