"""Liveness by progress, and the HTTP answers it gives."""

import socket
from collections.abc import Mapping

import httpx
import pytest

from libs.telemetry import Progress, health


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(clock)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def stalled(progress: Progress) -> list[str]:
    return [name for name, component in progress.report().items() if component.stalled]


def test_a_component_that_makes_no_step_is_stalled(progress: Progress, clock: Clock) -> None:
    progress.expect("lane-0", within_seconds=30)
    progress.expect("lane-1", within_seconds=30)
    clock.seconds = 20
    progress.beat("lane-1")
    clock.seconds = 30
    assert stalled(progress) == ["lane-0"]
    progress.beat("lane-0")
    assert stalled(progress) == []


def test_one_without_work_may_be_silent(progress: Progress, clock: Clock) -> None:
    lag = 0
    progress.expect("projection", within_seconds=30, has_work=lambda: lag > 0)
    for clock.seconds in range(0, 1_000, 10):
        assert stalled(progress) == []
    # when work comes, it has its time from there
    lag = 5
    clock.seconds += 29
    assert stalled(progress) == []
    clock.seconds += 1
    assert stalled(progress) == ["projection"]


def test_who_was_not_announced_is_by_its_first_word(progress: Progress) -> None:
    progress.beat("a")
    progress.ready("b")
    report = progress.report()
    assert {name: component.ready for name, component in report.items()} == {"a": False, "b": True}


async def answers(port: int) -> tuple[httpx.Response, httpx.Response]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/health") as client:
        return await client.get("/live"), await client.get("/ready")


async def test_starting_ready_stalled(progress: Progress, clock: Clock, port: int) -> None:
    def details() -> Mapping[str, object]:
        return {"lanes": [0, 1]}

    async with health.serve(port, progress, details):
        # given nobody has said anything yet: alive, not ready
        live, ready = await answers(port)
        assert (live.status_code, ready.status_code) == (200, 503)
        # when one of two is ready: still not
        progress.expect("tail")
        progress.ready("lane-0")
        live, ready = await answers(port)
        assert (live.status_code, ready.status_code) == (200, 503)
        assert live.json()["status"] == "starting"
        # when both are
        progress.ready("tail")
        live, ready = await answers(port)
        assert (live.status_code, ready.status_code) == (200, 200)
        assert ready.json() == {
            "status": "ok",
            "components": {
                "tail": {"ready": True, "stalled": False, "silent_seconds": 0.0},
                "lane-0": {"ready": True, "stalled": False, "silent_seconds": 0.0},
            },
            "details": {"lanes": [0, 1]},
        }
        # when one does not get on
        clock.seconds = 31
        progress.beat("tail")
        live, ready = await answers(port)
        assert (live.status_code, ready.status_code) == (503, 503)
        assert live.json()["components"]["lane-0"]["stalled"] is True
    # and afterwards nobody answers
    with pytest.raises(httpx.ConnectError):
        await answers(port)


async def test_a_taken_port_is_an_error_that_names_it(progress: Progress, port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(OSError, match="Address already in use"),
    ):
        await health.serve(port, progress).__aenter__()


async def test_port_zero_is_off(progress: Progress) -> None:
    async with health.serve(0, progress):
        pass
