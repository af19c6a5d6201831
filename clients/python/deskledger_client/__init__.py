"""Deskledger from Python: every operation of the gateway, typed, asynchronous or not.

async with Client("https://help.example.com", token) as desk:
    async for ticket in desk.tickets.list_all(status=["open"]):
        await desk.tickets.reply(ticket["id"], text="We are on it.")
"""

from deskledger_client.asynchronous import Client
from deskledger_client.blocking import BlockingClient
from deskledger_client.core import (
    ChangedMeanwhile,
    Given,
    NotFound,
    NotYet,
    Problem,
    Refused,
    Unavailable,
    etag_of,
)

__all__ = [
    "BlockingClient",
    "ChangedMeanwhile",
    "Client",
    "Given",
    "NotFound",
    "NotYet",
    "Problem",
    "Refused",
    "Unavailable",
    "etag_of",
]
