"""Fixtures for tests of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx.archive import Archive


@pytest.fixture
def built(tmp_path: Path, put: Callable[..., Path], run: Callable[..., Any]) -> Callable[..., Path]:
    """An index of files given by name and content."""

    def build(**files: Any) -> Path:
        for name, content in files.items():
            put(tmp_path / "sources", name.replace("__", "."), content)
        assert run("build", tmp_path / "sources", "--index", tmp_path / "index").code == 0
        return tmp_path / "index"

    return build


@pytest.fixture
def ask(run: Callable[..., Any], corpus_index: Path) -> Callable[..., Any]:
    """A command on the index of the sample corpus."""
    return lambda name, *words: run(name, "--index", corpus_index, *words)


@pytest.fixture
def archive(corpus_index: Path) -> Iterator[Archive]:
    """The sample corpus, open."""
    with searchidx.open(corpus_index) as archive:
        yield archive
