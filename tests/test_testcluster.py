"""What the starter of test clusters says where it cannot start, and what it takes for a node."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from testcluster import ClusterError, java
from testcluster.nodes import HOST, Cluster


def jdk(folder: Path, said: str) -> Path:
    """A folder that looks like a Java which says so of its version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.mark.parametrize(
    ("said", "will_do"),
    [
        ('openjdk version "11.0.2" 2019-01-15', True),
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('openjdk version "23" 2024-09-17', True),
        ('openjdk version "24.0.1" 2025-04-15', False),
        ('java version "1.8.0_401"', False),
        ("no such thing", False),
    ],
)
def test_which_java_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, will_do: bool) -> None:
    one = jdk(tmp_path / "jdk", said)
    monkeypatch.setattr(java, "_candidates", lambda: [tmp_path / "missing", one])
    if will_do:
        assert java.home() == one
    else:
        with pytest.raises(ClusterError, match="needs Java 11 to 23"):
            java.home()


def test_no_cluster(tmp_path: Path) -> None:
    found = Cluster(tmp_path)
    assert found.running == []
    with pytest.raises(ClusterError, match="python -m testcluster start"):
        found.url()
    found.clean()
    command = [sys.executable, "-m", "testcluster", "--folder", str(tmp_path), "status"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    assert run.returncode == 2
    assert "testcluster: no cluster in" in run.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        (tmp_path / "one").mkdir()
        (tmp_path / "cluster.json").write_text(
            f'{{"ports": {{"one": [{port}, {port}]}}, "secure": false, "home": "", "heap": "1m"}}'
        )
        with pytest.raises(ClusterError, match=f"something else listens on port {port}"):
            Cluster(tmp_path).start(1)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="what a process is called is not to be seen")
def test_another_process_of_a_number_is_no_node(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "pid").write_text(str(os.getpid()))
    (tmp_path / "cluster.json").write_text('{"ports": {"one": [1, 2]}, "secure": false, "home": "", "heap": "1m"}')
    found = Cluster(tmp_path)
    assert found.running == []
    with pytest.raises(ClusterError, match="does not run"):
        found.kill("one")
