"""The examples for service managers: their commands are commands of searchidx, and their formats are valid."""

from __future__ import annotations

import json
import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from searchidx.cli import main

PACKAGING = Path(__file__).resolve().parent.parent / "packaging"
UNITS = sorted(PACKAGING.glob("*.service"))
PLISTS = sorted(PACKAGING.glob("*.plist"))


def assert_is_command(words: list[str]) -> None:
    """Fail unless a command of searchidx takes these words."""
    command = main.get_command(click.Context(main), words[0])
    assert command is not None, words
    context = click.Context(command, info_name=words[0], resilient_parsing=True)
    _, rest, _ = command.make_parser(context).parse_args(words[1:])
    assert rest == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_runs_a_command(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text("utf-8"), re.MULTILINE)
    program, *words = shlex.split(line)
    assert Path(program).name == "searchidx"
    assert_is_command(words)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_a_unit(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace("/usr/local/bin/searchidx", "/bin/true"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, unit.name in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("plist", PLISTS, ids=lambda plist: plist.name)
def test_property_list_runs_a_command(plist: Path) -> None:
    values = plistlib.loads(plist.read_bytes())
    assert values["Label"] == plist.stem
    program, *words = values["ProgramArguments"]
    assert Path(program).name == "searchidx"
    assert_is_command(words)


def test_container_runs_a_command_without_rights() -> None:
    text = (PACKAGING / "Containerfile").read_text("utf-8")
    instructions = dict(re.findall(r"^(ENTRYPOINT|CMD|USER) (.+)$", text, re.MULTILINE))
    assert json.loads(instructions["ENTRYPOINT"]) == ["searchidx"]
    assert instructions["USER"] not in ("0", "root")
    assert_is_command(json.loads(instructions["CMD"]))
