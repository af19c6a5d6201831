"""What shall run: servers, then topics, then services, with their ports, keys and environment."""

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.local import Narrator, Problem, jars, kafka, keys, mongod
from deploy.local.ports import Ports
from deploy.local.process import Process
from libs.settings import home

SERVICES = Path(__file__).with_name("services.toml")
SERVERS, TOPICS, APPLICATIONS = 0, 1, 2  # stages
LANES = 2  # about one a core on a small machine


def processes(ports: Ports, replicas: Mapping[str, int], narrator: Narrator) -> list[Process]:
    """Everything that shall run; downloads, formats and makes keys where they are missing.

    A Kafka or MongoDB that the environment names is somebody's own and not started here.
    Raises Problem.
    """
    services: dict[str, dict[str, object]] = tomllib.loads(SERVICES.read_text())["services"]
    for name in replicas.keys() - services.keys():
        raise Problem(f"There is no service {name}; there are {', '.join(services)}.")
    return [
        *servers(ports, narrator),
        Process("topics", TOPICS, python("deskledger", "topics", "apply"), "done", 0, given()),
        *(
            process
            for name, entry in services.items()
            for process in service(name, entry, replicas.get(name, 1), ports)
        ),
    ]


def servers(ports: Ports, narrator: Narrator) -> Iterator[Process]:
    if "DESKLEDGER_KAFKA" not in os.environ:
        port, controller = ports.get("kafka"), ports.get("controller")
        command = kafka.command(jars.fetch(narrator), home() / "kafka", port, controller)
        yield Process("kafka", SERVERS, tuple(command), "kafka", port, {})
    if "DESKLEDGER_MONGO" not in os.environ:
        port = ports.get("mongod")
        command = mongod.command(mongod.binary(narrator), home() / "mongod", port)
        yield Process("mongod", SERVERS, tuple(command), "mongod", port, {})
    if "DESKLEDGER_SMARTHOST" not in os.environ:
        port = ports.get("mailbox")
        yield Process("mailbox", SERVERS, python("deploy.local.mailbox"), "tcp", port, given())


def service(
    name: str, entry: Mapping[str, object], replicas: int, ports: Ports
) -> Iterator[Process]:
    """The replicas of one line of services.toml; the first bears the service's plain name."""
    for replica in range(replicas):
        title = f"{name}-{replica}" if replica else name
        health = ports.get(f"{title}.health")
        environment = given() | {
            "DESKLEDGER_HEALTH_PORT": str(health),
            "DESKLEDGER_REPLICA": str(replica),
            "DESKLEDGER_REPLICAS": str(replicas),
        }
        wishes = entry.get("ports", [])
        assert isinstance(wishes, list)
        for wish in wishes:
            port = ports.get(f"{wish}-{replica}" if replica else wish)
            environment[f"DESKLEDGER_{wish.upper()}_PORT"] = str(port)
        yield Process(
            title, APPLICATIONS, python(str(entry["module"])), "http", health, environment
        )


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def given() -> dict[str, str]:
    """What the caller's environment says; the supervisor's own may be older."""
    told = {name: value for name, value in os.environ.items() if name.startswith("DESKLEDGER_")}
    return {**told, "DESKLEDGER_HOME": str(home())}


def write_environment(ports: Ports) -> None:
    """Write the `env` file, which every process and the command line read (libs.settings).

    What the caller's environment says stands there, too, so that later commands need not be told.
    """
    values = {
        "DESKLEDGER_KAFKA": f"127.0.0.1:{ports.get('kafka')}",
        "DESKLEDGER_MONGO": mongod.uri(ports.get("mongod")),
        "DESKLEDGER_SMARTHOST": f"127.0.0.1:{ports.get('mailbox')}",
        "DESKLEDGER_HTTP_PORT": str(ports.get("http")),
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
