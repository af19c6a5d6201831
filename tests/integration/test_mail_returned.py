"""What comes back of a mail of ours finds its ticket and its contact, through real servers: from
the smarthost that took it to the reply that is not sent any more."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as CRLF

import pytest

from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from tests.support.helpdesk import Helpdesk, helpdesk
from tests.support.mail import mail

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("servers")]
BOUNDARY = "=_report"


@pytest.fixture
async def desk() -> AsyncIterator[Helpdesk]:
    # Whoever is acknowledged would count among the replies that these tests wait for.
    async with helpdesk("support@helpdesk.example", acknowledge_after_seconds=3_600) as desk:
        yield desk


async def opened(desk: Helpdesk, number: int, sender: str) -> Recorded[t.TicketOpened]:
    """The ticket of a new customer's mail; number: how many there are with it."""
    before = {one.event_id for one in await desk.desk.so_far(t.TicketOpened)}
    await desk.write(mail(f"m{number}", sender=sender), sender=sender)
    all_of_them = await desk.desk.until(t.TicketOpened, number)
    return next(one for one in all_of_them if one.event_id not in before)


def report(kind: str, status_type: str, said: str, returned: EmailMessage) -> EmailMessage:
    """A multipart/report (RFC 6522) of a machine, with the mail that came back."""
    head = returned.as_bytes(policy=CRLF).partition(b"\r\n\r\n")[0].decode()
    raw = (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@helpdesk.example\r\n"
        "Subject: Report\r\nMessage-ID: <report@mx.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="{BOUNDARY}"\r\n\r\n'
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        f"--{BOUNDARY}\r\nContent-Type: {status_type}\r\n\r\n{said}\r\n"
        f"--{BOUNDARY}\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n"
        f"--{BOUNDARY}--\r\n"
    )
    message = message_from_bytes(raw.encode(), policy=CRLF)
    assert isinstance(message, EmailMessage)
    return message


def failed(*addresses: str) -> str:
    """The fields of a delivery status (RFC 3464) for recipients that do not exist."""
    blocks = (
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        for address in addresses
    )
    return "\r\n".join(["Reporting-MTA: dns; mx.example\r\n", *blocks])


async def test_a_bounce_wakes_its_ticket_and_stops_the_next_reply(desk: Helpdesk) -> None:
    # given a customer's ticket in which a colleague takes part
    colleague = await opened(desk, 1, "Bo Lind <bo@example.org>")
    ticket = await opened(desk, 2, "Ana Weber <ana@example.org>")
    ana, bo = ticket.data.requester_id, colleague.data.requester_id
    await desk.tell(ticket.aggregate_id, t.AddCollaborator(bo))
    await desk.desk.until(t.CollaboratorAdded)
    # when an agent answers twice, and waits for the customer
    await desk.reply(ticket, "Use water.")
    await desk.out.wait(2)
    await desk.reply(ticket, "Or sand.")
    *_, third, fourth = await desk.out.wait(4)
    first, second = await desk.desk.until(t.AgentReplied, 2)
    await desk.tell(ticket.aggregate_id, t.MarkPending())
    await desk.desk.until(t.TicketMarkedPending)
    # and a server says of the second answer that it reached neither of them
    assert third["Message-ID"] == fourth["Message-ID"]
    dsn = report(
        "delivery-status",
        "message/delivery-status",
        failed("ana@example.org", "bo@example.org"),
        third,
    )
    await desk.write(dsn, to=str(third["Reply-To"]), sender="")
    # then the ticket knows whom, and of which answer
    bounces = await desk.desk.until(t.MailBounced, 2)
    assert {one.data.contact_id for one in bounces} == {ana, bo}
    assert {one.data.about for one in bounces} == {second.sequence} != {first.sequence}
    assert {one.aggregate_id for one in bounces} == {ticket.aggregate_id}
    assert {(one.data.status, one.data.permanent) for one in bounces} == {("5.1.1", True)}
    # and each of them is marked, and the ticket waits no more
    marked = await desk.desk.until(c.AddressBounced, 2)
    assert {one.aggregate_id for one in marked} == {ana, bo}
    [woken] = await desk.desk.until(t.TicketWoken)
    assert (woken.aggregate_id, woken.data.cause) == (ticket.aggregate_id, "mail_bounced")
    # and the next answer goes to nobody, which its agent sees
    await desk.reply(ticket, "Are you there?")
    [lost] = await desk.desk.until(t.ReplyFailed)
    assert (lost.aggregate_id, lost.data.error) == (
        ticket.aggregate_id,
        "mail to the contact's address fails for good",
    )
    assert len(desk.out.taken) == 4
    # and no report has become a ticket or a contact
    assert len(await desk.desk.so_far(t.TicketOpened)) == 2
    assert len(await desk.desk.so_far(c.ContactCreated)) == 2


async def test_who_complains_is_asked_no_more(desk: Helpdesk) -> None:
    # given an answer to a customer
    ticket = await opened(desk, 1, "Ana Weber <ana@example.org>")
    await desk.reply(ticket, "Use water.")
    [reply] = await desk.out.wait(1)
    [replied] = await desk.desk.until(t.AgentReplied)
    # when their provider passes on that they call it spam (RFC 5965)
    said = "Feedback-Type: abuse\r\nUser-Agent: Isp/1\r\nVersion: 1\r\n"
    arf = report("feedback-report", "message/feedback-report", said, reply)
    await desk.write(arf, to=str(reply["Reply-To"]), sender="feedback@isp.example")
    # then the ticket knows of what, and they get no questions any more
    [complaint] = await desk.desk.until(t.SpamComplaintReceived)
    assert (complaint.data.kind, complaint.data.about) == ("abuse", replied.sequence)
    assert complaint.data.contact_id == ticket.data.requester_id
    [tagged] = await desk.desk.until(c.CustomerTagged)
    assert (tagged.aggregate_id, tagged.data.tags) == (ticket.data.requester_id, (c.NO_SURVEYS,))
    assert not await desk.desk.so_far(c.AddressBounced)


async def test_an_empty_mail_unsubscribes(desk: Helpdesk) -> None:
    # given an answer to a customer
    ticket = await opened(desk, 1, "Ana Weber <ana@example.org>")
    await desk.reply(ticket, "Use water.")
    [reply] = await desk.out.wait(1)
    await desk.tell(ticket.aggregate_id, t.MarkPending())
    await desk.desk.until(t.TicketMarkedPending)
    # when they, or their mail program, send what List-Unsubscribe offers
    asked = EmailMessage()
    asked["From"], asked["To"] = "ana@example.org", str(reply["Reply-To"])
    asked["Subject"] = "unsubscribe"
    asked.set_content("")
    await desk.write(asked, to=str(reply["Reply-To"]))
    # then they get no questions any more, and their ticket has not been woken by it
    [tagged] = await desk.desk.until(c.CustomerTagged)
    assert (tagged.aggregate_id, tagged.data.tags) == (ticket.data.requester_id, (c.NO_SURVEYS,))
    assert not await desk.desk.so_far(t.TicketWoken)
