"""A desk's setup as a file: read, written, and compared with what is."""

from pathlib import Path

import pytest

from deploy.local import Problem
from deskledger.desk_file import DeskFile, changes, read, written

NOW = DeskFile.model_validate(
    {
        "tiers": 3,
        "undo_send": 0,
        "close_after": 0,
        "resolution_codes": ["done"],
        "categories": [],
        "priority_matrix": {"impacts": ["all"], "urgencies": ["now"], "priorities": [[1]]},
        "labels": [{"status": "open", "labels": ["assigned"]}],
        "fields": [
            {"field": "colour", "type": "choice", "choices": ["red", "blue"]},
            {
                "field": "shade",
                "type": "text",
                "visible_when": [{"field": "colour", "one_of": ["red"]}],
            },
        ],
        "solve_rules": [{"field": "colour"}],
        "brands": [{"brand": "north", "name": "Nord", "prefix": "N-", "accounts": ["support"]}],
        "macros": [
            {"name": "Ask", "steps": [{"command": "AddNote", "data": {"text": 'a "b"\n✓'}}]}
        ],
        "canned_replies": [{"name": "Hello", "text": "Hi", "language": "en"}],
    }
)


def planned(**wanted: object) -> list[tuple[str, str]]:
    """Methods and paths of what leads to a file that says this."""
    places = {"macros Ask": "macros/m-1", "canned_replies Hello en ": "canned-replies/r-1"}
    found = changes(NOW, DeskFile.model_validate(wanted), places)
    return [(change.method, change.path) for change in found]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(written(NOW))

    assert read(file) == NOW
    assert changes(NOW, read(file), {}) == []


def test_to_what_is_written_tables_can_be_added(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    bare = NOW.model_copy(update={"brands": (), "macros": ()})
    file.write_text(written(bare) + '[[brands]]\nbrand = "north"\nname = "Nord"\n')

    [change] = changes(bare, read(file), {})
    assert (change.method, change.path) == ("PUT", "desk/brands/north")


def test_what_a_file_does_not_mention_stays() -> None:
    assert planned() == []
    assert planned(tiers=3) == []
    assert planned(tiers=2) == [("PUT", "desk/tiers")]


def test_a_list_is_replaced_as_a_whole_and_the_difference_is_shown() -> None:
    wanted = DeskFile.model_validate({"labels": [{"status": "open", "labels": ["on_it"]}]})
    [change] = changes(NOW, wanted, {})

    assert change.body == {"labels": [{"status": "open", "labels": ["on_it"]}]}
    told = [line.strip() for line in change.difference.splitlines()]
    assert told == ["labels", '-    "assigned"', '+    "on_it"']


def test_fields_go_after_the_rules_that_needed_them_and_come_before_those_that_do() -> None:
    wanted = {"fields": [{"field": "size", "type": "number"}], "solve_rules": [{"field": "size"}]}

    assert planned(**wanted) == [
        ("PUT", "desk/fields/size"),
        ("PUT", "desk/solve-rules"),
        ("DELETE", "desk/fields/shade"),
        ("DELETE", "desk/fields/colour"),
    ]


def test_a_brand_gives_up_what_another_takes_over_before_that() -> None:
    south = {"brand": "south", "name": "Süd", "prefix": "N-", "accounts": ["support"]}

    assert planned(brands=[south]) == [
        ("DELETE", "desk/brands/north"),
        ("PUT", "desk/brands/south"),
    ]


def test_macros_and_canned_replies_are_known_by_name_and_others_stay() -> None:
    steps = [{"command": "ChangeTags", "data": {"add": ["asked"]}}]
    hello = {"name": "Hello", "text": "Hallo", "language": "de"}

    assert planned(macros=[{"name": "Ask", "steps": steps}, {"name": "New", "steps": steps}]) == [
        ("PUT", "macros/m-1"),
        ("POST", "macros"),
    ]
    assert planned(canned_replies=[hello]) == [("POST", "canned-replies")]
    assert planned(canned_replies=[{**hello, "language": "en"}]) == [("PUT", "canned-replies/r-1")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tiers = ", "is no TOML"),
        ("levels = 3", "levels: Extra inputs are not permitted"),
        ("[[brands]]\nname = 'x'", "brands.0.brand: Field required"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(text)

    with pytest.raises(Problem, match=told):
        read(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read: No such file"):
        read(tmp_path / "desk.toml")
