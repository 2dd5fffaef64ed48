"""Commands for a whole workspace: workspace show, export, import."""

from __future__ import annotations

import click

from searchidx.cli.command import Command, CommandGroup, index_option, open_archive, workspace_option
from searchidx.cli.output import print_message, write_data


@click.group(cls=CommandGroup, short_help="Copy all labels, notes and alerts.")
def workspace() -> None:
    """Copy all labels, notes and alerts of an archive, as JSON Lines."""


@workspace.command(
    cls=Command,
    group="workspace",
    short_help="Print the workspace as JSON Lines.",
    examples=[
        "searchidx workspace export > workspace.jsonl; head -1 workspace.jsonl",
    ],
)
@index_option
@workspace_option
def export(index: str) -> None:
    """Print the whole workspace as JSON Lines: a copy that 'searchidx workspace import' reads."""
    from searchidx.workspace.transfer import export_lines

    with open_archive(index) as archive:
        write_data(export_lines(archive.workspace))


@workspace.command(
    "import",
    cls=Command,
    group="workspace",
    short_help="Add what an export holds.",
    examples=[
        "searchidx workspace export > workspace.jsonl; searchidx workspace import workspace.jsonl",
    ],
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@index_option
@workspace_option
def import_workspace(file: str, index: str) -> None:
    """Add the labels, notes and alerts of FILE, an export, to the workspace; - is standard input.

    Labels are added to those that exist, a newer note replaces an older one, and an alert that exists stays as it is.
    """
    from searchidx.cli.label_commands import report_import
    from searchidx.workspace.transfer import import_lines

    with open_archive(index) as archive, click.open_file(file, encoding="utf-8") as lines:
        report_import(import_lines(archive.workspace, lines), file)


@workspace.command(
    cls=Command,
    group="workspace",
    short_help="Print where the workspace is.",
    examples=[
        "searchidx workspace path",
    ],
)
@index_option
@workspace_option
def path(index: str) -> None:
    """Print the path of the workspace, which is made when something is first written to it."""
    with open_archive(index) as archive:
        file = archive.workspace.path
    write_data([str(file)])
    if not file.exists():
        print_message("it does not exist yet")
