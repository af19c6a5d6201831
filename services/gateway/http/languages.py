"""Sentences in the reader's language: which one they want, and how an answer says which it has."""

from fastapi import Request

from services.gateway.http.description import Json, header
from services.gateway.http.headers import preferred
from services.gateway.tickets.sentences import LANGUAGES, Language

# For the description of a route whose answer has sentences.
ASKED: Json = {
    "parameters": [
        header("Accept-Language", "the language of its sentences: `en`, `de`; else English")
    ]
}
SAID: Json = {
    "headers": {
        "Content-Language": {
            "description": "of its sentences",
            "schema": {"type": "string", "enum": list(LANGUAGES)},
        }
    }
}


def language_of(request: Request) -> Language:
    """The language that its sender reads best, of those that we have sentences in."""
    return preferred(request.headers.get("accept-language"), LANGUAGES)


def told_in(language: Language) -> dict[str, str]:
    """The headers of an answer with sentences."""
    return {"Content-Language": language, "Vary": "Accept-Language"}
