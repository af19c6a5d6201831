"""A mail domain belongs to one organisation at a time, and a public provider's to none."""

import re

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked
from services.intake.contacts.providers import is_public

# RFC 1035, 2.3.4 and RFC 1123, 2.1: labels of letters, digits and inner hyphens, two at least.
_DOMAIN = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])"
)


class DomainState(msgspec.Struct, omit_defaults=True):
    """organisation_id: whose it is, "" for nobody's."""

    organisation_id: str = ""


def _claim(state: DomainState, wanted: c.ClaimDomain, asked: Asked) -> Events:
    if _DOMAIN.fullmatch(wanted.domain) is None or c.domain_id(wanted.domain) != asked.id:
        raise Refusal("not_a_domain", "Name a mail domain, such as example.com.", "/domain")
    if is_public(wanted.domain):
        raise Refusal(
            "public_mail_provider",
            f"At {wanted.domain} anybody can have a mailbox, so it is no organisation's; let its "
            "contacts join by hand.",
            "/domain",
        )
    if state.organisation_id == wanted.organisation_id:
        raise Refusal(
            "domain_known",
            "The organisation has this domain already, or is just letting it go: look at the "
            "organisation, and try again if it is gone.",
        )
    if state.organisation_id:
        raise Refusal(
            "domain_taken",
            f"This domain belongs to {state.organisation_id}: remove it there first.",
        )
    return [c.DomainRegistered(wanted.organisation_id, wanted.domain)]


def _release(state: DomainState, wanted: c.ReleaseDomain, asked: Asked) -> Events:
    held = state.organisation_id == wanted.organisation_id
    return [c.DomainReleased(wanted.organisation_id)] if held else []


def _belongs(state: DomainState, event: c.DomainRegistered, _: Recorded[object]) -> None:
    state.organisation_id = event.organisation_id


def _is_free(state: DomainState, event: c.DomainReleased, _: Recorded[object]) -> None:
    state.organisation_id = ""


RULES: Rules = {c.ClaimDomain: _claim, c.ReleaseDomain: _release}
FOLDS: Folds = {c.DomainRegistered: _belongs, c.DomainReleased: _is_free}
