"""What others report about a ticket, told: clocks, distribution, suggestions, satisfaction."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.english.words import holder
from services.gateway.tickets.sentences.words import Name, because, lasting, plain


def tell(recorded: Recorded[object], name: Name) -> str:
    """The sentence; "" for an event that another module tells."""
    return (
        _clocks(recorded, name)
        or _routing(recorded, name)
        or _suggestions(recorded, name)
        or _satisfaction(recorded, name)
    )


def _clocks(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.SlaClockStarted(terms=terms):
            target = lasting(terms.target_seconds)
            return f"The clock for {plain(terms.metric)} runs: {target}, {_due(terms)}."
        case t.SlaClockRetargeted(terms=terms, reason=reason):
            return f"The clock for {plain(terms.metric)} is {_due(terms)} now{because(reason)}."
        case t.SlaClockWarned() as warned:
            gone = f"{warned.percent} % of the time are gone" if warned.percent else "it is soon"
            return f"A promise is due at {warned.due_at:%Y-%m-%d %H:%M}: {gone}."
        case t.SlaClockBreached() as breached:
            had = holder(breached.agent_id, breached.team_id, name)
            due = f"{breached.due_at:%Y-%m-%d %H:%M}"
            return f"A promise for {due} was broken while {had} had the ticket."
        case t.SlaClockMet() as met:
            late = ", too late" if met.late else ""
            return f"Step {met.by} met a promise after {lasting(met.took_seconds)}{late}."
        case t.SlaClockCancelled(reason=reason):
            return f"A clock was taken away{because(reason)}."
        case t.SlaBreachExplained() as told:
            counts = "; it does not count" if told.excluded else ""
            return f"{who} explained a broken promise{because(told.reason)}{counts}."
        case _:
            return ""


def _due(terms: t.SlaTerms) -> str:
    return f"due at {terms.due_at:%Y-%m-%d %H:%M}"


def _routing(recorded: Recorded[object], name: Name) -> str:
    match recorded.data:
        case t.TicketQueued() as queued:
            return f"The ticket waits in the queue {plain(queued.queue)}{_by(queued.why)}."
        case t.AgentsSkipped(skipped=skipped):
            said = (f"{name(f'agent:{s.agent_id}')} ({plain(s.because)})" for s in skipped)
            return f"Passed over: {', '.join(said)}."
        case t.TicketOffered() as offered:
            whom = name(f"agent:{offered.agent_id}")
            return f"{whom} was asked to take the ticket{_by(offered.why)}."
        case t.TicketOfferAnswered(answer="accepted") as answered:
            return f"{name(f'agent:{answered.agent_id}')} accepted the ticket."
        case t.TicketOfferAnswered() as answered:
            who = name(f"agent:{answered.agent_id}")
            return f"{who} declined the ticket{because(answered.reason)}."
        case t.TicketOfferExpired(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} did not answer the offer in time."
        case _:
            return ""


def _by(why: t.Why) -> str:
    return f" by the rule {plain(why.rule)}, version {why.version}"


def _suggestions(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.ArticlesSuggested() as shown:
            count = len(shown.articles)
            return f"{count} article{'s' * (count != 1)} were suggested to the {shown.place}."
        case t.ArticleUsed(article_id=article):
            return f"{who} used the suggested article {article}."
        case t.ArticleRejected() as rejected:
            article = rejected.article_id
            return f"{who} rejected the suggested article {article}{because(rejected.reason)}."
        case _:
            return ""


def _satisfaction(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.SatisfactionAsked(survey=survey):
            return f"The customer is asked how it went ({plain(survey)})."
        case t.SurveyDelivered():
            return "The question how it went reached the customer."
        case t.SurveyExpired():
            return "The question how it went was not answered in time."
        case t.SurveySkipped(reason=reason):
            return f"The customer is not asked how it went{because(reason)}."
        case t.TicketRated() as rated:
            credited = f" by {name(f'agent:{rated.agent_id}')}" if rated.agent_id else ""
            comment = ", with a comment" if rated.comment else ""
            instead = f", instead of {rated.previous_score}" if rated.previous_score else ""
            of = "" if rated.asked_sequence else " of 5"
            return f"{who} rated the solution{credited} {rated.score}{of}{instead}{comment}."
        case _:
            return ""
