"""Stored events can be read for ever: one golden file per type and version, never edited.

A shape that changes gets a new version, an upcaster and a golden file of its own; the old file
stays and must still be readable.
"""

import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

import libs.events.published  # noqa: F401  # fills the catalogue
from libs.events.catalogue import CATALOGUE, Entry
from libs.events.personal import Personal

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
PUBLISHED = [
    entry for entry in CATALOGUE.entries() if entry.cls.__module__.startswith("libs.events.")
]


def seal(value: object) -> object:
    assert isinstance(value, Personal)
    return {"key": value.key, "sealed": value.sealed}


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
def test_every_version_of_every_type_has_a_golden_file(entry: Entry) -> None:
    versions = range(1, entry.version + 1)
    missing = [n for n in versions if not (GOLDEN / f"{entry.name}.v{n}.json").exists()]

    assert not missing, f"{entry.name}: write tests/golden/{entry.name}.v{missing[0]}.json"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_file_is_read_and_if_current_written_the_same(file: Path) -> None:
    entry, data = CATALOGUE.decode(f"deskledger.{file.stem}".encode(), file.read_bytes())
    again = json.loads(msgspec.json.encode(data, enc_hook=seal))

    if file.stem.endswith(f".v{entry.version}"):
        assert again == json.loads(file.read_text())
    else:
        assert isinstance(data, entry.cls)


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
def test_the_golden_file_shows_every_field(entry: Entry) -> None:
    """Defaults are left out when stored, so a field at its default would not be covered."""
    shown = json.loads((GOLDEN / f"{entry.name}.v{entry.version}.json").read_text())

    assert set(shown) == {field.encode_name for field in msgspec.structs.fields(entry.cls)}


def test_no_golden_file_was_ever_edited() -> None:
    """Each is byte for byte what its first commit brought."""
    repository = GOLDEN.parents[1]
    if not (repository / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(repository), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    first: dict[str, str] = {}
    for block in git(
        "log", "--diff-filter=A", "--name-only", "--format=commit %H", "--", "tests/golden"
    ).split("commit ")[1:]:
        commit, *names = block.split()
        for name in names:
            first.setdefault(name, commit)  # the latest addition comes first
    edited = [
        name
        for name, commit in first.items()
        if (repository / name).exists()
        and (repository / name).read_text() != git("show", f"{commit}:{name}")
    ]

    assert not edited, "add a version and an upcaster instead of changing what the log holds"
