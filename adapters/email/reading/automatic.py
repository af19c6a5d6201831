"""Whether a machine wrote a message, and how we know (RFC 3834). Pure."""

from collections.abc import Collection
from typing import Final

import re2

from adapters.email.reading import out_of_office
from adapters.email.reading.headers import Part, addresses, mailbox, text_of

ALERT: Final = "alert"  # a machine's report that wants somebody to look
# What mail programs send where List-Unsubscribe names a mail address (RFC 2369, 3.2): its subject,
# and at most a sentence of their own.
UNSUBSCRIBE: Final = "unsubscribe"
_UNSUBSCRIBING_LENGTH = 500
_SIGNED_ADDRESS = re2.compile(r"\+[A-Za-z2-7]{40}@")

_PRECEDENCE = {"bulk", "junk", "auto_reply"}  # not "list": people write to lists
_MAILERS = {"mailer-daemon", "postmaster", "mail-daemon", "maildaemon"}
_ANSWERERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "x-fc-machinegenerated",
)
# Helpdesks whose mails would be answered, and answer. They mark people's answers the same way:
# those are not answered automatically either, and reach the ticket like any other.
_HELPDESKS = (
    "x-zendesk-",
    "x-freshdesk-",
    "x-otrs-",
    "x-znuny-",
    "x-jira-",
    "rt-ticket",
    "x-rt-loop-prevention",
    "x-hubspot-",
    "x-hs-",
    "x-zammad-",
    "x-osticket-",
    "x-helpscout-",
    "x-deskpro-",
    "x-kayako-",
    "x-redmine-",
    "x-deskledger-",
)
_HELPDESK_MAILERS = ("zendesk", "freshdesk", "otrs", "znuny", "kayako", "zammad", "osticket")
_MONITORS = ("x-cron-env", "x-nagios-", "x-icinga-", "x-zabbix-", "x-grafana-", "x-monit-")
_MONITOR_NAMES = {
    *("nagios", "icinga", "icinga2", "zabbix", "grafana", "alertmanager", "prometheus", "monit"),
    *("cron", "monitoring", "alerts", "uptimerobot", "pingdom", "checkmk", "prtg", "munin"),
    *("sentry", "datadog", "opsgenie", "smartd", "mdadm", "logwatch"),
}


def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


_ALERTING = _compiled(
    r"^\*\* (?:problem|recovery|flappingstart|acknowledgement)|^(?:problem|resolved|recovery|ok): "
    r"|^\[(?:firing|resolved)(?::\d+)?\]|^\[(?:alerting|no data|ok)\]|^cron <|^(?:critical|warning)"
    r"(?: alert)?[:\s-]|\b(?:host|service) alert\b|^monit alert|^smart error"
    r"|^(?:fail|degraded)array"
)


def reason(message: Part, return_path: str | None, ours: Collection[str] = ()) -> str:
    """Why a message counts as automatic, as a short code; "" when a person seems to have written.

    return_path: the envelope's sender, "" for the null path; None when there was no envelope;
    ours: our own addresses (lower case), whose lists stamp what people write.
    ``X-Auto-Response-Suppress`` is no reason: it says what we should do, not who wrote.
    """
    submitted = text_of(message, "auto-submitted").partition(";")[0].strip().lower()
    if message.declared_type() == "multipart/report":  # some call themselves auto-replied, too
        return "report"
    if submitted.startswith("auto-replied"):
        return "auto-replied"
    if out_of_office.is_one(text_of(message, "subject")) or _says_so(message):
        return "auto-replied"
    # What a machine reports of itself has an answer for nobody: neither a null path nor bulk.
    if _is_alert(message) and not message.fields("in-reply-to"):
        return ALERT
    if return_path == "" or text_of(message, "return-path") == "<>":
        return "null-return-path"
    if mailbox(message, "from")[0].partition("@")[0].lower() in _MAILERS:
        return "mailer"
    if _is_helpdesks(message):
        return "helpdesk"
    if submitted and submitted != "no":
        return submitted if submitted == "auto-notified" else "auto-generated"
    precedences = {text_of(message, name).lower() for name in ("precedence", "x-precedence")}
    return "precedence" if precedences & _PRECEDENCE and not _is_own_list(message, ours) else ""


def unsubscribes(message: Part, text: str) -> bool:
    """Whether a mail asks an address with a reference for no more mails of a kind."""
    return (
        text_of(message, "subject").strip().lower() == UNSUBSCRIBE
        and len(text) <= _UNSUBSCRIBING_LENGTH
        and any(_SIGNED_ADDRESS.search(to) for to in addresses(message, "to"))
    )


def wants_no_answer(message: Part) -> bool:
    """Whether its sender asks for no automatic answers (MS-OXCMAIL, 2.2.3.2.14)."""
    wishes = text_of(message, "x-auto-response-suppress").lower().replace(" ", "").split(",")
    return not {"all", "oof", "autoreply"}.isdisjoint(wishes)


def _says_so(message: Part) -> bool:
    if any(text_of(message, name).lower() not in ("", "no", "false") for name in _ANSWERERS):
        return True
    rules_agent = text_of(message, "x-ms-exchange-generated-message-source").lower()
    posted = text_of(message, "x-post-messageclass").lower()
    return "mailbox rules agent" in rules_agent or "autoresponder" in posted


def _is_alert(message: Part) -> bool:
    if any(name.lower().startswith(_MONITORS) for name, _ in message.raw_items()):
        return True
    local = mailbox(message, "from")[0].partition("@")[0].lower()
    if local.partition("+")[0] in _MONITOR_NAMES:
        return True
    unanswered = not message.fields("references")
    return unanswered and _ALERTING.search(text_of(message, "subject")) is not None


def _is_helpdesks(message: Part) -> bool:
    if any(name.lower().startswith(_HELPDESKS) for name, _ in message.raw_items()):
        return True
    written_with = " ".join(
        text_of(message, name).lower() for name in ("x-mailer", "x-powered-by", "managed-by")
    )
    return any(f"{name} " in f"{written_with} " for name in (*_HELPDESK_MAILERS, "rt"))


def _is_own_list(message: Part, ours: Collection[str]) -> bool:
    """Whether one of our own addresses is the list or group that sent it on (RFC 2919, 2369)."""
    posted = {found.lower() for found in addresses(message, "list-post")}
    lists = text_of(message, "list-id").lower()
    return any(own in posted or f"<{own.replace('@', '.')}>" in lists for own in ours)
