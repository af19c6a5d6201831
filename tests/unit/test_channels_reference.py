"""What is written about channel adapters is what runs."""

import pytest

from libs.events.channels_reference import PAGE, page
from libs.settings import CHECKOUT


def test_the_contract_s_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("name", ["chat_adapter.py", "chat_adapter.sh"])
def test_the_how_to_shows_the_examples_as_they_are(name: str) -> None:
    example = (CHECKOUT / "examples" / name).read_text()
    how_to = (CHECKOUT / "docs" / "how-to" / "write-a-channel-adapter.md").read_text()
    assert example in how_to


def test_the_python_example_is_as_short_as_promised() -> None:
    assert len((CHECKOUT / "examples" / "chat_adapter.py").read_text().splitlines()) <= 20
