"""Logs: one line a record, in UTC, ours at the level that was asked for, others' warnings only."""

import json
import logging
import re
from collections.abc import Iterator

import pytest

from libs.settings import Settings
from libs.telemetry import setup


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """pytest's own handlers come back after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("services", "libs", "adapters", "deploy", "deskledger", "__main__"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(otlp_endpoint=""), "intake")
    logging.getLogger("services.intake").info("lane %d serves", 3)
    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    services\.intake: .*\n", line
    )
    assert line.endswith("lane 3 serves\n")


def test_json_is_an_object_a_line_also_with_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(otlp_endpoint="", log_format="json"), "intake")
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("libs.events").exception("a batch failed")
    [line] = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record.keys() == {"time", "level", "logger", "message", "error"}
    assert (record["level"], record["message"]) == ("ERROR", "a batch failed")
    assert "ValueError: first\nsecond" in record["error"]
    assert record["time"].endswith("Z")


def test_only_ours_follow_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(otlp_endpoint="", log_level="DEBUG"), "email")
    logging.getLogger("adapters.email").debug("ours")
    # what aiosmtpd logs of every mail, which is personal data
    logging.getLogger("mail.log").info("sender: ada@example.org")
    logging.getLogger("mail.log").warning("out of sockets")
    text = capsys.readouterr().err
    assert "ours" in text
    assert "ada@example.org" not in text
    assert "out of sockets" in text


def test_telemetry_is_on_when_a_collector_is_named() -> None:
    telemetry = setup(Settings(otlp_endpoint="http://127.0.0.1:9"), "intake")
    assert telemetry.enabled
    telemetry.close()
