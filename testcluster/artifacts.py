"""Downloads the server from Maven Central, and lays out its jars like a distribution of OpenSearch.

Maven Central has no distribution, but its parts: the server, its modules, the security plugin. Maven resolves each one
with its dependencies. The descriptors and the security policies of modules are not in their jars, so they are here.
Nodes that start from this layout are real: they run the server's own bootstrap, checks and security manager.
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

from . import NodeError

VERSION = "2.19.4"
CLASSLOADER_VERSION = "2.19.6"  # few versions of this artifact are published
LOG4J_VERSION = "2.21.0"  # that of the server's log4j-api
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
    """A module of the server: its name, its artifact, its main class, its security policy."""

    name: str
    artifact: str
    classname: str
    policy: str = ""


MODULES = (
    Module("transport-netty4", "transport-netty4-client", "org.opensearch.transport.Netty4Plugin", NETTY_POLICY),
    Module("analysis-common", "analysis-common", "org.opensearch.analysis.common.CommonAnalysisPlugin"),
    Module("reindex", "reindex-client", "org.opensearch.index.reindex.ReindexPlugin"),
)


def download(folder: Path, *, secure: bool = False) -> Path:
    """The server's home in a folder; downloads it if it is missing.

    The home is made elsewhere and renamed, so an existing one is complete.
    """
    home = folder / f"opensearch-{VERSION}{'-secure' if secure else ''}"
    if home.exists():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as name:
        new_home = _lay_out(Path(name), secure)
        try:
            new_home.rename(home)
        except OSError:  # another process was faster
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
            if path.name in shared:  # the server refuses to start with a duplicate jar
                path.unlink()
        descriptor = DESCRIPTOR.format(name=module.name, version=VERSION, classname=module.classname)
        (target / "plugin-descriptor.properties").write_text(descriptor)
        if module.policy:
            (target / "plugin-security.policy").write_text(module.policy)
    for name in ("bin", "plugins"):  # the server requires these folders
        (home / name).mkdir()
    if secure:
        (archive,) = (jars / "security").iterdir()
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(home / "plugins" / "opensearch-security")
    return home


def _resolve(work: Path, secure: bool) -> Path:
    """Download the jars with one run of Maven; a folder with one folder for each part."""
    parts: dict[str, tuple[str, ...]] = {"server": SERVER}
    parts |= {module.name: (f"org.opensearch.plugin:{module.artifact}:{VERSION}",) for module in MODULES}
    if secure:
        parts["security"] = (SECURITY,)
    for name, artifacts in parts.items():
        (work / name).mkdir()
        content = f"<dependencies>{''.join(map(_dependency, artifacts))}</dependencies>"
        (work / name / "pom.xml").write_text(POM.format(name=name, content=content))
    modules = "".join(f"<module>{name}</module>" for name in parts)
    (work / "pom.xml").write_text(POM.format(name="all", content=f"<modules>{modules}</modules>"))
    jars = work / "jars"
    command = ["mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies"]
    command.append(f"-DoutputDirectory={jars}{os.sep}${{project.artifactId}}")
    try:
        run = subprocess.run(command, cwd=work, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise NodeError("downloading OpenSearch needs Maven: install it (Debian: apt-get install maven)") from None
    if run.returncode:
        raise NodeError(f"Maven could not download OpenSearch {VERSION}:\n{(run.stdout + run.stderr).strip()[-2000:]}")
    return jars


def _dependency(artifact: str) -> str:
    """An artifact, given as group:name:version[:type], as XML."""
    group, name, version, *kind = artifact.split(":")
    values = {"groupId": group, "artifactId": name, "version": version, "type": kind[0] if kind else "jar"}
    return f"<dependency>{''.join(f'<{tag}>{escape(value)}</{tag}>' for tag, value in values.items())}</dependency>"
