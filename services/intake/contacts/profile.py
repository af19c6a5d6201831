"""Who a contact is: name, language, time zone, ids elsewhere, personal fields, organisation."""

import re
from functools import cache
from zoneinfo import available_timezones

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.ids import is_id
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked
from services.intake.contacts.customer import named
from services.intake.contacts.state import ContactState

# BCP 47 (RFC 5646) as far as shape goes.
_LANGUAGE = re.compile(r"([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?")


def _rename(state: ContactState, wanted: c.RenameContact, asked: Asked) -> Events:
    return [c.ContactRenamed(wanted.name.under(asked.id))]


def _set_language(state: ContactState, wanted: c.SetContactLanguage, asked: Asked) -> Events:
    if _LANGUAGE.fullmatch(wanted.language) is None:
        sentence = "Name the language as BCP 47 does, such as de or pt-BR."
        raise Refusal("unknown_language", sentence, "/language")
    if wanted.language == state.language:
        return []
    return [c.ContactLanguageChanged(wanted.language, state.language)]


def _set_time_zone(state: ContactState, wanted: c.SetContactTimeZone, asked: Asked) -> Events:
    if wanted.time_zone and wanted.time_zone not in _time_zones():
        sentence = "Name the time zone as the IANA database does, such as Europe/Berlin."
        raise Refusal("unknown_time_zone", sentence, "/time_zone")
    if wanted.time_zone == state.time_zone:
        return []
    return [c.ContactTimeZoneChanged(wanted.time_zone, state.time_zone)]


@cache
def _time_zones() -> frozenset[str]:
    """Read once, when somebody first names one: it is a walk over files."""
    return frozenset(available_timezones())


def _set_external_id(state: ContactState, wanted: c.SetExternalId, asked: Asked) -> Events:
    named(wanted.system, "/system")
    return [c.ExternalIdSet(wanted.system, wanted.external_id.under(asked.id))]


def _remove_external_id(state: ContactState, wanted: c.RemoveExternalId, asked: Asked) -> Events:
    return [c.ExternalIdRemoved(wanted.system)] if wanted.system in state.systems else []


def _set_personal(state: ContactState, wanted: c.SetPersonalField, asked: Asked) -> Events:
    named(wanted.field)
    return [c.PersonalFieldSet(wanted.field, wanted.value.under(asked.id))]


def _block(state: ContactState, wanted: c.BlockContact, asked: Asked) -> Events:
    if not wanted.reason:
        raise Refusal("no_reason", "Say why with a code, such as abuse.", "/reason")
    return [] if state.blocked else [c.ContactBlocked(wanted.reason)]


def _unblock(state: ContactState, wanted: c.UnblockContact, asked: Asked) -> Events:
    return [c.ContactUnblocked(wanted.reason, state.blocked_for)] if state.blocked else []


def _join(state: ContactState, wanted: c.JoinOrganisation, asked: Asked) -> Events:
    if not is_id(wanted.organisation_id, "o"):
        raise Refusal("not_an_organisation", "Name an organisation's id.", "/organisation_id")
    if wanted.organisation_id == state.organisation_id:
        return []
    if wanted.by == "domain" and state.organisation_id:
        return []
    return [c.ContactJoinedOrganisation(wanted.organisation_id, wanted.by, state.organisation_id)]


def _leave(state: ContactState, wanted: c.LeaveOrganisation, asked: Asked) -> Events:
    belongs = state.organisation_id
    return [c.ContactLeftOrganisation(belongs)] if belongs else []


def _speaks(state: ContactState, event: c.ContactLanguageChanged, _: Recorded[object]) -> None:
    state.language = event.language


def _lives(state: ContactState, event: c.ContactTimeZoneChanged, _: Recorded[object]) -> None:
    state.time_zone = event.time_zone


def _known_elsewhere(state: ContactState, event: c.ExternalIdSet, _: Recorded[object]) -> None:
    state.systems = tuple(sorted({*state.systems, event.system}))


def _unknown_elsewhere(
    state: ContactState, event: c.ExternalIdRemoved, _: Recorded[object]
) -> None:
    state.systems = tuple(system for system in state.systems if system != event.system)


def _filled_in(state: ContactState, event: c.PersonalFieldSet, _: Recorded[object]) -> None:
    state.fields = {**state.fields, event.field: ""}


def _blocked(state: ContactState, event: c.ContactBlocked, _: Recorded[object]) -> None:
    state.blocked, state.blocked_for = True, event.reason


def _unblocked(state: ContactState, event: c.ContactUnblocked, _: Recorded[object]) -> None:
    state.blocked, state.blocked_for = False, ""


def _joined(state: ContactState, event: c.ContactJoinedOrganisation, _: Recorded[object]) -> None:
    state.organisation_id = event.organisation_id


def _left(state: ContactState, event: c.ContactLeftOrganisation, _: Recorded[object]) -> None:
    state.organisation_id = ""


RULES: Rules = {
    c.RenameContact: _rename,
    c.SetContactLanguage: _set_language,
    c.SetContactTimeZone: _set_time_zone,
    c.SetExternalId: _set_external_id,
    c.RemoveExternalId: _remove_external_id,
    c.SetPersonalField: _set_personal,
    c.BlockContact: _block,
    c.UnblockContact: _unblock,
    c.JoinOrganisation: _join,
    c.LeaveOrganisation: _leave,
}
FOLDS: Folds = {
    c.ContactLanguageChanged: _speaks,
    c.ContactTimeZoneChanged: _lives,
    c.ExternalIdSet: _known_elsewhere,
    c.ExternalIdRemoved: _unknown_elsewhere,
    c.PersonalFieldSet: _filled_in,
    c.ContactBlocked: _blocked,
    c.ContactUnblocked: _unblocked,
    c.ContactJoinedOrganisation: _joined,
    c.ContactLeftOrganisation: _left,
}
