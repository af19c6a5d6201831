"""Examples of every body and every answer, made from their schemas with a desk's own words. Pure.

No example is written down as a whole, so none can drift: a field takes the first of the values
under its name that its schema allows, then the first of those that fit many fields.
"""

import re
from collections.abc import Mapping, Sequence
from typing import cast

Json = dict[str, object]

_TICKET, _CONTACT, _ORGANISATION = ("t-" + "2" * 26, "p-" + "7" * 26, "o-" + "4" * 26)
_INSTANT = "2026-03-01T09:30:00Z"
_CONTENT = "5ddbb39fb2e5ad699926ab2802bec186"
_COMMAND = "019cab12-2f3a-7000-8000-5f3a1c2b4d5e"
_CODE = "needs_serial_number"
# By the name of a field, or of a shape and its field. Of several the first that the field's schema
# allows is taken; None is for what may be null.
VOCABULARY: Mapping[str, Sequence[object]] = {
    "AddressPage.id": ("a-" + "5" * 26,),
    "ApiKeyMade.id": ("k-" + "6" * 26,),
    "ApiKeyPage.id": ("k-" + "6" * 26,),
    "ApiKeyPage.name": ("Reports",),
    "AttachmentPage.id": (_CONTENT,),
    "AttachmentPage.name": ("invoice.pdf",),
    "BrandOfDesk.name": ("North",),
    "BrandPage.name": ("North",),
    "CannedReply.name": ("Red button",),
    "CannedReplyPage.id": ("r-" + "3" * 26,),
    "CannedReplyPage.name": ("Red button",),
    "CommandPage.id": (_COMMAND,),
    "ContactPage.id": (_CONTACT,),
    "DepartmentOfDesk.name": ("IT",),
    "DepartmentPage.name": ("IT",),
    "ExportPage.id": (_CONTENT,),
    "FilledReplyPage.id": ("r-" + "3" * 26,),
    "LetterOfDesk.text": ("{{ message }}",),
    "Macro.name": ("Red button",),
    "MacroStep.command": ("ReplyToCustomer",),
    "MacroStep.data": ({"text": "Please press the red button."},),
    "MacroPage.id": ("m-" + "3" * 26,),
    "MacroPage.name": ("Red button",),
    "NewOrganisation.name": ("Nordwind",),
    "NewApiKey.expires_at": ("2028-01-01T00:00:00Z",),
    "NewApiKey.name": ("Reports",),
    "NewApiKey.subject": ("service.reports",),
    "OrganisationPage.id": (_ORGANISATION,),
    "OrganisationPage.name": ("Nordwind",),
    "Person.id": (_CONTACT,),
    "PublicEvent.id": (_COMMAND,),
    "StaffContactPage.id": (_CONTACT,),
    "View.name": ("On the phone",),
    "ViewPage.id": ("v-" + "3" * 26,),
    "ViewPage.name": ("On the phone",),
    "WebhookOfDesk.name": ("Billing",),
    "WebhookPage.id": ("wh-" + "3" * 26,),
    "WebhookPage.name": ("Billing",),
    "account": ("support",),
    "action": ("assignment",),
    "activity": ("email",),
    "actor": ("agent:anna",),
    "address": ("ada@example.org",),
    "affected_id": (_CONTACT,),
    "agent_id": ("anna",),
    "asked_by": ("anna",),
    "asset": ("notebook-0815",),
    "brand": ("north",),
    "category": ("hardware.printer",),
    "cause": ("paper_jam",),
    "cc_ids": (_CONTACT,),
    "channel": ("email", "phone"),
    "code": ("not_solved", "493017"),
    "columns": ("number", "subject"),
    "command": ("SolveTicket",),
    "command_id": (_COMMAND,),
    "contact_id": (_CONTACT,),
    "defined_by": ("root",),
    "department": ("it",),
    "detail": ("Only a solved ticket can be closed; solve it first.",),
    "direction": ("in",),
    "domain": ("example.org",),
    "external_id": ("C-1017",),
    "field": ("room",),
    "html": (None,),
    "id": (_TICKET,),
    "impact": ("high",),
    "language": ("en",),
    "media_type": ("application/pdf",),
    "mentions": ("ben",),
    "method": ("POST", "phone"),
    "name": ("Ada",),
    "next": (None,),
    "number": (17,),
    "organisation_id": (_ORGANISATION,),
    "other_id": (_TICKET,),
    "parent_id": (_ORGANISATION,),
    "party": ("supplier",),
    "pattern": ("[A-Z]{2}[0-9]{4}",),
    "personal": (False,),
    "plan": ("gold",),
    "pointer": ("/agent_id",),
    "prefix": ("N-",),
    "priority": (2,),
    "product": ("printer",),
    "q": ("printer",),
    "reason": ("second_visit",),
    "reference": ("RMA-4711",),
    "request_id": ("019cab122f3a70008000" + "5f3a1c2b4d5e",),
    "requester_id": (_CONTACT,),
    "resolution_code": ("workaround",),
    "role": ("agent",),
    "scopes": ("tickets:read",),
    "sentence": ("Anna took the ticket.",),
    "since": (_INSTANT,),
    "sequence": (3,),
    "service": ("printing",),
    "status": ("open", 200),
    "subject": ("It does not print", "service.crm"),
    "submitter_id": (_CONTACT,),
    "system": ("crm",),
    "tag": ("printer",),
    "tags": ("printer",),
    "team_id": ("it",),
    "teams": ("it",),
    "text": ("Please press the red button.",),
    "ticket": (_TICKET,),
    "ticket_id": (_TICKET,),
    "tickets": (_TICKET,),
    "time_zone": ("Europe/Berlin",),
    "title": ("Conflict",),
    "tracker": ("jira",),
    "types": ("TicketSolved",),
    "until": ("2026-03-08T09:30:00Z",),
    "url": ("https://crm.example.com/hooks/desk",),
    "urgency": ("high",),
    "value": ("3.14",),
    "verified": (True,),
    "version": (1,),
}
# Of what may be left out, the fields that make sense together.
_TOGETHER: Mapping[str, Sequence[str]] = {
    "BlockedSender": ("channel", "address", "reason"),
    "DistrustedSender": ("channel", "address", "suspicion"),
    "MacroStep": ("command", "data"),
    "NamedSender": ("channel", "address"),
    "ReplayAsked": ("since",),
    "ViewFilter": ("status", "team_id"),
}
_INSTANTS = re.compile(r".+_at|at|due|since|.*until|time|due_before")
_FITTING: Sequence[object] = (
    *("", _CODE, _TICKET, _CONTACT, _ORGANISATION),
    *("m-" + "3" * 26, "r-" + "3" * 26, "v-" + "3" * 26, "AddNote"),
)
_UNITS = {"integer": 1, "number": 1.0, "boolean": False}
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


