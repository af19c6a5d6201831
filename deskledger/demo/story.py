"""The demo from top to bottom: one function a step, in the order in which they are told.

Every step checks what it tells: what is not as it should be ends the demo with a sentence.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage

from deploy.local import Problem, stack
from deskledger.contacts import completed
from deskledger.demo import mails
from deskledger.demo.day import AGENT, Day
from deskledger.demo.digests import Fingerprint, fingerprints
from deskledger.demo.telling import Aside, Teller
from deskledger.gateway_client import gateway_client, whole
from deskledger.rebuilding import rebuild
from deskledger.services import PROJECTIONS, WIRED
from deskledger.suspended import Readable, readable, suspended_messages
from deskledger.timeline import story
from deskledger_client import Problem as Refusal
from deskledger_client.models import HistoryPage, TicketPage
from libs.events.verify import Report, verify
from libs.keyring import ERASED
from libs.settings import Settings

MAYA, PRIZES = "Maya Okafor", "Prize Office"
EVERYBODY = {MAYA, PRIZES, "Jürgen Weiß", "Sam Lee"}
ERASURE_SECONDS = 60.0


def start_the_stack(teller: Teller) -> None:
    teller.step("Start a real Kafka, a real MongoDB and the services")
    with teller.waiting("the servers") as waiting_for:
        stack.up(Aside(teller, waiting_for))


async def tell(settings: Settings, teller: Teller) -> None:
    """Everything after the start of the stack."""
    async with Day.at(settings, teller) as day:
        question = mails.printer(settings.support_address)
        tickets = await mail_comes_in(day, question)
        ticket = tickets[MAYA]
        await what_became_of_the_rest(day, tickets)
        await an_agent_works(day, ticket)
        answer = await the_answer_goes_out(day, question)
        await maya_writes_back(day, ticket, answer)
        await solved_and_rated(day, ticket)
        await the_whole_story(day, ticket)
        await as_it_was(day, ticket)
        await thrown_away_and_rebuilt(day)
        report = await proven(day)
        await forgotten(day, ticket, report)
        where_to_go_next(day, ticket)


async def mail_comes_in(day: Day, question: EmailMessage) -> Mapping[str, TicketPage]:
    """Send everybody's mails; the tickets that they became, by customer."""
    to = day.settings.support_address
    day.teller.step(f"Five strangers write to {to}")
    twice = mails.vpn(to)
    sent = [
        (question, "plain text"),
        (mails.invoice(to), "German, with a file"),
        (twice, "delivered …"),
        (mails.delivered_again(twice), "… twice, by two routes"),
        (mails.hostile(to), "HTML with scripts"),
        (mails.out_of_office(to), "from a robot"),
    ]
    rows = []
    for mail, what in sent:
        await day.postbox.send(mail)
        rows.append((str(mail["From"]), str(mail["Subject"]), what))
    day.teller.table(("from", "subject", ""), rows)
    day.teller.say("The server answered 250 to each, once Kafka had committed it and not before.")

    async def opened_today() -> list[TicketPage] | None:
        newest = await whole(day.agent.tickets.list_all(sort="created"), 20)
        today = [t for t in newest if datetime.fromisoformat(t["created_at"]) > day.began]
        return today if {t["requester"]["name"] for t in today} >= EVERYBODY else None

    tickets = await day.teller.until("the mails to become tickets", opened_today)
    day.teller.check(len(tickets) == 4, f"there are {len(tickets)} tickets instead of four")
    return {ticket["requester"]["name"]: ticket for ticket in tickets}


