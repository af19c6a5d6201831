"""Definitions on their way to their owner, and what became of them."""

import msgspec
from starlette.responses import Response

from services.gateway.commanding.desk import CommandDesk
from services.gateway.http.drafting import Asked
from services.gateway.http.outcomes import answer
from services.gateway.setup.view import SETUP


class Defining:
    """Sends definitions to the desk, a macro or a canned reply."""

    def __init__(self, desk: CommandDesk) -> None:
        self._desk = desk

    async def tell(
        self, id: str, place: str, asked: Asked, data: msgspec.Struct, within: str = ""
    ) -> Response:
        """To the aggregate that is shown at ``place``. within: the part of the command that the
        request's body is, as a JSON pointer."""
        draft = asked.draft(SETUP, id)
        outcome = await self._desk.carry_out(draft, data)
        if within and outcome.reply is not None:
            field = outcome.reply.field.removeprefix(within)
            reply = msgspec.structs.replace(outcome.reply, field=field)
            outcome = msgspec.structs.replace(outcome, reply=reply)
        return answer(outcome, draft, place)
