"""The local stack: starts, restarts, ends with no orphan, and says what is in the way."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from pymongo import AsyncMongoClient, MongoClient

from deploy.local import Narrator, Problem, process, stack
from deploy.local.ports import spare
from deploy.local.process import Process
from libs.settings import Settings, kafka_client_options

pytestmark = pytest.mark.integration


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stack of this test's own, beside whatever runs."""
    monkeypatch.setenv("DESKLEDGER_HOME", str(tmp_path / "stack"))
    yield tmp_path / "stack"
    stack.down()


def up(*names: str) -> None:
    stack.up(Narrator(), only=names)


def pid(name: str) -> int:
    found = stack.state().processes[name].pid
    assert found is not None
    return found


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.05)


def alive(pids: list[int]) -> list[int]:
    """Those that still run; the dead whose parent has not looked yet do not."""
    return [
        each.pid
        for each in psutil.process_iter()
        if each.pid in pids and each.status() != psutil.STATUS_ZOMBIE
    ]


def cli(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deskledger", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_servers_are_a_real_kafka_and_a_real_replica_set(ledger: Settings) -> None:
    producer = AIOKafkaProducer(**kafka_client_options(ledger), transactional_id=ledger.namespace)
    await producer.start()
    async with producer.transaction():
        pass
    await producer.stop()

    async with AsyncMongoClient[dict[str, object]](ledger.mongo) as client:
        things = client[f"{ledger.namespace}stack"].things
        async with client.start_session() as session, await session.start_transaction():
            await things.insert_one({"_id": 1}, session=session)
        assert await things.count_documents({}) == 1


def test_up_twice_changes_nothing_and_adds_what_is_new(home: Path) -> None:
    up("mailbox")
    mailbox = pid("mailbox")

    up("mailbox")
    up("mongod")

    assert pid("mailbox") == mailbox
    assert {row.process.name: row.healthy for row in stack.status()} == {
        "mailbox": True,
        "mongod": True,
    }


def test_what_is_killed_comes_back(home: Path) -> None:
    up("mailbox")
    killed = pid("mailbox")

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: stack.state().processes["mailbox"].restarts == 1)
    eventually(lambda: stack.status()[0].healthy)
    assert pid("mailbox") != killed


def test_nothing_outlives_a_killed_supervisor_and_up_starts_anew(home: Path) -> None:
    up("mailbox", "mongod")
    orphans = [pid("mailbox"), pid("mongod")]

    os.kill(stack.state().supervisor, signal.SIGKILL)

    eventually(lambda: not alive(orphans))
    up("mailbox", "mongod")
    assert all(row.healthy for row in stack.status())


def test_a_stack_with_an_owner_ends_with_it(home: Path) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    stack.up(Narrator(), only=["mailbox"], owner=owner.pid)
    mailbox = pid("mailbox")

    owner.kill()
    owner.wait()

    eventually(lambda: not stack.is_running() and not alive([mailbox]))


def test_down_leaves_no_process_and_wipe_only_what_is_not_the_stacks(home: Path) -> None:
    up("mailbox", "mongod")
    processes = [stack.state().supervisor, pid("mailbox"), pid("mongod")]
    (home / "precious").write_text("somebody else's")

    assert stack.down(wipe=True)

    assert not alive(processes)
    assert {path.name for path in home.iterdir()} == {"precious", "turn"}
    assert not stack.down()


def test_a_start_that_was_interrupted_is_stopped_like_any_other(home: Path) -> None:
    class Impatient(Narrator):
        def waiting(self, text: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stack.up(Impatient(), only=["mailbox"])

    assert stack.down()
    assert not alive([stack.state().supervisor])


def test_mongod_moves_to_another_port_with_its_data(home: Path) -> None:
    up("mongod")
    with MongoClient[dict[str, object]](Settings().mongo) as client:
        client.things.things.insert_one({"_id": 1})
    stack.down()
    free = spare()

    stack.up(Narrator(), only=["mongod"], asked_ports={"mongod": free})

    assert f":{free}/" in Settings().mongo
    with MongoClient[dict[str, object]](Settings().mongo) as client:
        assert client.things.things.count_documents({}) == 1


def test_a_port_that_somebody_takes_meanwhile_is_left_to_them(home: Path) -> None:
    # given somebody who takes the port that our process was given, before it listens there
    class Rival(Narrator):
        server: socket.socket | None = None

        def waiting(self, text: str) -> None:
            if self.server is None:
                (planned,) = process.read(home / "run" / "plan.json")
                self.server = socket.create_server(("127.0.0.1", planned.port))

    rival = Rival()
    # when the stack starts
    stack.up(rival, only=["mailbox"])
    # then it is up, elsewhere
    assert rival.server
    with rival.server:
        assert Settings().smarthost != f"127.0.0.1:{rival.server.getsockname()[1]}"
    assert stack.status()[0].healthy


def test_a_port_asked_for_that_somebody_takes_meanwhile_is_a_sentence(home: Path) -> None:
    port = spare()

    class Rival(Narrator):
        server: socket.socket | None = None

        def waiting(self, text: str) -> None:
            self.server = self.server or socket.create_server(("127.0.0.1", port))

    rival = Rival()
    with pytest.raises(Problem, match=f"Port {port}, asked for as mailbox, is in use"):
        stack.up(rival, only=["mailbox"], asked_ports={"mailbox": port})
    assert rival.server
    rival.server.close()


def test_a_taken_port_is_a_sentence_and_exit_code_1(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = cli("up", "--only", "mailbox", "--port", f"mailbox={port}")

    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_process_is_a_sentence(home: Path) -> None:
    with pytest.raises(Problem, match="There is no process mongo; there are kafka, mongod"):
        up("mongo")


def test_a_server_of_ones_own_is_not_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKLEDGER_MONGO", "mongodb://elsewhere/?replicaSet=rs0")

    with pytest.raises(Problem, match="There is no process mongod"):
        up("mongod")
    up("mailbox")

    monkeypatch.delenv("DESKLEDGER_MONGO")
    assert Settings().mongo == "mongodb://elsewhere/?replicaSet=rs0"


def test_a_service_that_cannot_start_is_tried_for_ever_and_ever_later(home: Path) -> None:
    up("mailbox")
    plan = home / "run" / "plan.json"
    broken = Process("broken", 2, ("/bin/false",), "tcp", 1, (), {})
    process.write(plan, [*process.read(plan), broken])

    os.kill(stack.state().supervisor, signal.SIGHUP)

    def restarts() -> int:
        status = stack.state().processes.get("broken")
        return status.restarts if status else 0

    began = time.monotonic()
    eventually(lambda: restarts() == 4)
    assert time.monotonic() - began > 0.5 + 1 + 2 + 4
    assert stack.state().processes["mailbox"].state == "running"


def test_the_command_line_shows_state_and_logs(home: Path) -> None:
    assert cli("status").returncode == 1
    up("mailbox", "mongod")

    status, logs = cli("status", "--json"), cli("logs", "mongod", "-n", "500")

    assert status.returncode == 0
    assert f'"pid": {pid("mailbox")}' in status.stdout
    assert "INFO NETWORK Waiting for connections" in logs.stdout
