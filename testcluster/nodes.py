"""A cluster of real nodes on the loopback interface, which tests start, query, kill and stop.

The state is in files of one folder, so one command can stop what another has started. If root starts the nodes, they
run as `nobody`, since the server refuses to run as root.
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

from . import NodeError, artifacts, java, security

FOLDER = Path(tempfile.gettempdir()) / f"searchidx-testcluster-{os.getuid()}"
NAMES = ("one", "two", "three")
HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below the ephemeral ports of most systems
NOBODY = 65534
START_TIMEOUT = 180.0  # seconds; a busy machine needs minutes
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


class LocalCluster:
    """The nodes with their files in one folder. The server is in the default folder, for all clusters."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder.absolute()
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def __repr__(self) -> str:
        return f"LocalCluster({str(self.folder)!r})"

    @property
    def names(self) -> list[str]:
        """The names of all nodes, running or not."""
        return list(self._read_state()["ports"])

    @property
    def is_secure(self) -> bool:
        """Whether it uses TLS and passwords."""
        return bool(self._read_state()["secure"])

    @property
    def release(self) -> str:
        """Its release of OpenSearch, of `artifacts.RELEASES`."""
        return str(self._read_state().get("release", artifacts.DEFAULT))

    @property
    def running(self) -> list[str]:
        """The names of the running nodes."""
        return [name for name in self.names if self._pid(name) is not None] if self._state_file.exists() else []

    def url(self, name: str = NAMES[0]) -> str:
        """The URL of a node."""
        return f"http{'s' if self.is_secure else ''}://{HOST}:{self._read_state()['ports'][name][0]}"

    @property
    def ca_certificate(self) -> Path:
        """The CA certificate of a secure cluster, as PEM."""
        return self.folder / "security" / security.CA_CERTIFICATE

    @property
    def password_file(self) -> Path:
        """The file with the password of both users of a secure cluster: `searchidx`, and `admin` for `request`."""
        return self.folder / "security" / security.PASSWORD

    def start(
        self,
        count: int = 1,
        *,
        port: int | None = 9200,
        heap: str = "512m",
        secure: bool = False,
        release: str = artifacts.DEFAULT,
    ) -> None:
        """Start the nodes that do not run, and wait until all answer; without a port, on free ones."""
        names = NAMES[:count]
        if not self._state_file.exists():
            for folder in (FOLDER, self.folder):
                _create_folder(folder)
            self.clean()  # a failed start may have left files
            home = artifacts.download(FOLDER / "artifacts", artifacts.RELEASES[release], secure=secure)
            ports = _choose_ports(names, port)
            self._configure(ports, _java_home(release), home if secure else None)
            plan = {"ports": ports, "secure": secure, "home": str(home), "heap": heap, "release": release}
            self._state_file.write_text(json.dumps(plan))
        elif (self.names, self.is_secure, self.release) != (list(names), secure, release):
            raise NodeError(f"{self.folder} holds a cluster with other settings: run python -m testcluster clean")
        for name in names:
            self.revive(name)
        self.wait()

    def revive(self, name: str) -> None:
        """Start one node with the data it had; `wait` waits until it answers."""
        if self._pid(name) is not None:
            return
        plan = self._read_state()
        folder, http = self.folder / name, plan["ports"][name][0]
        if not _is_free(http):
            raise NodeError(f"port {http} is in use: stop its process, or choose another with --port")
        java_home = _java_home(self.release)
        command = [str(java_home / "bin" / "java"), f"-Xms{plan['heap']}", f"-Xmx{plan['heap']}", *JVM]
        command += [*java.options(java_home), f"-Djava.io.tmpdir={folder / 'tmp'}"]
        command += [f"-Dopensearch.path.home={plan['home']}", f"-Dopensearch.path.conf={folder / 'config'}"]
        command += ["-cp", f"{plan['home']}/lib/*", "org.opensearch.bootstrap.OpenSearch"]
        user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **user,
            )
        self._started[name] = process
        (folder / "pid").write_text(str(process.pid))

    def wait(self, timeout: float = START_TIMEOUT) -> None:
        """Wait until all started nodes answer and form a cluster; raises `NodeError` if one exits."""
        names = [name for name in self.names if (self.folder / name / "pid").exists()]
        path = f"/_cluster/health?wait_for_nodes={len(names)}&timeout=1s"
        deadline = time.monotonic() + timeout
        for name in names:
            while True:
                if self._pid(name) is None:
                    raise NodeError(f"node {name} exited; the end of its log:\n{self._log(name)}")
                try:
                    if not self.request("GET", path, node=name)["timed_out"]:
                        break
                except (OSError, ValueError):
                    pass
                if time.monotonic() > deadline:
                    raise NodeError(f"node {name} does not answer; the end of its log:\n{self._log(name)}")
                time.sleep(0.2)

    def kill(self, name: str) -> None:
        """Kill a node with SIGKILL, like a power failure."""
        self.signal(name, signal.SIGKILL)
        while not self._has_exited(name):
            time.sleep(0.02)
        (self.folder / name / "pid").unlink()

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a node; SIGSTOP makes it hang."""
        pid = self._pid(name)
        if pid is None:
            raise NodeError(f"node {name} is not running")
        os.kill(pid, number)

    def restart(self, name: str) -> None:
        """Stop a node with SIGTERM, as its service would, start it again, and wait until it answers."""
        self.signal(name, signal.SIGTERM)
        while not self._has_exited(name):
            time.sleep(0.02)
        self.revive(name)
        self.wait()

    def stop(self, timeout: float = 30.0) -> None:
        """Stop all nodes with SIGTERM, after a timeout with SIGKILL."""
        names = self.names if self._state_file.exists() else []
        for name in self.running:
            self.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while not all(map(self._has_exited, names)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for name in self.running:
            self.kill(name)
        for name in names:
            (self.folder / name / "pid").unlink(missing_ok=True)

    def clean(self) -> None:
        """Stop all nodes, and delete everything but the jars."""
        self.stop()
        for name in (*NAMES, "security", self.backups.name):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self._state_file.unlink(missing_ok=True)

    def request(self, method: str, path: str, body: Any = None, *, node: str = NAMES[0], timeout: float = 30.0) -> Any:
        """Send a request to a node, and return the decoded response; raises `urllib.error.HTTPError`."""
        data = None if body is None else json.dumps(body).encode()
        message = urllib.request.Request(self.url(node) + path, data=data, method=method)
        message.add_header("Content-Type", "application/json")
        context = None
        if self.is_secure:
            context = ssl.create_default_context(cafile=str(self.ca_certificate))
            pair = f"{security.ADMIN}:{self.password_file.read_text().strip()}"
            message.add_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        with urllib.request.urlopen(message, timeout=timeout, context=context) as response:
            return json.load(response)

    @property
    def backups(self) -> Path:
        """The folder in which repositories of snapshots may lie."""
        return self.folder / "backups"

    @property
    def _state_file(self) -> Path:
        return self.folder / "cluster.json"

    def _read_state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self._state_file.read_text())
        except FileNotFoundError:
            raise NodeError(f"there is no cluster in {self.folder}: run python -m testcluster start") from None
        return state

    def _configure(self, ports: dict[str, tuple[int, int]], java_home: Path, secure: Path | None) -> None:
        """Create the folder and the settings of each node; the node's user owns them."""
        self.backups.mkdir()
        if os.geteuid() == 0:
            os.chown(self.backups, NOBODY, NOBODY)
        security_settings = security.create(self.folder / "security", secure, java_home) if secure else {}
        for name, (http, transport) in ports.items():
            folder = self.folder / name
            settings: dict[str, Any] = {
                "cluster.name": "searchidx-testcluster",
                "node.name": name,
                "network.host": HOST,
                "http.port": http,
                "transport.port": transport,
                "cluster.info.update.interval": "10s",  # how often a node looks for full disks
                "indices.breaker.total.use_real_memory": False,  # it counts garbage, which SerialGC collects late
                "path.data": str(folder / "data"),
                "path.logs": str(folder / "logs"),
                "path.repo": str(self.backups),
            }
            if len(ports) == 1:
                settings["discovery.type"] = "single-node"
            else:
                settings["discovery.seed_hosts"] = [f"{HOST}:{other}" for _, other in ports.values()]
                settings["cluster.initial_cluster_manager_nodes"] = list(ports)
            for part in ("config", "data", "logs", "tmp"):
                (folder / part).mkdir(parents=True)
            settings |= security_settings
            (folder / "config" / "opensearch.yml").write_text(json.dumps(settings, indent=1))  # JSON is YAML
            (folder / "config" / "log4j2.properties").write_text(LOGGING)
            if secure:
                security.copy(self.folder / "security", folder / "config")
            if os.geteuid() == 0:
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, NOBODY, NOBODY)

    def _pid(self, name: str) -> int | None:
        """The process of a node; None if it is dead, or if its number now belongs to another program."""
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

    def _has_exited(self, name: str) -> bool:
        """Whether a node has exited and released its ports, which a dying process still holds."""
        return self._pid(name) is None and all(map(_is_free, self._read_state()["ports"][name]))

    def _log(self, name: str) -> str:
        log = self.folder / name / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(none)"


def _java_home(release: str) -> Path:
    found = artifacts.RELEASES[release]
    return java.find_home(found.oldest_java, found.newest_java)


def _create_folder(folder: Path) -> None:
    """Create a folder that other users may read, since nodes may run as one; an existing folder must be ours."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise NodeError(f"{folder} belongs to another user: choose another with --folder")
    folder.chmod(0o755)


def _choose_ports(names: Sequence[str], first: int | None) -> dict[str, tuple[int, int]]:
    """The ports of each node, for HTTP and for other nodes: from `first` on, or free ones."""
    if first is not None:
        return {name: (first + number, first + 100 + number) for number, name in enumerate(names)}
    free = (port for port in random.sample(PORTS, len(PORTS)) if _is_free(port))
    return {name: (next(free), next(free)) for name in names}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # lingering connections do no harm
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
