"""Errors of the test cluster: unsuitable Java, no cluster, a port in use, a process that is not a node."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from testcluster import NodeError, artifacts, java
from testcluster.nodes import HOST, LocalCluster


def fake_jdk(folder: Path, output: str) -> Path:
    """A folder that looks like a Java whose `-version` prints this."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{output}' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.parametrize(
    ("output", "is_suitable"),
    [
        ('openjdk version "11.0.2" 2019-01-15', True),
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('openjdk version "23" 2024-09-17', True),
        ('openjdk version "24.0.1" 2025-04-15', False),
        ('java version "1.8.0_401"', False),
        ("no such thing", False),
    ],
)
def test_only_suitable_java_versions_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, is_suitable: bool
) -> None:
    one = fake_jdk(tmp_path / "jdk", output)
    monkeypatch.setattr(java, "_candidates", lambda: [tmp_path / "missing", one])
    if is_suitable:
        assert java.find_home(11, 23) == one
    else:
        with pytest.raises(NodeError, match="needs Java 11 to 23"):
            java.find_home(11, 23)


def test_release_without_a_security_plugin_is_reported(tmp_path: Path) -> None:
    for name, release in artifacts.RELEASES.items():
        if not release.has_security:
            with pytest.raises(NodeError, match=r"no security plugin for .*: use --version 2\.19\.4"):
                artifacts.download(tmp_path / name, release, secure=True)
    assert artifacts.RELEASES[artifacts.SECURE].has_security


def test_missing_cluster_is_reported(tmp_path: Path) -> None:
    found = LocalCluster(tmp_path)
    assert found.running == []
    with pytest.raises(NodeError, match="python -m testcluster start"):
        found.url()
    found.clean()
    command = [sys.executable, "-m", "testcluster", "--folder", str(tmp_path), "status"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    assert run.returncode == 2
    assert "testcluster: there is no cluster in" in run.stderr


def test_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        (tmp_path / "one").mkdir()
        (tmp_path / "cluster.json").write_text(
            f'{{"ports": {{"one": [{port}, {port}]}}, "secure": false, "home": "", "heap": "1m"}}'
        )
        with pytest.raises(NodeError, match=f"port {port} is in use"):
            LocalCluster(tmp_path).start(1)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_reused_process_id_is_not_taken_for_a_node(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "pid").write_text(str(os.getpid()))
    (tmp_path / "cluster.json").write_text('{"ports": {"one": [1, 2]}, "secure": false, "home": "", "heap": "1m"}')
    found = LocalCluster(tmp_path)
    assert found.running == []
    with pytest.raises(NodeError, match="is not running"):
        found.kill("one")
