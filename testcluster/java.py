"""Finds a Java for OpenSearch 2: versions 11 to 23. Java 24 removed the security manager, which the server needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import NodeError

OLDEST, NEWEST = 11, 23


def find_home() -> Path:
    """The folder of the first suitable Java: JAVA_HOME, the one on the path, or one of Debian's."""
    rejected = []
    for folder in _candidates():
        version = _version(folder)
        if OLDEST <= version <= NEWEST:
            return folder
        rejected.append(f"{folder} ({version or 'no Java'})")
    needs = f"OpenSearch needs Java {OLDEST} to {NEWEST} (Debian: apt-get install openjdk-17-jre-headless)"
    raise NodeError(f"{needs}; found: {', '.join(rejected) or 'none'}")


def options(folder: Path) -> list[str]:
    """Options with which this Java lets the server set its security manager."""
    return ["-Djava.security.manager=allow"] if _version(folder) >= 18 else []


def _candidates() -> list[Path]:
    candidates = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    if on_path:
        candidates.append(Path(on_path).resolve().parent.parent)
    return list(dict.fromkeys([*candidates, *sorted(Path("/usr/lib/jvm").glob("*"))]))


def _version(folder: Path) -> int:
    """The major version of a Java; 0 if there is none."""
    try:
        run = subprocess.run([folder / "bin" / "java", "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    return int(match[1]) if match else 0
