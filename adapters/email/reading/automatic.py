"""Whether a machine wrote a message, and how we know (RFC 3834). Pure."""

from adapters.email.reading.headers import Part, mailbox, text_of

_PRECEDENCE = {"bulk", "junk", "auto_reply"}  # not "list": people write to lists
_MAILERS = {"mailer-daemon", "postmaster"}
_ANSWERERS = ("x-autoreply", "x-autorespond", "x-autoresponder")


def reason(message: Part, return_path: str | None) -> str:
    """Why a message counts as automatic, as a short code; "" when a person seems to have written.

    return_path: the envelope's sender, "" for the null path; None when there was no envelope.
    ``X-Auto-Response-Suppress`` is no reason: it says what we should do, not who wrote.
    """
    submitted = text_of(message, "auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return submitted if submitted in ("auto-replied", "auto-notified") else "auto-generated"
    if message.declared_type() == "multipart/report":
        return "report"
    if return_path == "" or text_of(message, "return-path") == "<>":
        return "null-return-path"
    if mailbox(message, "from")[0].partition("@")[0].lower() in _MAILERS:
        return "mailer"
    if any(text_of(message, name) not in ("", "no") for name in _ANSWERERS):
        return "auto-replied"
    if text_of(message, "precedence").lower() in _PRECEDENCE:
        return "precedence"
    return ""
