"""What others report about a ticket, told in German: clocks, distribution, suggestions, ratings."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.tickets.sentences.german.words import holder, moment
from services.gateway.tickets.sentences.words import Name, because, lasting, plain

_METRICS = {
    "first_reply": "die erste Antwort",
    "next_reply": "die nächste Antwort",
    "resolution": "die Lösung",
    "periodic_update": "regelmäßige Nachrichten",
    "pickup": "die Annahme",
}
_PLACES = {"agent": "dem Agenten", "customer": "dem Kunden", "bot": "dem Bot"}


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
            what, target = _METRICS[terms.metric], lasting(terms.target_seconds)
            return f"Die Uhr für {what} läuft: {target}, fällig am {moment(terms.due_at)}."
        case t.SlaClockRetargeted(terms=terms, reason=reason):
            what, due = _METRICS[terms.metric], moment(terms.due_at)
            return f"Die Uhr für {what} ist jetzt am {due} fällig{because(reason)}."
        case t.SlaClockWarned() as warned:
            gone = f"{warned.percent} % der Zeit sind um" if warned.percent else "das ist bald"
            return f"Eine Zusage ist am {moment(warned.due_at)} fällig: {gone}."
        case t.SlaClockBreached() as breached:
            had, due = holder(breached.agent_id, breached.team_id, name), moment(breached.due_at)
            return f"Eine Zusage für {due} wurde nicht gehalten; das Ticket hatte {had}."
        case t.SlaClockMet() as met:
            late, took = ", zu spät" if met.late else "", lasting(met.took_seconds)
            return f"Schritt {met.by} hat eine Zusage nach {took} erfüllt{late}."
        case t.SlaClockCancelled(reason=reason):
            return f"Eine Uhr wurde abgestellt{because(reason)}."
        case t.SlaBreachExplained() as told:
            counts = "; sie zählt nicht" if told.excluded else ""
            return f"{who} hat eine gebrochene Zusage erklärt{because(told.reason)}{counts}."
        case _:
            return ""


def _routing(recorded: Recorded[object], name: Name) -> str:
    match recorded.data:
        case t.TicketQueued() as queued:
            queue, why = plain(queued.queue), _by(queued.why)
            return f"Das Ticket wartet{why} in der Warteschlange {queue}."
        case t.AgentsSkipped(skipped=skipped):
            said = (f"{name(f'agent:{s.agent_id}')} ({plain(s.because)})" for s in skipped)
            return f"Übergangen: {', '.join(said)}."
        case t.TicketOffered() as offered:
            whom = name(f"agent:{offered.agent_id}")
            return f"{whom} wurde{_by(offered.why)} gebeten, das Ticket zu übernehmen."
        case t.TicketOfferAnswered(answer="accepted") as answered:
            return f"{name(f'agent:{answered.agent_id}')} hat das Ticket angenommen."
        case t.TicketOfferAnswered() as answered:
            who = name(f"agent:{answered.agent_id}")
            return f"{who} hat das Ticket abgelehnt{because(answered.reason)}."
        case t.TicketOfferExpired(agent_id=agent_id):
            return f"{name(f'agent:{agent_id}')} hat nicht rechtzeitig geantwortet."
        case _:
            return ""


def _by(why: t.Why) -> str:
    return f" nach der Regel {plain(why.rule)}, Version {why.version},"


def _suggestions(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.ArticlesSuggested() as shown:
            count = len(shown.articles)
            what = "wurde ein Artikel" if count == 1 else f"wurden {count} Artikel"
            return f"Es {what} {_PLACES[shown.place]} vorgeschlagen."
        case t.ArticleUsed(article_id=article):
            return f"{who} hat den vorgeschlagenen Artikel {article} verwendet."
        case t.ArticleRejected() as rejected:
            article, why = rejected.article_id, because(rejected.reason)
            return f"{who} hat den vorgeschlagenen Artikel {article} verworfen{why}."
        case _:
            return ""


def _satisfaction(recorded: Recorded[object], name: Name) -> str:
    who = name(recorded.actor)
    match recorded.data:
        case t.SatisfactionAsked(survey=survey):
            return f"Der Kunde wird gefragt, wie es war ({plain(survey)})."
        case t.SurveyDelivered():
            return "Die Frage, wie es war, kam beim Kunden an."
        case t.SurveyExpired():
            return "Die Frage, wie es war, blieb ohne Antwort."
        case t.SurveySkipped(reason=reason):
            return f"Der Kunde wird nicht gefragt, wie es war{because(reason)}."
        case t.TicketRated() as rated:
            credited = f" von {name(f'agent:{rated.agent_id}')}" if rated.agent_id else ""
            comment = ", mit einem Kommentar" if rated.comment else ""
            instead = f", statt {rated.previous_score}" if rated.previous_score else ""
            of = "" if rated.asked_sequence else " von 5"
            score = f"{rated.score}{of}{instead}{comment}"
            return f"{who} hat die Lösung{credited} bewertet: {score}."
        case _:
            return ""
