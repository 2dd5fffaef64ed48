"""Settings: precedence of options, variables, file and defaults; invalid settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from searchidx.cli import config, iter_commands, main
from searchidx.cli.config import settable_options

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def configured(run: Run, corpus_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Run]:
    """Run a command with a settings file of this text."""

    def write(text: str) -> Run:
        (tmp_path / "config.toml").write_text(text.replace("INDEX", repr(str(corpus_index))), encoding="utf-8")
        monkeypatch.setenv("SEARCHIDX_CONFIG", str(tmp_path / "config.toml"))
        return run

    return write


def test_option_overrides_variable_overrides_file(
    configured: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = configured("index = INDEX\n[query]\nlimit = 1\n")
    assert "hits 1 to 1" in run("query", "nato").err
    monkeypatch.setenv("SEARCHIDX_QUERY_LIMIT", "2")
    assert "hits 1 to 2" in run("query", "nato").err
    assert "hits 1 to 3" in run("query", "nato", "--limit", 3).err
    configured("index = INDEX")
    monkeypatch.delenv("SEARCHIDX_QUERY_LIMIT")
    assert run("query", "nato").err == "5 hits\n"


def test_index_setting_applies_to_all_commands(
    configured: Callable[[str], Run], corpus_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = configured("index = INDEX")
    for words in (["query", "nato"], ["show", "hg-1001"], ["kwic", "nato"], ["terms", "nato"], ["stats"], ["check"]):
        assert run(*words).code == 0
    monkeypatch.setenv("SEARCHIDX_INDEX", str(tmp_path / "none"))
    assert run("stats").code == 2
    assert run("stats", "--index", corpus_index).code == 0


def test_index_setting_expands_the_home_folder(
    configured: Callable[[str], Run], corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = configured(f'index = "~/{corpus_index.name}"')
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(corpus_index.parent))
    assert run("query", "nato").code == 0


def test_settings_of_commands_apply(configured: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run = configured(
        'index = INDEX\ncolor = "always"\npager = false\n[query]\nsort = "oldest"\nfacet = ["source", "year"]\n'
        'limit = 2\n[kwic]\nwidth = 5\nsort = "date"\n[timeline]\nby = "year"\n'
    )
    shown = run("query", "nato")
    assert "\x1b[" in shown.out
    assert "\nsource " in click.unstyle(shown.out)
    assert "\nyear " in click.unstyle(shown.out)
    assert "2023   " in click.unstyle(run("timeline", "nato").out)
    assert "\x1b[" not in run("query", "nato", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")  # settings override NO_COLOR
    assert "\x1b[" in run("query", "nato").out
    monkeypatch.setenv("SEARCHIDX_QUERY_FACET", "section")
    assert "\nsection " in click.unstyle(run("query", "nato").out)
    assert "\nyear " not in click.unstyle(run("query", "nato").out)


def test_settings_do_not_change_data(configured: Callable[[str], Run]) -> None:
    words = [
        ("query", "nato", "--ids"),
        ("query", "nato", "--csv"),
        ("query", "nato", "--jsonl"),
        ("query", "nato", "--json"),
        ("query", "nato", "--count"),
        ("kwic", "nato", "--csv"),
        ("export", "nato"),
        ("similar", "hg-1001", "--ids"),
        ("terms", "nato", "--csv"),
        ("ngrams", "nato", "--csv"),
        ("compare", "nato", "japan", "--csv"),
    ]
    run = configured("index = INDEX")
    before = [run(*each).out for each in words]
    configured(
        'index = INDEX\n[query]\nlimit = 1\nfacet = ["year"]\ngroup-similar = 0.1\n[kwic]\nlimit = 1\n'
        "[export]\nlimit = 1\n[similar]\nlimit = 1\n[terms]\nlimit = 1\n"
        "[ngrams]\nlimit = 1\n[compare]\nlimit = 1\n"
    )
    assert [run(*each).out for each in words] == before
    assert run("query", "nato", "--ids", "--limit", 2).out.count("\n") == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("indx = 'x'", "'indx' is not a setting for all commands: did you mean index?"),
        ("limit = 3", "'limit' is not a setting for all commands: use one of index, workspace, color, pager"),
        ("[qery]", "'qery' is not a command: did you mean query?"),
        ("[query]\nlimt = 1", "'limt' is not a setting of [query]: did you mean limit?"),
        ("[query]\njson = true", "'json' is not a setting of [query]"),
        ("[query]\noffset = 3", "'offset' is not a setting of [query]"),
        ("[query]\nlimit = 'x'", "limit: 'x' is not a valid integer"),
        ("[query]\nlimit = -1", "limit: -1 is not in the range x>=0"),
        ("[query]\nlimit = true", "limit must be one value, not True"),
        ("[query]\nlimit = [1]", "limit must be one value, not [1]"),
        ("[query]\nfacet = 'source'", "facet must be a list, not 'source'"),
        ("[query]\nfacet = ['colour']", "facet: 'colour' is not one of"),
        ("pager = 'no'", "pager must be true or false, not 'no'"),
        ("color = 'sometimes'", "color: 'sometimes' is not one of"),
        ("x = ", "Invalid value"),
    ],
)
def test_invalid_settings_name_file_and_setting(
    configured: Callable[[str], Run], tmp_path: Path, text: str, message: str
) -> None:
    done = configured(text)("query", "nato")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"searchidx: {tmp_path / 'config.toml'}: {message}")
    assert done.err.count("\n") == 1


def test_invalid_variable_is_named(run: Run, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHIDX_QUERY_LIMIT", "many")
    done = run("query", "nato", "--index", corpus_index)
    assert (done.code, done.out) == (2, "")
    assert "(from SEARCHIDX_QUERY_LIMIT)" in done.err


def test_unreadable_settings_file_is_an_error(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("SEARCHIDX_CONFIG", str(tmp_path / "config.toml"))
    assert run("stats").code == 2
    monkeypatch.setenv("SEARCHIDX_CONFIG", str(tmp_path))  # a folder
    assert run("stats").code == 2
    assert run("stats", "--help").code == 0


def test_settings_file_is_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SEARCHIDX_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.settings_path().name == "config.toml"
    assert config.settings_path().parent.name == "searchidx"
    assert tmp_path in config.settings_path().parents


def test_flags_cannot_be_set_by_variables(run: Run, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORM", "JSON", "COUNT", "EXPLAIN", "SCORE", "OFFSET", "HELP"):
        monkeypatch.setenv(f"SEARCHIDX_QUERY_{name}", "1")
    monkeypatch.setenv("SEARCHIDX_VERSION", "9")
    done = run("query", "nato", "--index", corpus_index)
    assert (done.code, done.err) == (0, "5 hits\n")


def test_only_listed_options_can_be_set_for_every_command() -> None:
    for name, command in iter_commands(main):
        known = settable_options(command)
        assert name in ("completion", "formats", "read") or "index" in known
        assert "json" not in known
        assert set(known) <= {
            "index", "color", "pager", "limit", "size", "sort", "facet", "group-similar", "width", "by", "jobs",
            "column", "exclude", "keep-versions", "max-ratio", "poll", "language", "format", "query", "host", "port",
            "allow-host", "token-file", "rate", "timeout", "workspace", "every", "mail-from", "smtp",
            "smtp-password-file", "smtp-ca", "secret-file",
        }  # fmt: skip
