"""The command that exports articles: export."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from searchidx.cli.choices import EXPORT_FORMATS
from searchidx.cli.command import (
    ALL_VERSIONS,
    Command,
    all_versions_option,
    complete_with,
    explicit_value,
    fail,
    indexes_option,
    join_words,
    limit_option,
    offset_option,
    open_archive,
    print_hints,
    workspace_option,
)
from searchidx.cli.output import binary_stdout, print_message, write_data

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.article import Article


@click.command(
    cls=Command,
    short_help="Export all matching articles in one of six formats.",
    allows_dashes=True,
    examples=[
        "searchidx export nato --format ris",
        "searchidx export 'date:2023 section:politics' --format bibtex > politics.bib",
        "searchidx export 'source:\"Harbour Gazette\"' --format csv --write-manifest gazette.json > gazette.csv",
        "searchidx export --manifest gazette.json | cmp - gazette.csv",
    ],
)
@click.argument(
    "query",
    nargs=-1,
    type=click.UNPROCESSED,
    callback=join_words,
    metavar="QUERY...",
    shell_complete=complete_with("queries"),
)
@indexes_option
@workspace_option
@all_versions_option
@click.option(
    "--format",
    "format",
    type=click.Choice(EXPORT_FORMATS),
    default="jsonl",
    show_default=True,
    help="jsonl, csv and txt hold whole articles; ris, bibtex and csl-json hold references.",
)
@limit_option("Export at most N articles.  [default: all]")
@offset_option
@click.option(
    "--write-manifest",
    "new",
    type=click.Path(),
    metavar="FILE",
    help="Write a manifest to FILE, by which the export can be cited and repeated.",
)
@click.option(
    "--manifest",
    "old",
    type=click.Path(),
    metavar="FILE",
    help="Repeat the export that the manifest FILE states. If it differs, print the changes and exit with code 1.",
)
def export(
    query: str, index: tuple[str, ...], format: str, limit: int | None, offset: int, new: str | None, old: str | None
) -> None:
    """Export all articles that match QUERY to standard output, in the order in which they were added."""
    if not query and old is None:
        raise click.UsageError("give a QUERY, or --manifest FILE")
    if query and old is not None:
        raise click.UsageError("give a QUERY or --manifest FILE, not both: the manifest states the query")
    if old is not None and click.get_current_context().meta.get(ALL_VERSIONS):
        raise click.UsageError("give --all-versions or --manifest FILE, not both: the manifest states the versions")
    if old is not None and explicit_value("format", format) is not None:
        raise click.UsageError("give --format or --manifest FILE, not both: the manifest states the format")
    limit = explicit_value("limit", limit)
    is_complete = limit is None and not offset
    if not is_complete and (new is not None or old is not None):
        raise click.UsageError("a manifest states all hits: leave out --limit and --offset")
    if new is not None and not Path(new).absolute().parent.is_dir():  # fail before the export, not after it
        fail(f"cannot write the manifest to {new}: the folder does not exist")
    with open_archive(*index) as archive:
        if old is not None:
            sys.exit(0 if _repeat_export(archive, Path(old), new) else 1)
        if new is not None:
            count = _export_with_manifest(archive, query, format, new)
        else:
            count = _export(archive, query, format, limit, offset)
        print_hints(archive, query)
    sys.exit(0 if count else 1)


def _export(archive: Archive, query: str, format: str, limit: int | None, offset: int) -> int:
    from searchidx.export.export_formats import export_lines

    count = 0

    def counted() -> Iterator[Article]:
        nonlocal count
        for article in islice(archive.articles(query), offset, None if limit is None else offset + limit):
            count += 1
            yield article

    write_data(export_lines(counted(), format), end="")
    _print_count(count)
    return count


def _export_with_manifest(archive: Archive, query: str, format: str, file: str) -> int:
    from searchidx.export import export_manifest

    manifest = export_manifest.export(archive, query, format, binary_stdout().write)
    binary_stdout().flush()
    export_manifest.write_manifest(file, manifest)
    _print_count(manifest.count)
    print_message(f"wrote the manifest {file}")
    return manifest.count


def _repeat_export(archive: Archive, file: Path, new: str | None) -> bool:
    """Repeat the export of a manifest, print the changes, and return whether the bytes are the same."""
    from searchidx.export import export_manifest

    before = export_manifest.read_manifest(file)
    now = export_manifest.replay(archive, before, binary_stdout().write)
    binary_stdout().flush()
    if new is not None:
        export_manifest.write_manifest(new, now)
    _print_count(now.count)
    for change in export_manifest.compare_manifests(before, now):
        print_message(change)
    if before.sha256 == now.sha256:
        print_message(f"the export has the same bytes as the manifest states: SHA-256 {now.sha256}")
    return before.sha256 == now.sha256


def _print_count(count: int) -> None:
    from searchidx.render.terminal import pluralize

    print_message(pluralize(count, "article"))
