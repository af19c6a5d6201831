"""A page's quotes are there to be opened; what is new stands outside of them."""

import time

import pytest

from adapters.email.reading import html
from adapters.email.reading.parse import parse

PROGRAMS = {
    "Gmail": '<div>New.</div><div class="gmail_quote"><div class="gmail_attr">On Tue Ada wrote:'
    '</div><blockquote class="gmail_quote">Old.</blockquote></div>',
    "Outlook": '<div class="WordSection1"><p>New.</p><div><div style="border:none;border-top:solid '
    '#E1E1E1 1.0pt"><p><b>From:</b> Ada<br><b>Sent:</b> Tue<br><b>To:</b> Bo<br><b>Subject:</b> X'
    "</p></div></div><p>Old.</p></div>",
    "Outlook in German": '<p>New.</p><div style="border-top:solid #B5C4DF 1.0pt"><p>Von: Ada<br>'
    "Gesendet: Di<br>An: Bo<br>Betreff: X</p></div><p>Old.</p>",
    "Outlook on the web": '<div>New.</div><div id="appendonsend"></div><hr>'
    '<div id="divRplyFwdMsg">From: Ada</div><div>Old.</div>',
    "Outlook on a phone": '<div>New.</div><div id="mail-editor-reference-message-container">Old.'
    "</div>",
    "Apple Mail": "<div>New.</div><div><blockquote type=cite><div>On Tue, Ada wrote:</div>"
    "<div>Old.</div></blockquote></div>",
    "Thunderbird": '<p>New.</p><div class="moz-cite-prefix">On Tue, Ada wrote:</div>'
    '<blockquote type="cite">Old.</blockquote>',
    "Yahoo": '<div>New.</div><div id="yahoo_quoted_123" class="yahoo_quoted">On Tue, Ada wrote: '
    "Old.</div>",
    "ProtonMail": '<div>New.</div><div class="protonmail_quote">On Tue, Ada wrote:<blockquote '
    'class="protonmail_quote" type="cite">Old.</blockquote></div>',
    "Zoho": '<div>New.</div><div class="zmail_extra">Old.</div>',
}


def shown(page: str, sent_on: bool = False) -> tuple[str, str]:
    """What stands outside of closed quotes, and what inside of them."""
    safe = html.safe(page, sent_on)
    assert safe is not None
    outside, _, inside = safe.partition("<details><summary>")
    return outside, inside


@pytest.mark.parametrize("page", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_quote_is_closed_and_what_is_new_is_not(page: str) -> None:
    outside, inside = shown(page)
    assert "New." in outside
    assert "Old." not in outside
    assert "Old." in inside


@pytest.mark.parametrize("page", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_somebody_sends_on_is_open(page: str) -> None:
    outside, _ = shown(page, sent_on=True)
    assert "New." in outside
    assert "Old." in outside


def test_a_forward_is_told_by_what_the_program_wrote() -> None:
    mark = "---------- Forwarded message ---------<br>From: Ada<br>Fire!"
    outside, _ = shown(f'<div>See below.</div><div class="gmail_quote">{mark}</div>')
    assert "Fire!" in outside


def test_answers_between_quotes_stand_with_what_they_answer() -> None:
    page = (
        "<div>Ada wrote:</div><blockquote>Does it print?</blockquote><div>No.</div>"
        "<blockquote>Does it burn?</blockquote><div>Yes.</div><blockquote>Regards</blockquote>"
    )
    outside, inside = shown(page)
    assert all(said in outside for said in ("Does it print?", "No.", "Does it burn?", "Yes."))
    assert "Regards" in inside


def test_a_page_that_only_quotes_is_shown() -> None:
    assert shown("<blockquote>Old.</blockquote>") == ("<blockquote>Old.</blockquote>", "")


def test_a_line_across_the_page_is_no_quote() -> None:
    outside, _ = shown('<p>New.</p><div style="border-top:solid 1px">Total: 5</div><p>Bye.</p>')
    assert "Bye." in outside


def test_the_text_of_a_page_says_what_it_quotes() -> None:
    page = (
        "<div>On 3 Mar 2026, at 16:05, Ada &lt;ada@example.org&gt; wrote:</div>"
        "<blockquote type=cite>Does it print?</blockquote><div>No.</div>"
        "<blockquote type=cite>Does it burn?</blockquote><div>Yes!</div>"
    )
    read = parse(f"Content-Type: text/html\r\n\r\n{page}".encode())
    assert "> Does it print?" in read.text
    assert [passage.kind for passage in read.folded] == ["quote"]
    assert read.text[read.folded[0].end :].strip().startswith("> Does it print?")


@pytest.mark.parametrize(
    "piece",
    [
        "<blockquote>a</blockquote>",
        "<div class=gmail_quote>a",
        "<div style='border-top:solid'>From: a: b: c:</div>",
        "<p id=appendonsend>a</p>",
        "<blockquote>",
    ],
)
def test_a_page_of_quotes_is_read_in_time(piece: str) -> None:
    page = piece * (400_000 // len(piece))
    begun = time.process_time()
    html.safe(page)
    html.readable(page)
    assert time.process_time() - begun < 6
