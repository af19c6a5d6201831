"""What the tracking pages say, in English and in German. Pure."""

from collections.abc import Mapping, Sequence

LANGUAGES = ("en", "de")

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "language": "en",
        "request": "Request",
        "opened": "Opened on",
        "you": "You",
        "us": "Support",
        "others": "Somebody who takes part",
        "new": "New: we have it",
        "open": "In progress: we are working on it",
        "pending": "Waiting for you: we need your answer",
        "on_hold": "On hold: we wait for somebody else",
        "solved": "Solved",
        "closed": "Closed",
        "conversation": "What was said",
        "nothing": "Nothing can be shown here.",
        "quoted": "Show what was quoted",
        "files": "Files",
        "more": "Show what came after",
        "answer": "Your answer",
        "send": "Send",
        "sent": "Thank you, your answer has arrived.",
        "follow_up": "This request is closed. What you write opens a new one.",
        "merged": "This request was put together with another one of yours; we go on there.",
        "goes_on": "Show the request that goes on",
        "rate": "How content are you with how we solved it?",
        "rated": "Thank you for your judgement. You can change it for a while.",
        "worst": "not at all",
        "best": "very",
        "comment": "Do you want to tell us more?",
        "confirm": "Send my judgement",
        "is_solved": "Is it solved?",
        "yes": "Yes, it is solved",
        "broken": "No, it is still broken",
        "reopened": "We go on with it. Thank you for telling us.",
        "back": "To the request",
        "no_more": "No more questions",
        "no_more_ask": "Do you want to be asked no more how content you are?",
        "no_more_done": "You will not be asked any more.",
        "gone": "There is nothing here",
        "gone_why": "This link is not valid, or not any more. Answer one of our mails, and we will "
        "send you a new one.",
        "erased": "This request was erased, and nothing of it is left to be shown.",
        "over": "The time to answer this question is over. Thank you all the same.",
        "not_solved": "This request is not marked as solved, so there is nothing to judge yet.",
        "empty": "Write something first.",
        "too_long": "This is too long; write at most 20,000 characters.",
        "twice": "This was sent already.",
        "trouble": "This does not work at the moment",
        "trouble_why": "Please try again in a few minutes. What we have confirmed is not lost.",
    },
    "de": {
        "language": "de",
        "request": "Anfrage",
        "opened": "Eröffnet am",
        "you": "Sie",
        "us": "Support",
        "others": "Eine beteiligte Person",
        "new": "Neu: Sie ist angekommen",
        "open": "In Arbeit",
        "pending": "Wartet auf Sie: Wir brauchen Ihre Antwort",
        "on_hold": "Wartet auf jemand anderen",
        "solved": "Gelöst",
        "closed": "Abgeschlossen",
        "conversation": "Was geschrieben wurde",
        "nothing": "Hier kann nichts gezeigt werden.",
        "quoted": "Zitiertes zeigen",
        "files": "Dateien",
        "more": "Zeigen, was danach kam",
        "answer": "Ihre Antwort",
        "send": "Senden",
        "sent": "Danke, Ihre Antwort ist angekommen.",
        "follow_up": "Diese Anfrage ist abgeschlossen. Was Sie schreiben, eröffnet eine neue.",
        "merged": "Diese Anfrage wurde mit einer anderen von Ihnen zusammengelegt; dort geht es "
        "weiter.",
        "goes_on": "Zur Anfrage, in der es weitergeht",
        "rate": "Wie zufrieden sind Sie mit unserer Lösung?",
        "rated": "Danke für Ihr Urteil. Sie können es noch eine Weile ändern.",
        "worst": "gar nicht",
        "best": "sehr",
        "comment": "Möchten Sie uns mehr sagen?",
        "confirm": "Urteil senden",
        "is_solved": "Ist es gelöst?",
        "yes": "Ja, es ist gelöst",
        "broken": "Nein, es geht immer noch nicht",
        "reopened": "Wir machen damit weiter. Danke, dass Sie es uns sagen.",
        "back": "Zur Anfrage",
        "no_more": "Keine Fragen mehr",
        "no_more_ask": "Möchten Sie nicht mehr nach Ihrer Zufriedenheit gefragt werden?",
        "no_more_done": "Sie werden nicht mehr gefragt.",
        "gone": "Hier ist nichts",
        "gone_why": "Dieser Link gilt nicht, oder nicht mehr. Antworten Sie auf eine unserer "
        "Mails, dann schicken wir Ihnen einen neuen.",
        "erased": "Diese Anfrage wurde gelöscht, und nichts davon kann mehr gezeigt werden.",
        "over": "Die Zeit für diese Frage ist abgelaufen. Trotzdem vielen Dank.",
        "not_solved": "Diese Anfrage ist nicht als gelöst markiert; es gibt noch nichts zu "
        "beurteilen.",
        "empty": "Bitte schreiben Sie erst etwas.",
        "too_long": "Das ist zu lang; schreiben Sie höchstens 20.000 Zeichen.",
        "twice": "Das wurde schon gesendet.",
        "trouble": "Das geht gerade nicht",
        "trouble_why": "Bitte versuchen Sie es in ein paar Minuten noch einmal. Was wir bestätigt "
        "haben, ist nicht verloren.",
    },
}


def words_for(wanted: Sequence[str]) -> Mapping[str, str]:
    """The words in the first of these languages that there is (BCP 47)."""
    for language in wanted:
        known = WORDS.get(language.strip().partition("-")[0].lower())
        if known is not None:
            return known
    return WORDS["en"]
