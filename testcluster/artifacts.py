"""The server from Maven Central: its jars, laid out as a distribution of OpenSearch has them.

There is no distribution to be had there, but all it is made of: the server, its modules, the security plugin. Each is
resolved by Maven with what it depends on. A module's descriptor is not in its jar, nor what it is permitted to do, so
both stand here. Nodes that start from this are real ones: the server's own bootstrap, its checks, its security manager.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from . import ClusterError

VERSION = "2.19.4"  # of all but this: three classes that joined modules' class paths, published for few versions
CLASSLOADER_VERSION = "2.19.6"
LOG4J_VERSION = "2.21.0"  # of the server's log4j-api
SECURITY = f"org.opensearch.plugin:opensearch-security:{VERSION}.0:zip"
SERVER = (
    f"org.opensearch:opensearch:{VERSION}",
    f"org.opensearch:opensearch-plugin-classloader:{CLASSLOADER_VERSION}",
    f"org.apache.logging.log4j:log4j-core:{LOG4J_VERSION}",
)

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>searchidx.testcluster</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>
  {content}
</project>
"""
DESCRIPTOR = """name={name}
description={name}
version={version}
opensearch.version={version}
java.version=11
classname={classname}
"""
NETTY_POLICY = """grant {
  permission java.net.SocketPermission "*", "accept,connect";
  permission java.lang.RuntimePermission "getClassLoader";
  permission java.lang.RuntimePermission "setContextClassLoader";
  permission java.io.FilePermission "/proc/sys/net/core/somaxconn", "read";
  permission java.util.PropertyPermission "sun.nio.ch.bugLevel", "write";
};
"""


@dataclass(frozen=True)
class Module:
    """A module of the server: where it is published, its class, what it is permitted."""

    name: str
    artifact: str
    classname: str
    policy: str = ""


MODULES = (
    Module("transport-netty4", "transport-netty4-client", "org.opensearch.transport.Netty4Plugin", NETTY_POLICY),
    Module("analysis-common", "analysis-common", "org.opensearch.analysis.common.CommonAnalysisPlugin"),
    Module("reindex", "reindex-client", "org.opensearch.index.reindex.ReindexPlugin"),
)


def fetch(folder: Path, *, secure: bool = False) -> Path:
    """The server's home below a folder, fetched where it is not there yet.

    It is made beside its place and renamed, so that one that exists is whole.
    """
    home = folder / f"opensearch-{VERSION}{'-secure' if secure else ''}"
    if home.exists():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as name:
        made = _lay_out(Path(name), secure)
        try:
            made.rename(home)
        except OSError:  # somebody else was as quick
            if not home.exists():
                raise
    return home


def _lay_out(work: Path, secure: bool) -> Path:
    jars = _resolve(work, secure)
    home = work / "home"
    shutil.move(jars / "server", home / "lib")
    shared = {path.name for path in (home / "lib").iterdir()}
    for module in MODULES:
        target = home / "modules" / module.name
        shutil.move(jars / module.name, target)
        for path in target.iterdir():
            if path.name in shared:  # the server refuses a jar that is there twice
                path.unlink()
        descriptor = DESCRIPTOR.format(name=module.name, version=VERSION, classname=module.classname)
        (target / "plugin-descriptor.properties").write_text(descriptor)
        if module.policy:
            (target / "plugin-security.policy").write_text(module.policy)
    for name in ("bin", "plugins"):  # the server wants to see them, empty or not
        (home / name).mkdir()
    if secure:
        (archive,) = (jars / "security").iterdir()
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(home / "plugins" / "opensearch-security")
    return home


def _resolve(work: Path, secure: bool) -> Path:
    """The jars of each part in a folder of its own, by one run of Maven."""
    wanted: dict[str, tuple[str, ...]] = {"server": SERVER}
    wanted |= {module.name: (f"org.opensearch.plugin:{module.artifact}:{VERSION}",) for module in MODULES}
    if secure:
        wanted["security"] = (SECURITY,)
    for name, artifacts in wanted.items():
        (work / name).mkdir()
        content = f"<dependencies>{''.join(map(_dependency, artifacts))}</dependencies>"
        (work / name / "pom.xml").write_text(POM.format(name=name, content=content))
    modules = "".join(f"<module>{name}</module>" for name in wanted)
    (work / "pom.xml").write_text(POM.format(name="all", content=f"<modules>{modules}</modules>"))
    jars = work / "jars"
    command = ["mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies"]
    command.append(f"-DoutputDirectory={jars}{os.sep}${{project.artifactId}}")
    try:
        run = subprocess.run(command, cwd=work, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise ClusterError("Maven is needed to fetch OpenSearch: install it (Debian: apt-get install maven)") from None
    if run.returncode:
        raise ClusterError(f"Maven could not fetch OpenSearch {VERSION}:\n{(run.stdout + run.stderr).strip()[-2000:]}")
    return jars


def _dependency(artifact: str) -> str:
    group, name, version, *kind = artifact.split(":")
    parts = {"groupId": group, "artifactId": name, "version": version, "type": kind[0] if kind else "jar"}
    return f"<dependency>{''.join(f'<{tag}>{escape(value)}</{tag}>' for tag, value in parts.items())}</dependency>"
