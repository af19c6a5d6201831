"""What is missing on a machine is a sentence that says what to do."""

import socket
import sys
from pathlib import Path

import pytest

from deploy.local import Narrator, Problem, mongod, stack
from deploy.local.ports import USUAL, Ports


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


def test_a_port_is_the_same_for_all_who_ask_in_one_plan(tmp_path: Path) -> None:
    # given a plan that has handed out a port, which somebody else takes a moment later
    ports = Ports(tmp_path / "ports.json", {}, running=False, scratch=True)
    chosen = ports.get("kafka")
    with socket.create_server(("127.0.0.1", chosen)):
        # when the services are told where it is
        told = ports.get("kafka")
    # then all of the plan means the same port
    assert told == chosen


def test_a_stack_for_tests_keeps_away_from_the_usual_ports(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json", {}, running=False, scratch=True)

    assert {ports.get(name) for name in USUAL}.isdisjoint(USUAL.values())
