"""The connection: which driver, how durable a write is, how long to wait for a server."""

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from libs.mongo.bucket import Bucket
from libs.mongo.collection import CODEC, Collection, Document
from libs.settings import Settings


class Database:
    """One service's database. `database["tickets"]` is a collection; nothing is sent for that."""

    def __init__(self, driver: "AsyncIOMotorDatabase[Document] | AsyncDatabase[Document]") -> None:
        self._driver = driver

    @property
    def name(self) -> str:
        """Its name on the server, the namespace included."""
        return str(self._driver.name)

    def __getitem__(self, collection: str) -> Collection:
        return Collection(self._driver[collection])

    def bucket(self, name: str) -> Bucket:
        """The GridFS bucket `name` (collections `name.files` and `name.chunks`)."""
        return Bucket(self._driver, name)

    async def list_collection_names(self) -> list[str]:
        return await self._driver.list_collection_names()

    async def command(self, command: Document) -> Document:
        """Run a database command, e.g. {"collMod": "keys", ...}, and return its answer."""
        return dict(await self._driver.command(command))


class Mongo:
    """A client for the running event loop. Make it with `connect`; close it once, at the end."""

    def __init__(
        self, driver: "AsyncIOMotorClient[Document] | AsyncMongoClient[Document]", namespace: str
    ) -> None:
        self._driver = driver
        self._namespace = namespace

    def database(self, name: str) -> Database:
        """The database `<namespace><name>`, e.g. "intake"."""
        return Database(self._driver.get_database(self._namespace + name, codec_options=CODEC))

    async def ping(self) -> None:
        """Return once a primary answers; raises PyMongoError after the selection timeout (5 s)."""
        await self._driver.get_database("admin").command({"ping": 1})

    async def drop_database(self, name: str) -> None:
        """Delete the database `<namespace><name>` and all that is in it."""
        await self._driver.drop_database(self._namespace + name)

    async def close(self) -> None:
        if isinstance(self._driver, AsyncMongoClient):
            await self._driver.close()
        else:
            self._driver.close()


def connect(settings: Settings) -> Mongo:
    """A client of `settings.mongo` through `settings.mongo_driver`; connects at the first use.

    A write returns when a majority of the replica set has it in its journal, and a read sees only
    what a majority has: what was once read cannot be rolled back by a failover. These two, and
    retries of single writes, are not left to the URI; TLS client certificates and such are.
    Call it inside the event loop that will use it.
    """
    options: Document = {
        "w": "majority",
        "journal": True,
        "readConcernLevel": "majority",
        "retryWrites": True,
        "appname": "deskledger",
        # One process seldom has more than a few calls in flight; more would queue in mongod.
        "maxPoolSize": 32,
        # A process waits this long for a primary before it fails, and its supervisor takes over.
        "serverSelectionTimeoutMS": 5_000,
        "connectTimeoutMS": 5_000,
    }
    if settings.mongo_tls_ca_file is not None:
        options |= {"tls": True, "tlsCAFile": str(settings.mongo_tls_ca_file)}
    if settings.mongo_driver == "pymongo":
        return Mongo(AsyncMongoClient(settings.mongo, **options), settings.namespace)
    return Mongo(AsyncIOMotorClient(settings.mongo, **options), settings.namespace)
