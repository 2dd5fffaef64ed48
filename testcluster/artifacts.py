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


@dataclass(frozen=True)
class Release:
    """A version of OpenSearch.

    Attributes:
        version: the version of the server and its modules.
        oldest_java, newest_java: the Java that it runs on.
        log4j: the version of log4j-core: that of the server's log4j-api.
        classloader: the version of opensearch-plugin-classloader, of which few are published.
        plugin: the end of the names of the modules' main classes.
        more: other artifacts of the server.
        has_security: whether Maven Central has its security plugin.
    """

    version: str
    oldest_java: int
    newest_java: int
    log4j: str
    classloader: str
    plugin: str = "Plugin"
    more: tuple[str, ...] = ()
    has_security: bool = False

    @property
    def server(self) -> tuple[str, ...]:
        """The artifacts of the server."""
        return (
            f"org.opensearch:opensearch:{self.version}",
            f"org.opensearch:opensearch-plugin-classloader:{self.classloader}",
            f"org.apache.logging.log4j:log4j-core:{self.log4j}",
            *self.more,
        )

    @property
    def security(self) -> str:
        """The artifact of the security plugin."""
        return f"org.opensearch.plugin:opensearch-security:{self.version}.0:zip"


RELEASES = {
    # Java 24 removed the security manager, which OpenSearch 2 needs. Of 2.19.7 Maven Central has the server only.
    "2.19": Release("2.19.6", 11, 23, log4j="2.25.4", classloader="2.19.6"),
    "2.19.4": Release("2.19.4", 11, 23, log4j="2.21.0", classloader="2.19.6", has_security=True),
    "3": Release(
        "3.9.0",
        21,
        99,
        log4j="2.25.5",
        classloader="3.9.0",
        plugin="ModulePlugin",
        more=("org.opensearch:opensearch-agent-bootstrap:3.9.0",),
    ),
}
DEFAULT, SECURE = "2.19", "2.19.4"
"""The default release, and the newest one with a security plugin."""

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
    """A module of the server: its name, its artifact, the beginning of its main class, its security policy."""

    name: str
    artifact: str
    classname: str
    policy: str = ""


MODULES = (
    Module("transport-netty4", "transport-netty4-client", "org.opensearch.transport.Netty4", NETTY_POLICY),
    Module("analysis-common", "analysis-common", "org.opensearch.analysis.common.CommonAnalysis"),
    Module("reindex", "reindex-client", "org.opensearch.index.reindex.Reindex"),
)


def download(folder: Path, release: Release, *, secure: bool = False) -> Path:
    """The server's home in a folder; downloads it if it is missing.

    The home is made elsewhere and renamed, so an existing one is complete.
    """
    home = folder / f"opensearch-{release.version}{'-secure' if secure else ''}"
    if home.exists():
        return home
    if secure and not release.has_security:
        raise NodeError(
            f"Maven Central has no security plugin for OpenSearch {release.version}: use --version {SECURE}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as name:
        new_home = _lay_out(Path(name), release, secure)
        try:
            new_home.rename(home)
        except OSError:  # another process was faster
            if not home.exists():
                raise
    return home


def _lay_out(work: Path, release: Release, secure: bool) -> Path:
    jars = _resolve(work, release, secure)
    home = work / "home"
    shutil.move(jars / "server", home / "lib")
    shared = {path.name for path in (home / "lib").iterdir()}
    for module in MODULES:
        target = home / "modules" / module.name
        shutil.move(jars / module.name, target)
        for path in target.iterdir():
            if path.name in shared:  # the server refuses to start with a duplicate jar
                path.unlink()
        descriptor = DESCRIPTOR.format(
            name=module.name, version=release.version, classname=module.classname + release.plugin
        )
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


def _resolve(work: Path, release: Release, secure: bool) -> Path:
    """Download the jars with one run of Maven; a folder with one folder for each part."""
    parts: dict[str, tuple[str, ...]] = {"server": release.server}
    parts |= {module.name: (f"org.opensearch.plugin:{module.artifact}:{release.version}",) for module in MODULES}
    if secure:
        parts["security"] = (release.security,)
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
        raise NodeError(
            f"Maven could not download OpenSearch {release.version}:\n{(run.stdout + run.stderr).strip()[-2000:]}"
        )
    return jars


def _dependency(artifact: str) -> str:
    """An artifact, given as group:name:version[:type], as XML."""
    group, name, version, *kind = artifact.split(":")
    values = {"groupId": group, "artifactId": name, "version": version, "type": kind[0] if kind else "jar"}
    return f"<dependency>{''.join(f'<{tag}>{escape(value)}</{tag}>' for tag, value in values.items())}</dependency>"
