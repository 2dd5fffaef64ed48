"""A Java that OpenSearch 2 runs on: 11 to 23, since 24 has no security manager any more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import ClusterError

OLDEST, NEWEST = 11, 23


def home() -> Path:
    """The folder of the first Java that will do: JAVA_HOME, the one on the path, Debian's."""
    found = []
    for folder in _candidates():
        version = _version(folder)
        if OLDEST <= version <= NEWEST:
            return folder
        found.append(f"{folder} ({version or 'no Java'})")
    wanted = f"OpenSearch needs Java {OLDEST} to {NEWEST} (Debian: apt-get install openjdk-17-jre-headless)"
    raise ClusterError(f"{wanted}; found: {', '.join(found) or 'none'}")


def options(folder: Path) -> list[str]:
    """What a Java of this version must be told so that the server can set its security manager."""
    return ["-Djava.security.manager=allow"] if _version(folder) >= 18 else []


def _candidates() -> list[Path]:
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    if on_path:
        named.append(Path(on_path).resolve().parent.parent)
    return list(dict.fromkeys([*named, *sorted(Path("/usr/lib/jvm").glob("*"))]))


def _version(folder: Path) -> int:
    try:
        run = subprocess.run([folder / "bin" / "java", "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    said = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    return int(said[1]) if said else 0
