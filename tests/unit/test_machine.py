"""What is missing on a machine is a sentence that says what to do."""

import sys
from pathlib import Path

import pytest

from deploy.local import Narrator, Problem, mongod, stack
from deploy.local.ports import Ports


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKLEDGER_HOME", str(tmp_path))


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "NEEDED_DISK_BYTES", 10**18)

    with pytest.raises(Problem, match="Make room, or set DESKLEDGER_HOME"):
        stack.up(Narrator(), only=["mailbox"])


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(Problem, match="docker compose up"):
        stack.up(Narrator(), only=["mailbox"])


def test_a_missing_library_where_nothing_can_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Problem, match="apt-get install -y libcurl4"):
        mongod.install_libcurl(Narrator())


def test_a_port_stays_the_same_from_start_to_start(tmp_path: Path) -> None:
    chosen = Ports(tmp_path / "ports.json", {}, running=False).get("intake.health")

    assert Ports(tmp_path / "ports.json", {}, running=False).get("intake.health") == chosen
