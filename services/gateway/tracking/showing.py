"""What a tracking page shows of a ticket's conversation. Pure."""

from collections.abc import Collection, Mapping, Sequence

from typing_extensions import TypedDict

from libs.events.published import tickets as t
from libs.letters.instants import told
from services.gateway import instants
from services.gateway.tickets import pages

SCORES: Mapping[t.SurveyScale, Sequence[int]] = {
    "stars5": range(1, 6),
    "smile3": range(1, 4),
    "thumb2": range(2),
    "csat5": range(1, 6),
    "ces7": range(1, 8),
    "nps11": range(11),
}


class Shown(TypedDict):
    """A message. ours: whether the desk wrote it; at: when, as RFC 3339 writes it, and when: as
    its reader does; folded: what was quoted in it."""

    author: str
    ours: bool
    at: str
    when: str
    text: str
    folded: str
    files: Sequence["ShownFile"]


class ShownFile(TypedDict):
    """A file of a message. gone: it was taken away."""

    id: str
    name: str
    gone: bool


def shown(
    message: pages.MessagePage,
    reader_ids: Collection[str],
    words: Mapping[str, str],
    brand: str,
    time_zone: str,
) -> Shown:
    """A message as this contact reads it. Who at the desk wrote it is not theirs to know.

    reader_ids: who they are, and were before contacts were merged; time_zone: theirs, "" where it
    is not known.
    """
    ours = message["direction"] == "out"
    author = words["you"] if message["author"]["id"] in reader_ids else message["author"]["name"]
    text = message["text"]
    return Shown(
        author=(brand or words["us"]) if ours else author or words["others"],
        ours=ours,
        at=message["at"],
        when=told(instants.parse(message["at"]), time_zone),
        text=message["visible"].strip() or text,
        folded="\n\n".join(text[p["start"] : p["end"]].strip() for p in message["folded"])
        if message["visible"].strip()
        else "",
        files=[
            ShownFile(id=file["id"], name=file["name"], gone=file["redacted"])
            for file in message["attachments"]
        ],
    )