class Examples:
    """Makes them. schemas: the description's own, by name."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self._schemas = schemas

    def of(self, schema: Json, name: str = "", whole: bool = True) -> object:
        """A value that the schema allows. name: of the field that has it; whole: with all of its
        fields, where some need not be there. Raises LookupError where no known value fits."""
        if "$ref" in schema:
            return self.of(self._schemas[str(schema["$ref"]).rpartition("/")[2]], name, whole)
        if "const" in schema:
            return schema["const"]
        if "anyOf" in schema:
            choices = cast(Sequence[Json], schema["anyOf"])
            known = VOCABULARY.get(_field(name), ())
            is_plain = choices[0].get("type") == "string" and not known
            if {"type": "null"} in choices and (is_plain or None in known):
                return None
            return self.of(choices[0], name, whole)
        match schema.get("type"):
            case "object" if name not in VOCABULARY:
                return self._object(schema, whole)
            case "array":
                return self._list(schema, name, whole)
            case _:
                return _value(schema, name)

    def _object(self, schema: Json, whole: bool) -> Json:
        fields = cast(Mapping[str, Json], schema.get("properties", {}))
        required = cast(Sequence[str], schema.get("required", ()))
        title = str(schema.get("title", ""))
        named = fields if whole else _TOGETHER.get(title, required or fields)
        return {field: self.of(fields[field], f"{title}.{field}", whole) for field in named}

    def _list(self, schema: Json, name: str, whole: bool) -> Sequence[object]:
        if "prefixItems" in schema:
            parts = cast(Sequence[Json], schema["prefixItems"])
            return [self.of(one, name, whole) for one in parts]
        one = self.of(cast(Json, schema.get("items", {})), name, whole)
        return [] if one == "" else [one]


def _field(name: str) -> str:
    """A field's name without that of its shape."""
    return name.rpartition(".")[2]


def _value(schema: Json, name: str) -> object:
    field = _field(name)
    known = [*VOCABULARY.get(name, ()), *VOCABULARY.get(field, ())]
    if schema.get("format") == "date-time" or _INSTANTS.fullmatch(field):
        known.append(_INSTANT)
    least = schema.get("minimum")
    if isinstance(least, int | float):
        known.append(int(least) if schema.get("type") == "integer" else least)
    known += cast(Sequence[object], schema.get("enum", ()))
    known += [_UNITS[kind] for kind in (str(schema.get("type")),) if kind in _UNITS]
    for value in (*known, *_FITTING):
        if _fits(value, schema):
            return value
    raise LookupError(f"no example fits the field {name}: name one in the vocabulary")


def _fits(value: object, schema: Json) -> bool:
    kind = _KINDS.get(str(schema.get("type")), object)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return not schema
    if "enum" in schema and value not in cast(Sequence[object], schema["enum"]):
        return False
    if isinstance(value, str):
        return (
            re.search(str(schema.get("pattern", "")), value) is not None
            and len(value) >= cast(int, schema.get("minLength", 0))
            and len(value) <= cast(float, schema.get("maxLength", float("inf")))
        )
    return not isinstance(value, int | float) or (
        cast(float, schema.get("minimum", -float("inf")))
        <= value
        <= cast(float, schema.get("maximum", float("inf")))
    )
