"""The command export."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from searchidx.cli.command import (
    Command,
    completing,
    fail,
    hints,
    index_option,
    joined,
    limit_option,
    offset_option,
    typed,
)
from searchidx.cli.output import data, raw, talk

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.article import Article

__all__ = ["export"]

FORMATS = ("jsonl", "csv", "ris", "bibtex", "csl-json", "txt")


@click.command(
    cls=Command,
    short_help="Write every article that matches, in six formats.",
    dashes=True,
    examples=[
        "searchidx export nato --format ris",
        "searchidx export 'date:2023 section:politics' --format bibtex > politics.bib",
        "searchidx export 'source:\"Harbour Gazette\"' --format csv --write-manifest gazette.json > gazette.csv",
        "searchidx export --manifest gazette.json | cmp - gazette.csv",
    ],
)
@click.argument(
    "query", nargs=-1, type=click.UNPROCESSED, callback=joined, metavar="QUERY...", shell_complete=completing("queries")
)
@index_option
@click.option(
    "--format",
    "format",
    type=click.Choice(FORMATS),
    default="jsonl",
    show_default=True,
    help="Articles whole (jsonl, csv, txt), or as references (ris, bibtex, csl-json).",
)
@limit_option("Export at most N articles.")
@offset_option
@click.option(
    "--write-manifest",
    "new",
    type=click.Path(),
    metavar="FILE",
    help="Write to FILE what was exported, so that it can be cited and made again.",
)
@click.option(
    "--manifest",
    "old",
    type=click.Path(),
    metavar="FILE",
    help="Export again what the manifest in FILE states; exit code 1, and what has changed, where it is not the same.",
)
def export(
    query: str, index: str, format: str, limit: int | None, offset: int, new: str | None, old: str | None
) -> None:
    """Write every article that matches to standard output, in the order in which they were added.

    Nothing is cut off, whatever the number.
    """
    from searchidx.archive import open as open_archive

    if not query and old is None:
        raise click.UsageError("export wants a QUERY, or --manifest FILE")
    if query and old is not None:
        raise click.UsageError("the manifest states the query: give the one or the other")
    if old is not None and typed("format", format) is not None:
        raise click.UsageError("the manifest states the format: give the one or the other")
    limit = typed("limit", limit)
    whole = limit is None and not offset
    if not whole and (new is not None or old is not None):
        raise click.UsageError("a manifest is of every hit: --limit and --offset do not go with it")
    if new is not None and not Path(new).absolute().parent.is_dir():  # said before the export, not after it
        fail(f"the manifest cannot be written to {new}: there is no such folder")
    with open_archive(index) as archive:
        if old is not None:
            sys.exit(0 if _again(archive, Path(old), new) else 1)
        if new is not None:
            count = _stated(archive, query, format, new)
        else:
            count = _written(archive, query, format, limit, offset)
        hints(archive, query)
    sys.exit(0 if count else 1)


def _written(archive: Archive, query: str, format: str, limit: int | None, offset: int) -> int:
    from searchidx.export.export_formats import export_lines

    count = 0

    def counted() -> Iterator[Article]:
        nonlocal count
        for article in islice(archive.articles(query), offset, None if limit is None else offset + limit):
            count += 1
            yield article

    data(export_lines(counted(), format), end="")
    _say_how_many(count)
    return count


def _stated(archive: Archive, query: str, format: str, file: str) -> int:
    """Export, and write a manifest of it."""
    from searchidx.export import export_manifest

    manifest = export_manifest.export(archive, query, format, raw().write)
    raw().flush()
    export_manifest.write_manifest(file, manifest)
    _say_how_many(manifest.count)
    talk(f"the manifest is in {file}")
    return manifest.count


def _again(archive: Archive, file: Path, new: str | None) -> bool:
    """Export what a manifest states, and say what is different; whether nothing is."""
    from searchidx.export import export_manifest

    before = export_manifest.read_manifest(file)
    now = export_manifest.replay(archive, before, raw().write)
    raw().flush()
    if new is not None:
        export_manifest.write_manifest(new, now)
    _say_how_many(now.count)
    for change in export_manifest.compare_manifests(before, now):
        talk(change)
    if before.sha256 == now.sha256:
        talk(f"the same bytes as the manifest states: SHA-256 {now.sha256}")
    return before.sha256 == now.sha256


def _say_how_many(count: int) -> None:
    from searchidx.render.terminal import pluralize

    talk(pluralize(count, "article"))
