"""What a person has set for good: a flag comes before a variable of the environment, that before the file, all before
what is the default.

The file is config.toml in the folder for such files (`searchidx` in $XDG_CONFIG_HOME or ~/.config; %APPDATA% on
Windows, ~/Library/Application Support on macOS), or the one that SEARCHIDX_CONFIG names::

    index = "~/archive"          # of every command: index, color, pager

    [query]                      # of one command: its options, by their names
    limit = 20
    facet = ["source", "year"]

Variables are SEARCHIDX_INDEX, SEARCHIDX_COLOR, SEARCHIDX_PAGER, and SEARCHIDX_QUERY_LIMIT for an option of one command.
A limit, facets or a grouping set for good are of what a person is shown; they cut off no data. Only the command line
knows of settings; the library reads none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from searchidx.errors import ConfigError

__all__ = ["SHARED", "defaults", "file", "settable"]

SHARED = ("index", "color", "pager")
"""What is set for all commands at once."""
_ONCE = ("help", "offset", "svg", "png", "manifest", "write-manifest", "provenance")
"""Options that mean one call, and cannot be set for good; nor can those that say what is printed."""


def file() -> Path:
    """Where the file of settings is looked for."""
    named = os.environ.get("SEARCHIDX_CONFIG")
    return Path(named) if named else Path(click.get_app_dir("searchidx")) / "config.toml"


def settable(command: click.Command) -> dict[str, click.Option]:
    """The options of a command that can be set for good, by name."""
    found = {}
    for option in command.params:
        if isinstance(option, click.Option):
            name = option.opts[0].removeprefix("--")
            if name not in _ONCE and (not option.is_flag or option.secondary_opts):
                found[name] = option
    return found


def defaults(command: click.Command, commands: Iterable[str]) -> dict[str, Any]:
    """What the file sets for a command, by the names of its parameters; `ConfigError` where it cannot be meant."""
    path = file()
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
        raise ConfigError(path, f"{path}: {error}") from None
    of_all = {name: value for name, value in settings.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in settings.items() if isinstance(value, Mapping)}
    _require_known(path, of_all, SHARED, "no setting of all commands")
    _require_known(path, tables, tuple(commands), "no command")
    options = settable(command)
    table = tables.get(command.name or "", {})
    _require_known(path, table, tuple(options), f"no setting of [{command.name}]")
    chosen = {name: value for name, value in of_all.items() if name in options} | dict(table)
    return {options[name].name or name: _value(path, name, value, options[name]) for name, value in chosen.items()}


def _require_known(path: Path, names: Iterable[str], known: tuple[str, ...], what: str) -> None:
    for name in names:
        if name not in known:
            _unknown(path, name, known, what)


def _unknown(path: Path, name: str, known: tuple[str, ...], what: str) -> NoReturn:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else "there are none"
    raise ConfigError(path, f"{path}: {name!r} is {what}: {advice}")


def _value(path: Path, name: str, value: Any, option: click.Option) -> Any:
    """A value as the option takes it."""
    if name == "index" and isinstance(value, str):
        value = os.path.expanduser(value)
    is_switch = bool(option.secondary_opts)
    if isinstance(value, bool) != is_switch or isinstance(value, list) != option.multiple:
        wanted = "true or false" if is_switch else "a list" if option.multiple else "one value"
        raise ConfigError(path, f"{path}: {name} wants {wanted}, not {value!r}")
    try:
        option.type_cast_value(click.Context(click.Command("")), value)
    except click.BadParameter as error:
        raise ConfigError(path, f"{path}: {name}: {error.message}") from None
    return value
