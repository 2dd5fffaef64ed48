"""The command line: parse arguments, call the library, print the answer, exit.

Results go to standard output, messages to standard error. Exit codes are those of grep: 0 hits, 1 none, 2 an error.
The module of a command is loaded when the command runs, and imports what it needs in its functions: `--help` and
completion stay fast.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

import click

from searchidx.version import __version__

__all__ = ["main"]

COMMANDS = {
    "build": "index_commands",
    "watch": "index_commands",
    "query": "search_commands",
    "show": "article_commands",
    "history": "history_commands",
    "diff": "history_commands",
    "kwic": "article_commands",
    "terms": "count_commands",
    "timeline": "count_commands",
    "compare": "comparison_commands",
    "ngrams": "comparison_commands",
    "batch": "batch_command",
    "similar": "search_commands",
    "export": "export_command",
    "serve": "serve_command",
    "stats": "count_commands",
    "check": "index_commands",
    "salvage": "index_commands",
    "delete": "index_commands",
    "allow": "index_commands",
    "label": "label_commands",
    "note": "label_commands",
    "alert": "alert_commands",
    "workspace": "workspace_commands",
    "read": "read_command",
    "formats": "formats_command",
    "completion": "completion_command",
}
"""The module of each command, in the order of `--help`."""
COMPLETION_VARIABLE = "_SEARCHIDX_COMPLETE"
"""The environment variable by which shells ask for completions; click prescribes its name."""


def iter_commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """The commands of a group and of the groups in it, by name: `query`, `label add`."""
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if isinstance(command, click.Group):
            yield from iter_commands(command, f"{name}{each} ")
        elif command is not None:
            yield f"{name}{each}", command


class _Commands(click.Group):
    """The group of the commands in `COMMANDS`; each is loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: Any = getattr(importlib.import_module(f"searchidx.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            if near := difflib.get_close_matches(args[0], COMMANDS, 1):
                raise click.UsageError(f"{error.message} Did you mean {near[0]}?", ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:  # click repeats words of the command line
            from searchidx.cli.output import disarm

            vars(error)["message"] = disarm(error.message)
            raise

    def main(self, *args: Any, **values: Any) -> Any:
        if COMPLETION_VARIABLE in os.environ:
            importlib.import_module("searchidx.cli.shell_completion")
        try:
            return super().main(*args, **values)
        except OSError as error:  # from --help or --version; commands handle their own
            importlib.import_module("searchidx.cli.command").fail_os_error(error)


@click.group(
    cls=_Commands,
    epilog="For examples: searchidx COMMAND --help. Exit codes: 0 hits, 1 no hits, 2 an error.",
)
@click.version_option(__version__, message="searchidx %(version)s")
def main() -> None:
    """Full-text search for archives of saved news articles."""
