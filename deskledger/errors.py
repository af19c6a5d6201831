"""Errors as sentences: what a person reads on standard error instead of a traceback."""

import httpx
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    RequestTimedOutError,
)
from pydantic import ValidationError

from deploy.local import Problem
from deskledger_client import NotYet
from deskledger_client import Problem as Refusal
from libs.events.bulk import Overtaken
from libs.events.checkpoints import Stopped
from libs.events.kafka import NotProvisioned
from libs.events.rebuild import Busy
from libs.keyring import KeyringError
from libs.mongo import ConnectionFailure, PyMongoError
from libs.settings import Settings

SILENT = (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError)
FOR_PEOPLE = (Problem, Refusal, NotYet, NotProvisioned, KeyringError, Busy, Overtaken, Stopped)


def sentence(error: BaseException) -> str:
    """What is wrong and what to do about it; never empty, whatever was raised."""
    if isinstance(error, BaseExceptionGroup):
        return sentence(error.exceptions[0])
    if isinstance(error, ValidationError):
        return configuration(error)
    if isinstance(error, FOR_PEOPLE):
        return str(error)
    if isinstance(error, SILENT):
        return silent_kafka(Settings())
    if isinstance(error, KafkaError):
        return f"Kafka refused: {error or type(error).__name__}"
    if isinstance(error, ConnectionFailure):
        host = Settings().mongo.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return f"MongoDB does not answer at {host}: start the stack with `make up`"
    if isinstance(error, PyMongoError):
        return f"MongoDB refused: {error}"
    if isinstance(error, httpx.TransportError):
        address = f"{error.request.url.host}:{error.request.url.port}"
        return f"The gateway does not answer at {address}: start the stack with `make up`"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return (
        f"This should not have happened: {type(error).__name__}: {error}. "
        "`deskledger --debug ...` shows where."
    )


def silent_kafka(settings: Settings) -> str:
    return f"Kafka does not answer at {settings.kafka}: start the stack with `make up`"


def configuration(error: ValidationError) -> str:
    wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return f"The configuration ({error.title}) is wrong: {wrong}"
