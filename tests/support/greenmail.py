"""A real IMAP server: GreenMail, on the Java runtime that carries Kafka.

It keeps mail in memory, so that a restart is what an administrator calls a restored mailbox: other
UIDs, another UIDVALIDITY.
"""

import contextlib
import imaplib
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from deploy.local import Narrator, jars
from deploy.local.kafka import JAVA_FLAGS, java
from deploy.local.ports import spare
from tests.support.certificates import PASSWORD as CERTIFICATE_PASSWORD

LOCK = Path(__file__).with_name("greenmail.lock.toml")
USER, PASSWORD = "support@helpdesk.example", "secret"
_START_SECONDS = 60.0


class GreenMail:
    """The server and its one mailbox. certificate: PKCS #12 for IMAP over TLS."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.port, self.tls_port = spare(), spare()
        self._certificate = certificate
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with an empty mailbox, and wait until that can be used."""
        [jar] = jars.fetch(Narrator(), LOCK)
        ours = [flag for flag in JAVA_FLAGS if not flag.startswith(("-Xm", "-Dlog4j2"))]
        options = {
            "imap.hostname": "127.0.0.1",
            "imap.port": self.port,
            "users": USER.replace("@", f":{PASSWORD}@"),
            "users.login": "email",
        }
        if self._certificate:
            options |= {
                "imaps.hostname": "127.0.0.1",
                "imaps.port": self.tls_port,
                "tls.keystore.file": self._certificate,
                "tls.keystore.password": CERTIFICATE_PASSWORD.decode(),
                "tls.key.password": CERTIFICATE_PASSWORD.decode(),
            }
        self._process = subprocess.Popen(
            [
                *(str(java()), *ours, "-Xmx256m"),
                *(f"-Dgreenmail.{name}={value}" for name, value in options.items()),
                *("-jar", str(jar)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                with self.mailbox():
                    return
            except (OSError, imaplib.IMAP4.error):
                if time.monotonic() > until:
                    self.kill()
                    raise
                time.sleep(0.05)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextlib.contextmanager
    def mailbox(self) -> Iterator[imaplib.IMAP4]:
        """The mailbox as its owner sees it."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=5) as client:
            client.login(USER, PASSWORD)
            client.select()
            yield client

    def put(self, *mails: bytes, at: datetime | None = None, flags: str = "") -> None:
        """Mails that arrive, now or at an instant."""
        when = imaplib.Time2Internaldate((at or datetime.now(UTC)).timestamp())
        with self.mailbox() as client:
            for mail in mails:
                kind, said = client.append("INBOX", flags, when, mail)
                assert kind == "OK", said

    def read(self, folder: str) -> list[bytes]:
        """The messages of a folder."""
        with self.mailbox() as client:
            kind, said = client.select(f'"{folder}"', readonly=True)
            if kind != "OK" or said == [b"0"]:
                return []
            parts = client.fetch("1:*", "(BODY.PEEK[])")[1]
            return [part[1] for part in parts if isinstance(part, tuple)]

    def flags(self, folder: str = "INBOX") -> list[bytes]:
        """Of the messages of a folder, in their order."""
        with self.mailbox() as client:
            kind, said = client.select(f'"{folder}"', readonly=True)
            if kind != "OK" or said == [b"0"]:
                return []
            lines = client.fetch("1:*", "(FLAGS)")[1]
            return [line for line in lines if isinstance(line, bytes)]
