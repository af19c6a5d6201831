"""Apache Kafka's jars: resolved once by jgo into kafka.lock.toml, fetched and checked by hash.

`python -m deploy.local.jars` resolves anew (a minute of Maven metadata); everybody else reads the
lock, so that nothing but the listed bytes ever runs.
"""

import fcntl
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jgo
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext

from deploy.local import Narrator, Problem

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.1.2",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",  # Kafka logs through slf4j 1.7
)
LOCK = Path(__file__).with_name("kafka.lock.toml")
STREAMS = 8  # downloads at a time


def cache() -> Path:
    """Where downloads are kept between checkouts: $XDG_CACHE_HOME/deskledger."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "deskledger"


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock() -> None:
    """Write kafka.lock.toml: every jar that the coordinates need, with its SHA-256.

    Each coordinate is resolved by itself and the first version of a jar stands: together, log4j's
    parent would choose the version of Kafka's clients.
    """
    locked: dict[tuple[str, str], LockedDependency] = {}
    for coordinate in COORDINATES:
        for artifact in jgo.resolve(coordinate):
            entry = LockedDependency(
                artifact.groupId,
                artifact.artifactId,
                artifact.version,
                packaging=artifact.packaging,
                classifier=artifact.classifier or None,
                sha256=digest(artifact.resolve()),
            )
            locked.setdefault((entry.groupId, entry.artifactId), entry)
    LockFile(list(locked.values()), environment_name="kafka").save(LOCK)


def fetch(narrator: Narrator) -> list[Path]:
    """The locked jars on disk, downloaded where they are missing.

    Raises Problem when one cannot be had or is not what the lock says.
    """
    folder = cache() / "maven"
    folder.mkdir(parents=True, exist_ok=True)
    context = MavenContext(repo_cache=folder, remote_repos={"central": MAVEN_CENTRAL_URL})
    wanted = LockFile.load(LOCK).dependencies
    jars: list[Path] = []
    with (folder / "lock").open("w") as guard, ThreadPoolExecutor(STREAMS) as pool:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two checkouts share the folder
        for jar in pool.map(lambda entry: one(context, entry), wanted):
            jars.append(jar)
            narrator.waiting(f"Apache Kafka, {len(jars)} of {len(wanted)} jars")
    return jars


def one(context: MavenContext, entry: LockedDependency) -> Path:
    component = context.project(entry.groupId, entry.artifactId).at_version(entry.version)
    artifact = component.artifact(entry.classifier or "", entry.packaging)
    if (cached := artifact.cached_path) and cached.exists() and digest(cached) != entry.sha256:
        cached.unlink()  # half a download
    try:
        path = artifact.resolve()
    except (OSError, RuntimeError) as error:
        raise Problem(
            f"Could not download {entry.artifactId} {entry.version} from Maven Central: {error}. "
            f"Check the network, or use a Kafka of your own: DESKLEDGER_KAFKA=host:port"
        ) from error
    if digest(path) != entry.sha256:
        raise Problem(
            f"{path} is not the file that {LOCK.name} names. "
            f"Something between here and Maven Central changes downloads."
        )
    return path


if __name__ == "__main__":
    lock()
