"""Commands that make and keep an index: build, watch, check, delete, allow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from searchidx.cli.command import Command, completing, fail, index_option
from searchidx.cli.output import data, say, talk

__all__ = ["allow", "build", "check", "delete", "watch"]


@click.command(
    cls=Command,
    short_help="Bring the index up to date with saved articles.",
    examples=[
        "searchidx build corpus/",
        "searchidx build corpus/ --jobs 2 --json",
        "cat corpus/feeds/wire.jsonl | searchidx build -",
    ],
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@index_option
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Build with N processes.  [default: one per processor]"
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Records hold FIELD (headline, body, date …) under NAME; remembered of these sources.",
)
@click.option("--strict", is_flag=True, help="Exit with code 2 when anything was skipped.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def build(
    sources: tuple[str, ...], index: str, jobs: int | None, columns: tuple[str, ...], strict: bool, as_json: bool
) -> None:
    """Bring the index up to date with folders or files of saved articles.

    SOURCE is a folder or file, or - for standard input; without any it is corpus/. Files that did not change are not
    read again, articles whose file is gone leave the index. What cannot be read is reported and skipped.
    """
    from searchidx.archive import build as build_index
    from searchidx.render.serialize import json_line, report_json
    from searchidx.render.terminal import report_lines

    named = {field: name for field, _, name in (column.partition("=") for column in columns)}
    if not all(named.values()):
        raise click.UsageError("--column takes a field and a name: --column body=Volltext")
    with _undisturbed(), _Bar() as bar:
        try:
            report = build_index(*sources, index=index, jobs=jobs, columns=named or None, on_progress=bar.show)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if as_json:
        data([json_line(report_json(report))])
    else:
        say(report_lines(report))
    if strict and report.skipped:
        sys.exit(2)


@click.command(
    cls=Command,
    short_help="Keep the index in step with files until interrupted.",
    examples=[
        "searchidx watch corpus/",
    ],
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@index_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Build with N processes.")
def watch(sources: tuple[str, ...], index: str, jobs: int | None) -> None:
    """Keep the index in step with folders or files until interrupted: a line for each batch of changes.

    SOURCE is a folder or file; without any it is corpus/. The first line is that of a build of all there is.
    """
    from searchidx.archive import watch as watch_sources
    from searchidx.render.terminal import report_lines

    try:
        for report in watch_sources(*sources, index=index, jobs=jobs):
            say(report_lines(report))
    except KeyboardInterrupt:
        talk("no longer watching")


@click.command(
    cls=Command,
    short_help="Remove articles for good.",
    examples=[
        "searchidx delete hg-1001",
    ],
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...", shell_complete=completing("ids"))
@index_option
def delete(ids: tuple[str, ...], index: str) -> None:
    """Remove articles for good: later builds leave them out, and say so.

    Nothing of them stays in the index. The files they came from are not touched; 'searchidx allow' takes it back.
    """
    from searchidx.archive import delete as delete_articles

    with _undisturbed():
        found = delete_articles(*ids, index=index)
    _report_ids(ids, found, f"deleted from {index}", "there is no article {!r} in " + index)


@click.command(
    cls=Command,
    short_help="Let deleted articles in again.",
    examples=[
        "searchidx allow hg-1001",
    ],
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@index_option
def allow(ids: tuple[str, ...], index: str) -> None:
    """Let deleted articles in again: the next build reads them as any other."""
    from searchidx.archive import allow as allow_articles

    with _undisturbed():
        found = allow_articles(*ids, index=index)
    _report_ids(ids, found, "allowed again: build to read them", "no article {!r} was deleted from " + index)


def _report_ids(ids: tuple[str, ...], found: list[str], done: str, unknown: str) -> None:
    """Say what became of each id; exit code 1 where any is unknown."""
    data(found)
    if found:
        talk(f"{len(found):,} {done}")
    for id in dict.fromkeys(ids):
        if id not in found:
            talk(f"searchidx: {unknown.format(id)}")
    if len(found) < len(set(ids)):
        sys.exit(1)


@click.command(
    cls=Command,
    short_help="Verify every checksum of the index.",
    examples=[
        "searchidx check",
    ],
)
@index_option
def check(index: str) -> None:
    """Verify every checksum of the index, and name what is damaged."""
    from searchidx.archive import check as check_index

    findings = 0
    for line in check_index(index):
        findings += 1
        say([line])
    if findings:
        fail(f"{index} is damaged: restore it from a copy, or remove it and build the index anew")
    talk(f"{index} is sound")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Says on Ctrl-C what became of the index."""
    try:
        yield
    except KeyboardInterrupt:
        talk("searchidx: interrupted; the index is as it was")
        raise


class _Bar:
    """A progress bar on standard error, where that is a terminal and there is something to wait for."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._shown = sys.stderr.isatty()

    def show(self, done: int, total: int) -> None:
        """So many bytes of so many."""
        if not self._shown or not total:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label="reading", file=sys.stderr, show_eta=True)
            self._bar.__enter__()
        if done > self._bar.pos:
            self._bar.update(done - self._bar.pos)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
