"""The issuer's wiring, and the only place of it."""

import asyncio
import logging
from datetime import timedelta

from libs.keyring import Keyring
from libs.mongo import connect
from libs.serving import listening
from libs.slowing import Slowing
from libs.telemetry import Progress, setup
from libs.telemetry.health import serve
from libs.tokens import local_issuer
from services.issuer.http import Issuer
from services.issuer.sessions import Sessions
from services.issuer.settings import IssuerSettings
from services.issuer.users import Users

log = logging.getLogger(__name__)


async def main() -> None:
    """Answer until cancelled."""
    settings = IssuerSettings()
    if not settings.issuer_url:
        raise ValueError("set DESKLEDGER_ISSUER_URL: where browsers reach the issuer")
    telemetry, progress = setup(settings, "issuer"), Progress()
    mongo = connect(settings)
    try:
        progress.expect("issuer", has_work=lambda: False)
        secret = await Keyring(mongo, settings).secret("issuer")
        database = mongo.database("issuer")
        sessions = Sessions(database, timedelta(hours=settings.issuer_session_hours))
        slowing = Slowing(database, secret)
        await sessions.prepare()
        await slowing.prepare()
        issuer = Issuer(
            tokens=local_issuer(settings),
            client=settings.client(),
            users=Users(database),
            sessions=sessions,
            slowing=slowing,
            secret=secret,
            token_lifetime=timedelta(minutes=settings.issuer_token_minutes),
        )
        host, port = settings.issuer_host, settings.issuer_port
        async with (
            serve(settings.health_port, progress),
            listening(issuer.application(), host, port) as bound,
        ):
            log.info("the issuer answers on http://%s:%d", host, bound)
            progress.ready("issuer")
            await asyncio.Event().wait()
    finally:
        await mongo.close()
        telemetry.close()