async def what_became_of_the_rest(day: Day, tickets: Mapping[str, TicketPage]) -> None:
    """Six deliveries, four tickets: one came twice, one is from a robot, one is disarmed."""
    day.teller.step("Six deliveries became four tickets")
    rows = []
    for name, ticket in sorted(tickets.items(), key=lambda entry: entry[1]["number"]):
        [message] = await whole(day.agent.tickets.read_conversation_all(ticket["id"]))
        files = ", ".join(file["name"] for file in message["attachments"])
        rows.append((str(ticket["number"]), name, ticket["subject"], message["language"], files))
    day.teller.table(("ticket", "customer", "subject", "language", "files"), rows)

    async def suspended_today() -> Readable | None:
        found = await readable(day.resources, await suspended_messages(day.resources))
        return next((m for m in found if datetime.fromisoformat(m.at) > day.began), None)

    robot = await day.teller.until("the robot's mail to be put aside", suspended_today)
    day.teller.say(f"“{robot.subject}” is suspended: {robot.sentence}")
    [prize] = await whole(day.agent.tickets.read_conversation_all(tickets[PRIZES]["id"]))
    day.teller.say("What is left of the hostile HTML:")
    html = prize["html"] or ""
    day.teller.quote(line for line in html.splitlines() if line.strip())
    for evil in ("script", "onerror", "onload", "javascript:", "form"):
        day.teller.check(evil not in html, f"the hostile mail still has its {evil}")


async def an_agent_works(day: Day, ticket: TicketPage) -> None:
    """Mara takes the ticket, notes, answers and waits; two things are refused on the way."""
    day.teller.step(f"Mara, an agent, works on ticket {ticket['number']} through the API")
    desk, number = day.agent.tickets, ticket["number"]
    seen = f'"{ticket["sequence"]}.agent"'
    await desk.assign(number, agent_id=AGENT, reason="knows_printers")
    await desk.note(number, text="Third one this week: a bad batch of toner?")
    day.teller.say("She takes it and leaves a note that Maya will never see.")
    day.teller.say("She acts on a page that is out of date, and is told so:")
    await is_refused(day, day.agent.given(if_match=seen).tickets.pending(number))
    text = "Hello Maya,\n\nplease take the toner out, shake it and put it back.\n\nMara"
    keyed = day.agent.given(key=f"reply-{ticket['id']}")
    first = await keyed.tickets.reply(number, text=text)
    again = await keyed.tickets.reply(number, text=text)
    day.teller.check(first == again, "a repeated request was carried out twice")
    day.teller.say("Her answer is sent twice under one Idempotency-Key, and happens once.")
    await desk.pending(number, reason="customer_tries_it")
    async with gateway_client(day.settings, ticket["requester"]["id"], "customer") as maya:
        day.teller.say("Maya is too early with her rating:")
        await is_refused(day, maya.tickets.rate(number, score=5))


async def is_refused(day: Day, command: Awaitable[object]) -> None:
    try:
        await command
    except Refusal as refused:
        day.teller.quote([f"{refused.status} {refused.code}: {refused}"])
    else:
        raise Problem("This is not as it should be: it was carried out instead of refused.")


async def the_answer_goes_out(day: Day, question: EmailMessage) -> EmailMessage:
    """Our answer as it reached Maya's mail server."""
    day.teller.step("The answer leaves as mail; the local mailbox has caught it")

    async def caught() -> EmailMessage | None:
        return day.postbox.answer_to(question)

    answer = await day.teller.until("the answer to leave", caught)
    headers = ("From", "To", "Subject", "In-Reply-To", "Reply-To")
    day.teller.quote(f"{name}: {answer[name]}" for name in headers)
    body = answer.get_body(("plain",))
    text: str = body.get_content() if body else ""
    day.teller.quote(["", *(line for line in text.splitlines() if line)])
    day.teller.say("The address to answer to carries a signed reference to the ticket.")
    return answer


async def maya_writes_back(day: Day, ticket: TicketPage, answer: EmailMessage) -> None:
    """Her answer finds its ticket, which was waiting for her."""
    day.teller.step("Maya answers to that address")
    back = mails.answer(answer, "Hi Mara,\n\nthat did it: it prints again.\n\nMaya\n")
    await day.postbox.send(back)

    async def woken() -> TicketPage | None:
        now = await day.agent.tickets.read(ticket["id"])
        return now if now["messages"]["customer"] == 2 and now["status"] == "open" else None

    now = await day.teller.until("Maya's answer to reach her ticket", woken)
    day.teller.say(
        f"It joined ticket {now['number']}, which waited for her and is {now['status']} again."
    )


