"""Mails as the world sends them become messages, whatever their bytes."""

import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.email.reading.parse import Mail, digest, language, parse

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mail"


def mail(head: str, body: str = "Hello") -> Mail:
    return parse(f"{head}\r\n\r\n{body}".encode())


# Headers


@pytest.mark.parametrize(
    ("field", "address", "name"),
    [
        ("Ana Weber <ana@example.org>", "ana@example.org", "Ana Weber"),
        ('"Weber, Ana" <ana@example.org>', "ana@example.org", "Weber, Ana"),
        ("ana@example.org (Ana)", "ana@example.org", "Ana"),
        ("ana@example.org <ana@example.org>", "ana@example.org", ""),
        ("'Ana' <mailto:ana@example.org>", "ana@example.org", "Ana"),
        ("Ana Weber ana@example.org", "ana@example.org", "Ana Weber"),
        ('"Bo \\"B\\" Li" <bo@example.org>', "bo@example.org", 'Bo "B" Li'),
        ('"ana weber"@example.org', '"ana weber"@example.org', ""),
        ("<@relay.example,@other.example:ana@example.org>", "ana@example.org", ""),
        ("Ana(at work) <ana(desk)@example.org>", "ana@example.org", "Ana"),
        ("=?utf-8?q?Weber,_Ana?= <ana@example.org>", "ana@example.org", "Weber, Ana"),
        ("=?utf-8?q?Ana_<ana=40example.org>?=", "ana@example.org", "Ana"),
        ('"boss@example.com" <ana@example.org>', "ana@example.org", "boss@example.com"),
        ("nobody <>, ana@example.org", "ana@example.org", ""),
        ("undisclosed-recipients:;", "", ""),
        ("=?utf-8?q?J=C3=B6rg?= <j@example.org>", "j@example.org", "Jörg"),
        ("=?utf-8?b?w7bDtg==?= <broken@@example.org>", "", ""),
        ("Jörg <jörg@exämple.org>", "jörg@exämple.org", "Jörg"),
        ("Team: Ana <ana@example.org>, Bo <bo@example.org>;", "ana@example.org", "Ana"),
        ("<ana@example.org", "ana@example.org", ""),
        ("no address at all", "", ""),
    ],
)
def test_a_sender_is_found_however_it_is_written(field: str, address: str, name: str) -> None:
    found = mail(f"From: {field}")
    assert (found.sender, found.sender_name) == (address, name)


def test_without_a_from_the_envelope_says_who_wrote() -> None:
    assert parse(b"Subject: x\r\n\r\ny", "ana@example.org").sender == "ana@example.org"


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"Printer\r\n on fire", "Printer on fire"),
        (b"=?iso-8859-1?q?Gr=FC=DFe?= =?utf-8?b?w6Q=?=", "Grüßeä"),
        (b"Gr\xfc\xdfe", "Grüße"),
        ("Grüße".encode(), "Grüße"),
        (b"=?utf-8?q?broken", "=?utf-8?q?broken"),
        (b"=?x-unknown?q?a=20b?=", "a b"),
        (b"=?utf-8?q?caf=C3?=\r\n =?utf-8?q?=A9?=", "café"),
        (b"=?utf-8?b?w?= =?utf-8?b?7w=?=", "ü"),
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"=?utf-8?q?blanks inside?= and_out", "blanks inside and_out"),
        (b"=?utf-8?q?Really??=", "Really?"),
        (b'"=?iso-8859-1?q?J=F6rg?=" said', '"Jörg" said'),
        (b"=?us-ascii?q?Gr=FC=DFe?=", "Grüße"),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?gb2312?b?5Hs=?=", "鋥"),
        (b"\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"),
        (b"tab\tand\x00nul", "tab andnul"),
        (b"", ""),
    ],
)
def test_a_subject_is_read_in_its_own_words(field: bytes, subject: str) -> None:
    assert parse(b"Subject: " + field + b"\r\n\r\nx").subject == subject


@pytest.mark.parametrize(
    ("head", "root"),
    [
        ("References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\nMessage-ID: <c@x>", "<a@x>"),
        ("In-Reply-To: <b@x>\r\nMessage-ID: <c@x>", "<b@x>"),
        ("Message-ID: <c@x>", "<c@x>"),
        ("References: broken\r\nMessage-ID: <c@x>", "<c@x>"),
        ("Subject: nothing", ""),
    ],
)
def test_a_thread_is_named_by_its_root(head: str, root: str) -> None:
    assert mail(head).thread == root


