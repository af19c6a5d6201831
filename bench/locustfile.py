"""What a desk asks of the gateway, for locust: mixed reads and writes, each at a steady pace.

``bench/load.py`` runs it, with the class of users to be. Each user asks once a second, so that N
users are N requests a second. LOAD_PLAN is a file with their token and tickets; each answer becomes
a line of the file LOAD_ANSWERS: what was asked, milliseconds, status (0: no answer), when it was
asked (seconds since the epoch).
"""

import itertools
import json
import os
import random
import time
from pathlib import Path

import gevent
from locust import FastHttpUser, events, task

PLAN = json.loads(Path(os.environ["LOAD_PLAN"]).read_text())
TICKETS = itertools.cycle(PLAN["tickets"])
NUMBERS = itertools.count()
HEADERS = {"Authorization": f"Bearer {PLAN['token']}"}
ANSWERS = Path(os.environ["LOAD_ANSWERS"]).open("w")  # noqa: SIM115  # until locust quits


def keep(name: str, response_time: float, start_time: float, response: object, **_: object) -> None:
    """One answer."""
    status = getattr(response, "status_code", 0)
    ANSWERS.write(f"{name}\t{response_time}\t{status}\t{start_time}\n")


def finish(**_: object) -> None:
    """Leave nothing in the buffer."""
    ANSWERS.close()


events.request.add_listener(keep)  # type: ignore[no-untyped-call]
events.quit.add_listener(finish)  # type: ignore[no-untyped-call]


class Steady(FastHttpUser):
    """One request a second, at an instant of its own within the second. Who got an answer late asks
    at once, until there is nothing to make up for."""

    abstract = True
    connection_timeout = network_timeout = 30.0

    def on_start(self) -> None:
        # All are there within the same instant, and would ask together for ever.
        self.due = time.perf_counter() + random.random()
        gevent.sleep(self.wait())

    def wait_time(self) -> float:
        self.due += 1
        return self.wait()

    def wait(self) -> float:
        """Seconds until it is to ask."""
        return max(0.0, self.due - time.perf_counter())

    def read(self, name: str, path: str) -> None:
        self.client.get(path, name=name, headers=HEADERS)

    def write(self, name: str, path: str, body: object) -> None:
        self.client.post(
            f"/v1/tickets/{next(TICKETS)}/{path}", json=body, name=name, headers=HEADERS
        )


class Bare(Steady):
    """Whoever asks the application that only finds."""

    @task
    def one(self) -> None:
        self.read("one", f"/one/{next(NUMBERS) % PLAN['documents']}")

    @task
    def some(self) -> None:
        self.read("some", f"/some/agent-{next(NUMBERS) % PLAN['agents']}")


class Agent(Steady):
    """Three reads, then a write: more writing than desks do."""

    @task(4)
    def ticket(self) -> None:
        self.read("GET a ticket", f"/v1/tickets/{next(TICKETS)}")

    @task(4)
    def list_open(self) -> None:
        self.read("GET a list of 25", "/v1/tickets?status=new&status=open&limit=25")

    @task(2)
    def list_own(self) -> None:
        self.read("GET an agent's list of 25", f"/v1/tickets?agent_id={self._agent()}&limit=25")

    @task(3)
    def conversation(self) -> None:
        self.read("GET a conversation", f"/v1/tickets/{next(TICKETS)}/conversation")

    @task(1)
    def history(self) -> None:
        self.read("GET a history", f"/v1/tickets/{next(TICKETS)}/history")

    @task(1)
    def words(self) -> None:
        self.read("GET a list by words", "/v1/tickets?q=urgent&limit=25")

    @task(2)
    def note(self) -> None:
        self.write("POST a note", "notes", {"text": "The customer has called again."})

    @task(1)
    def reply(self) -> None:
        self.write("POST a reply", "replies", {"text": "Please press the red button."})

    @task(1)
    def assignment(self) -> None:
        self.write("POST an assignment", "assignment", {"agent_id": self._agent()})

    @task(1)
    def priority(self) -> None:
        body = {"priority": next(NUMBERS) % 5 + 1, "reason": "vip"}
        self.write("POST a priority", "priority", body)

    def _agent(self) -> str:
        return f"agent-{next(NUMBERS) % PLAN['agents']}"
