"""`--index` several times: commands that read take it, commands that write refuse it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def two(tmp_path: Path, put: Callable[..., Path], run: Callable[..., Any]) -> list[object]:
    """The options that name two archives of two articles each; both have an article `b`."""
    options: list[object] = []
    for name, records in (
        ("old", [{"id": "a", "headline": "Rain in Japan"}, {"id": "b", "headline": "Rain"}]),
        ("new", [{"id": "b", "headline": "Rain again, rain"}, {"id": "c", "headline": "Snow"}]),
    ):
        put(tmp_path, f"{name}.jsonl", records)
        assert run("build", tmp_path / f"{name}.jsonl", "--index", tmp_path / name).code == 0
        options += ["--index", tmp_path / name]
    return options


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["query", "rain", "--count"], "3\n"),
        (["query", "id:b", "--ids", "--sort", "headline"], "old:b\nnew:b\n"),
        (["batch", "-", "--jsonl"], ""),
        (["timeline", "rain", "snow", "--csv"], None),
        (["terms", "rain", "--csv"], None),
        (["kwic", "rain", "--jsonl"], None),
        (["export", "rain", "--format", "csv"], None),
        (["compare", "rain", "snow", "--json"], None),
        (["ngrams", "rain", "--common", "--json"], None),
        (["show", "new:b", "--json"], None),
        (["similar", "a", "--ids"], None),
        (["history", "new:b", "--json"], None),
        (["query", "rain", "--all-versions", "--ids"], None),
        (["stats", "--json"], None),
        (["check"], None),
        (["label", "export", "rain"], None),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_commands_that_read_take_several_indexes(
    run: Callable[..., Any], two: list[object], words: list[str], out: str | None
) -> None:
    found = run(*words, *two)
    assert found.code == (1 if out == "" else 0), found.err
    assert out is None or found.out.endswith(out)
    assert run(*words, *two[:2]).out != found.out or words[0] in ("batch", "check")


@pytest.mark.parametrize(
    "words",
    [
        ["build", "."], ["watch", "."], ["delete", "a"], ["allow", "a"], ["label", "import", "-"],
        ["alert", "add", "x", "rain"], ["alert", "run"], ["alert", "list"], ["alert", "show", "x"],
        ["alert", "remove", "x"], ["workspace", "export"],
        ["workspace", "path"], ["workspace", "import", "-"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_commands_that_write_refuse_several_indexes(
    run: Callable[..., Any], two: list[object], words: list[str], tmp_path: Path, contents: Callable[..., Any]
) -> None:
    before = contents(tmp_path)
    found = run(*words, *two)
    assert found.code == 2
    assert "takes one index, not 2: name one" in found.err
    assert contents(tmp_path) == before


def test_ambiguous_id_names_the_articles_it_may_mean(run: Callable[..., Any], two: list[object]) -> None:
    found = run("show", "b", *two)
    assert (found.code, found.out) == (2, "")
    assert found.err == "searchidx: several archives have an article 'b': write old:b or new:b\n"
    found = run("show", "new:a", *two)
    assert found.code == 1
    assert found.err.startswith("searchidx: there is no article 'new:a' in ")


def test_settings_and_variables_name_indexes(
    run: Callable[..., Any], two: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(folder) for folder in two[1::2]]
    settings = tmp_path / "config.toml"
    settings.write_text(f'[query]\nindex = ["{folders[0]}", "{folders[1]}"]\n')
    monkeypatch.setenv("SEARCHIDX_CONFIG", str(settings))
    assert run("query", "rain", "--count").out == "3\n"
    assert run("query", "rain", "--count", "--index", folders[0]).out == "2\n"
    settings.write_text(f'index = "{folders[1]}"\n')
    assert run("query", "rain", "--count").out == "1\n"
    blank = tmp_path / "with blank"
    (tmp_path / "old").rename(blank)
    monkeypatch.setenv("SEARCHIDX_INDEX", str(blank))
    assert run("query", "rain", "--count").out == "2\n"


@pytest.mark.parametrize("value", ["3", "[]", "[1]", "true"])
def test_settings_with_an_invalid_index_are_an_error(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(f"index = {value}\n")
    monkeypatch.setenv("SEARCHIDX_CONFIG", str(settings))
    found = run("query", "rain")
    assert found.code == 2
    assert "index must be one value or a list of them" in found.err
