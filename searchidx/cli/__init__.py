"""The command line: parse, call, render, exit code.

What a command was asked for goes to standard output, what there is to say about it to standard error. Exit codes are
grep's: 0 hits, 1 none, 2 an error. A command's module is loaded when the command runs, and what it needs within it.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from searchidx import __version__

__all__ = ["main"]

COMMANDS = {
    "build": "index_commands",
    "watch": "index_commands",
    "query": "search_commands",
    "show": "article_commands",
    "kwic": "article_commands",
    "terms": "count_commands",
    "timeline": "count_commands",
    "similar": "search_commands",
    "export": "export_command",
    "serve": "serve_command",
    "stats": "count_commands",
    "check": "index_commands",
    "delete": "index_commands",
    "allow": "index_commands",
    "completion": "shell_completion",
}
"""The module of each command, in the order people read about them."""
COMPLETE = "_SEARCHIDX_COMPLETE"
"""The variable by which shells ask for completions, as click has it."""


class _Commands(click.Group):
    """The commands of the table above, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: Any = getattr(importlib.import_module(f"searchidx.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return found if isinstance(found, click.Command) else None

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

    def main(self, *args: Any, **values: Any) -> Any:
        if COMPLETE in os.environ:  # a shell asks
            importlib.import_module("searchidx.cli.shell_completion")
        try:
            return super().main(*args, **values)
        except OSError as error:  # commands tell of theirs: of --help or --version
            importlib.import_module("searchidx.cli.command").fail_of(error)


@click.group(
    cls=_Commands,
    epilog="searchidx COMMAND --help has examples. Exit codes are grep's: 0 hits, 1 none, 2 an error.",
)
@click.version_option(__version__, message="searchidx %(version)s")
def main() -> None:
    """Full-text search for archives of saved news articles."""
