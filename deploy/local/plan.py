"""What shall run: servers, then topics, then services, with their ports, keys and environment."""

import os
import sys
import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import NotRequired, TypedDict

from deploy.local import Narrator, Problem, jars, kafka, keys, mongod
from deploy.local.ports import Ports
from deploy.local.process import Process
from libs.settings import home

SERVICES = Path(__file__).with_name("services.toml")
SERVERS, TOPICS, APPLICATIONS = 0, 1, 2  # stages
LANES = 2  # about one a core on a small machine

Maker = Callable[[str], Process]


class Entry(TypedDict):
    """A line of services.toml."""

    module: str
    ports: NotRequired[list[str]]


def processes(
    ports: Ports, replicas: Mapping[str, int], only: Collection[str], narrator: Narrator
) -> list[Process]:
    """What shall run, `only` these or everything; downloads, formats, makes what is missing.

    A Kafka or MongoDB that the environment names is somebody's own and not started here.
    Raises Problem.
    """
    makers = {**servers(ports, narrator), **applications(ports, replicas)}
    for name in only:
        if name not in makers:
            raise Problem(f"There is no process {name}; there are {', '.join(makers)}.")
    return [make(name) for name, make in makers.items() if not only or name in only]


def servers(ports: Ports, narrator: Narrator) -> dict[str, Maker]:
    def kafka_server(name: str) -> Process:
        port, controller = ports.get("kafka"), ports.get("controller")
        command = kafka.command(jars.fetch(narrator), home() / "kafka", port, controller)
        return Process(name, SERVERS, tuple(command), "kafka", port, (port, controller), {})

    def mongo_server(name: str) -> Process:
        port = ports.get("mongod")
        command = mongod.command(mongod.binary(narrator), home() / "mongod", port)
        return Process(name, SERVERS, tuple(command), "mongod", port, (port,), {})

    def mailbox(name: str) -> Process:
        command, port = python("deploy.local.mailbox"), ports.get("mailbox")
        return Process(name, SERVERS, command, "tcp", port, (port,), given())

    ours = {
        "DESKLEDGER_KAFKA": ("kafka", kafka_server),
        "DESKLEDGER_MONGO": ("mongod", mongo_server),
        "DESKLEDGER_SMARTHOST": ("mailbox", mailbox),
    }
    return dict(ours[setting] for setting in ours if setting not in os.environ)


def applications(ports: Ports, replicas: Mapping[str, int]) -> dict[str, Maker]:
    """The step that makes the topics, and each replica of each line of services.toml.

    A service's first replica bears its plain name.
    """

    def topics(name: str) -> Process:
        command = python("deskledger", "topics", "apply")
        return Process(name, TOPICS, command, "done", 0, (), given())

    services: dict[str, Entry] = tomllib.loads(SERVICES.read_text())["services"]
    for name in replicas.keys() - services.keys():
        raise Problem(f"There is no service {name}; there are {', '.join(services)}.")
    makers: dict[str, Maker] = {"topics": topics}
    for service, entry in services.items():
        count = replicas.get(service, 1)
        for replica in range(count):
            title = f"{service}-{replica}" if replica else service
            makers[title] = partial(application, entry, replica, count, ports)
    return makers


def application(entry: Entry, replica: int, replicas: int, ports: Ports, name: str) -> Process:
    health = ports.get(f"{name}.health")
    environment = given() | {
        "DESKLEDGER_HEALTH_PORT": str(health),
        "DESKLEDGER_REPLICA": str(replica),
        "DESKLEDGER_REPLICAS": str(replicas),
    }
    listens = [health]
    for wish in entry.get("ports", ()):
        port = ports.get(f"{wish}-{replica}" if replica else wish)
        environment[f"DESKLEDGER_{wish.upper()}_PORT"] = str(port)
        listens.append(port)
    command = python(entry["module"])
    return Process(name, APPLICATIONS, command, "http", health, tuple(listens), environment)


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def given() -> dict[str, str]:
    """What the caller's environment says; the supervisor's own may be older."""
    told = {name: value for name, value in os.environ.items() if name.startswith("DESKLEDGER_")}
    return {**told, "DESKLEDGER_HOME": str(home())}


def write_environment(ports: Ports, with_issuer: bool) -> None:
    """Write the `env` file, which every process and the command line read (libs.settings).

    What the caller's environment says stands there, too, so that later commands need not be told.
    with_issuer: the gateway believes the local issuer, which runs, and not the secret alone.
    """
    at = f"http://127.0.0.1:{ports.get('issuer')}"
    issuer = {
        "DESKLEDGER_ISSUER_PORT": str(ports.get("issuer")),
        "DESKLEDGER_ISSUER_URL": at,
        "DESKLEDGER_OIDC_ISSUER": at,
    }
    values = {
        "DESKLEDGER_KAFKA": f"127.0.0.1:{ports.get('kafka')}",
        "DESKLEDGER_MONGO": mongod.uri(ports.get("mongod")),
        "DESKLEDGER_SMARTHOST": f"127.0.0.1:{ports.get('mailbox')}",
        "DESKLEDGER_HTTP_PORT": str(ports.get("http")),
        "DESKLEDGER_PUBLIC_URL": f"http://127.0.0.1:{ports.get('http')}",
        **(issuer if with_issuer else {}),
        "DESKLEDGER_SMTP_PORT": str(ports.get("smtp")),
        "DESKLEDGER_LANES": str(LANES),
        **{f"DESKLEDGER_{setting}": str(path) for setting, path in keys.files().items()},
        **given(),
    }
    path = home() / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={quoted(value)}\n" for name, value in values.items()))


def quoted(value: str) -> str:
    """A value as python-dotenv reads it back."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
