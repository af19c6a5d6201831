"""What tests of survival tell the person who waits."""

import pytest

from tests.chaos.settling import Say


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def told(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    return told
