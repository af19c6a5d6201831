"""Who wrote what a mail sends on, in the words of the common programs."""

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from adapters.email.reading.bodies import AttachedFile
from adapters.email.reading.forwards import original_sender

GMAIL = """See below.

---------- Forwarded message ---------
From: Ada Lovelace <ada@example.org>
Date: Mon, 2 Mar 2026 at 09:00
Subject: Printer
To: <anna@desk.example>

It is on fire."""
GMAIL_DE = GMAIL.replace("Forwarded message", "Weitergeleitete Nachricht").replace("From:", "Von:")
OUTLOOK = """-----Original Message-----
From: Ada Lovelace [mailto:ada@example.org]
Sent: Monday, 2 March 2026 09:00
To: Anna

It is on fire."""
OUTLOOK_LINE = """________________________________
From: Ada Lovelace <ada@example.org>
Sent: Monday

It is on fire."""
THUNDERBIRD = """-------- Forwarded Message --------
Subject: \tPrinter
Date: \tMon, 2 Mar 2026 09:00:00 +0100
From: \tAda Lovelace <ada@example.org>
To: \tanna@desk.example

It is on fire."""
APPLE = """Begin forwarded message:

> From: Ada Lovelace <ada@example.org>
> Subject: Printer
> Date: 2 March 2026

> It is on fire."""


@pytest.mark.parametrize(
    "text", [GMAIL, GMAIL_DE, OUTLOOK, OUTLOOK_LINE, THUNDERBIRD, APPLE], ids=range(6)
)
def test_the_quoted_header_says_who(text: str) -> None:
    assert original_sender("Fwd: Printer", text, ()) == ("ada@example.org", "Ada Lovelace")


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ("WG: X", "Von: {}\nGesendet: Dienstag\nAn: Bo\nBetreff: X"),
        ("TR : X", "De : {}\nEnvoyé : mardi 3 mars\nÀ : Bo\nObjet : X"),
        ("RV: X", "De: {}\nEnviado el: martes\nPara: Bo\nAsunto: X"),
        ("I: X", "Da: {}\nInviato: martedì\nA: Bo\nOggetto: X"),
        ("ENC: X", "De: {}\nEnviada em: terça-feira\nPara: Bo\nAssunto: X"),
        ("Doorst: X", "Van: {}\nVerzonden: dinsdag\nAan: Bo\nOnderwerp: X"),
        ("VB: X", "Från: {}\nSkickat: den 3 mars\nTill: Bo\nÄmne: X"),
        ("VS: X", "Fra: {}\nSendt: 3. marts\nTil: Bo\nEmne: X"),
        ("VL: X", "Lähettäjä: {}\nLähetetty: tiistai\nVastaanottaja: Bo\nAihe: X"),
        ("PD: X", "Od: {}\nWysłano: wtorek\nDo: Bo\nTemat: X"),
        ("FW: X", "Od: {}\nOdesláno: úterý\nKomu: Bo\nPředmět: X"),
        ("FW: X", "От: {}\nОтправлено: 3 марта\nКому: Bo\nТема: X"),
        ("İLT: X", "Kimden: {}\nGönderildi: 3 Mart\nKime: Bo\nKonu: X"),
        ("转发: X", "发件人: {}\n发送时间: 2026年3月3日\n收件人: Bo\n主题: X"),
        ("FW: X", "差出人: {}\n送信日時: 2026年3月3日\n宛先: Bo\n件名: X"),
    ],
)
def test_outlook_says_it_in_many_languages(subject: str, fields: str) -> None:
    text = f"See below.\n\n{fields.format('Ada Lovelace <ada@example.org>')}\n\nIt is on fire."

    assert original_sender(subject, text, ()) == ("ada@example.org", "Ada Lovelace")


def test_without_a_name_it_is_the_address_alone() -> None:
    text = GMAIL.replace("Ada Lovelace <ada@example.org>", "ada@example.org")

    assert original_sender("FW: Printer", text, ()) == ("ada@example.org", "")


def test_an_attached_message_says_it_itself() -> None:
    raw = b"From: Ada Lovelace <ada@example.org>\r\nSubject: Printer\r\n\r\nIt is on fire."
    attached = AttachedFile(name="mail.eml", media_type="message/rfc822", data=raw, inline=False)

    assert original_sender("WG: Printer", "", [attached]) == ("ada@example.org", "Ada Lovelace")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Printer", GMAIL),  # an answer that quotes a forward
        ("Fwd: Printer", "It is on fire."),
        ("Fwd: Printer", "From: ada@example.org\n\nsays the log"),
        ("Fwd: Printer", GMAIL.replace("<ada@example.org>", "")),
    ],
)
def test_whoever_is_not_named_is_not_guessed(subject: str, text: str) -> None:
    assert original_sender(subject, text, ()) is None


@any_of(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    original_sender("Fwd: " + text[:20], "---------- Forwarded message ---------\n" + text, ())
