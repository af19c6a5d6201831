"""A copy's reply address brings an answer to its ticket; whose answer it is, its sender's address
says, and whoever got hold of the copy speaks for nobody."""

from email.message import EmailMessage

import pytest

from libs.events.published import tickets as t
from tests.support.helpdesk import helpdesk
from tests.support.mail import mail

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("servers")]
FAILED = "mx.helpdesk.example; dmarc=fail header.from=example.org"


def answer(sender: str, to: str, text: str, **fields: str) -> EmailMessage:
    message = mail(text.split()[0], sender=sender, text=text, **fields)
    message.replace_header("To", to)
    return message


async def test_a_forwarded_copy_lets_nobody_pass_for_whom_it_was_sent_to() -> None:
    more: dict[str, object] = {
        "acknowledge_after_seconds": 3_600,
        "trusted_authentication": "mx.helpdesk.example",
    }
    async with helpdesk("support@helpdesk.example", **more) as desk:
        # given a ticket in which a colleague takes part, who gets a copy of the answer
        ana, bo = "Ana Weber <ana@example.org>", "Bo Lind <bo@example.org>"
        await desk.write(mail("m1", sender=bo), sender="bo@example.org")
        [colleague] = await desk.desk.until(t.TicketOpened)
        await desk.write(mail("m2", sender=ana))
        both = await desk.desk.until(t.TicketOpened, 2)
        ticket = next(one for one in both if one.event_id != colleague.event_id)
        bos = colleague.data.requester_id
        await desk.tell(ticket.aggregate_id, t.AddCollaborator(bos))
        await desk.desk.until(t.CollaboratorAdded)
        await desk.reply(ticket, "Use water.")
        copies = {str(one["To"]): str(one["Reply-To"]) for one in await desk.out.wait(2)}
        copy = copies[bo]
        # when he answers, and two others who got hold of his copy: one as herself, one as him
        await desk.write(answer(bo, copy, "Water does not help."), copy, "bo@example.org")
        [said] = await desk.desk.until(t.ParticipantMessageAdded)
        eve = answer("Eve <eve@example.net>", copy, "Send it to me instead.")
        await desk.write(eve, copy, "eve@example.net")
        forged = answer(bo, copy, "Pay this account.", Authentication_Results=FAILED)
        await desk.write(forged, copy, "eve@example.net")
        strangers = await desk.desk.until(t.ForeignMessageAdded, 2)
        # then his answer is his, and the others' are for agents' eyes
        assert (said.aggregate_id, said.data.author_id) == (ticket.aggregate_id, bos)
        assert {one.aggregate_id for one in strangers} == {ticket.aggregate_id}
        assert {one.data.message.visibility for one in strangers} == {"internal"}
        assert not await desk.desk.so_far(t.CustomerMessageAdded)