def test_everything_that_may_carry_our_reference_is_kept() -> None:
    found = mail(
        "To: Support <Support+ABC@Example.org>, other@example.net\r\nCc: third@example.org\r\n"
        "Delivered-To: support+abc@example.org\r\nIn-Reply-To: <m2@x>\r\nReferences: <m1@x> <m2@x>"
    )
    assert found.references == (
        "Support+ABC@Example.org",
        "other@example.net",
        "third@example.org",
        "support+abc@example.org",
        "<m2@x>",
        "<m2@x>",
        "<m1@x>",
    )


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("Sun, 22 Nov 2026 10:00:00 +0100", "2026-11-22T09:00:00+00:00"),
        ("Sun, 22 Nov 2026 10:00:00 -0000", "2026-11-22T10:00:00+00:00"),
        ("yesterday", None),
        ("Sun, 22 Nov 0000 10:00:00 +9999", None),
    ],
)
def test_a_date_is_an_instant_or_nothing(field: str, sent: str | None) -> None:
    found = mail(f"Date: {field}").sent_at
    assert (found and found.isoformat()) == sent


def test_what_is_written_in_a_name_is_no_addressee() -> None:
    found = mail('To: "boss@example.com" <ana@example.org>, x (y@example.com) <bo@example.org>')
    assert found.copied == ("ana@example.org", "bo@example.org")


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        (b"Subject : On fire\r\nFrom: a@x", "On fire"),
        (b"From: a@x\r\nrubbish of a gateway\r\n more of it\r\nSubject: On fire", "On fire"),
        (b"\r\n\r\nSubject: On fire", "On fire"),
        (b"\xef\xbb\xbfSubject: On fire", "On fire"),
        (b"From ana Mon Mar  2 09:00:00 2026\nSubject: On fire", "On fire"),
    ],
)
def test_a_header_is_read_to_its_end(head: bytes, subject: str) -> None:
    found = parse(head + b"\r\n\r\nHello")
    assert (found.subject, found.text) == (subject, "Hello")


def test_an_endless_header_leaves_the_words() -> None:
    found = parse(b"Subject: On fire\n" + b"X-A: b\n" * 300_000 + b"From: a@x\n\nHello")
    assert (found.subject, found.text) == ("On fire", "Hello")


def test_words_right_after_the_header_are_no_rubbish() -> None:
    assert parse(b"Subject: On fire\r\nDear all, come: now\r\n\r\nAna").text == (
        "Dear all, come: now\n\nAna"
    )


# Words and files


def test_plain_text_is_preferred_and_html_is_kept_safe() -> None:
    # given a mail that says the same twice, once with a script
    written = EmailMessage(SMTP)
    written["From"] = "ana@example.org"
    written.set_content("Hello in plain")
    written.add_alternative(
        '<p onclick="x()">Hello <b>there</b><script>alert(1)</script>'
        '<img src="https://tracker.example/p.gif"><img src="cid:logo">'
        '<a href="javascript:x()">no</a> <a href="https://example.org">yes</a></p>',
        subtype="html",
    )
    # when it is read
    found = parse(written.as_bytes())
    # then nothing in it runs, and nothing is loaded from elsewhere
    assert found.text.strip() == "Hello in plain"
    assert found.html is not None
    assert (
        '<p>Hello <b>there</b><img data-remote-src="https://tracker.example/p.gif">'
        '<img src="cid:logo"><a rel="noopener noreferrer nofollow">no</a> '
        '<a href="https://example.org" rel="noopener noreferrer nofollow">yes</a></p>'
    ) in found.html


