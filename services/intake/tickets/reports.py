"""What other services say about a ticket: clocks, distribution, suggestions. They report facts,
often late; what the log knows better by then is left out quietly."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, in_future, not_closed, opened
from services.intake.tickets.people import assign
from services.intake.tickets.state import Clock, Offer, TicketState


def start_clock(state: TicketState, wanted: t.StartSlaClock, asked: Asked) -> Events:
    opened(state)
    if wanted.clock_id in state.clocks:
        return []
    return [t.SlaClockStarted(wanted.clock_id, wanted.terms, wanted.since)]


def retarget_clock(state: TicketState, wanted: t.RetargetSlaClock, asked: Asked) -> Events:
    clock = _clock(state, wanted.clock_id)
    if clock.over or clock.due_at == wanted.terms.due_at:
        return []
    changed = (wanted.clock_id, wanted.terms, wanted.reason, clock.due_at)
    return [t.SlaClockRetargeted(*changed)]


def warn_clock(state: TicketState, wanted: t.WarnSlaClock, asked: Asked) -> Events:
    clock = _clock(state, wanted.clock_id)
    if clock.over or clock.breached or clock.due_at != wanted.due_at:
        return []
    return [t.SlaClockWarned(wanted.clock_id, wanted.due_at, wanted.percent)]


def breach_clock(state: TicketState, wanted: t.BreachSlaClock, asked: Asked) -> Events:
    """Not if it was met, retargeted or cancelled meanwhile."""
    clock = _clock(state, wanted.clock_id)
    if clock.over or clock.breached or clock.due_at != wanted.due_at:
        return []
    had = (state.agent_id, state.team_id)
    return [t.SlaClockBreached(wanted.clock_id, wanted.due_at, *had)]


def meet_clock(state: TicketState, wanted: t.MeetSlaClock, asked: Asked) -> Events:
    clock = _clock(state, wanted.clock_id)
    if clock.over:
        return []
    done = (wanted.clock_id, wanted.by, wanted.took_seconds, clock.breached)
    return [t.SlaClockMet(*done)]


def cancel_clock(state: TicketState, wanted: t.CancelSlaClock, asked: Asked) -> Events:
    over = _clock(state, wanted.clock_id).over
    return [] if over else [t.SlaClockCancelled(wanted.clock_id, wanted.reason)]


def explain_breach(state: TicketState, wanted: t.ExplainSlaBreach, asked: Asked) -> Events:
    clock = _clock(state, wanted.clock_id)
    if not clock.breached:
        raise Refusal("not_breached", "This clock was not breached; there is nothing to explain.")
    if clock.explained == (wanted.reason, wanted.excluded):
        return []
    return [t.SlaBreachExplained(wanted.clock_id, wanted.reason, wanted.excluded)]


def _clock(state: TicketState, clock_id: str) -> Clock:
    opened(state)
    found = state.clocks.get(clock_id)
    if found is None:
        raise Refusal("no_such_clock", "No such clock was started on this ticket.", "/clock_id")
    return found


def queue(state: TicketState, wanted: t.QueueTicket, asked: Asked) -> Events:
    not_closed(state)
    if wanted.queue == state.queue or state.agent_id:
        return []
    return [t.TicketQueued(wanted.queue, wanted.why, state.queue)]


def skip_agents(state: TicketState, wanted: t.SkipAgents, asked: Asked) -> Events:
    opened(state)
    return [t.AgentsSkipped(wanted.skipped)] if wanted.skipped else []


def offer(state: TicketState, wanted: t.OfferTicket, asked: Asked) -> Events:
    not_closed(state)
    if wanted.offer_id in state.offers or state.agent_id == wanted.agent_id:
        return []
    until = in_future(wanted.until, asked, "/until")
    return [t.TicketOffered(wanted.offer_id, wanted.agent_id, until, wanted.why)]


def answer_offer(state: TicketState, wanted: t.AnswerOffer, asked: Asked) -> Events:
    """Who accepts has the ticket, unless another agent was faster."""
    not_closed(state)
    found = state.offers.get(wanted.offer_id)
    if found is None:
        raise Refusal("offer_over", "This offer is over: it was answered or ran out.", "/offer_id")
    if asked.agent_id and asked.agent_id != found.agent_id:
        raise Refusal("not_your_offer", f"{found.agent_id} was asked, not you.", "/offer_id")
    answered = (wanted.offer_id, found.agent_id, wanted.answer, wanted.reason)
    events: Events = [t.TicketOfferAnswered(*answered)]
    if wanted.answer == "declined":
        return events
    taken = t.AssignTicket(found.agent_id, source="rule", if_unassigned=True)
    return [*events, *assign(state, taken, asked)]


def expire_offer(state: TicketState, wanted: t.ExpireOffer, asked: Asked) -> Events:
    """A late word of the timer's is no error."""
    found = state.offers.get(wanted.offer_id)
    return [t.TicketOfferExpired(wanted.offer_id, found.agent_id)] if found is not None else []