async def solved_and_rated(day: Day, ticket: TicketPage) -> None:
    """The end of every good ticket."""
    day.teller.step("Mara solves the ticket, Maya rates it")
    desk, number = day.agent.tickets, ticket["number"]
    await desk.reply(number, text="Glad to hear it. Have a good audit!\n\nMara")
    await desk.solve(number, resolution_code="solved_permanently", cause="toner_had_settled")
    async with gateway_client(day.settings, ticket["requester"]["id"], "customer") as maya:
        await maya.tickets.rate(number, score=5, comment="Quick and kind.")

    async def delivered() -> TicketPage | None:
        said = await whole(day.agent.tickets.read_conversation_all(ticket["id"]))
        answers = [message["delivery"] for message in said if message["direction"] == "out"]
        public = [answer for answer in answers if answer is not None]
        if [answer["state"] for answer in public] != ["delivered", "delivered"]:
            return None
        return await day.agent.tickets.read(ticket["id"])

    now = await day.teller.until("both answers to be delivered", delivered)
    day.teller.say(f"Ticket {now['number']} is {now['status']}, rated {now['rating']} of 5.")
    day.teller.check(now["status"] == "solved" and now["rating"] == 5, "it is not solved and rated")


async def the_whole_story(day: Day, ticket: TicketPage) -> None:
    """What the log knows, in sentences; nobody has written them down."""
    day.teller.step(f"The story of ticket {ticket['number']}, told from its events")
    history = await whole(day.agent.tickets.read_history_all(ticket["id"]))
    said = await whole(day.agent.tickets.read_conversation_all(ticket["id"]))
    day.teller.lines(story(history, said))


async def as_it_was(day: Day, ticket: TicketPage) -> None:
    """The same ticket at the instant when it began to wait."""
    day.teller.step("The same ticket as it was earlier")
    history = await whole(day.agent.tickets.read_history_all(ticket["id"]))
    waiting = next(step for step in history if step["type"] == "TicketMarkedPending")
    instant = waiting["recorded_at"]
    then = await day.agent.tickets.read(ticket["id"], as_of=instant)
    now = await day.agent.tickets.read(ticket["id"])
    day.teller.table(
        ("", f"as of {instant}", "now"),
        [
            ("status", then["status"], now["status"]),
            ("events", str(then["sequence"]), str(now["sequence"])),
            (
                "messages from Maya",
                str(then["messages"]["customer"]),
                str(now["messages"]["customer"]),
            ),
            ("answers", str(then["messages"]["replies"]), str(now["messages"]["replies"])),
            ("rating", str(then["rating"] or "none yet"), f"{now['rating']} of 5"),
        ],
    )
    past = (then["status"], then["updated_at"])
    day.teller.check(past == ("pending", instant), "the past is not as it was")


async def thrown_away_and_rebuilt(day: Day) -> None:
    """Every document of the gateway made anew from the log."""
    day.teller.step("Every read model of the gateway is made anew from the log")
    rows = []
    for projection in PROJECTIONS:
        if projection.service != "gateway":
            continue
        before = await fingerprints(day.resources, projection)
        with day.teller.progress(f"rebuilding {projection.id}", "records") as on_progress:
            await rebuild(day.resources, projection, on_progress)
        after = await fingerprints(day.resources, projection)
        for old, new in zip(before, after, strict=True):
            rows.append(compared(old, new))
            if (old.documents, old.sha256) != (new.documents, new.sha256):
                raise Problem(f"The rebuilt {projection.id} differs from the one before.")
    columns = ("documents of", "how many", "SHA-256 before", "and after", "build")
    day.teller.table(columns, rows)
    day.teller.say("The same to the last field. The old ones are dropped once nobody reads them.")


def compared(old: Fingerprint, new: Fingerprint) -> tuple[str, str, str, str, str]:
    return (
        new.table,
        str(new.documents),
        old.sha256[:16],
        new.sha256[:16],
        f"{old.build} → {new.build}",
    )


