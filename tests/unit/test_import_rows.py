"""Lines of a CSV file of contacts: understood whatever wrote them, or refused with a sentence."""

from pathlib import Path

import pytest

from deploy.local import Problem
from deskledger.importing.rows import Fault, Row, encoding_of, read

FULL = (
    "Name;EMAIL;phone;organisation;domain;language;time_zone;plan;vip;tags;notes;"
    "external_id:crm;field:birthday\n"
    '"Ada Lovelace";ada@example.com; 123 ;Nordwind;Nordwind.example;en-GB;Europe/London;gold;yes;'
    'pilot;"Likes\nshort answers";C-7;10 Dec\n'
)


def lines(folder: Path, text: str | bytes) -> list[Row | Fault]:
    file = folder / "contacts.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read(file))


def test_every_column_is_understood(tmp_path: Path) -> None:
    assert lines(tmp_path, FULL) == [
        Row(
            line=2,
            name="Ada Lovelace",
            emails=("ada@example.com",),
            phone="123",
            organisation="Nordwind",
            domain="nordwind.example",
            language="en-GB",
            time_zone="Europe/London",
            plan="gold",
            vip=True,
            tags=("pilot",),
            notes="Likes\nshort answers",
            external_ids={"crm": "C-7"},
            fields={"birthday": "10 Dec"},
        )
    ]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_whatever_wrote_the_file(tmp_path: Path, separator: str, encoding: str) -> None:
    text = f"email{separator}name\njw@example.com{separator}Jürgen Weiß\n"
    [row] = lines(tmp_path, text.encode(encoding))
    assert isinstance(row, Row)
    assert (row.name, row.emails) == ("Jürgen Weiß", ("jw@example.com",))


def test_a_character_across_two_reads_is_no_other_encoding(tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * ((1 << 20) - 1) + "ü".encode())
    assert encoding_of(file) == "utf-8-sig"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("nobody,,,", "email"),
        ("a@b;nobody,,,", "email"),
        (",de,,", "email"),
        ("a@b,german!,,", "language"),
        ("a@b,,Mars/Base,", "time_zone"),
        ("a@b,,,perhaps", "vip"),
        ("a@b,,,,more", ""),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_by_itself(
    tmp_path: Path, cells: str, column: str
) -> None:
    found = lines(tmp_path, f"email,language,time_zone,vip\n{cells}\nada@b.example,,,\n")
    assert isinstance(found[0], Fault)
    assert (found[0].line, found[0].column) == (2, column)
    assert found[0].sentence.endswith(".")
    assert found[1] == Row(line=3, emails=("ada@b.example",))


@pytest.mark.parametrize("header", ["name,phone", "email,shoe size", "email,email", ""])
def test_a_file_of_something_else_is_refused_whole(tmp_path: Path, header: str) -> None:
    with pytest.raises(Problem):
        lines(tmp_path, f"{header}\nx,y\n")
