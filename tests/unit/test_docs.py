"""Every page leads somewhere: what one links to is there."""

import re
from pathlib import Path

import pytest

from libs.settings import CHECKOUT

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")


def pages() -> list[Path]:
    """The Markdown files of the repository."""
    return sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    missing = [
        target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()
    ]
    assert missing == []
