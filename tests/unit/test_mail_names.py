"""Names of attached files are harmless, and still the names that people gave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.files.names import LONGEST, file_name, media_type


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\bill.doc", "bill.doc"),
        ("photo\u202egpj.exe", "photo gpj.exe"),
        ("bill.pdf" + " " * 100 + ".exe", "bill.pdf .exe"),
        ("a\r\nX-Header: b.txt", "a X-Header_ b.txt"),
        (".htaccess", "htaccess"),
        ("con.txt", "_con.txt"),
        ("..", "attachment.png"),
        ("", "attachment.png"),
    ],
)
def test_a_name_is_made_harmless(declared: str, name: str) -> None:
    assert file_name(declared, "image/png") == name


def test_a_long_name_keeps_what_opens_it() -> None:
    name = file_name("a" * 500 + ".exe", "image/png")
    assert len(name) == LONGEST
    assert name.endswith(".exe")


@given(st.text(max_size=400))
def test_any_name_can_be_saved(declared: str) -> None:
    name = file_name(declared, "application/octet-stream")
    assert 0 < len(name) <= LONGEST
    assert not set(name) & set('/\\:<>"|?*\n\r\0')
    assert name.encode()
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("Image/PNG", "image/png"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("image", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_type_has_the_shape_of_a_type(declared: str, found: str) -> None:
    assert media_type(declared) == found
