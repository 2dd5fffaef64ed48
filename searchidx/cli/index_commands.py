"""Commands that change or check an index: build, watch, check, salvage, delete, allow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from searchidx.cli.command import (
    Command,
    complete_with,
    fail,
    index_option,
    indexes_option,
    workspace_option,
    workspace_path,
)
from searchidx.cli.output import print_lines, print_message, write_data

_exclude_option = click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave out files and folders that match GLOB, as in a .gitignore. Later builds of these sources remember it.",
)
_max_ratio_option = click.option(
    "--max-ratio",
    type=click.FloatRange(min=1),
    metavar="N",
    help="Let a compressed file or a container expand to N times its size.  [default: 200] Later builds of these "
    "sources remember it.",
)
_language_option = click.option(
    "--language",
    metavar="CODE",
    help="Take articles to be in the language CODE (de, pt-BR) if they state none and their text does not tell. "
    "Later builds of these sources remember it.",
)


_keep_versions_option = click.option(
    "--keep-versions/--no-keep-versions",
    default=None,
    help="Keep the former texts of articles that changed, or do not. Later builds of these sources remember it.  "
    "[default: keep those of pages and web archives]",
)


@click.command(
    cls=Command,
    runs_long=True,
    short_help="Build the index, or bring it up to date.",
    examples=[
        "searchidx build corpus/",
        "searchidx build corpus/ --jobs 2 --json",
        "cat corpus/feeds/wire.jsonl | searchidx build -",
    ],
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@index_option
@workspace_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use N processes.  [default: one per processor]")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Read FIELD (headline, body, date …) from the column or key NAME. Later builds of these sources remember it.",
)
@_language_option
@_exclude_option
@_max_ratio_option
@_keep_versions_option
@click.option(
    "--discard-versions",
    is_flag=True,
    help="Give up former texts that an index in an older format has, instead of failing.",
)
@click.option(
    "--allow-empty", is_flag=True, help="Remove the articles of a source that is empty or gone, instead of failing."
)
@click.option("--strict", is_flag=True, help="Exit with code 2 if anything was skipped.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def build(
    sources: tuple[str, ...],
    index: str,
    jobs: int | None,
    columns: tuple[str, ...],
    language: str | None,
    exclude: tuple[str, ...],
    max_ratio: float | None,
    keep_versions: bool | None,
    discard_versions: bool,
    allow_empty: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Build the index from folders or files of saved articles, or bring it up to date.

    SOURCE is a folder, a file, or - for standard input (default: corpus/). Unchanged files are not read again.
    Articles whose file is gone are removed. Files that cannot be read are skipped and reported. Alerts that are due run
    afterwards.
    """
    from searchidx.maintenance import build as build_index
    from searchidx.render.serialize import json_line, report_json
    from searchidx.render.terminal import format_lines, report_lines

    names = {field: name for field, _, name in (column.partition("=") for column in columns)}
    if not all(names.values()):
        raise click.UsageError("--column must be FIELD=NAME, such as --column body=Volltext")
    with _report_interrupt(), _ProgressBar() as bar:
        try:
            report = build_index(
                *sources,
                index=index,
                jobs=jobs,
                columns=names or None,
                language=language,
                exclude=exclude or None,
                max_ratio=max_ratio,
                allow_empty=allow_empty,
                keep_versions=keep_versions,
                discard_versions=discard_versions,
                on_progress=bar.show,
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if as_json:
        write_data([json_line(report_json(report))])
    else:
        print_lines([*format_lines(report), *report_lines(report)], is_plain=True)
    _run_alerts(index, to_stderr=as_json)
    if strict and report.skipped:
        sys.exit(2)


@click.command(
    cls=Command,
    runs_long=True,
    short_help="Update the index whenever source files change.",
    examples=[
        "searchidx watch corpus/",
    ],
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@index_option
@workspace_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use N processes.  [default: one per processor]")
@_language_option
@_exclude_option
@_max_ratio_option
@_keep_versions_option
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Look for changes every SECONDS: for network file systems, which do not report them.",
)
def watch(
    sources: tuple[str, ...],
    index: str,
    jobs: int | None,
    language: str | None,
    exclude: tuple[str, ...],
    max_ratio: float | None,
    keep_versions: bool | None,
    poll: float | None,
) -> None:
    """Build the index, then update it whenever source files change, until Ctrl-C.

    SOURCE is a folder or a file (default: corpus/). Each update prints a line with its counts, and runs the
    alerts that are due.
    """
    from dataclasses import replace

    from searchidx.maintenance import watch as watch_sources
    from searchidx.render.terminal import report_lines

    try:
        for report in watch_sources(
            *sources,
            index=index,
            jobs=jobs,
            language=language,
            exclude=exclude or None,
            max_ratio=max_ratio,
            keep_versions=keep_versions,
            poll=poll,
        ):
            print_lines(report_lines(replace(report, formats=())), is_plain=True)
            _run_alerts(index)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        print_message("no longer watching")


@click.command(
    cls=Command,
    short_help="Delete articles permanently.",
    examples=[
        "searchidx delete hg-1001",
    ],
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=complete_with("ids"))
@index_option
@workspace_option
def delete(ids: tuple[str, ...], index: str) -> None:
    """Delete articles permanently: nothing of them stays in the index, and later builds leave them out.

    Their source files stay. 'searchidx allow' allows the articles again.
    """
    from searchidx.maintenance import delete as delete_articles

    with _report_interrupt():
        found = delete_articles(*ids, index=index, workspace=workspace_path())
    _report_ids(ids, found, f"deleted from {index}", "there is no article {!r} in " + index)


@click.command(
    cls=Command,
    short_help="Allow deleted articles again.",
    examples=[
        "searchidx allow hg-1001",
    ],
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@index_option
def allow(ids: tuple[str, ...], index: str) -> None:
    """Allow deleted articles again: the next build reads them."""
    from searchidx.maintenance import allow as allow_articles

    with _report_interrupt():
        found = allow_articles(*ids, index=index)
    _report_ids(
        ids,
        found,
        "allowed again; the next 'searchidx build' reads them",
        "no article {!r} was deleted from " + index,
    )


def _report_ids(ids: tuple[str, ...], found: list[str], done: str, unknown: str) -> None:
    """Print the outcome for each id; exit with code 1 if any is unknown."""
    write_data(found)
    if found:
        print_message(f"{len(found):,} {done}")
    for id in dict.fromkeys(ids):
        if id not in found:
            print_message(f"searchidx: {unknown.format(id)}")
    if len(found) < len(set(ids)):
        sys.exit(1)


@click.command(
    cls=Command,
    short_help="Check the index for damage.",
    examples=[
        "searchidx check",
    ],
)
@indexes_option
@workspace_option
def check(index: tuple[str, ...]) -> None:
    """Check the index and its workspace for damage: verify every checksum, and print a line for each damage.

    If there is any, a message says how many articles can still be read whole; 'searchidx salvage' saves them.
    """
    from searchidx.errors import CorruptIndexError
    from searchidx.maintenance import check as check_index

    damaged = []
    for each in index:
        try:
            for line in check_index(each, workspace=workspace_path()):
                print_lines([line], is_plain=True)
                damaged += [each] if each not in damaged else []
        except CorruptIndexError:
            _report_readable(each)
            raise
    for each in damaged:
        _report_readable(each)
    if damaged:
        fail(
            f"damage found in {' and '.join(damaged)}: restore the named files from a copy; an index can also be "
            "deleted and built again"
        )
    print_message(f"no damage found in {' and '.join(index)}")


def _report_readable(index: str) -> None:
    """Print how much of a damaged index can still be read."""
    from searchidx.errors import SearchidxError
    from searchidx.maintenance import count_readable

    try:
        readable, lost = count_readable(index)
    except SearchidxError:
        return  # the damage has been printed, and nothing can be saved
    print_message(
        f"{index}: {readable:,} of {readable + lost:,} articles can still be read whole; 'searchidx salvage NEW' "
        "writes them to a new index"
    )


@click.command(
    cls=Command,
    runs_long=True,
    short_help="Save what is left of a damaged index.",
    examples=[
        "searchidx salvage saved-index",
        "searchidx salvage saved-index --index index --json",
    ],
)
@click.argument("into", metavar="NEW", type=click.Path())
@index_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def salvage(into: str, index: str, as_json: bool) -> None:
    """Write the articles of a damaged index that can still be read whole and right to a new index, the folder NEW.

    The damaged index stays as it is. A line for each lost article has its id and headline, as far as they are known.
    The exit code is 1 if anything is lost. No deleted article comes back. The next 'searchidx build' with --index NEW
    reads the sources of lost articles again. Labels, notes and alerts stay in the workspace of the damaged index; give
    NEW its name, and they are those of NEW.
    """
    from searchidx.maintenance import salvage as salvage_index
    from searchidx.render.serialize import json_line

    with _report_interrupt():
        report = salvage_index(into, index=index)
    if as_json:
        write_data([json_line(report.to_dict())])
    else:
        print_lines((f"lost: {each.id or '(unknown id)'}  {each.headline}" for each in report.lost), is_plain=True)
    lost = len(report.lost) + report.unnamed
    for note in report.notes:
        print_message(f"searchidx: {note}")
    versions = f" and {report.former:,} former versions" if report.former else ""
    print_message(f"{report.saved:,} articles{versions} are saved in {into}; {lost:,} lost")
    if lost or report.notes:
        sys.exit(1)


def _run_alerts(index: str, to_stderr: bool = False) -> None:
    """Run the alerts that are due, if the archive has a workspace."""
    import os

    from searchidx.engines.locations import parse_location

    path = workspace_path()
    if path is None:
        from searchidx.workspace import default_path

        path = str(default_path(parse_location(index)))
    if os.path.exists(path):
        from searchidx.cli.alert_commands import run_alerts_after_build

        run_alerts_after_build(index, to_stderr)


@contextmanager
def _report_interrupt() -> Iterator[None]:
    """On Ctrl-C, print that the index is unchanged."""
    try:
        yield
    except KeyboardInterrupt:
        print_message("searchidx: interrupted; the index is unchanged")
        raise


class _ProgressBar:
    """A progress bar on standard error, if that is a terminal and there is anything to read."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._is_terminal = sys.stderr.isatty()

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` bytes are read."""
        if not self._is_terminal or not total:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label="reading", file=sys.stderr, show_eta=True)
            self._bar.__enter__()
        if done > self._bar.pos:
            self._bar.update(done - self._bar.pos)

    def __enter__(self) -> _ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