def test_html_alone_is_readable() -> None:
    found = mail(
        "Content-Type: text/html; charset=utf-8",
        "<style>p{}</style><p>First</p><ul><li>one</li><li>two</li></ul>",
    )
    assert [line.strip() for line in found.text.split("\n") if line.strip()] == [
        "First",
        "• one",
        "• two",
    ]


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode("cp1252"), "Grüße"),
        ("iso-8859-1", "“Grüße”".encode("cp1252"), "“Grüße”"),
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("gb2312", "你好，鎔".encode("gb18030"), "你好，鎔"),
        ("iso-2022-jp", "すみません".encode("iso-2022-jp"), "すみません"),
        ("ks_c_5601-1987", "안녕하세요".encode("cp949"), "안녕하세요"),
        ("x-unknown", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", "Viele Grüße aus Köln €".encode()[:-1], "Viele Grüße aus Köln \ufffd"),
        ("utf-7", b"Gr+APwA3w-e", "Grüße"),
        (
            "us-ascii",
            "Принтер на втором этаже не печатает".encode("koi8-r"),
            "Принтер на втором этаже не печатает",
        ),
        (
            "iso-8859-1",
            "Принтер на втором этаже не печатает".encode("cp1251"),
            "Принтер на втором этаже не печатает",
        ),
        (
            "",
            "二階のプリンターが今朝から印刷できません".encode("cp932"),
            "二階のプリンターが今朝から印刷できません",
        ),
        (
            "",
            "Drukarka na piętrze nie działa, zażółć gęślą".encode("cp1250"),
            "Drukarka na piętrze nie działa, zażółć gęślą",
        ),
        ("", "Jörg Müller".encode("cp1252"), "Jörg Müller"),
        ("windows-1252", "ÄÖÜ äöü ß ÄÖÜ äöü".encode("cp1252"), "ÄÖÜ äöü ß ÄÖÜ äöü"),
        ("unicode-1-1-utf-7", b"Gr+APwA3w-e", "Grüße"),
        ("us-ascii", "すみません".encode("iso-2022-jp"), "すみません"),
        ("punycode", b"plain", "plain"),
        ("zlib", b"plain", "plain"),
        ("hex", b"706c61696e", "706c61696e"),
        ("utf-8", b"a\x00b\x1b[31mc", "ab[31mc"),
    ],
)
def test_text_is_read_in_the_charset_it_really_has(charset: str, data: bytes, text: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + data
    assert parse(raw).text == text


@pytest.mark.parametrize(
    ("declared", "text", "really"),
    [
        ("us-ascii", "Принтер на втором этаже не печатает", "koi8-r"),
        ("iso-8859-1", "Принтер на втором этаже не печатает", "cp1251"),
        ("", "二階のプリンターが今朝から印刷できません", "cp932"),
        ("", "Drukarka na piętrze nie działa, zażółć gęślą", "cp1250"),
        ("", "Jörg Müller", "cp1252"),
        ("windows-1252", "ÄÖÜ äöü ß ÄÖÜ äöü", "cp1252"),
    ],
)
def test_a_charset_that_nobody_or_a_liar_declared_is_found(
    declared: str, text: str, really: str
) -> None:
    raw = f"Content-Type: text/plain; charset={declared}\r\n\r\n".encode() + text.encode(really)
    assert parse(raw).text == text


def test_files_keep_their_bytes_and_lose_their_tricks() -> None:
    # given a mail with files, one of them a mail itself, one shown inside the text
    written = EmailMessage(SMTP)
    written.set_content("See below")
    written.add_attachment(
        b"\x00\x01",
        maintype="application",
        subtype="pdf",
        filename="../../x/bill\u202efdp.exe",
    )
    inner = EmailMessage(SMTP)
    inner["Subject"] = "inner"
    inner.set_content("inside")
    written.add_attachment(inner)
    written.add_attachment(
        b"png", maintype="image", subtype="png", disposition="inline", cid="<logo>"
    )
    # when it is read
    files = parse(written.as_bytes()).files
    # then each is there with a harmless name
    assert [(f.name, f.media_type, f.inline) for f in files] == [
        ("bill fdp.exe", "application/pdf", False),
        ("inner.eml", "message/rfc822", False),
        ("attachment.png", "image/png", False),  # the text shows no pictures
    ]
    assert files[0].data == b"\x00\x01"
    assert files[1].data.replace(b"\r\n", b"\n") == inner.as_bytes().replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("attachment; filename*=utf-8''na%C3%AFve%20plan.txt; filename=x.txt", "naïve plan.txt"),
        ("attachment; filename*0*=utf-8''na%C3; filename*2=.txt; filename*1*=%AFve", "naïve.txt"),
        ('attachment; filename*0="a very "; filename*1="long name.txt"', "a very long name.txt"),
        ('attachment; filename="=?utf-8?b?bmHDr3Zl?= =?utf-8?q?.txt?="', "naïve.txt"),
        ("attachment; filename==?utf-8?b?bmHDr3ZlLnR4dA?=", "naïve.txt"),
        ('attachment; filename="a;b.txt"; size=3', "a;b.txt"),
        ("attachment; filename=two words.txt", "two words.txt"),
        ('attachment; filename="no end.txt', "no end.txt"),
        ("attachment filename=a.txt", "a.txt"),
        ('attachment; filename="C:\\bills\\new.txt"', "new.txt"),
        ("attachment; filename*=latin1'en'%A3.txt", "£.txt"),
        ("attachment; filename*=utf-8''%E2%80%AEtxt.exe", "txt.exe"),
        ("attachment\r\nContent-Location: https://x.example/dir/photo.txt?size=1", "photo.txt"),
        ("attachment", "attachment.bin"),
    ],
)
def test_a_file_is_named_however_its_name_is_written(field: str, name: str) -> None:
    [file] = mail(f"Content-Type: application/octet-stream\r\nContent-Disposition: {field}").files
    assert file.name == name


