"""Logs: one line a record on standard error, for people or as JSON, in UTC.

No personal data gets into them: our own lines name ids, codes and positions, never a subject, a
text, an address or a name. What libraries say of their own accord is another matter (a mail server
logs senders, a web server addresses), so from them only warnings pass, whatever the level.
"""

import json
import logging
import sys
from datetime import UTC, datetime

from libs.settings import Settings

OURS = ("services", "libs", "adapters", "deploy", "deskledger", "__main__")


class _TextFormatter(logging.Formatter):
    """`2026-11-22T10:31:07.123Z INFO    libs.events.lane: intake-0 serves`, then a traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return _instant(record)


class _JsonFormatter(logging.Formatter):
    """An object a line: time, level, logger, message, and error with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _instant(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _instant(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def configure_logging(settings: Settings) -> None:
    """Send this process's logs to standard error, as `log_level` and `log_format` say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if settings.log_format == "json" else _TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level)
