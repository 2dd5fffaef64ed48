"""Settings: permanent options of the command line.

Precedence: command line, environment variables, settings file, defaults.

The file is `searchidx/config.toml` in $XDG_CONFIG_HOME or ~/.config, in %APPDATA% on Windows, in ~/Library/Application
Support on macOS. SEARCHIDX_CONFIG names another file::

    index = "~/archive"          # for all commands: index, workspace, color, pager

    [query]                      # for one command: the names of its options
    limit = 20
    facet = ["source", "year"]
    index = ["~/2022/index", "~/2023/index"]  # several archives, read as one

    ["alert list"]               # for a command of a group
    index = "~/other"

The variables are SEARCHIDX_INDEX, SEARCHIDX_WORKSPACE, SEARCHIDX_COLOR, SEARCHIDX_PAGER and, for an option of one
command, names such as SEARCHIDX_QUERY_LIMIT. A limit, facet or grouping from the settings changes only output for
people, never data such as `--csv`. Only the command line reads settings; the library does not.
"""

# Why not platformdirs: `click.get_app_dir` returns the same folders, and click is loaded already.

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from searchidx.errors import ConfigError, describe_damage

COMMON_SETTINGS = ("index", "workspace", "color", "pager")
"""The settings for all commands."""
_NOT_SETTABLE = (
    *("explain-score", "help", "offset", "svg", "png", "manifest", "write-manifest", "provenance", "version"),
    *("label-color", "coder", "among", "webhook", "mail", "file", "feed", "command"),
)
"""Options for a single call. Flags that choose the output format are not settable either."""


def settings_path() -> Path:
    """Return the path of the settings file."""
    path = os.environ.get("SEARCHIDX_CONFIG")
    return Path(path) if path else Path(click.get_app_dir("searchidx")) / "config.toml"


def settable_options(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that settings can set, by name."""
    options = {}
    for option in command.params:
        if isinstance(option, click.Option):
            name = option.opts[0].removeprefix("--")
            if name not in _NOT_SETTABLE and (not option.is_flag or option.secondary_opts):
                options[name] = option
    return options


def load_defaults(command: click.Command, commands: Iterable[str]) -> dict[str, Any]:
    """Read the settings of a command, by the names of its parameters; `ConfigError` for an invalid file."""
    path = settings_path()
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(path, f"{path}: {error.strerror or error}") from None
    import tomllib

    try:
        settings = tomllib.loads(text.decode())
    except ValueError as error:  # of TOML, or of UTF-8
        raise ConfigError(path, f"{path}: {describe_damage(error)}") from None
    common = {name: value for name, value in settings.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in settings.items() if isinstance(value, Mapping)}
    _require_known(path, common, COMMON_SETTINGS, "not a setting for all commands")
    names = tuple(commands)
    # The commands of a group are not loaded only to check their names.
    _require_known(path, (name.partition(" ")[0] for name in tables), names, "not a command")
    options = settable_options(command)
    name = " ".join(filter(None, (getattr(command, "group", ""), command.name)))
    table = tables.get(name, {})
    _require_known(path, table, tuple(options), f"not a setting of [{name}]")
    values = {name: value for name, value in common.items() if name in options} | dict(table)
    return {
        options[name].name or name: _check_value(path, name, value, options[name]) for name, value in values.items()
    }


def _require_known(path: Path, names: Iterable[str], known: tuple[str, ...], problem: str) -> None:
    for name in names:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}" if known else "remove it"
            raise ConfigError(path, f"{path}: {name!r} is {problem}: {advice}")


def _check_value(path: Path, name: str, value: Any, option: click.Option) -> Any:
    """Check a value against its option; expand the home folder of an index or a workspace."""
    if name == "workspace" and isinstance(value, str):
        value = os.path.expanduser(value)
    if name == "index":
        several = [value] if isinstance(value, str) else value
        if isinstance(several, list) and several and all(isinstance(each, str) for each in several):
            value = [os.path.expanduser(each) for each in several]
        else:
            raise ConfigError(path, f"{path}: index must be one value or a list of them, not {value!r}")
    is_switch = bool(option.secondary_opts)
    if isinstance(value, bool) != is_switch or isinstance(value, list) != option.multiple:
        expected = "true or false" if is_switch else "a list" if option.multiple else "one value"
        raise ConfigError(path, f"{path}: {name} must be {expected}, not {value!r}")
    try:
        option.type_cast_value(click.Context(click.Command("")), value)
    except click.BadParameter as error:
        raise ConfigError(path, f"{path}: {name}: {error.message}") from None
    return value
