"""Machines are told from people, and nobody is taken for one without a reason."""

from datetime import UTC, date, datetime

import pytest

from adapters.email.reading.out_of_office import away_until
from adapters.email.reading.parse import Mail, parse

SENT = datetime(2026, 4, 20, 9, tzinfo=UTC)
OURS = ("support@example.com",)


def mail(*fields: str, body: str = "Hello", return_path: str = "ada@example.org") -> Mail:
    head = "\r\n".join(("Date: Mon, 20 Apr 2026 09:00:00 +0000", *fields))
    return parse(f"{head}\r\n\r\n{body}".encode(), return_path, ours=OURS)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Printer",
        "Out of Office",
        "Automatische Antwort: Drucker",
        "Abwesenheitsnotiz",
        "Réponse automatique : imprimante",
        "Respuesta automática: impresora",
        "Risposta automatica: stampante",
        "Resposta automática: impressora",
        "Automatisch antwoord: printer",
        "Autosvar: skrivare",
        "Automatisk svar: printer",
        "Automaattinen vastaus: tulostin",
        "Odpowiedź automatyczna: drukarka",
        "Automatická odpověď: tiskárna",
        "Автоматический ответ: принтер",
        "Otomatik yanıt: yazıcı",
        "自动回复: 打印机",
        "自動返信: プリンター",
        "부재중",
    ],
)
def test_an_answer_without_headers_is_told_by_how_it_is_headed(subject: str) -> None:
    assert mail(f"Subject: {subject}").automatic == "auto-replied"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply does not work",
        "How do I set an out of office?",
        "Abwesenheitsnotiz einrichten",
        "Re: Automatic reply: Printer",
    ],
)
def test_people_write_of_automatic_answers_too(subject: str) -> None:
    assert mail(f"Subject: {subject}").automatic == ""


@pytest.mark.parametrize(
    "field",
    [
        "X-Zendesk-From-Account-Id: 1",
        "X-Mailer: Zendesk Mailer",
        "X-Freshdesk-Ticket: 1",
        "X-OTRS-Loop: yes",
        "X-Powered-By: Znuny 7 (https://www.znuny.org/)",
        "X-JIRA-FingerPrint: 1",
        "RT-Ticket: example.org #1",
        "X-HubSpot-Id: 1",
    ],
)
def test_another_helpdesk_is_one(field: str) -> None:
    assert mail(field).automatic == "helpdesk"


@pytest.mark.parametrize(
    "fields",
    [
        ("From: Nagios <nagios@example.org>", "Subject: ** PROBLEM Service Alert: web **"),
        ("From: Ops <ops@example.org>", "Subject: Problem: High CPU", "Precedence: bulk"),
        ("From: Grafana <x@example.org>", "Subject: [FIRING:1] DiskFull"),
        ("From: root (Cron Daemon) <root@example.org>", "X-Cron-Env: <SHELL=/bin/sh>"),
        ("From: zabbix@example.org", "Subject: Resolved in 5m", "Auto-Submitted: auto-generated"),
    ],
)
def test_a_monitor_reports(fields: tuple[str, ...]) -> None:
    assert mail(*fields, return_path="").automatic == "alert"


def test_a_monitor_s_mailbox_answers_like_any_other() -> None:
    answer = mail("From: nagios@example.org", "Auto-Submitted: auto-replied")
    assert answer.automatic == "auto-replied"


@pytest.mark.parametrize(
    "field", ["List-Post: <mailto:support@example.com>", "List-Id: Support <support.example.com>"]
)
def test_a_list_of_ours_stamps_what_people_write(field: str) -> None:
    assert mail(field, "Precedence: bulk").automatic == ""


def test_a_list_of_others_is_bulk() -> None:
    assert mail("List-Id: News <news.example.org>", "Precedence: bulk").automatic == "precedence"


@pytest.mark.parametrize(
    ("wish", "wanted"), [("All", True), ("DR, OOF, AutoReply", True), ("DR, NDR", False)]
)
def test_who_wants_no_automatic_answer_is_no_machine_for_that(wish: str, wanted: bool) -> None:
    read = mail(f"X-Auto-Response-Suppress: {wish}")
    assert (read.automatic, read.no_answer) == ("", wanted)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I am out of the office until Tuesday, 5 May 2026."),
        ("en", "I will be back on May 5th."),
        ("en", "Away until 05/05/2026, thanks"),
        ("de", "Ich bin bis zum 5. Mai 2026 nicht im Büro."),
        ("de", "Ich bin vom 20.04. bis 05.05. abwesend."),
        ("fr", "Je suis absent jusqu'au 5 mai 2026 inclus."),
        ("es", "Estaré fuera hasta el 5 de mayo de 2026."),
        ("it", "Sarò assente fino al 5 maggio 2026."),
        ("pt", "Estarei ausente até 5 de maio de 2026."),
        ("nl", "Ik ben afwezig tot en met 5 mei 2026."),
        ("sv", "Jag är borta till och med 5 maj 2026."),
        ("da", "Jeg er væk til og med 5. maj 2026."),
        ("no", "Jeg er borte til 5. mai 2026."),
        ("fi", "Olen poissa 5.5.2026 saakka."),
        ("pl", "Jestem nieobecny do 5 maja 2026."),
        ("cs", "Jsem mimo kancelář do 5. května 2026."),
        ("ru", "Вернусь 05.05.2026"),
        ("tr", "5 Mayıs 2026 tarihine kadar ofis dışındayım."),
        ("hu", "Szabadságon vagyok 2026. május 5-ig."),
        ("ro", "Voi fi plecat până pe 5 mai 2026."),
        ("el", "Θα λείπω μέχρι 5 Μαΐου 2026."),
        ("ja", "5月5日まで不在です。"),
        ("zh", "我将外出至2026年5月5日。"),
        ("ko", "2026년 5월 5일까지 부재중입니다."),
    ],
)
def test_the_day_of_return_is_read(language: str, text: str) -> None:
    assert away_until(text, language, SENT) == date(2026, 5, 5)


@pytest.mark.parametrize(
    "text",
    ["Nobody knows when I am back.", "Until 20 April 2019 I was away.", "Call 5 of them until 9."],
)
def test_a_day_that_is_not_ahead_is_none(text: str) -> None:
    assert away_until(text, "en", SENT) is None


def test_a_day_in_the_new_year_is_in_the_next_one() -> None:
    found = away_until("Bis 07.01. nicht da.", "de", datetime(2026, 12, 20, tzinfo=UTC))
    assert found == date(2027, 1, 7)


def test_only_an_automatic_answer_says_until_when_somebody_is_away() -> None:
    body = "Away until 5 May 2026."
    assert mail("Subject: Automatic reply: X", body=body).away_until == date(2026, 5, 5)
    assert mail("Subject: Delivery", body=body).away_until is None
