"""Apache Kafka's jars: resolved once by jgo into kafka.lock.toml, fetched and checked by hash.

`python -m deploy.local.jars` resolves anew (a minute of Maven metadata); everybody else reads the
lock, so that nothing but the listed bytes ever runs. jgo is imported where something must be
downloaded: it takes longer to load than the rest of the command line.
"""

import fcntl
import hashlib
import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from deploy.local import Narrator, Problem

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.1.2",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",  # Kafka logs through slf4j 1.7
)
LOCK = Path(__file__).with_name("kafka.lock.toml")
STREAMS = 8  # downloads at a time


class Jar(msgspec.Struct, frozen=True, rename="camel"):
    """One entry of the lock file."""

    group_id: str
    artifact_id: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where a Maven repository keeps it."""
        folder = repository.joinpath(*self.group_id.split("."), self.artifact_id, self.version)
        return folder / f"{self.artifact_id}-{self.version}.jar"


def fetch(narrator: Narrator, lock: Path = LOCK) -> list[Path]:
    """The jars of a lock file on disk, downloaded where they are missing.

    Raises Problem when one cannot be had or is not what the lock says.
    """
    repository = cache() / "maven"
    repository.mkdir(parents=True, exist_ok=True)
    locked = tomllib.loads(lock.read_text())["dependencies"]
    jars = msgspec.convert(locked, list[Jar])
    what = lock.name.partition(".")[0]
    with (repository / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two checkouts share the folder
        missing = [jar for jar in jars if not is_there(jar, repository)]
        with ThreadPoolExecutor(STREAMS) as pool:
            for done, _ in enumerate(pool.map(lambda jar: download(jar, repository), missing)):
                narrator.waiting(f"{what}, {done + 1} of {len(missing)} jars")
    return [jar.path(repository) for jar in jars]


def cache() -> Path:
    """Where downloads are kept between checkouts: $XDG_CACHE_HOME/deskledger."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "deskledger"


def is_there(jar: Jar, repository: Path) -> bool:
    path = jar.path(repository)
    return path.exists() and digest(path) == jar.sha256


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(jar: Jar, repository: Path) -> None:
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    jar.path(repository).unlink(missing_ok=True)  # half a download
    context = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL})
    component = context.project(jar.group_id, jar.artifact_id).at_version(jar.version)
    try:
        path = component.artifact().resolve()
    except (OSError, RuntimeError) as error:
        raise Problem(
            f"Could not download {jar.artifact_id} {jar.version} from Maven Central: {error}. "
            f"Check the network, or use a Kafka of your own: DESKLEDGER_KAFKA=host:port"
        ) from error
    if digest(path) != jar.sha256:
        raise Problem(
            f"{path} is not the file that {LOCK.name} names. "
            f"Something between here and Maven Central changes downloads."
        )


def lock() -> None:
    """Write kafka.lock.toml: every jar that the coordinates need, with its SHA-256.

    Each coordinate is resolved by itself and the first version of a jar stands: together, log4j's
    parent would choose the version of Kafka's clients.
    """
    import jgo
    from jgo.env import LockedDependency, LockFile

    locked: dict[tuple[str, str], LockedDependency] = {}
    for coordinate in COORDINATES:
        for artifact in jgo.resolve(coordinate):
            entry = LockedDependency(
                artifact.groupId,
                artifact.artifactId,
                artifact.version,
                sha256=digest(artifact.resolve()),
            )
            locked.setdefault((entry.groupId, entry.artifactId), entry)
    LockFile(list(locked.values()), environment_name="kafka").save(LOCK)


if __name__ == "__main__":
    lock()
