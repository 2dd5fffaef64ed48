"""Finds a Java for a release of OpenSearch."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import NodeError


def find_home(oldest: int, newest: int) -> Path:
    """The folder of the first Java of a range of versions: JAVA_HOME, the one on the path, or one of Debian's."""
    rejected = []
    for folder in _candidates():
        version = _version(folder)
        if oldest <= version <= newest:
            return folder
        rejected.append(f"{folder} ({version or 'no Java'})")
    needs = f"this OpenSearch needs Java {oldest} to {newest} (Debian: apt-get install openjdk-{oldest}-jre-headless)"
    raise NodeError(f"{needs}; found: {', '.join(rejected) or 'none'}")


def options(folder: Path) -> list[str]:
    """Options with which this Java lets OpenSearch 2 set its security manager."""
    return ["-Djava.security.manager=allow"] if 18 <= _version(folder) < 24 else []


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