def test_a_mail_with_broken_boundaries_still_says_what_it_says() -> None:
    found = mail('Content-Type: multipart/mixed; boundary="x"', "no boundary ever comes")
    assert found.text == "no boundary ever comes"


@pytest.mark.parametrize(
    "field",
    [
        "text/plain; charset=a\0b",
        "text/plain; charset*=undefined''%ff",
        "text/plain; charset==?utf-8?q?a=00b?=",
        "multipart/mixed; boundary*=idna''%ff",
    ],
)
def test_a_charset_that_is_none_leaves_the_words(field: str) -> None:
    assert parse(f"Content-Type: {field}\r\n\r\nGrüße".encode()).text == "Grüße"


# Automatic or not


@pytest.mark.parametrize(
    ("head", "return_path", "reason"),
    [
        ("From: a@x", "a@x", ""),
        ("Auto-Submitted: no", "a@x", ""),
        ("Auto-Submitted: auto-replied (vacation)", "a@x", "auto-replied"),
        ("Auto-Submitted: auto-replied; owner-email=x@y", "a@x", "auto-replied"),
        ("Auto-Submitted: auto-generated", "a@x", "auto-generated"),
        ("Precedence: bulk", "a@x", "precedence"),
        ("Precedence: list", "a@x", ""),
        ("X-Auto-Response-Suppress: All", "a@x", ""),
        ("X-Autoreply: yes", "a@x", "auto-replied"),
        ("From: a@x", "", "null-return-path"),
        ("From: MAILER-DAEMON@x", None, "mailer"),
        ("Content-Type: multipart/report; boundary=x", "a@x", "report"),
    ],
)
def test_a_machine_is_told_from_a_person(head: str, return_path: str | None, reason: str) -> None:
    assert parse(f"{head}\r\n\r\nx".encode(), return_path).automatic == reason


# Language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Guten Tag, der Drucker im zweiten Stock druckt seit heute morgen nicht mehr.", "de"),
        ("Good morning, the printer on the second floor has not printed since today.", "en"),
        ("Bonjour, l'imprimante du deuxième étage n'imprime plus depuis ce matin.", "fr"),
        ("Добрый день, принтер на втором этаже с сегодняшнего утра не печатает.", "ru"),
        ("ok thanks", ""),
        ("", ""),
    ],
)
def test_a_language_is_named_only_when_it_is_plain(text: str, code: str) -> None:
    assert language(text) == code


# Repeated deliveries


def test_two_deliveries_of_one_mail_have_one_digest() -> None:
    # given a mail, and the same on another way through the world
    first = b"Received: by a\r\nFrom: a@x\r\nSubject: y\r\n\r\nbody\r\n"
    second = (
        b"Return-Path: <a@x>\r\nReceived: by b\r\n\twith esmtp\r\nARC-Seal: i=1\r\nX-Spam: no\r\n"
        b"DKIM-Signature: v=1;\r\n b=abc\r\nFrom: a@x\r\nSubject: y\r\n\r\nbody\r\n"
    )
    # then they are the same to one account, and not to another
    assert digest("support", first) == digest("support", second)
    assert digest("support", first) == digest("support", first.replace(b"\r\n", b"\n"))
    assert digest("support", first) != digest("sales", first)


