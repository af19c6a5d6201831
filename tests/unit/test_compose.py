"""compose.yaml is valid and describes the same stack as deploy/local."""

import subprocess
import sys
import tomllib
from typing import cast

from ruamel.yaml import YAML

from deploy.local import jars, kafka
from deploy.local.plan import SERVICES
from libs.settings import CHECKOUT

COMPOSE = CHECKOUT / "compose.yaml"
WHERE_THINGS_ARE = {  # a container's own addresses and folders
    "controller.quorum.voters",
    "listeners",
    "listener.security.protocol.map",
    "log.dirs",
}


def services() -> dict[str, dict[str, object]]:
    return cast(dict[str, dict[str, object]], YAML(typ="safe").load(COMPOSE)["services"])


def test_it_keeps_to_the_compose_specification() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_runs_the_services_of_the_local_stack() -> None:
    local = tomllib.loads(SERVICES.read_text())["services"]

    composed = {name: services()[name]["command"] for name in local}

    assert composed == {name: ["python", "-m", entry["module"]] for name, entry in local.items()}


def test_its_kafka_is_the_same_version_with_the_same_settings() -> None:
    lines = kafka.PROPERTIES.splitlines()
    local = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    version = jars.COORDINATES[0].rpartition(":")[2]

    service = services()["kafka"]
    composed = cast(dict[str, str], service["environment"])

    assert service["image"] == f"apache/kafka:{version}"
    for name, value in local.items():
        if name not in WHERE_THINGS_ARE:
            assert composed["KAFKA_" + name.upper().replace(".", "_")] == value


def test_everything_that_stays_up_has_a_healthcheck() -> None:
    for name, service in services().items():
        assert ("healthcheck" in service) == ("restart" in service), name
