"""One ticket's whole life as recorded events, for tests of what the gateway makes of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from libs.contents import RENDITION_TYPE, ContentRef
from libs.events.envelope import Position, Recorded
from libs.events.personal import Personal
from libs.events.published import tickets as t
from libs.events.published.messages import Direction, MessageFacts, Role, Visibility

TICKET = "t-00" + "1" * 24
CUSTOMER = "p-00" + "2" * 24
STRANGER = "p-01" + "3" * 24
SUPPLIER = "p-02" + "5" * 24
COLLEAGUE = "p-03" + "6" * 24
BUSY = "t-00" + "7" * 24
CHILD, PROBLEM = "t-06" + "8" * 24, "t-07" + "9" * 24
SEALED: Personal[str] = Personal(CUSTOMER, sealed="SEALED")
FOLLOW_UP = "t-05" + "4" * 24
START = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)


def rendition(name: str) -> ContentRef:
    """The reference of a content with this id."""
    return ContentRef(id=name, size=10, media_type=RENDITION_TYPE, sha256="0" * 64)


def message(
    name: str,
    role: Role = "customer",
    visibility: Visibility = "public",
    direction: Direction = "in",
    channel: str = "email",
) -> MessageFacts:
    """A message whose words are the content of this name."""
    return MessageFacts(
        channel=channel,
        direction=direction,
        role=role,
        visibility=visibility,
        rendition=rendition(name),
        received_at=START,
        length=10,
    )


def recorded(
    data: msgspec.Struct,
    sequence: int,
    actor: str,
    aggregate_id: str = TICKET,
    topic: str = "tickets.events",
) -> Recorded[object]:
    """The event as the log would hold it, ``sequence`` minutes after the start."""
    at = START + timedelta(minutes=sequence)
    return Recorded(
        data=data,
        event_id=f"00000000-0000-7000-8000-{sequence:012}",
        type=type(data).__name__,
        version=1,
        aggregate_id=aggregate_id,
        sequence=sequence,
        occurred_at=at,
        recorded_at=at,
        actor=actor,
        correlation_id="story",
        causation_id=f"command-{sequence}",
        input=f"tickets.commands/0/{sequence}",
        aggregate_prev="",
        partition_prev="",
        position=Position(topic, 0, sequence - 1),
    )


def opened(number: int = 7) -> t.TicketOpened:
    """How the story begins."""
    return t.TicketOpened(
        number=number,
        requester_id=CUSTOMER,
        account="support",
        message=message("first"),
        digest="d1",
    )


def story() -> Sequence[Recorded[object]]:
    """From the first mail to a follow-up: what happens to most tickets."""
    customer, anna, bob = f"contact:{CUSTOMER}", "agent:anna", "agent:bob"
    mail, closing = "adapter:email", "service:intake.closing"
    reply = message("answer", role="agent", direction="out")
    note = message("note", role="agent", visibility="internal", direction="out")
    foreign = message("foreign", role="third_party", visibility="internal")
    steps: list[tuple[str, msgspec.Struct]] = [
        (customer, opened()),
        (anna, t.TicketAssigned(agent_id="anna", team_id="billing", reason="knows_the_customer")),
        (anna, t.AgentReplied(agent_id="anna", to_id=CUSTOMER, account="support", message=reply)),
        (mail, t.ReplyDelayed(reply_sequence=3, attempts=1, error="450 try later.")),
        (mail, t.ReplyFailed(reply_sequence=3, attempts=5, error="550 no such mailbox")),
        (anna, t.NoteAdded(agent_id="anna", message=note)),
        (anna, t.TicketMarkedPending(from_status="open", reason="needs_serial_number")),
        (
            customer,
            t.CustomerMessageAdded(author_id=CUSTOMER, message=message("more"), digest="d2"),
        ),
        (customer, t.TicketWoken(cause="customer_reply", from_status="pending")),
        (
            f"contact:{STRANGER}",
            t.ForeignMessageAdded(author_id=STRANGER, message=foreign, digest="d3"),
        ),
        (bob, t.TicketAssigned(agent_id="bob", from_agent_id="anna", from_team_id="billing")),
        (
            bob,
            t.TicketSolved(
                resolution_code="workaround", agent_id="bob", from_status="open", cause="cable"
            ),
        ),
        (mail, t.ReplyDelivered(reply_sequence=3, attempts=6)),
        (customer, t.TicketRated(score=5, agent_id="bob", comment=rendition("praise"))),
        (
            bob,
            t.TicketReopened(
                cause="agent",
                from_status="solved",
                previous_agent_id="bob",
                previous_code="workaround",
                reason="broke_again",
            ),
        ),
        (
            bob,
            t.TicketSolved(
                resolution_code="solved_permanently", agent_id="bob", from_status="open"
            ),
        ),
        (closing, t.TicketClosed(solved_at=START + timedelta(minutes=16))),
        (
            customer,
            t.FollowUpRequested(
                author_id=CUSTOMER,
                account="support",
                ticket_id=FOLLOW_UP,
                message=message("again"),
                digest="d4",
            ),
        ),
    ]
    return [recorded(data, n, actor) for n, (actor, data) in enumerate(steps, start=1)]


def at(minutes: int) -> datetime:
    """An instant so many minutes after the start."""
    return START + timedelta(minutes=minutes)


def internal(name: str, role: Role = "agent") -> MessageFacts:
    """Words that the customer never sees."""
    return message(name, role, "internal", "out", "desk")


def busy_story(iban: Personal[str] = SEALED) -> Sequence[Recorded[object]]:
    """Another ticket, at which everybody is at work at once: nearly everything there is."""
    customer, anna, lea, bob = f"contact:{CUSTOMER}", "agent:anna", "agent:lea", "agent:bob"
    routing, clock = "service:routing", "service:sla_clock"
    why = t.Why("by_skill", 3, ("anna", "bob"), ("skill.network",))
    terms = t.SlaTerms("first_reply", "gold", 2, "office", 1, 3_600, at(60))
    steps: list[tuple[str, msgspec.Struct]] = [
        (
            customer,
            msgspec.structs.replace(
                opened(8), prefix="ACME-", submitter_id=COLLEAGUE, plan="gold", vip=True
            ),
        ),
        (clock, t.SlaClockStarted("c-1", terms, 1)),
        (routing, t.TicketQueued("network", why)),
        (routing, t.TicketOffered("o-1", "anna", at(9), why)),
        (routing, t.TicketOffered("o-2", "bob", at(9), why)),
        (anna, t.TicketOfferAnswered("o-1", "anna", "accepted")),
        (anna, t.TicketAssigned("anna", "network", source="rule", why=why)),
        (anna, t.WorkStarted("anna", "analysis")),
        (anna, t.TicketClassified("incident")),
        (anna, t.TicketAssessed("high", "medium")),
        (anna, t.PriorityChanged(2, "matrix")),
        (anna, t.AffectedItemSet("mail", "", "SRV-7")),
        (anna, t.TicketCategorized("network.wifi")),
        (anna, t.TagsChanged(("outage", "floor_3"))),
        (
            anna,
            t.FieldsChanged((t.FieldChange("room", "3.14"), t.FieldChange("iban", None, iban))),
        ),
        (anna, t.DueDateSet(at(600))),
        (anna, t.EstimateSet(7_200)),
        (anna, t.ReminderSet("r-1", at(90), "anna", rendition("call_back"))),
        (anna, t.PromiseMade("p-1", "anna", at(120), rendition("by_noon"))),
        (anna, t.NoteAdded("anna", internal("note"), ("bob",))),
        (anna, t.NoteEdited(20, rendition("better_note"))),
        (
            anna,
            t.SideConversationOpened("s-1", "anna", internal("to_supplier"), "", SUPPLIER),
        ),
        (
            f"contact:{SUPPLIER}",
            t.SideMessageAdded("s-1", internal("from_supplier", "third_party"), "", SUPPLIER, "d9"),
        ),
        (anna, t.ConsultationAsked("a-1", internal("question"), "anna", "bob")),
        (
            anna,
            t.ReplyScheduled(
                "anna", CUSTOMER, "support", message("later", "agent", "public", "out"), at(99)
            ),
        ),
        (anna, t.FollowerAdded("bob")),
        (anna, t.CollaboratorAdded(COLLEAGUE)),
        (anna, t.TierChanged(2, 0, "functional")),
        (anna, t.TicketLinked(CHILD, "child")),
        (anna, t.TicketLinked(PROBLEM, "problem")),
        (anna, t.ChildrenAwaited(True)),
        (anna, t.TicketLinkedExternally("jira", "NET-17")),
        ("service:knowledge", t.ArticlesSuggested("k-1", _articles("wifi", "dhcp"), "agent")),
        (anna, t.ArticleUsed("k-1", "wifi", 4)),
        (anna, t.ArticleRejected("k-1", "dhcp", 1)),
        (anna, t.LiveTalkRecorded("phone", "out", START, 300, "anna", CUSTOMER, 20, 60)),
        (lea, t.MajorIncidentDeclared(1_800, "all_of_floor_3")),
        (
            f"contact:{COLLEAGUE}",
            t.ParticipantMessageAdded(COLLEAGUE, message("me_too", "third_party"), "d10"),
        ),
        (anna, t.WorkStopped("anna", 8, 1_200, "analysis")),
        (anna, t.TimeLogged("bob", 600)),
        (lea, t.TimeCorrected(40, 900, 600)),
        (clock, t.SlaClockWarned("c-1", at(60), 75)),
        (clock, t.SlaClockBreached("c-1", at(60), "anna", "network")),
        (lea, t.SlaBreachExplained("c-1", "supplier_down", True)),
        (
            bob,
            t.TicketPutOnHold("open", "vendor", "part_ordered", "wait_vendor", at(999), "PO-5"),
        ),
        (
            f"contact:{SUPPLIER}",
            t.ParticipantMessageAdded(
                SUPPLIER, message("to_merged", "third_party"), "d11", merged_from=CHILD
            ),
        ),
    ]
    return [recorded(data, n, actor, BUSY) for n, (actor, data) in enumerate(steps, start=1)]


def _articles(*ids: str) -> tuple[t.SuggestedArticle, ...]:
    return tuple(t.SuggestedArticle(id, 4) for id in ids)
