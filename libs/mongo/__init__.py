"""The one seam to MongoDB: typed collections that are the same on motor and on PyMongo's client.

Everything else in the project imports the driver's errors and write operations from here.
"""

from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteMany,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    UpdateMany,
    UpdateOne,
)
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from libs.mongo.bucket import Bucket
from libs.mongo.client import Database, Mongo, connect
from libs.mongo.collection import (
    Collection,
    Cursor,
    Document,
    WriteOperation,
    decode,
    duplicates_only,
    encoded_size,
)

__all__ = [
    "ASCENDING",
    "DESCENDING",
    "Bucket",
    "BulkWriteError",
    "Collection",
    "ConnectionFailure",
    "Cursor",
    "Database",
    "DeleteMany",
    "DeleteOne",
    "Document",
    "DuplicateKeyError",
    "IndexModel",
    "InsertOne",
    "Mongo",
    "PyMongoError",
    "ReplaceOne",
    "UpdateMany",
    "UpdateOne",
    "WriteOperation",
    "connect",
    "decode",
    "duplicates_only",
    "encoded_size",
]
