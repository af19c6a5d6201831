"""The local mailbox: takes every outgoing mail and keeps it in .deskledger/mailbox (a Maildir)."""

import asyncio
import signal

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

from libs.settings import Settings, home


async def main() -> None:
    host, _, port = Settings().smarthost.rpartition(":")
    handler = Mailbox(home() / "mailbox")
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), host, int(port))
    print(f"keeping mail for everybody, {host}:{port}", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
