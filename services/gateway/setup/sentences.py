"""The history of a desk's setup in sentences: who defined what."""

from libs.events.envelope import Recorded
from libs.events.published import setup as s
from services.gateway.instants import text
from services.gateway.tickets.sentences.words import lasting, plain


def sentence(recorded: Recorded[object]) -> str:
    """One sentence, such as ``anna defined the field serial number (pattern).``"""
    who = recorded.actor.partition(":")[2]
    return f"{who} {_of_the_desk(recorded.data) or _of_words(recorded.data)}."


def _of_the_desk(event: object) -> str:
    match event:
        case s.StatusLabelsDefined(labels=labels):
            count = sum(len(under.labels) for under in labels)
            return f"defined {count} labels under {len(labels)} statuses"
        case s.PriorityMatrixDefined(matrix=matrix):
            size = f"{len(matrix.impacts)} × {len(matrix.urgencies)}"
            return f"defined the priority matrix, {size}"
        case s.ResolutionCodesDefined(codes=codes):
            return f"defined the resolution codes {', '.join(map(plain, codes))}"
        case s.CategoriesDefined(categories=categories):
            return (
                f"defined {len(categories)} categories" if categories else "lifted the categories"
            )
        case s.FieldDefined(field=field, definition=definition):
            personal = ", personal" if definition.personal else ""
            return f"defined the field {plain(field)} ({plain(definition.type)}{personal})"
        case s.FieldRetired(field=field):
            return f"retired the field {plain(field)}"
        case s.SolveRulesDefined(rules=rules):
            demanded = ", ".join(plain(rule.field) for rule in rules)
            return f"demanded {demanded or 'no field'} of solutions"
        case s.BrandDefined(definition=brand):
            return f"defined the brand {brand.name}"
        case s.BrandRetired(brand=brand):
            return f"retired the brand {plain(brand)}"
        case s.TiersDefined(highest=highest):
            return f"defined the support tiers 0 to {highest}"
        case s.UndoSendDefined(seconds=seconds):
            return (
                f"let answers wait for {lasting(seconds)}"
                if seconds
                else "let answers leave at once"
            )
        case s.CloseAfterDefined(seconds=seconds):
            when = f"after {lasting(seconds)}" if seconds else "after the usual time"
            return f"let solved tickets be closed {when}"
        case s.LetterDefined(letter=letter, definition=definition):
            return f"defined the letter {plain(letter)} ({plain(definition.kind)})"
        case s.LetterRetired(letter=letter):
            return f"retired the letter {plain(letter)}"
        case s.CorrespondenceDefined(brand=brand):
            return f"defined how {plain(brand)} writes"
        case _:
            return _of_access(event)


def _of_access(event: object) -> str:
    match event:
        case s.DepartmentDefined(definition=department):
            kind = "private" if department.private else "open"
            teams = ", ".join(department.teams)
            return f"defined the department {department.name} ({kind}): {teams}"
        case s.DepartmentRetired(department=department):
            return f"retired the department {plain(department)}"
        case s.LightRepliesDefined(allowed=allowed):
            return f"let light agents {'answer' if allowed else 'not answer'} customers"
        case _:
            return ""


def _of_words(event: object) -> str:
    match event:
        case s.MacroDefined() as macro:
            count = len(macro.steps)
            return f"defined the macro {macro.name}, with {count} step{'s' * (count > 1)}"
        case s.MacroRetired():
            return "retired the macro"
        case s.CannedReplyDefined(name=name):
            return f"defined the canned reply {name}"
        case s.CannedReplyRetired():
            return "retired the canned reply"
        case s.ApiKeyIssued(key=key):
            return f"issued the API key {key.name} for {key.subject}, as {plain(key.role)}"
        case s.ApiKeyRotated():
            return "gave the API key another secret"
        case s.ApiKeyRevoked():
            return "revoked the API key"
        case s.ViewDefined(name=name):
            return f"defined the view {name}"
        case s.ViewRetired():
            return "retired the view"
        case s.WebhookDefined(name=name):
            return f"defined the webhook {name}"
        case s.WebhookRetired():
            return "retired the webhook"
        case s.WebhookSecretRotated():
            return "gave the webhook another secret"
        case s.WebhookPaused(reason=reason):
            return f"paused the webhook: {reason}"
        case s.WebhookResumed():
            return "let the webhook go on"
        case s.WebhookReplayAsked(since=since, after=after):
            beginning = f"since {text(since)}" if since else f"behind {after}"
            return f"asked for everything {beginning} again"
        case s.WebhookDeliveryNoted(type=type, state=state, attempts=attempts):
            how = {"waiting": "still tries", "failed": "gave up", "delivered": "delivered"}[state]
            return f"{how} {plain(type)} after {attempts} attempts"
        case s.WebhookDeliveryRetried():
            return "had the delivery tried again"
        case _:
            return "changed the setup"
