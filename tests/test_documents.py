"""The README's examples, and the documents that are generated."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def check() -> Any:
    """The module docs/check.py."""
    found = importlib.util.spec_from_file_location("documents_check", ROOT / "docs" / "check.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_index_format_document_matches_the_docstrings(check: Any) -> None:
    assert (ROOT / "docs" / "index-format.md").read_text() == check.index_format()


def test_readme_examples_print_what_they_show(check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{scripts(tmp_path)}{os.pathsep}{os.environ['PATH']}")
    text = (ROOT / "README.md").read_text()
    assert len(re.findall(r"^(?:\$|>>>) ", text, re.MULTILINE)) >= 10
    assert check.checked(text, tmp_path) == text


def scripts(folder: Path) -> Path:
    """Return a folder with the command, for a project that is not installed."""
    made = folder / "bin"
    made.mkdir()
    command = made / "searchidx"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m searchidx "$@"\n')
    command.chmod(0o755)
    return made
