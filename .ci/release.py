#!/usr/bin/env python3
"""Release a version: set it, date the changelog, build twice, try the files in bare environments, commit and tag.

    .ci/release.py 0.2.0              on a clean checkout; nothing is pushed or uploaded
    .ci/release.py 0.2.0 --tests      run the tests on each Python as well
    .ci/release.py --files-only       only build the files of the last commit into dist/

dist/ then holds the wheel and the source archive. They are built from the commit's files with its time, so anybody who
builds that commit gets the same bytes; building them twice checks it. Every Python from 3.11 to 3.14 that is on the
PATH is tried. docs/releasing.md says what follows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
VERSION_FILE, CHANGELOG = ROOT / "searchidx" / "version.py", ROOT / "CHANGELOG.md"
_UNRELEASED = re.compile(r"## Unreleased\n\n(?=### )")


def run(*words: object, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command and return what it prints; end with its message if it fails."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def set_version(version: str) -> None:
    """Write the version, the heading of the changelog and the documents that name the version."""
    changelog = CHANGELOG.read_text("utf-8")
    if _UNRELEASED.search(changelog) is None:
        sys.exit("CHANGELOG.md has nothing under ## Unreleased")
    heading = f"## Unreleased\n\n## {version} - {dt.date.today()}\n\n"
    CHANGELOG.write_text(_UNRELEASED.sub(heading, changelog, count=1), "utf-8")
    text = VERSION_FILE.read_text("utf-8")
    VERSION_FILE.write_text(re.sub(r'(?<=__version__ = ")[^"]+', version, text), "utf-8")
    run(sys.executable, "docs/check.py", "--write")


def build(folder: Path) -> dict[str, bytes]:
    """Build the wheel and the source archive of the last commit in a folder; return their names and bytes."""
    time = run("git", "log", "-1", "--format=%ct")
    source = folder / "source"
    source.mkdir()
    with tarfile.open(fileobj=io.BytesIO(subprocess.check_output(["git", "archive", "HEAD"], cwd=ROOT))) as files:
        files.extractall(source, filter="data")
    run(sys.executable, "-m", "build", "--outdir", folder / "dist", source, SOURCE_DATE_EPOCH=time)
    made = {path.name: path.read_bytes() for path in sorted((folder / "dist").iterdir())}
    return {name: normalize(content, int(time)) if name.endswith(".gz") else content for name, content in made.items()}


def build_twice() -> list[str]:
    """Build the last commit twice, compare, and write the files to dist/; return their names."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        files, again = build(Path(one)), build(Path(other))
    if files != again:
        sys.exit("two builds of one commit differ")
    DIST.mkdir(exist_ok=True)
    for name, content in files.items():
        (DIST / name).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  dist/{name}")
    return list(files)


def normalize(archive: bytes, time: int) -> bytes:
    """A tar archive with sorted members of one time and owner, since setuptools keeps those of the builder."""
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as old,
        gzip.GzipFile(fileobj=made, mode="wb", filename="", mtime=time) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.mode, member.pax_headers = 0o755 if member.isdir() or member.mode & 0o100 else 0o644, {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return made.getvalue()


def pythons() -> Iterator[tuple[str, str]]:
    """The versions of Python on the PATH, each with its program."""
    for version in PYTHONS:
        program = shutil.which(f"python{version}")
        if program is None:
            print(f"  Python {version}: not on the PATH, so not tried")
        else:
            yield version, program


def try_file(program: str, file: Path, with_tests: bool) -> None:
    """Install a file in an environment of its own, follow the README's first steps, and run the tests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(program, "-m", "venv", folder / "venv")
        extra = "[test]" if with_tests else ""
        python, command = folder / "venv" / "bin" / "python", folder / "venv" / "bin" / "searchidx"
        run(python, "-m", "pip", "install", "--quiet", f"searchidx{extra} @ {file.as_uri()}")
        shutil.copytree(ROOT / "corpus", folder / "corpus")
        run(command, "build", "corpus/", cwd=folder)
        ids = run(command, "query", "NATO Japan", "--ids", cwd=folder)
        if not ids:
            sys.exit(f"{file.name}: no article found under {program}")
        if with_tests:
            run(python, "-m", "pytest", "-q", ROOT / "tests", cwd=folder)


def main() -> None:
    """Release the version named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", nargs="?")
    parser.add_argument("--files-only", action="store_true", help="build the files of the last commit, and stop")
    parser.add_argument("--tests", action="store_true", help="run the tests on each Python")
    arguments = parser.parse_args()
    if arguments.files_only:
        build_twice()
        return
    version = arguments.version
    if not re.fullmatch(r"\d+\.\d+\.\d+", version or ""):
        parser.error("name the version: 0.2.0")
    if run("git", "status", "--porcelain"):
        sys.exit("the checkout has changes: commit them first")
    if run("git", "tag", "--list", f"v{version}"):
        sys.exit(f"v{version} is already tagged")
    set_version(version)
    run("git", "commit", "--all", "--message", f"release {version}")
    files = build_twice()
    for python, program in pythons():
        for name in files:
            try_file(program, DIST / name, arguments.tests and name.endswith(".whl"))
            print(f"  Python {python}: {name} works")
    signing = ["--sign"] if run("git", "config", "--default", "", "--get", "user.signingkey") else ["--annotate"]
    run("git", "tag", *signing, "--message", f"searchidx {version}", f"v{version}")
    print(f"v{version} is tagged. Push the commit and the tag to publish it.")


if __name__ == "__main__":
    main()
