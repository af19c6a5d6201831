"""A reader sees what was written, and can unfold what was quoted, signed or disclaimed."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.email.reading.folding import fold, visible
from adapters.email.reading.parse import parse
from libs.contents import Passage, Rendition

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail" / "reply-trimmer"
NEEDED = 0.85


def left(text: str, sent_on: bool = False) -> str:
    return visible(text, fold(text, sent_on))


def test_of_real_replies_what_a_person_would_keep_is_kept() -> None:
    if not CORPUS.exists():
        pytest.skip("no corpus here")
    mails = sorted((CORPUS / "emails").glob("*.txt"))
    wrong = [
        mail.name
        for mail in mails
        if left(mail.read_text()) != (CORPUS / "trimmed" / mail.name).read_text().strip()
    ]
    assert len(mails) - len(wrong) >= NEEDED * len(mails), wrong


ATTRIBUTIONS = {
    "en, Gmail": "On Tue, Mar 3, 2026 at 4:05 PM Ada Byron <ada@example.org> wrote:",
    "en, Apple Mail": "On 3 Mar 2026, at 16:05, Ada Byron <ada@example.org> wrote:",
    "en, Thunderbird": "On 3/3/26 16:05, Ada Byron wrote:",
    "en, Yahoo": "On Tuesday, March 3, 2026 at 04:05:12 PM GMT+1, Ada <ada@example.org> wrote:",
    "en, ProtonMail": "On Tuesday, March 3rd, 2026 at 4:05 PM, Ada <ada@example.org> wrote:",
    "en, mutt": "On Tue, Mar 03, 2026 at 04:05:12PM +0100, Ada Byron wrote:",
    "en, Horde": "Quoting Ada Byron <ada@example.org>:",
    "en, Android": "---- Ada Byron wrote ----",
    "en, between rules": "-----On 3/3/2026 16:05, Ada Byron wrote-----",
    "en, Airmail": "On 3-Mar-2026, at 4:05 PM, Ada Byron <ada@example.org> sent:",
    "en, Pine": "Ada Byron <ada@example.org> writes:",
    "de, Gmail": "Am Di., 3. März 2026 um 16:05 Uhr schrieb Ada Byron <ada@example.org>:",
    "de, Apple Mail": "Am 03.03.2026 um 16:05 schrieb Ada Byron <ada@example.org>:",
    "de, Gmail wrapped": "Ada Byron <ada@example.org> schrieb am Di., 3. März 2026,\n16:05:",
    "fr, Gmail": "Le mar. 3 mars 2026 à 16:05, Ada Byron <ada@example.org> a écrit :",
    "fr, Thunderbird": "Le 03/03/2026 à 16:05, Ada Byron a écrit\xa0:",
    "es, Gmail": "El mar, 3 mar 2026 a las 16:05, Ada Byron (<ada@example.org>) escribió:",
    "es, Apple Mail": "El 3 mar 2026, a las 16:05, Ada Byron <ada@example.org> escribió:",
    "it, Gmail": "Il giorno mar 3 mar 2026 alle ore 16:05 Ada Byron <ada@example.org> ha scritto:",
    "it, Thunderbird": "Il 03/03/26 16:05, Ada Byron ha scritto:",
    "pt, Gmail": "Em ter., 3 de mar. de 2026 às 16:05, Ada <ada@example.org> escreveu:",
    "nl, Gmail": "Op di 3 mrt 2026 om 16:05 schreef Ada Byron <ada@example.org>:",
    "nl, Apple Mail": "Op 3 mrt. 2026, om 16:05 heeft Ada <ada@example.org> geschreven:",
    "sv, Gmail": "Den tis 3 mars 2026 kl 16:05 skrev Ada Byron <ada@example.org>:",
    "sv, Apple Mail": "3 mars 2026 kl. 16:05 skrev Ada Byron <ada@example.org>:",
    "da, Gmail": "Den tir. 3. mar. 2026 kl. 16.05 skrev Ada Byron <ada@example.org>:",
    "no, Gmail": "tir. 3. mar. 2026 kl. 16:05 skrev Ada Byron <ada@example.org>:",
    "fi, Gmail": "ti 3. maalisk. 2026 klo 16.05 Ada Byron (ada@example.org) kirjoitti:",
    "pl, Gmail": "wt., 3 mar 2026 o 16:05 Ada Byron <ada@example.org> napisał(a):",
    "pl, Thunderbird": "W dniu 3.03.2026 o 16:05, Ada Byron pisze:",
    "cs, Gmail": "út 3. 3. 2026 v 16:05 odesílatel Ada Byron <ada@example.org> napsal:",
    "sk, Gmail": "ut 3. 3. 2026 o 16:05 Ada Byron <ada@example.org> napísal(a):",
    "ru, Gmail": "вт, 3 мар. 2026 г. в 16:05, Ada Byron <ada@example.org>:",
    "ru, Yandex": '03.03.2026, 16:05, "Ada Byron" <ada@example.org>:',
    "uk, Gmail": "вт, 3 бер. 2026 р. о 16:05 Ada Byron <ada@example.org> пише:",
    "hu, Gmail": "Ada Byron <ada@example.org> ezt írta (időpont: 2026. márc. 3., K, 16:05):",
    "ro, Gmail": "mar., 3 mar. 2026 la 16:05, Ada Byron <ada@example.org> a scris:",
    "tr, Gmail": "Ada Byron <ada@example.org>, 3 Mar 2026 Sal, 16:05 tarihinde şunu yazdı:",
    "el, Gmail": "Στις Τρί 3 Μαρ 2026 στις 4:05 μ.μ., ο χρήστης Ada <ada@example.org> έγραψε:",
    "zh, Gmail": "Ada Byron <ada@example.org> 于2026年3月3日周二 16:05写道：",
    "zh, Apple Mail": "在 2026年3月3日，下午4:05，Ada <ada@example.org> 写道：",
    "ja, Gmail": "2026年3月3日(火) 16:05 Ada Byron <ada@example.org>:",
    "ja, Apple Mail": "2026/03/03 16:05、Ada Byron <ada@example.org>のメール:",
    "ko, Gmail": "2026년 3월 3일 (화) 오후 4:05, Ada Byron <ada@example.org>님이 작성:",
    "vi, Gmail": "Vào Th 3, 3 thg 3, 2026 vào lúc 16:05 Ada Byron <ada@example.org> đã viết:",
    "id, Gmail": "Pada tanggal Sel, 3 Mar 2026 pukul 16.05 Ada <ada@example.org> menulis:",
}


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_a_quote_is_folded_with_the_line_that_introduces_it(line: str) -> None:
    assert left(f"It works now.\n\n{line}\n\n> Does it work?\n> Ada\n") == "It works now."
    assert left(f"{line}\n\n> Does it work?\n> Ada\n\nIt works now.") == "It works now."


@pytest.mark.parametrize("line", [line for line in ATTRIBUTIONS.values() if line.count(" ") > 5])
def test_a_line_that_was_wrapped_still_introduces_a_quote(line: str) -> None:
    words = line.split(" ")
    wrapped = " ".join(words[:-3]) + "\n" + " ".join(words[-3:])
    assert left(f"It works now.\n\n{wrapped}\n\n> Does it work?") == "It works now."


def test_what_was_written_before_a_rule_in_the_same_line_is_kept() -> None:
    text = "Yes.\nThat is all --- On Wed, Apr 4, 2026, ada@example.org wrote:\n> Really?"
    assert left(text).startswith("Yes.\nThat is all ---")


HEADER_BLOCKS = {
    "en, Outlook": "From: Ada <ada@example.org>\nSent: Tuesday, March 3, 2026 4:05 PM\n"
    "To: Support <help@example.com>\nSubject: RE: Printer",
    "en, Outlook Web": "________________________________\nFrom: Ada\nSent: 3 March 2026\nTo: Bo\n"
    "Subject: Printer",
    "en, Outlook 2003": "-----Original Message-----\nFrom: Ada\nSent: 3 March 2026\nTo: Bo\n"
    "Subject: Printer",
    "en, iPhone of Outlook": "*From:* Ada <ada@example.org>\n*Date:* Tuesday, 3 March 2026\n"
    "*To:* help@example.com\n*Subject:* Printer",
    "de": "Von: Ada <ada@example.org>\nGesendet: Dienstag, 3. März 2026 16:05\n"
    "An: Hilfe\nBetreff: AW: Drucker",
    "fr": "De : Ada <ada@example.org>\nEnvoyé : mardi 3 mars 2026 16:05\nÀ : Aide\nObjet : RE: X",
    "es": "De: Ada <ada@example.org>\nEnviado el: martes, 3 de marzo de 2026\nPara: Ayuda\n"
    "Asunto: RE: Impresora",
    "it": "Da: Ada <ada@example.org>\nInviato: martedì 3 marzo 2026 16:05\nA: Aiuto\nOggetto: R: X",
    "pt": "De: Ada <ada@example.org>\nEnviada em: terça-feira, 3 de março\nPara: Ajuda\n"
    "Assunto: RES: Impressora",
    "nl": "Van: Ada <ada@example.org>\nVerzonden: dinsdag 3 maart 2026\nAan: Hulp\nOnderwerp: X",
    "sv": "Från: Ada <ada@example.org>\nSkickat: den 3 mars 2026 16:05\nTill: Hjälp\nÄmne: SV: X",
    "da": "Fra: Ada <ada@example.org>\nSendt: 3. marts 2026 16:05\nTil: Hjælp\nEmne: SV: X",
    "fi": "Lähettäjä: Ada <ada@example.org>\nLähetetty: tiistai 3. maaliskuuta\n"
    "Vastaanottaja: Apu\nAihe: VS: X",
    "pl": "Od: Ada <ada@example.org>\nWysłano: wtorek, 3 marca 2026\nDo: Pomoc\nTemat: ODP: X",
    "cs": "Od: Ada <ada@example.org>\nOdesláno: úterý 3. března 2026\nKomu: Pomoc\nPředmět: RE: X",
    "ru": "От: Ada <ada@example.org>\nОтправлено: 3 марта 2026 г. 16:05\nКому: Помощь\nТема: RE: X",
    "hu": "Feladó: Ada <ada@example.org>\nElküldve: 2026. március 3.\nCímzett: Segítség\nTárgy: X",
    "tr": "Kimden: Ada <ada@example.org>\nGönderildi: 3 Mart 2026 Salı\nKime: Yardım\nKonu: X",
    "zh": "发件人: Ada <ada@example.org>\n发送时间: 2026年3月3日\n收件人: 帮助\n主题: 打印机",
    "ja": "差出人: Ada <ada@example.org>\n送信日時: 2026年3月3日\n宛先: 係\n件名: プリンター",
    "ko": "보낸 사람: Ada <ada@example.org>\n보낸 날짜: 2026년 3월 3일\n받는 사람: 지원\n제목: 불",
}


@pytest.mark.parametrize("block", HEADER_BLOCKS.values(), ids=HEADER_BLOCKS.keys())
def test_what_follows_a_header_block_was_written_before(block: str) -> None:
    assert left(f"It works now.\n\n{block}\n\nDoes it work?\n\nAda") == "It works now."


@pytest.mark.parametrize("block", HEADER_BLOCKS.values(), ids=HEADER_BLOCKS.keys())
def test_what_somebody_sends_on_is_to_be_read(block: str) -> None:
    assert left(f"Please help him.\n\n{block}\n\nIt is on fire!", sent_on=True) == (
        "Please help him.\n\nIt is on fire!"
    )


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ---------",
        "---------- Пересылаемое сообщение ---------",
        "Begin forwarded message:",
        "Anfang der weitergeleiteten Nachricht:",
    ],
)
def test_a_forward_shows_what_it_sends_on(mark: str) -> None:
    block = "From: Ada <ada@example.org>\nDate: 3 March 2026\nSubject: Fire\nTo: Bo"
    assert left(f"Please help her.\n\n{mark}\n{block}\n\nIt is on fire!") == (
        "Please help her.\n\nIt is on fire!"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from Outlook for Android<https://aka.ms/x>",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Von meinem iPhone gesendet",
        "Gesendet von Mail für Windows",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Enviado do meu iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "iPhone'umdan gönderildi",
        "从我的iPhone发送",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
    ],
)
def test_what_the_program_added_is_folded_as_a_signature(line: str) -> None:
    text = f"It works now.\n\n{line}"
    assert left(text) == "It works now."
    assert [passage.kind for passage in fold(text)] == ["signature"]


@pytest.mark.parametrize(
    "notice",
    [
        "This e-mail and any attachments are confidential and intended solely for the addressee.",
        "If you are not the intended recipient, please delete this message.",
        "Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen.",
        "Ce message et toutes les pièces jointes sont confidentiels.",
        "Este mensaje y sus archivos adjuntos son confidenciales.",
        "Questo messaggio contiene informazioni riservate.",
        "Esta mensagem pode conter informação confidencial.",
        "Deze e-mail is uitsluitend bestemd voor de geadresseerde.",
        "Detta meddelande är konfidentiellt.",
        "Ta wiadomość zawiera informacje poufne.",
        "Это сообщение содержит конфиденциальную информацию.",
        "Bu e-posta gizli bilgi içerebilir.",
    ],
)
def test_a_disclaimer_is_folded_as_one(notice: str) -> None:
    text = f"It works now.\n\n{notice}"
    assert left(text) == "It works now."
    assert [passage.kind for passage in fold(text)] == ["disclaimer"]


def test_a_signature_under_its_delimiter_is_folded() -> None:
    assert left("It works now.\n\n-- \nAda Byron\nByron Ltd") == "It works now."
    assert left("It works now.\n\n_______\nAda Byron\nTel. +44 20 7946 0000") == "It works now."


def test_a_greeting_is_no_signature() -> None:
    assert left("It works now.\n\nBest regards\nAda") == "It works now.\n\nBest regards\nAda"


@pytest.mark.parametrize(
    "text",
    [
        "Steps\n=====\n1. open it\n2. it crashes\n\n-----\nExpected: no crash",
        "On 3 March 2026 I wrote the following to your sales:\n\nplease call me",
        "From: the first floor\nwe cannot print.",
        "| name | size |\n|------|------|\n| a    | 1    |",
        "I wrote to help@example.org:\nnobody answered.",
        "Sent from the warehouse yesterday, but nothing has arrived so far. Where is it?\nAda",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert left(text) == text


def test_answers_between_quoted_lines_are_read_with_them() -> None:
    text = (
        "On 3 Mar 2026, at 16:05, Ada <ada@example.org> wrote:\n"
        "> Does it print?\n\nNo.\n\n> Is it on fire?\n\nYes!\n\n> Regards\n> Ada"
    )
    assert left(text) == "> Does it print?\n\nNo.\n\n> Is it on fire?\n\nYes!"


@pytest.mark.parametrize("above", ["Hi Ada,", "Hello, see my answers below.", "Antworten unten."])
def test_an_answer_below_is_not_taken_for_a_signature(above: str) -> None:
    quote = "On 3 Mar 2026, at 16:05, Ada <ada@example.org> wrote:\n> Does it print?\n> Ada"
    assert left(f"{above}\n\n{quote}\n\nNo, it burns.").endswith("No, it burns.")


def test_a_message_carries_its_passages_to_whoever_shows_it() -> None:
    raw = b"Subject: Re: fire\r\n\r\nIt burns.\r\n\r\nAda wrote:\r\n> Does it burn?\r\n"
    mail = parse(raw)
    words = Rendition(text=mail.text, folded=tuple(Passage(*one) for one in mail.folded))
    assert words.text == "It burns.\n\nAda wrote:\n> Does it burn?"
    assert Rendition.decode(words.encode()).visible == "It burns."


def test_where_nothing_would_be_left_everything_is_shown() -> None:
    text = "> only\n> quoted"
    assert fold(text) == ()
    assert left(text) == text


def test_a_line_that_asks_to_answer_above_it_ends_the_answer() -> None:
    text = (
        "It works.\n\n##- Please type your reply above this line -##\n\nYour request was updated."
    )
    assert left(text) == "It works."


@given(st.text(alphabet="ab:> \n-<@_|", max_size=400))
def test_passages_are_ranges_in_their_order(text: str) -> None:
    place = 0
    for passage in fold(text):
        assert place <= passage.start < passage.end <= len(text)
        place = passage.end


@settings(max_examples=5, deadline=None)
@given(
    st.sampled_from(
        ["> \n", "On a ", "On 1:\n", "From: a\n", "-- \n", "a\n> b\n", "<", "a@b> wrote:\n", "\n"]
    )
)
def test_whatever_is_sent_is_folded_in_time(piece: str) -> None:
    text = piece * (500_000 // len(piece))
    begun = time.process_time()
    fold(text)
    assert time.process_time() - begun < 3
