"""Types have versions; old shapes are led forward, and what is unknown is said to be."""

import msgspec
import pytest

from libs.events.catalogue import Catalogue, Entry, Json, UnknownType


class DoorOpened(msgspec.Struct, frozen=True):
    """Version 3: people have a first and a last name, and doors a number."""

    first_name: str
    last_name: str
    door: int


def split_the_name(stored: Json) -> Json:
    first, _, last = str(stored.pop("name")).partition(" ")
    return {**stored, "first_name": first, "last_name": last}


def number_the_door(stored: Json) -> Json:
    return {**stored, "door": 1}


UPCASTERS = {1: split_the_name, 2: number_the_door}


def catalogue() -> Catalogue:
    known = Catalogue()
    known.register(Entry("event", "DoorOpened", 3, "doors", DoorOpened, UPCASTERS))
    return known


def test_the_current_version_is_read_as_it_is() -> None:
    value = b'{"first_name": "Ada", "last_name": "Lovelace", "door": 7}'

    entry, data = catalogue().decode(b"deskledger.DoorOpened.v3", value)

    assert data == DoorOpened("Ada", "Lovelace", 7)
    assert entry.version == 3


@pytest.mark.parametrize(
    ("version", "value"),
    [
        (1, b'{"name": "Ada Lovelace"}'),
        (2, b'{"first_name": "Ada", "last_name": "Lovelace"}'),
    ],
)
def test_older_versions_go_through_every_upcaster_that_came_after(
    version: int, value: bytes
) -> None:
    _, data = catalogue().decode(f"deskledger.DoorOpened.v{version}".encode(), value)

    assert data == DoorOpened("Ada", "Lovelace", 1)


def test_a_newer_version_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UnknownType, match="DoorOpened version 4 is newer than the version 3"):
        catalogue().decode(b"deskledger.DoorOpened.v4", b"{}")


@pytest.mark.parametrize("header", [b"deskledger.DoorClosed.v1", b"DoorOpened", b"", b"\xff"])
def test_an_unknown_type_is_an_error(header: bytes) -> None:
    with pytest.raises(UnknownType, match="is in no catalogue"):
        catalogue().decode(header, b"{}")


def test_an_upcast_that_leaves_the_shape_wrong_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        catalogue().decode(b"deskledger.DoorOpened.v2", b'{"first_name": 1, "last_name": ""}')


def test_a_version_without_a_way_forward_cannot_be_registered() -> None:
    with pytest.raises(ValueError, match=r"DoorOpened: no upcaster from version \[2\]"):
        Catalogue().register(
            Entry("event", "DoorOpened", 3, "doors", DoorOpened, {1: split_the_name})
        )


def test_a_name_is_taken_once() -> None:
    known = catalogue()

    with pytest.raises(ValueError, match="registered twice"):
        known.register(Entry("command", "DoorOpened", 1, "doors", DoorOpened))
