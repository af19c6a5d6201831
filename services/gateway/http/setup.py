"""The desk: ``/v1/desk``, and one address for each kind of definition, which replaces the whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.events.published import setup as s
from libs.letters import BadTemplate, Wording, sample
from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http import setup_bodies as b
from services.gateway.http.bodies import Code
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.headers import etag
from services.gateway.http.outcomes import ANSWERS, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import wrong
from services.gateway.http.setup_sending import Defining
from services.gateway.http.tickets import After, Limit
from services.gateway.principal import STAFF, Principal
from services.gateway.setup import pages
from services.gateway.setup.reading import SetupReader

PLACE = "/v1/desk"
CodeInPath = Annotated[Code, Path()]


class SetupHistory(TypedDict):
    """Steps in their order. next: the sequence after which the next page begins."""

    items: list[pages.SetupStepPage]
    next: int | None


def desk_routes(
    reader: SetupReader, defining: Defining, callers: Callers, telemetry: Telemetry, fresh: Fresh
) -> APIRouter:
    """The routes. Agents look; administrators define."""
    router = APIRouter(prefix=PLACE, tags=["setup"], dependencies=[Depends(fresh)])
    Staff = Annotated[Principal, Depends(Allowing(callers, STAFF))]

    @router.get("", responses={200: {"model": pages.DeskPage}})
    async def read_desk(caller: Staff) -> Response:
        """Everything that the desk has set up, the default where it has not."""
        async with needing("MongoDB"):
            setup, sequence = await reader.desk()
        return json(pages.desk_page(setup), headers={"ETag": etag(sequence, caller.role)})

    @router.get("/history", responses={200: {"model": SetupHistory}})
    async def read_history(caller: Staff, after: After = 0, limit: Limit = 50) -> Response:
        """Who defined what."""
        async with needing("MongoDB"):
            done, more = await reader.history(s.DESK_ID, after, limit)
        return json({"items": list(map(pages.step_page, done)), "next": more})

    _lists(router, defining, Asking(callers, telemetry, ("admin",)))
    _parts(router, defining, Asking(callers, telemetry, ("admin",)))
    return router


def _lists(router: APIRouter, defining: Defining, asking: Asking) -> None:
    """What is defined as a whole."""
    Admin = Annotated[Asked, Depends(asking)]

    @router.put("/labels", responses=ANSWERS)
    async def define_labels(body: b.Labels, asked: Admin) -> Response:
        """The labels under the statuses."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineStatusLabels))

    @router.put("/priority-matrix", responses=ANSWERS)
    async def define_matrix(body: b.PriorityMatrix, asked: Admin) -> Response:
        """How impact and urgency make a priority."""
        wanted = s.DefinePriorityMatrix(body.command(s.Matrix))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/matrix")

    @router.put("/resolution-codes", responses=ANSWERS)
    async def define_codes(body: b.ResolutionCodes, asked: Admin) -> Response:
        """With what tickets are solved."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineResolutionCodes))

    @router.put("/categories", responses=ANSWERS)
    async def define_categories(body: b.Categories, asked: Admin) -> Response:
        """The tree of categories."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineCategories))

    @router.put("/solve-rules", responses=ANSWERS)
    async def define_rules(body: b.SolveRules, asked: Admin) -> Response:
        """What must be filled when a ticket is solved."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineSolveRules))

    @router.put("/tiers", responses=ANSWERS)
    async def define_tiers(body: b.Tiers, asked: Admin) -> Response:
        """The support tiers."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineTiers))

    @router.put("/undo-send", responses=ANSWERS)
    async def define_undo(body: b.Delay, asked: Admin) -> Response:
        """How long an agent's answer can be withdrawn before it leaves."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineUndoSend))

    @router.put("/close-after", responses=ANSWERS)
    async def define_close(body: b.Delay, asked: Admin) -> Response:
        """After how long a solved ticket is closed."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineCloseAfter))


