"""What Zendesk's export says beside a ticket's messages and fields: ratings, and other tickets.

A rating stands in up to three places: in the audits, with its instant and author; in a list of
ratings; in the ticket. The first of these that has one is read.
"""

from collections.abc import Iterator, Sequence

import msgspec

from deskledger.history.model import Link, NotTaken, Rated
from deskledger.history.staging import Staging
from deskledger.history.zendesk_shapes import Audit, Exported, Rating, author_of

# There are but these two: the ends of our scale.
_SCORES = {"good": 5, "bad": 1}
# Words of a customer who was asked, or will not be, and has not answered.
_UNANSWERED = ("", "offered", "unoffered")
_SCORE, _COMMENT = "satisfaction_score", "satisfaction_comment"


def ratings(
    one: Exported, audits: Sequence[Audit], staging: Staging
) -> tuple[list[Rated], list[NotTaken]]:
    """What its customer thought of it, in their order; and what cannot be taken of that."""
    rated = list(_in(audits))
    left: list[NotTaken] = []
    if rated:
        return rated, left
    own = [one.satisfaction_rating] if one.satisfaction_rating else []
    for body in staging.of("ratings", str(one.id)) or map(msgspec.json.encode, own):
        try:
            rating = msgspec.json.decode(body, type=Rating)
        except msgspec.ValidationError as error:
            reason = f"It has not the shape of a rating: {error}."
            left.append(NotTaken("ticket", str(one.id), "rating", reason))
            continue
        score = rating.score or ""
        if score in _SCORES:
            at = rating.updated_at or rating.created_at or one.updated_at or one.created_at
            author = author_of(rating.requester_id)
            comment = (rating.comment or "").strip()
            rated.append(Rated(str(rating.id), at, author, _SCORES[score], comment))
        elif score not in _UNANSWERED:
            left.append(NotTaken("ticket", str(one.id), "rating", f"It is {score}."))
    return sorted(rated, key=lambda each: each.at), left


def _in(audits: Sequence[Audit]) -> Iterator[Rated]:
    """A comment may come later than the score: then it is rated once more, with that."""
    stands = {_SCORE: "", _COMMENT: ""}
    for audit in audits:
        said = {
            event.field_name: str(event.value or "")
            for event in audit.events
            if event.type in ("Create", "Change") and event.field_name in stands
        }
        if not said:
            continue
        stands |= {name: value for name, value in said.items() if name}
        if (score := _SCORES.get(stands[_SCORE])) is not None:
            comment = stands[_COMMENT].strip()
            by = author_of(audit.author_id)
            yield Rated(str(audit.id), audit.created_at, by, score, comment)


def links(one: Exported, audits: Sequence[Audit]) -> Iterator[Link]:
    """Its problem, the closed ticket that it follows, and those that follow it."""
    if one.problem_id is not None:
        problem = str(one.problem_id)
        at, author = one.updated_at or one.created_at, ""
        for audit in audits:
            for event in audit.events:
                if event.field_name == "problem_id" and str(event.value) == problem:
                    at, author = audit.created_at, author_of(audit.author_id)
        yield Link(problem, "problem", at, author)
    match one.via.source if one.via is not None else None:
        case {"rel": "follow_up", "from": {"ticket_id": int() | str() as followed}}:
            yield Link(str(followed), "related", one.created_at)
    for follower in one.followup_ids or ():
        yield Link(str(follower), "related", one.created_at)
