"""Apache Kafka itself (KRaft, one node) on the Java of this machine; its jars are fetched once with Maven."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType

from deploy.local.process import DidNotStart, ToolMissing
from deploy.local.recipe import Recipe

OLDEST_JAVA = 17
POM = Path(__file__).parent / "kafka" / "pom.xml"
_FETCH_SECONDS = 600

# `broker.session.timeout.ms`: after a crash the controller refuses the broker until its last session has run out; with
# Kafka's 9 s a restart takes 11 s. `offsets.retention.minutes`: a demonstration left alone for a year finds its place.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
offsets.retention.minutes=525600
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
num.network.threads=1
num.io.threads=2
log.cleaner.dedupe.buffer.size=4194304
"""

_JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


def kafka_recipe(
    folder: Path,
    port: int,
    controller_port: int,
    jars: Path,
    *,
    also: Mapping[str, str] = MappingProxyType({}),
    cluster: Path | None = None,
) -> Recipe:
    """How to run it on `folder`, which is formatted when it is new.

    `also`: properties that win over ours, for a node of several; these share `cluster`, which settles the cluster's id.
    """
    java = find_java()
    data = folder / "data"
    properties = folder / "server.properties"
    folder.mkdir(parents=True, exist_ok=True)
    ours = PROPERTIES.format(port=port, controller_port=controller_port, data=data)
    properties.write_text(ours + "".join(f"{name}={value}\n" for name, value in also.items()))
    if not (data / "meta.properties").exists():
        _format(java, jars, properties, cluster or properties)
    return Recipe(
        kind="kafka",
        note=f"Apache Kafka {_release(jars)}, one node: survives a crash, not the loss of its disk",
        command=(java, *_JVM, "-cp", f"{jars}/*", "kafka.Kafka", properties),
        folder=folder,
        environment={},
    )


@cache
def find_java() -> Path:
    """Java 17 or newer, from JAVA_HOME or PATH."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if found and Path(found).exists():
        answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
        release = re.search(r'version "(\d+)', answer)
        if release and int(release[1]) >= OLDEST_JAVA:
            return Path(found)
    raise ToolMissing(f"Apache Kafka needs Java {OLDEST_JAVA} or newer on PATH or in JAVA_HOME, and there is none")


def user_cache() -> Path:
    """Where this user's programs keep what can be fetched again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prepbridge" / "kafka"


def kafka_jars(cache_folder: Path, say: Callable[[str], None]) -> Path:
    """The folder of the jars that the pom names, fetched by `mvn` when it is not there; ToolMissing if it cannot."""
    jars = cache_folder / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise ToolMissing(f"Apache Kafka's jars are not in {jars}, and there is no `mvn` on PATH to fetch them")
    say("fetching Apache Kafka with Maven (44 MB, once)")
    _fetch(maven, jars)
    return jars


def _fetch(maven: str, jars: Path) -> None:
    """Into a folder beside, renamed when complete, so that half a download is never taken for a whole one."""
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as work:
        shutil.copy(POM, work)
        command = [maven, "-q", "-B", "-f", f"{work}/pom.xml", "dependency:copy-dependencies"]
        try:
            subprocess.run(
                [*command, "-DincludeScope=runtime", f"-DoutputDirectory={work}/jars"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_FETCH_SECONDS,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
            raise ToolMissing("Apache Kafka's jars are not here, and `mvn` could not fetch them") from failure
        with suppress(OSError):
            (Path(work) / "jars").rename(jars)
    if not jars.is_dir():
        raise ToolMissing(f"Apache Kafka's jars were fetched, but could not be put in {jars}")


def _format(java: Path, jars: Path, properties: Path, named_for: Path) -> None:
    """The cluster's id names nothing outside this folder; the name of a file or folder settles it."""
    digest = hashlib.sha256(str(named_for).encode()).digest()[:15]
    cluster = base64.urlsafe_b64encode(b"\0" + digest).decode().rstrip("=")
    tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties), "--ignore-formatted"]
    ran = subprocess.run(
        [java, *_JVM, "-cp", f"{jars}/*", *tool], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        last = (ran.stderr or ran.stdout).strip().splitlines()[-1:]
        raise DidNotStart(f"Kafka could not format its folder {properties.parent}: {' '.join(last)}")


def _release(jars: Path) -> str:
    for jar in jars.glob("kafka_*.jar"):
        return jar.stem.rpartition("-")[2]
    return ""