@pytest.mark.parametrize(
    "other",
    [
        b"From: a@x\r\nSubject: z\r\n\r\nbody\r\n",
        b"From: a@x\r\nSubject: y\r\n\r\nbody!\r\n",
        b"From: a@x\r\nSubject: y\r\n\tReceived: x\r\n\r\nbody\r\n",
        b"From: a@x\r\nSubject: y\r\n\r\nReceived: x\r\n\r\nbody\r\n",
    ],
)
def test_another_mail_has_another_digest(other: bytes) -> None:
    assert digest("support", other) != digest("support", b"From: a@x\r\nSubject: y\r\n\r\nbody\r\n")


# Any bytes


def check(raw: bytes) -> None:
    """It is read without complaint, and what was read can be stored."""
    found = parse(raw)
    digest("support", raw)
    texts = [found.subject, found.sender, found.sender_name, found.message_id, found.thread]
    for text in [*texts, found.text, found.html or "", *found.references, found.language]:
        text.encode()
    for file in found.files:
        assert file.name.encode()
        assert "/" not in file.name


LINES = st.sampled_from(
    [
        b"From: ",
        b"Subject: =?utf-8?b?",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/alternative; boundary="b',
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: application/x; name*0*=iso-2022-jp'ja'%1b",
        b"Content-Disposition: attachment; filename*=utf-8''%ff",
        b"Content-Type: text/plain; charset=a\0b",
        b"Content-Type: text/plain; charset*=idna''x%00",
        b"Content-Type: multipart/mixed; boundary*=undefined''%ff",
        b"Content-Disposition: attachment; filename*=undefined''%ff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"--b",
        b"--b--",
        b"begin 644 x",
        b"<p><b><p><table>",
        b"",
    ]
)


@settings(deadline=None)
@given(st.lists(st.one_of(LINES, st.binary(max_size=60)), max_size=40))
def test_any_bytes_get_an_answer(lines: list[bytes]) -> None:
    check(b"\r\n".join(lines))


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_mutations_of_real_mails_get_an_answer(data: st.DataObject) -> None:
    # given a real mail
    files = sorted(path for path in CORPUS.rglob("*.eml"))
    if not files:
        pytest.skip("the corpus of mails is not there")
    raw = data.draw(st.sampled_from(files)).read_bytes()
    # when pieces are cut out and put in
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 50))
        raw = raw[:place] + data.draw(st.one_of(LINES, st.binary(max_size=20))) + raw[place + cut :]
    # then it is still read
    check(raw)


def test_every_mail_of_the_corpus_is_read() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    if not files:
        pytest.skip("the corpus of mails is not there")
    for path in files:
        check(path.read_bytes())


NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1_000)
)


@pytest.mark.parametrize(
    "raw",
    [
        NESTED + b"x\n" * 100_000,
        b"Content-Type: message/rfc822\n\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000,
        b"From: " + b'"' * 100_000 + b"@b",
        b"X-A: b\n" * 200_000,
        b"Content-Type: a/b;" + b" " * 200_000 + b"x",
        b"Content-Disposition: attachment" + b';a="' * 50_000,
        b"To: " + b"(a(b)" * 40_000,
        b"To: " + b"<" * 200_000,
        b"Content-Type: text/calendar\n\n" + b"BEGIN:VEVENT\r\n" * 7_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\nContent-Type: text/calendar\n\nBEGIN:VEVENT\r\n" + b"A;B=C:D\r\n" * 9_000) * 40,
        b"Content-Type: text/html\n\n" + b"<div>" * 100_000,
        b"Content-Type: text/html\n\n"
        + b"".join(b"<font color=%d><p>" % n for n in range(399))
        + b"<p>x" * 90_000,
        b"Content-Type: text/html\n\n" + b"<select><option>" * 399 + b"<option>" * 50_000,
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 1_000_000,
        b"\0" * 2_000_000,
        b"Subject: x\n\n" + b"\n" * 12_000_000,
        b"Subject: x\n\n" + b"\r" * 12_000_000,
        b"Subject: x\n\n" + b"a" * 5_000_000,
    ],
    ids=lambda raw: raw[:30].decode(errors="replace").strip(),
)
def test_attacks_take_bounded_time_and_room(raw: bytes) -> None:
    started = time.process_time()
    found = parse(raw)
    digest("support", raw)
    # the limit is generous for slow machines: without bounds these take minutes
    assert time.process_time() - started < 15
    assert len(found.text) < 600_000
    assert len(found.files) <= 200
