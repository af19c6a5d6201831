"""Whatever goes wrong is a sentence; what people type is understood or explained."""

from datetime import timedelta

import httpx
import pytest
import typer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from deploy.local import Problem
from deskledger.errors import sentence
from deskledger.shell import show_table
from deskledger.tokens import lifetime
from libs.mongo import ConnectionFailure, PyMongoError

REQUEST = httpx.Request("GET", "http://127.0.0.1:8080/v1/tickets")


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        (Problem("The disk is full."), "The disk is full."),
        (KafkaConnectionError("x"), "Kafka does not answer at broker:9092: start the stack"),
        (TopicAuthorizationFailedError("no"), "Kafka refused: "),
        (ConnectionFailure("x"), "MongoDB does not answer at db:27017: start the stack"),
        (PyMongoError("not authorised"), "MongoDB refused: not authorised"),
        (httpx.ConnectError("x", request=REQUEST), "The gateway does not answer at 127.0.0.1:8080"),
        (FileNotFoundError(2, "No such file", "/nowhere"), "/nowhere: No such file"),
        (ExceptionGroup("", [Problem("One of many.")]), "One of many."),
        (ZeroDivisionError("by zero"), "This should not have happened: ZeroDivisionError: by zero"),
    ],
)
def test_every_error_is_a_sentence(
    error: Exception, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKLEDGER_KAFKA", "broker:9092")
    monkeypatch.setenv("DESKLEDGER_MONGO", "mongodb://user:secret@db:27017/?replicaSet=rs0")

    said = sentence(error)

    assert said.startswith(begins)
    assert "secret" not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("8h", timedelta(hours=8)),
        ("7d", timedelta(days=7)),
    ],
)
def test_lifetimes(text: str, expected: timedelta) -> None:
    assert lifetime(text) == expected


@pytest.mark.parametrize("text", ["", "8", "h", "0h", "-1h", "8 h", "1.5h", "3w"])
def test_what_is_no_lifetime_is_explained(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="such as 8h"):
        lifetime(text)


def test_a_table_in_a_pipe_keeps_every_line_whole(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100

    show_table(("id", "why"), [("[red]t-1[/red]", long)], empty="none")

    [_, row] = capsys.readouterr().out.splitlines()
    assert row.startswith("[red]t-1[/red]")  # what people wrote is never markup
    assert long.strip() in row


def test_an_empty_table_is_a_sentence_beside_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("id",), [], empty="Nothing waits.")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip() == "Nothing waits."
