"""Whether a sender is who they say, as a server of ours has found out (RFC 8601). Pure."""

import re
from typing import Literal

from adapters.email.reading.headers import Part, mailbox, texts_of

Found = Literal["unknown", "passed", "failed"]
_DMARC = re.compile(r";\s*dmarc\s*=\s*([a-z]+)([^;]*)", re.IGNORECASE)
_FROM = re.compile(r"header\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


def found(message: Part, server: str) -> Found:
    """What the topmost ``Authentication-Results`` says of DMARC, if this server wrote it.

    server: the authserv-id that our own border server uses, "" for none. Whoever writes a mail can
    write such a field, too: it is below the one that our server puts on top, and the server is
    obliged to remove those that bear its name (RFC 8601, 5).
    """
    results = texts_of(message, "authentication-results")
    if not server or not results or len(message.fields("from")) != 1:
        return "unknown"
    written_by, _, said = results[0].partition(";")
    if written_by.split()[:1] != [server]:
        return "unknown"
    dmarc = _DMARC.search(f";{said}")
    if dmarc is None:
        return "unknown"
    if dmarc[1].lower() != "pass":
        return "failed" if dmarc[1].lower() == "fail" else "unknown"
    about = _FROM.search(dmarc[2])
    domain = mailbox(message, "from")[0].rpartition("@")[2].lower()
    return "passed" if about and domain and about[1].lower() == domain else "unknown"
