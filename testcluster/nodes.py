"""A cluster of real nodes on loopback: started, asked, killed by name, stopped.

What runs stands in files below one folder, so that one command starts what another stops. Started by root, nodes run as
`nobody`: the server refuses to run as root, and rightly.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import ClusterError, artifacts, java, security

FOLDER = Path(tempfile.gettempdir()) / f"searchidx-testcluster-{os.getuid()}"
NAMES = ("one", "two", "three")
HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below those that systems give to outgoing connections
NOBODY = 65534
PATIENCE = 180.0  # seconds a start may take on a busy machine
LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
JVM = (
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "-Djna.nosys=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.allocator.numDirectArenas=0",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Dopensearch.distribution.type=tar",
)


class Cluster:
    """The nodes whose files lie below one folder; the server itself lies below the default one for all of them."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder.absolute()
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def __repr__(self) -> str:
        return f"Cluster({str(self.folder)!r})"

    # What it is

    @property
    def names(self) -> list[str]:
        """The nodes it has, running or not."""
        return list(self._plan()["ports"])

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS and asks for a password."""
        return bool(self._plan()["secure"])

    @property
    def running(self) -> list[str]:
        """The nodes whose processes live."""
        return [name for name in self.names if self._pid(name) is not None] if self._state.exists() else []

    def url(self, name: str = NAMES[0]) -> str:
        """Where a node answers."""
        return f"http{'s' if self.secure else ''}://{HOST}:{self._plan()['ports'][name][0]}"

    @property
    def authority(self) -> Path:
        """The certificate that vouches for the nodes of a secure cluster, as PEM."""
        return self.folder / "security" / security.AUTHORITY

    @property
    def password(self) -> Path:
        """The file with the password of the users of a secure cluster: `searchidx`, and `admin`, as whom `ask` asks."""
        return self.folder / "security" / security.PASSWORD

    # What is done with it

    def start(self, count: int = 1, *, port: int | None = 9200, heap: str = "512m", secure: bool = False) -> None:
        """Start the nodes that do not run, and wait until all answer; without a port, any that are free."""
        names = NAMES[:count]
        if not self._state.exists():
            for folder in (FOLDER, self.folder):
                _own(folder)
            self.clean()  # what a start left that did not get far
            home = artifacts.fetch(FOLDER / "artifacts", secure=secure)
            ports = _ports(names, port)
            self._configure(ports, home if secure else None)
            plan = {"ports": ports, "secure": secure, "home": str(home), "heap": heap}
            self._state.write_text(json.dumps(plan))
        elif self.names != list(names) or self.secure != secure:
            raise ClusterError(f"{self.folder} holds another cluster: python -m testcluster clean")
        for name in names:
            self.revive(name)
        self.wait()

    def revive(self, name: str) -> None:
        """Start one node again, on the data it had; `wait` says when it answers."""
        if self._pid(name) is not None:
            return
        plan = self._plan()
        where, http = self.folder / name, plan["ports"][name][0]
        if not _free(http):
            raise ClusterError(f"something else listens on port {http}: stop it, or choose another with --port")
        machine = java.home()
        command = [str(machine / "bin" / "java"), f"-Xms{plan['heap']}", f"-Xmx{plan['heap']}", *JVM]
        command += [*java.options(machine), f"-Djava.io.tmpdir={where / 'tmp'}"]
        command += [f"-Dopensearch.path.home={plan['home']}", f"-Dopensearch.path.conf={where / 'config'}"]
        command += ["-cp", f"{plan['home']}/lib/*", "org.opensearch.bootstrap.OpenSearch"]
        other: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with (where / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=where,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **other,
            )
        self._started[name] = process
        (where / "pid").write_text(str(process.pid))

    def wait(self, patience: float = PATIENCE) -> None:
        """Until all nodes that were started answer and see each other; a node that ends meanwhile is an error."""
        names = [name for name in self.names if (self.folder / name / "pid").exists()]
        path = f"/_cluster/health?wait_for_nodes={len(names)}&timeout=1s"
        end = time.monotonic() + patience
        for name in names:
            while True:
                if self._pid(name) is None:
                    raise ClusterError(f"node {name} ended while starting; the end of its log:\n{self._log(name)}")
                try:
                    if not self.ask("GET", path, node=name)["timed_out"]:
                        break
                except (OSError, ValueError):
                    pass
                if time.monotonic() > end:
                    raise ClusterError(f"node {name} does not answer; the end of its log:\n{self._log(name)}")
                time.sleep(0.2)

    def kill(self, name: str) -> None:
        """SIGKILL: no farewell, as when a machine loses its power."""
        self.signal(name, signal.SIGKILL)
        while not self._gone(name):
            time.sleep(0.02)
        (self.folder / name / "pid").unlink()

    def signal(self, name: str, number: int) -> None:
        """Send a node a signal: SIGSTOP makes one that hangs."""
        pid = self._pid(name)
        if pid is None:
            raise ClusterError(f"node {name} does not run")
        os.kill(pid, number)

    def stop(self, patience: float = 30.0) -> None:
        """End all nodes, by force those that do not end when told."""
        names = self.names if self._state.exists() else []
        for name in self.running:
            self.signal(name, signal.SIGTERM)
        end = time.monotonic() + patience
        while not all(map(self._gone, names)) and time.monotonic() < end:
            time.sleep(0.05)
        for name in self.running:
            self.kill(name)
        for name in names:
            (self.folder / name / "pid").unlink(missing_ok=True)

    def clean(self) -> None:
        """Stop, and forget all but the jars."""
        self.stop()
        for name in (*NAMES, "security"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self._state.unlink(missing_ok=True)

    def ask(self, method: str, path: str, body: Any = None, *, node: str = NAMES[0], timeout: float = 30.0) -> Any:
        """One request to one node, and what it answers; `urllib.error.HTTPError` where it refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url(node) + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        context = None
        if self.secure:
            context = ssl.create_default_context(cafile=str(self.authority))
            pair = f"{security.ADMIN}:{self.password.read_text().strip()}"
            request.add_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=timeout, context=context) as answer:
            return json.load(answer)

    # What it is made of

    @property
    def _state(self) -> Path:
        return self.folder / "cluster.json"

    def _plan(self) -> dict[str, Any]:
        try:
            plan: dict[str, Any] = json.loads(self._state.read_text())
        except FileNotFoundError:
            raise ClusterError(f"no cluster in {self.folder}: python -m testcluster start") from None
        return plan

    def _configure(self, ports: dict[str, tuple[int, int]], secure: Path | None) -> None:
        """A folder for each node, with its settings, that belongs to whom it runs as."""
        ours = security.make(self.folder / "security", secure) if secure else {}
        for name, (http, transport) in ports.items():
            where = self.folder / name
            settings: dict[str, Any] = {
                "cluster.name": "searchidx-testcluster",
                "node.name": name,
                "network.host": HOST,
                "http.port": http,
                "transport.port": transport,
                "cluster.info.update.interval": "10s",  # so soon a node notices that its disk is full
                "path.data": str(where / "data"),
                "path.logs": str(where / "logs"),
            }
            if len(ports) == 1:
                settings["discovery.type"] = "single-node"
            else:
                settings["discovery.seed_hosts"] = [f"{HOST}:{other}" for _, other in ports.values()]
                settings["cluster.initial_cluster_manager_nodes"] = list(ports)
            for part in ("config", "data", "logs", "tmp"):
                (where / part).mkdir(parents=True)
            # JSON is YAML.
            (where / "config" / "opensearch.yml").write_text(json.dumps(settings | ours, indent=1))
            (where / "config" / "log4j2.properties").write_text(LOGGING)
            if secure:
                security.copy(self.folder / "security", where / "config")
            if os.geteuid() == 0:
                for path in (where, *where.rglob("*")):
                    os.chown(path, NOBODY, NOBODY)

    def _pid(self, name: str) -> int | None:
        """The process of a node, None where it lives no more or its number is another's now."""
        process = self._started.get(name)
        if process is not None:
            return process.pid if process.poll() is None else None
        try:
            pid = int((self.folder / name / "pid").read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return None
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and str(self.folder / name).encode() not in command.read_bytes():
            return None
        return pid

    def _gone(self, name: str) -> bool:
        """Whether a node is no more: a process that is dying has no name any more, but holds its ports yet."""
        return self._pid(name) is None and all(map(_free, self._plan()["ports"][name]))

    def _log(self, name: str) -> str:
        log = self.folder / name / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(none)"


def _own(folder: Path) -> None:
    """Make a folder that others may look into, as nodes do that run as somebody else; one that stands must be ours."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise ClusterError(f"{folder} belongs to somebody else: choose another with --folder")
    folder.chmod(0o755)


def _ports(names: Sequence[str], first: int | None) -> dict[str, tuple[int, int]]:
    """For each node one for HTTP and one for the others: from a first one on, or any that are free now."""
    if first is not None:
        return {name: (first + place, first + 100 + place) for place, name in enumerate(names)}
    free = (port for port in random.sample(PORTS, len(PORTS)) if _free(port))
    return {name: (next(free), next(free)) for name in names}


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger do no harm
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