def suggest(state: TicketState, wanted: t.SuggestArticles, asked: Asked) -> Events:
    opened(state)
    if wanted.suggestion_id in state.suggestions or not wanted.articles:
        return []
    shown = (wanted.suggestion_id, wanted.articles, wanted.place, wanted.ranker)
    return [t.ArticlesSuggested(*shown)]


def use_article(state: TicketState, wanted: t.UseArticle, asked: Asked) -> Events:
    version = _suggested(state, wanted.suggestion_id, wanted.article_id)
    return [t.ArticleUsed(wanted.suggestion_id, wanted.article_id, version)]


def reject_article(state: TicketState, wanted: t.RejectArticle, asked: Asked) -> Events:
    version = _suggested(state, wanted.suggestion_id, wanted.article_id)
    return [t.ArticleRejected(wanted.suggestion_id, wanted.article_id, version, wanted.reason)]


def _suggested(state: TicketState, suggestion_id: str, article_id: str) -> int:
    opened(state)
    version = state.suggestions.get(suggestion_id, {}).get(article_id)
    if version is None:
        raise Refusal(
            "not_suggested",
            "This article was not suggested there, or somebody has judged it already.",
            "/article_id",
        )
    return version


def _started(state: TicketState, event: t.SlaClockStarted, _: Recorded[object]) -> None:
    state.clocks[event.clock_id] = Clock(event.terms.metric, event.terms.due_at)


def _retargeted(state: TicketState, event: t.SlaClockRetargeted, _: Recorded[object]) -> None:
    _turn(state, event.clock_id, due_at=event.terms.due_at)


def _breached(state: TicketState, event: t.SlaClockBreached, _: Recorded[object]) -> None:
    _turn(state, event.clock_id, breached=True)


def _over(
    state: TicketState, event: t.SlaClockMet | t.SlaClockCancelled, _: Recorded[object]
) -> None:
    _turn(state, event.clock_id, over=True)


def _explained(state: TicketState, event: t.SlaBreachExplained, _: Recorded[object]) -> None:
    _turn(state, event.clock_id, explained=(event.reason, event.excluded))


def _turn(state: TicketState, clock_id: str, **changes: object) -> None:
    state.clocks[clock_id] = msgspec.structs.replace(state.clocks[clock_id], **changes)


def _queued(state: TicketState, event: t.TicketQueued, _: Recorded[object]) -> None:
    state.queue = event.queue


def _offered(state: TicketState, event: t.TicketOffered, _: Recorded[object]) -> None:
    state.offers[event.offer_id] = Offer(event.agent_id, event.until)


def _offer_over(
    state: TicketState, event: t.TicketOfferAnswered | t.TicketOfferExpired, _: Recorded[object]
) -> None:
    state.offers.pop(event.offer_id, None)


def _suggested_these(state: TicketState, event: t.ArticlesSuggested, _: Recorded[object]) -> None:
    shown = {article.article_id: article.version for article in event.articles}
    state.suggestions[event.suggestion_id] = shown


def _judged(
    state: TicketState, event: t.ArticleUsed | t.ArticleRejected, _: Recorded[object]
) -> None:
    left = state.suggestions.get(event.suggestion_id, {})
    left.pop(event.article_id, None)


RULES: Rules = {
    t.StartSlaClock: start_clock,
    t.RetargetSlaClock: retarget_clock,
    t.WarnSlaClock: warn_clock,
    t.BreachSlaClock: breach_clock,
    t.MeetSlaClock: meet_clock,
    t.CancelSlaClock: cancel_clock,
    t.ExplainSlaBreach: explain_breach,
    t.QueueTicket: queue,
    t.SkipAgents: skip_agents,
    t.OfferTicket: offer,
    t.AnswerOffer: answer_offer,
    t.ExpireOffer: expire_offer,
    t.SuggestArticles: suggest,
    t.UseArticle: use_article,
    t.RejectArticle: reject_article,
}
FOLDS: Folds = {
    t.SlaClockStarted: _started,
    t.SlaClockRetargeted: _retargeted,
    t.SlaClockBreached: _breached,
    t.SlaClockMet: _over,
    t.SlaClockCancelled: _over,
    t.SlaBreachExplained: _explained,
    t.TicketQueued: _queued,
    t.TicketOffered: _offered,
    t.TicketOfferAnswered: _offer_over,
    t.TicketOfferExpired: _offer_over,
    t.ArticlesSuggested: _suggested_these,
    t.ArticleUsed: _judged,
    t.ArticleRejected: _judged,
}