def _parts(router: APIRouter, defining: Defining, asking: Asking) -> None:
    """What is defined one by one."""
    Admin = Annotated[Asked, Depends(asking)]

    @router.put("/fields/{field}", responses=ANSWERS)
    async def define_field(field: CodeInPath, body: b.FieldOfTickets, asked: Admin) -> Response:
        """A field of the desk's own."""
        wanted = s.DefineField(field, body.command(s.FieldDefinition))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/definition")

    @router.delete("/fields/{field}", responses=ANSWERS)
    async def retire_field(field: CodeInPath, asked: Admin) -> Response:
        """Fill it in no longer; what was filled in stays."""
        return await defining.tell(s.DESK_ID, PLACE, asked, s.RetireField(field))

    @router.put("/brands/{brand}", responses=ANSWERS)
    async def define_brand(brand: CodeInPath, body: b.BrandOfDesk, asked: Admin) -> Response:
        """A name under which the desk works."""
        wanted = s.DefineBrand(brand, body.command(s.Brand))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/definition")

    @router.delete("/brands/{brand}", responses=ANSWERS)
    async def retire_brand(brand: CodeInPath, asked: Admin) -> Response:
        """Work under this name no longer."""
        return await defining.tell(s.DESK_ID, PLACE, asked, s.RetireBrand(brand))

    _letters(router, defining, asking)
    _access(router, defining, asking)


def _letters(router: APIRouter, defining: Defining, asking: Asking) -> None:
    """What the desk sends, and how its brands write."""
    Admin = Annotated[Asked, Depends(asking)]

    @router.put("/letters/{letter}", responses=ANSWERS)
    async def define_letter(letter: CodeInPath, body: b.LetterOfDesk, asked: Admin) -> Response:
        """Templates of a letter."""
        wanted = s.DefineLetter(letter, body.command(s.Letter))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/definition")

    @router.delete("/letters/{letter}", responses=ANSWERS)
    async def retire_letter(letter: CodeInPath, asked: Admin) -> Response:
        """Write with them no longer."""
        return await defining.tell(s.DESK_ID, PLACE, asked, s.RetireLetter(letter))

    @router.post("/letter-preview", responses={200: {"model": pages.LetterPreview}})
    async def preview_letter(body: b.LetterOfDesk, asked: Admin) -> Response:
        """What the templates make of an example; nothing is defined."""
        try:
            written = sample(body.kind, Wording(body.subject, body.text, body.html))
        except BadTemplate as error:
            part, sentence = str(error).split(": ", 1)
            raise wrong(f"/{part}", sentence) from error
        return json(written._asdict())

    @router.put("/correspondence/{brand}", responses=ANSWERS)
    async def define_correspondence(
        brand: CodeInPath, body: b.CorrespondenceOfBrand, asked: Admin
    ) -> Response:
        """How a brand writes; `default` is for those that have nothing of their own."""
        wanted = s.DefineCorrespondence(brand, body.command(s.Correspondence))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/definition")


def _access(router: APIRouter, defining: Defining, asking: Asking) -> None:
    """Who may see and do what."""
    Admin = Annotated[Asked, Depends(asking)]

    @router.put("/departments/{department}", responses=ANSWERS)
    async def define_department(
        department: CodeInPath, body: b.DepartmentOfDesk, asked: Admin
    ) -> Response:
        """Teams that belong together; of a private department others see no tickets."""
        wanted = s.DefineDepartment(department, body.command(s.Department))
        return await defining.tell(s.DESK_ID, PLACE, asked, wanted, "/definition")

    @router.delete("/departments/{department}", responses=ANSWERS)
    async def retire_department(department: CodeInPath, asked: Admin) -> Response:
        """Have it no longer: everybody sees the tickets of its teams."""
        return await defining.tell(s.DESK_ID, PLACE, asked, s.RetireDepartment(department))

    @router.put("/light-replies", responses=ANSWERS)
    async def define_light_replies(body: b.LightReplies, asked: Admin) -> Response:
        """Whether light agents answer customers."""
        return await defining.tell(s.DESK_ID, PLACE, asked, body.command(s.DefineLightReplies))
