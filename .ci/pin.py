"""Pin what CI installs: write .ci/requirements.txt, every package in one version, with the hash of its file.

    python .ci/pin.py              resolve the extra `dev` with pip, for this Python and platform, and write the file
    python .ci/pin.py --matches    exit with 0 if the file is for this Python and platform

`pip install --require-hashes -r .ci/requirements.txt` then refuses any other file, also from a mirror that was tampered
with. Run it to take newer versions, and review the difference.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
REQUIREMENTS = FOLDER / "requirements.txt"


def platform_line() -> str:
    """The first line of the file: what it is for."""
    return f"# for Python {sys.version_info.major}.{sys.version_info.minor} on {sysconfig.get_platform()}"


def resolve() -> list[str]:
    """The lines of the packages that pip would install, by name; the project itself is left out."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    done = subprocess.run([*command, f"{FOLDER.parent}[dev]"], check=True, capture_output=True, encoding="utf-8")
    lines = []
    for each in json.loads(done.stdout)["install"]:
        name, version = each["metadata"]["name"], each["metadata"]["version"]
        archive = each["download_info"].get("archive_info")
        if archive is not None:
            lines.append(f"{name.lower()}=={version} --hash=sha256:{archive['hashes']['sha256']}")
    return sorted(lines)


def main() -> None:
    """Write the file, or compare it with this Python and platform."""
    if sys.argv[1:] == ["--matches"]:
        matches = REQUIREMENTS.exists() and REQUIREMENTS.read_text().startswith(f"{platform_line()}\n")
        sys.exit(0 if matches else 1)
    lines = resolve()
    REQUIREMENTS.write_text("\n".join([platform_line(), "# written by .ci/pin.py", *lines, ""]))
    print(f"{len(lines)} packages")


if __name__ == "__main__":
    main()
