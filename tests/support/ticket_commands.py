"""Any command that could be sent to a ticket, knowing its past or in ignorance of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from hypothesis import strategies as st

from libs.events.ids import derived_id, digest
from libs.events.personal import Personal
from libs.events.published import tickets as t
from libs.events.published.setup import Brand, FieldDefinition, Setup, SolveRule
from libs.events.testing import SOME_ID, START
from services.intake.tickets import TicketState
from tests.support.messages import CUSTOMER, STRANGER, TRANSIT, content, mail
from tests.support.tickets import BY_RULE, COLLEAGUE, OTHER_TICKET, THIRD_TICKET

Some = st.SearchStrategy[msgspec.Struct]

DESK = Setup(
    5,
    categories=("hardware", "software"),
    fields={
        "seats": FieldDefinition("number"),
        "rooms": FieldDefinition("multi_choice", choices=("a", "b")),
        "birthday": FieldDefinition("date", personal=True),
    },
    solve_rules=(SolveRule("category", exempt=("mass", "problem", "timeout")),),
    brands={"north": Brand("North", "N-")},
)


@dataclass
class Past:
    """What has happened to the ticket, and what it is now."""

    state: TicketState = field(default_factory=TicketState)
    log: list[msgspec.Struct] = field(default_factory=list)
    now: datetime = START

    def of(self, *types: type[msgspec.Struct]) -> st.SearchStrategy[int]:
        """The sequence of an event of these types, the latest ones first; or of none."""
        found = [n for n, event in enumerate(self.log, 1) if isinstance(event, types)]
        return st.sampled_from([*reversed(found[-4:]), 0])

    def one_of(self, known: Iterable[str]) -> st.SearchStrategy[str]:
        """One of these ids, mostly, or another one."""
        return st.sampled_from([*list(known)[-3:] * 2, "x1"])

    def instant(self, *known: datetime | None) -> st.SearchStrategy[datetime]:
        """An instant that something is due at, or another one."""
        near = (self.now + timedelta(minutes=minutes) for minutes in (30, 600, -5))
        return st.sampled_from([*(one for one in known if one is not None), *near])


contacts = st.sampled_from([CUSTOMER, COLLEAGUE, STRANGER])
nobody_or_contact = st.sampled_from(["", CUSTOMER, COLLEAGUE])
agents = st.sampled_from(["anna", "ben", ""])
teams = st.sampled_from(["", "network", "billing"])
tickets = st.sampled_from([OTHER_TICKET, THIRD_TICKET, SOME_ID])
relations = st.sampled_from(
    ["child", "child", "parent", "related", "original", "duplicate", "problem", "incident"]
)
ids = st.sampled_from(["x1", "x2"])
names = st.sampled_from(["question", "more", "thanks", "away", "card", "psst", "again", "so"])
words = st.sampled_from(["answer", "hint", "better", "left"]).map(content)
maybe_words = st.one_of(st.none(), words)
codes = st.sampled_from(["", "because"])
vias = st.sampled_from(["agent", "mass", "problem", "timeout"])
seconds = st.integers(-1, 3) | st.just(600)
scores = st.integers(-1, 11)
scales = st.sampled_from(["stars5", "nps11", "thumb2"])
levels = st.sampled_from(["", "high", "low", "huge"])
types = st.sampled_from(["incident", "problem", "question"])
sources = st.sampled_from(["", "lead"])
yes_or_no = st.booleans()
values = st.sampled_from([None, 1, 2.5, "x", ("a",), ("a", "b"), ("c",), False])
sealed = Personal[str](TRANSIT, sealed="c2VhbGVk")
changes = st.one_of(
    st.builds(t.FieldChange, st.sampled_from(["seats", "rooms", "unknown"]), values),
    st.sampled_from([t.FieldChange("birthday", personal=sealed), t.FieldChange("birthday")]),
)
articles = st.lists(
    st.builds(t.SuggestedArticle, ids, st.integers(1, 2)),
    max_size=2,
    unique_by=lambda a: a.article_id,
).map(tuple)
automatic = st.sampled_from(["", "", "auto-replied"])
mails = st.builds(lambda name, auto: (mail(name, automatic=auto), digest(name)), names, automatic)


def _some(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


def _with(
    command: Callable[..., msgspec.Struct], *before: st.SearchStrategy[object]
) -> st.SearchStrategy[msgspec.Struct]:
    """A command that takes a message and its digest after these."""
    return st.tuples(st.tuples(*before), mails).map(lambda drawn: command(*drawn[0], *drawn[1]))


def _terms(past: Past) -> st.SearchStrategy[t.SlaTerms]:
    return st.builds(
        t.SlaTerms,
        st.just("first_reply"),
        st.just("gold"),
        st.just(1),
        st.just("office"),
        st.just(1),
        st.just(3600),
        past.instant(),
    )


def _due(
    command: Callable[[str, datetime], msgspec.Struct], past: Past, dues: Mapping[str, datetime]
) -> Some:
    """At its instant, or at another."""
    return (
        st.sampled_from([*dues.items()]).map(lambda one: command(*one))
        | st.builds(command, ids, past.instant())
        if dues
        else st.builds(command, ids, past.instant())
    )


def _linked(past: Past) -> st.SearchStrategy[tuple[str, t.Relation]]:
    """A ticket and what it is to this one, or another."""
    found = [
        (event.other_id, event.relation) for event in past.log if isinstance(event, t.TicketLinked)
    ]
    return st.sampled_from([*found[-3:], (OTHER_TICKET, "child")])


def _redaction(past: Past) -> Some:
    """Of contents of the message, or of others."""
    held = [
        (sequence, event.message.content_ids)
        for sequence, event in enumerate(past.log, 1)
        if isinstance(event, _MESSAGES)
    ]
    others = [(sequence, (*ids, "question")) for sequence, ids in held[-1:]]
    theirs = st.sampled_from([*held[-4:], *others, (0, ("answer",)), (1, ("hint",))])
    return st.builds(
        lambda one, left: t.RedactMessage(one[0], one[1], "typo", left), theirs, maybe_words
    )


_MESSAGES = (
    t.CustomerMessageAdded,
    t.ParticipantMessageAdded,
    t.ForeignMessageAdded,
    t.AgentReplied,
    t.NoteAdded,
    t.SideMessageAdded,
)

# By the command's type: its strategy, made from the ticket's past if it refers to that.
COMMANDS: Mapping[type[msgspec.Struct], Some | Callable[[Past], Some]] = {
    # Its life
    t.OpenTicket: _with(t.OpenTicket, contacts, st.just("support")),
    t.LabelStatus: st.builds(
        t.LabelStatus,
        st.sampled_from(["", "in_progress", "assigned", "wait_user", "wait_vendor", "resolved"]),
    ),
    t.MarkPending: lambda p: st.builds(
        t.MarkPending,
        codes,
        st.sampled_from(["", "wait_user", "wait"]),
        st.none() | p.instant(),
    ),
    t.PutOnHold: lambda p: st.builds(
        t.PutOnHold,
        st.sampled_from(["vendor", ""]),
        codes,
        st.sampled_from(["", "wait_vendor"]),
        st.none() | p.instant(),
    ),
    t.EndWaiting: lambda p: st.builds(
        t.EndWaiting,
        p.of(t.TicketMarkedPending, t.TicketPutOnHold),
        p.instant(p.state.waiting.until if p.state.waiting else None),
    ),
    t.SnoozeTicket: lambda p: st.builds(t.SnoozeTicket, p.instant(p.state.snoozed_until)),
    t.EndSnooze: lambda p: st.builds(t.EndSnooze, st.none() | p.instant(p.state.snoozed_until)),
    t.SolveTicket: st.builds(
        t.SolveTicket,
        st.sampled_from(["workaround", "duplicate", "magic"]),
        codes,
        vias,
        st.sampled_from(["", "resolved"]),
    ),
    t.ReopenTicket: st.builds(t.ReopenTicket, codes),
    t.MarkNeedsNoReply: lambda p: st.builds(
        t.MarkNeedsNoReply, p.of(t.CustomerMessageAdded, t.ParticipantMessageAdded, t.AgentReplied)
    ),
    t.CloseTicket: lambda p: st.builds(t.CloseTicket, p.of(t.TicketSolved)),
    t.CancelTicket: st.builds(t.CancelTicket, codes),
    t.MarkSpam: st.builds(t.MarkSpam, codes),
    t.MarkNotSpam: st.just(t.MarkNotSpam()),
    # How much it matters
    t.AssessTicket: st.builds(t.AssessTicket, levels, levels),
    t.SetPriority: st.builds(t.SetPriority, st.integers(0, 5), codes),
    t.ReleasePriority: st.just(t.ReleasePriority()),
    t.ClassifyTicket: st.builds(t.ClassifyTicket, types),
    t.SetAffectedItem: st.builds(t.SetAffectedItem, codes, codes),
    t.DeclareMajorIncident: st.builds(t.DeclareMajorIncident, st.sampled_from([1800, 600, 0])),
    t.EndMajorIncident: st.just(t.EndMajorIncident()),
    t.MissMajorUpdate: lambda p: st.builds(
        t.MissMajorUpdate, p.of(t.MajorIncidentDeclared, t.MajorUpdateGiven, t.MajorUpdateMissed)
    ),
    # What is said
    t.AddCustomerMessage: st.tuples(
        _with(t.AddCustomerMessage, contacts),
        st.sampled_from(["", "support"]),
        st.sampled_from(["", "", derived_id("t", "aside")]),
    ).map(lambda drawn: msgspec.structs.replace(drawn[0], account=drawn[1], own_id=drawn[2])),
    t.AddAgentMessage: st.builds(
        lambda name, auto, note: t.AddAgentMessage(
            "anna", mail(name, automatic=auto), digest(name), "support", note
        ),
        st.sampled_from(["more", "by mail"]),
        st.just(""),
        st.booleans(),
    ),
    t.ReportHeldBack: st.builds(t.ReportHeldBack, st.integers(1, 9), st.just(START)),
    t.ReplyToCustomer: lambda p: st.builds(
        t.ReplyToCustomer, words, send_at=st.none() | p.instant(), cc_ids=_some(contacts)
    ),
    t.WithdrawReply: lambda p: st.builds(t.WithdrawReply, p.of(t.ReplyScheduled)),
    t.SendScheduledReply: lambda p: st.builds(t.SendScheduledReply, p.of(t.ReplyScheduled)),
    t.AddNote: st.builds(t.AddNote, words, mentions=_some(agents)),
    t.EditNote: lambda p: st.builds(t.EditNote, p.of(t.NoteAdded, t.AgentReplied), words),
    t.RedactMessage: _redaction,
    t.OpenSideConversation: st.builds(t.OpenSideConversation, ids, words, teams, nobody_or_contact),
    t.AddSideMessage: st.builds(
        lambda side, message, who: t.AddSideMessage(side, message[0], who, message[1]),
        ids,
        mails,
        nobody_or_contact,
    ),
    t.CloseSideConversation: lambda p: st.builds(t.CloseSideConversation, p.one_of(p.state.sides)),
    t.AskConsultation: st.builds(t.AskConsultation, ids, words, agents, teams),
    t.AnswerConsultation: lambda p: st.builds(
        t.AnswerConsultation, p.one_of(p.state.consultations), words
    ),
    t.WithdrawConsultation: lambda p: st.builds(
        t.WithdrawConsultation, p.one_of(p.state.consultations)
    ),
    t.RecordDelivery: lambda p: st.builds(
        t.RecordDelivery,
        p.of(t.AgentReplied, t.NoteAdded),
        st.integers(1, 3),
        st.sampled_from(["", "450 later"]),
        yes_or_no,
    ),
    t.RecordMail: lambda p: st.builds(
        t.RecordMail,
        st.sampled_from(["copy", "side", "acknowledgement", "survey"]),
        p.of(t.AgentReplied, t.NoteAdded),
        st.sampled_from(["p-other", ""]),
        st.integers(1, 3),
        st.sampled_from(["", "550 no such user"]),
    ),
    t.RecordBouncedMail: lambda p: st.builds(
        t.RecordBouncedMail,
        st.just("p-other"),
        st.just(mail("bounce")),
        st.sampled_from(["bounce-1", "bounce-2"]),
        st.sampled_from(["5.1.1", "4.2.2"]),
        yes_or_no,
        st.sampled_from(["", "event-2", "event-3", "elsewhere"]),
    ),
    t.RecordSpamComplaint: lambda p: st.builds(
        t.RecordSpamComplaint,
        st.sampled_from(["p-other", ""]),
        st.just(mail("complaint")),
        st.sampled_from(["complaint-1", "bounce-1"]),
        st.just("abuse"),
        st.sampled_from(["", "event-2", "elsewhere"]),
    ),
    t.RevokeLinks: lambda p: st.builds(t.RevokeLinks, st.sampled_from(["", "p-other"])),
    # What is written on it
    t.CategorizeTicket: st.builds(
        t.CategorizeTicket, st.sampled_from(["hardware", "software", "", "garden"])
    ),
    t.ChangeTags: st.builds(t.ChangeTags, _some(ids), _some(ids)),
    t.SetFields: st.builds(t.SetFields, st.lists(changes, max_size=2).map(tuple)),
    t.SetDueDate: lambda p: st.builds(t.SetDueDate, st.none() | p.instant(p.state.due)),
    t.SetEstimate: st.builds(t.SetEstimate, seconds),
    t.SetReminder: lambda p: st.builds(t.SetReminder, ids, p.instant(), agents, maybe_words),
    t.CancelReminder: lambda p: st.builds(t.CancelReminder, p.one_of(p.state.reminders)),
    t.FireReminder: lambda p: _due(
        t.FireReminder, p, {id: one.due for id, one in p.state.reminders.items()}
    ),
    t.MakePromise: lambda p: st.builds(t.MakePromise, ids, p.instant(), maybe_words),
    t.KeepPromise: lambda p: st.builds(t.KeepPromise, p.one_of(p.state.promises)),
    t.BreakPromise: lambda p: _due(
        t.BreakPromise, p, {id: one.due for id, one in p.state.promises.items()}
    ),
    t.WithdrawPromise: lambda p: st.builds(t.WithdrawPromise, p.one_of(p.state.promises)),
    # Whose it is
    t.AssignTicket: st.builds(
        t.AssignTicket, agents, teams, codes, sources, if_unassigned=yes_or_no
    ),
    t.UnassignTicket: st.builds(t.UnassignTicket, codes),
    t.ReturnTicket: st.builds(t.ReturnTicket, codes),
    t.SetTier: st.builds(t.SetTier, st.integers(-1, 4), codes, agent_id=agents, team_id=teams),
    t.ChangeRequester: st.builds(t.ChangeRequester, st.just("") | contacts, codes),
    t.FollowContact: st.builds(t.FollowContact, contacts, contacts, yes_or_no),
    t.SetAffectedUser: st.builds(t.SetAffectedUser, nobody_or_contact),
    t.AddFollower: st.builds(t.AddFollower, agents),
    t.RemoveFollower: st.builds(t.RemoveFollower, agents),
    t.AddCollaborator: st.builds(t.AddCollaborator, nobody_or_contact),
    t.RemoveCollaborator: st.builds(t.RemoveCollaborator, nobody_or_contact),
    # Work
    t.StartWork: st.builds(t.StartWork, codes),
    t.StopWork: st.builds(t.StopWork, agents),
    t.LogTime: st.builds(t.LogTime, seconds, codes, agents),
    t.CorrectTime: lambda p: st.builds(
        t.CorrectTime, p.of(t.TimeLogged, t.WorkStopped, t.WorkStarted), seconds
    ),
    t.RecordLiveTalk: lambda p: st.builds(
        t.RecordLiveTalk, st.just("phone"), st.just("in"), p.instant(), seconds
    ),
    # Other tickets
    t.LinkTicket: st.builds(t.LinkTicket, tickets, relations),
    t.MirrorLink: st.builds(t.MirrorLink, tickets, relations),
    t.UnlinkTicket: lambda p: _linked(p).map(lambda one: t.UnlinkTicket(*one)),
    t.AwaitChildren: st.builds(t.AwaitChildren, yes_or_no),
    t.SettleChild: lambda p: st.builds(
        lambda one, settled: t.SettleChild(one[0], settled), _linked(p), yes_or_no
    ),
    t.SpreadSolution: st.builds(t.SpreadSolution, st.sampled_from(["", "magic"])),
    t.LinkExternal: st.builds(t.LinkExternal, codes, ids),
    t.UnlinkExternal: st.builds(t.UnlinkExternal, codes, ids),
    t.AbsorbTicket: st.builds(t.AbsorbTicket, tickets, codes),
    t.MergeTicket: st.builds(t.MergeTicket, tickets, st.integers(1, 3)),
    t.CompleteAbsorption: lambda p: st.builds(
        t.CompleteAbsorption, tickets, contacts, p.of(t.AbsorptionPrepared)
    ),
    t.CancelAbsorption: lambda p: st.builds(
        t.CancelAbsorption, tickets, p.of(t.AbsorptionPrepared), codes
    ),
    t.UnmergeTicket: st.builds(t.UnmergeTicket, codes),
    t.SurrenderTicket: st.builds(t.SurrenderTicket, tickets),
    t.SplitTicket: lambda p: st.builds(
        t.SplitTicket, tickets, st.lists(p.of(*_MESSAGES), max_size=2).map(tuple), words
    ),
    t.UndoSplit: st.builds(t.UndoSplit, tickets),
    # What others say about it
    t.StartSlaClock: lambda p: st.builds(t.StartSlaClock, ids, _terms(p), st.just(1)),
    t.RetargetSlaClock: lambda p: st.builds(t.RetargetSlaClock, ids, _terms(p), codes),
    t.WarnSlaClock: lambda p: _due(
        t.WarnSlaClock, p, {id: one.due_at for id, one in p.state.clocks.items()}
    ),
    t.BreachSlaClock: lambda p: _due(
        t.BreachSlaClock, p, {id: one.due_at for id, one in p.state.clocks.items()}
    ),
    t.MeetSlaClock: lambda p: st.builds(
        t.MeetSlaClock, p.one_of(p.state.clocks), st.just(1), st.just(60)
    ),
    t.CancelSlaClock: lambda p: st.builds(t.CancelSlaClock, p.one_of(p.state.clocks), codes),
    t.ExplainSlaBreach: lambda p: st.builds(
        t.ExplainSlaBreach, p.one_of(p.state.clocks), codes, yes_or_no
    ),
    t.QueueTicket: st.builds(t.QueueTicket, codes, st.just(BY_RULE)),
    t.SkipAgents: st.builds(t.SkipAgents, st.sampled_from([(), (t.Skipped("ben", "off_shift"),)])),
    t.OfferTicket: lambda p: st.builds(t.OfferTicket, ids, agents, p.instant(), st.just(BY_RULE)),
    t.AnswerOffer: lambda p: st.builds(
        t.AnswerOffer, p.one_of(p.state.offers), st.sampled_from(["accepted", "declined"]), codes
    ),
    t.ExpireOffer: lambda p: st.builds(t.ExpireOffer, p.one_of(p.state.offers)),
    t.SuggestArticles: st.builds(t.SuggestArticles, ids, articles, st.just("agent")),
    t.UseArticle: lambda p: st.builds(t.UseArticle, p.one_of(p.state.suggestions), ids),
    t.RejectArticle: lambda p: st.builds(
        t.RejectArticle, p.one_of(p.state.suggestions), ids, codes
    ),
    t.AskSatisfaction: st.builds(t.AskSatisfaction, st.just("s"), st.just(1), scales),
    t.RecordSurveyDelivery: lambda p: st.builds(t.RecordSurveyDelivery, p.of(t.SatisfactionAsked)),
    t.ExpireSurvey: lambda p: st.builds(t.ExpireSurvey, p.of(t.SatisfactionAsked)),
    t.SkipSurvey: st.builds(t.SkipSurvey, st.just("s"), codes),
    t.RateTicket: st.builds(t.RateTicket, scores, maybe_words),
    t.ApplyMacro: lambda p: st.builds(
        t.ApplyMacro, st.just("m-1"), st.just(2), st.lists(_step(p), max_size=3).map(tuple)
    ),
}
# What one of them does bears on no promise about another.
_TOGETHER: tuple[type[msgspec.Struct], ...] = (
    t.ReplyToCustomer,
    t.AddNote,
    t.ChangeTags,
    t.LabelStatus,
    t.MarkPending,
    t.PutOnHold,
    t.EndSnooze,
    t.AssignTicket,
    t.ReopenTicket,
    t.SolveTicket,
)


def as_step(data: msgspec.Struct) -> t.Step:
    """A command as a macro holds it."""
    return t.Step(type(data).__name__, msgspec.json.decode(msgspec.json.encode(data)))


def _step(past: Past) -> st.SearchStrategy[t.Step]:
    return st.sampled_from(_TOGETHER).flatmap(lambda kind: command(kind, past)).map(as_step)


def command(kind: type[msgspec.Struct], past: Past) -> Some:
    """A command of this type."""
    strategy = COMMANDS[kind]
    return strategy if isinstance(strategy, st.SearchStrategy) else strategy(past)