async def proven(day: Day) -> Report:
    """Is the log whole?"""
    day.teller.step("The log is checked: hashes, sequences, and an outcome for every message")
    report = await proof(day)
    day.teller.say(
        f"{report.events} events of {report.aggregates} aggregates, {report.inputs} inputs: whole."
    )
    return report


async def proof(day: Day) -> Report:
    with day.teller.progress("verifying", "events") as on_progress:
        report = await verify(day.settings, WIRED, on_progress)
    for finding in report.findings[:1]:
        raise Problem(f"The log is not whole: {finding.where}: {finding.sentence}")
    return report


async def forgotten(day: Day, ticket: TicketPage, report: Report) -> None:
    """Maya asks to be forgotten; the log is not rewritten."""
    day.teller.step("Maya asks to be forgotten")
    maya = ticket["requester"]["id"]
    before = await day.agent.tickets.read(ticket["id"])
    told_before = await whole(day.agent.tickets.read_history_all(ticket["id"]))
    said_before = await whole(day.agent.tickets.read_conversation_all(ticket["id"]))
    await day.admin.contacts.erase(maya, reason="asked_by_mail")

    async def erased() -> TicketPage | None:
        now = await day.agent.tickets.read(ticket["id"])
        return now if now["subject"] == str(ERASED) else None

    after = await day.teller.until("her words to be gone", erased)
    said_after = await whole(day.agent.tickets.read_conversation_all(ticket["id"]))
    # Meanwhile the ticket may have got news, such as that a mail was delivered.
    told_after = await whole(day.agent.tickets.read_history_all(ticket["id"]))
    still = told_after[: len(told_before)]
    day.teller.table(
        (f"ticket {ticket['number']}", "before", "after"),
        [
            ("customer", before["requester"]["name"], after["requester"]["name"]),
            ("subject", before["subject"], after["subject"]),
            ("her first words", said_before[0]["text"].split("\n")[0], said_after[0]["text"]),
            ("opened", before["created_at"], after["created_at"]),
            ("messages", str(len(said_before)), str(len(said_after))),
            ("rating", f"{before['rating']} of 5", f"{after['rating']} of 5"),
            ("events", str(len(told_before)), str(len(still))),
        ],
    )
    day.teller.check(
        happened(still) == happened(told_before) and len(said_after) == len(said_before),
        "the erasure has changed what happened on the ticket",
    )
    with day.teller.waiting("every reader to have passed the erasure"):
        done = await completed(day.admin, maya, ERASURE_SECONDS)
    day.teller.check(done, f"the erasure is not complete after {ERASURE_SECONDS:.0f} s")
    again = await proof(day)
    day.teller.say(
        f"Nothing was taken out of the log: it has {again.events - report.events} events more, "
        "which tell of the erasure, and is still whole."
    )


def happened(told: Sequence[HistoryPage]) -> list[tuple[int, str, str]]:
    """What the log tells of a ticket when nobody is named."""
    return [(one["sequence"], one["type"], one["at"]) for one in told]


def where_to_go_next(day: Day, ticket: TicketPage) -> None:
    """The stack keeps running; here is what to do with it."""
    settings, number = day.settings, ticket["number"]
    day.teller.step("Your turn: everything goes on running")
    day.teller.say("API      " + f"http://{settings.http_host}:{settings.http_port}/v1/tickets")
    day.teller.say("Mail in  " + f"{settings.smtp_host}:{settings.smtp_port} (SMTP)")
    day.teller.quote(
        [
            "source .venv/bin/activate",
            "deskledger ticket list",
            f"deskledger ticket story {number}",
            f"deskledger ticket show {number} --as-of 3",
            "deskledger suspended list",
            "deskledger log tail -f",
            'curl -H "Authorization: Bearer $(deskledger token mara --role agent)" \\',
            f"  http://{settings.http_host}:{settings.http_port}/v1/tickets/{number}/history",
            "deskledger status",
            "deskledger down",
        ]
    )
    day.teller.say("docs/tutorial/first-ticket.md goes on from here.")
