"""Commands for what people add to articles: label add, remove, list, export, import, agreement; note."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from searchidx.cli.choices import LABEL_COLORS
from searchidx.cli.command import (
    Command,
    CommandGroup,
    complete_with,
    fail_unknown_id,
    format_option,
    id_argument,
    index_option,
    indexes_option,
    join_words,
    open_archive,
    workspace_option,
)
from searchidx.cli.output import color_option, print_lines, print_message, write_data

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.workspace.agreement import Agreement
    from searchidx.workspace.transfer import Imported


@click.group(cls=CommandGroup, short_help="Label articles, and search for labels.")
def label() -> None:
    """Label articles, and search for labels with label:NAME.

    A label of one coder is written NAME@CODER.
    """


_name_argument = click.argument("name", shell_complete=complete_with("labels"))
_words_argument = click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[QUERY]...")
_ids_option = click.option(
    "--ids",
    "as_ids",
    is_flag=True,
    help="Take the words after NAME as ids of articles; - reads ids from standard input.",
)


@label.command(
    cls=Command,
    group="label",
    short_help="Give a label to all hits of a query.",
    allows_dashes=True,
    examples=[
        """searchidx label add relevant '"Taiwan Strait" date:2023'""",
        "searchidx label add relevant@anna --ids hg-1001 hg-1002",
        "searchidx label add seen 'nato -label:relevant' --label-color green",
    ],
)
@_name_argument
@_words_argument
@_ids_option
@click.option("--label-color", "color", type=click.Choice(LABEL_COLORS), help="Show the label in this colour.")
@indexes_option
@workspace_option
def add(name: str, words: tuple[str, ...], as_ids: bool, color: str | None, index: tuple[str, ...]) -> None:
    """Give the label NAME to all hits of QUERY, and create it if it is new."""
    with open_archive(*index) as archive:
        ids = _chosen_ids(archive, words, as_ids, index)
        added = archive.workspace.labels.add(name, ids, color)
    _report_change(f"labelled {name}", added, len(ids), "had the label already")


@label.command(
    cls=Command,
    group="label",
    short_help="Take a label from all hits of a query.",
    allows_dashes=True,
    examples=[
        "searchidx label add seen nato; searchidx label remove seen 'date:2022'",
        "searchidx label add seen nato; searchidx label remove seen --all",
    ],
)
@_name_argument
@_words_argument
@_ids_option
@click.option("--all", "everywhere", is_flag=True, help="Delete the label, whatever has it.")
@indexes_option
@workspace_option
def remove(name: str, words: tuple[str, ...], as_ids: bool, everywhere: bool, index: tuple[str, ...]) -> None:
    """Take the label NAME from all hits of QUERY."""
    if everywhere and (words or as_ids):
        raise click.UsageError("give a QUERY or --all, not both")
    with open_archive(*index) as archive:
        labels = archive.workspace.labels
        if everywhere:
            count = len(labels.ids(name))
            if not labels.delete(name):
                print_message(f"searchidx: there is no label {name!r}: 'searchidx label list' lists all")
                sys.exit(1)
            print_message(f"deleted {name}, which {_articles(count)} had")
            return
        ids = _chosen_ids(archive, words, as_ids, index, must_exist=False)
        removed = labels.remove(name, ids)
    _report_change(f"no longer labelled {name}", removed, len(ids), "did not have the label")


@label.command(
    "list",
    cls=Command,
    group="label",
    short_help="List all labels.",
    examples=[
        "searchidx label add seen nato; searchidx label list",
        "searchidx label add seen nato; searchidx label list --json",
    ],
)
@format_option("json", "Print JSON.")
@format_option("csv", "Print CSV.")
@indexes_option
@workspace_option
@color_option
def list_labels(index: tuple[str, ...], output_format: str | None) -> None:
    """List all labels with their numbers of articles, and of articles that are gone from the index."""
    from searchidx.render.workspace_tables import label_lines, labels_csv, labels_json

    with open_archive(*index) as archive:
        table = archive.labels()
    if output_format == "json":
        from searchidx.render.serialize import json_line

        write_data([json_line(labels_json(table))])
    elif output_format == "csv":
        write_data(labels_csv(table))
    else:
        print_lines(label_lines(table))
    sys.exit(0 if table else 1)


@label.command(
    cls=Command,
    group="label",
    short_help="Export labels and notes as CSV.",
    allows_dashes=True,
    examples=[
        "searchidx label add relevant nato; searchidx label export > labels.csv; wc -l labels.csv",
        "searchidx label export 'taiwan date:2023' > sample.csv; wc -l sample.csv",
    ],
)
@_words_argument
@indexes_option
@workspace_option
def export(words: tuple[str, ...], index: tuple[str, ...]) -> None:
    """Print labels and notes as CSV with the columns id, label and note.

    With QUERY there is a line for every hit, labelled or not. Without, all articles that have a label or a note, also
    those that are gone from the index.
    """
    from searchidx.render.serialize import csv_row
    from searchidx.workspace.transfer import COLUMNS, csv_rows

    with open_archive(*index) as archive:
        ids = archive.ids(" ".join(words)) if words else None
        rows = [COLUMNS, *csv_rows(archive.workspace, ids)]  # a damaged workspace gives no line
        write_data(map(csv_row, rows), end="\r\n")


@label.command(
    "import",
    cls=Command,
    group="label",
    short_help="Import labels and notes from CSV.",
    examples=[
        "printf 'id,label,note\\nhg-1001,relevant,\\n' > anna.csv; searchidx label import anna.csv --coder anna",
    ],
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--coder", default="", metavar="NAME", help="Import each label as LABEL@NAME, if it has no coder.")
@index_option
@workspace_option
def import_labels(file: str, coder: str, index: str) -> None:
    """Add the labels and notes of FILE, a CSV with the columns id, label and note; - is standard input.

    Lines that cannot be read are reported, and the others are imported. Other columns are ignored.
    """
    from searchidx.workspace.transfer import import_csv

    with open_archive(index) as archive, click.open_file(file, encoding="utf-8-sig") as lines:
        report_import(import_csv(archive.workspace, lines, coder), file)


@label.command(
    cls=Command,
    group="label",
    short_help="State how well coders agree.",
    examples=[
        "searchidx label add relevant@anna nato; searchidx label add relevant@ben japan; "
        "searchidx label agreement relevant",
    ],
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_with("labels"))
@click.option(
    "--coder", "coders", multiple=True, metavar="NAME", help="Compare these coders. Repeatable.  [default: all]"
)
@click.option(
    "--among",
    metavar="QUERY",
    help="Count the hits of QUERY as the sample.  [default: articles with any label of one of the coders]",
)
@format_option("json", "Print JSON.")
@indexes_option
@workspace_option
def agreement(
    names: tuple[str, ...],
    coders: tuple[str, ...],
    among: str | None,
    index: tuple[str, ...],
    output_format: str | None,
) -> None:
    """State how well coders agree on the labels NAME@CODER: Cohen's kappa and Krippendorff's alpha.

    With one NAME, an article of the sample that a coder did not label counts as a no. With several, they are the
    categories, and an article without any is missing from that coder.
    """
    from searchidx.workspace.agreement import compute_agreement

    with open_archive(*index) as archive:
        sample = None if among is None else archive.ids(among)
        found = compute_agreement(archive.workspace.labels, names, coders, sample)
    _print_agreement(found, output_format)


def _print_agreement(found: Agreement, output_format: str | None) -> None:
    if output_format == "json":
        from searchidx.render.serialize import json_line
        from searchidx.render.workspace_tables import agreement_json

        write_data([json_line(agreement_json(found))])
        return
    from searchidx.render.workspace_tables import agreement_lines

    print_lines(agreement_lines(found), is_plain=True)


@click.command(
    cls=Command,
    short_help="Write or print the note of an article.",
    allows_dashes=True,
    examples=[
        "searchidx note hg-1001 'quotes the minister, ask the desk'",
        "searchidx note hg-1001 draft; searchidx note hg-1001",
    ],
)
@id_argument
@click.argument("text", nargs=-1, type=click.UNPROCESSED, callback=join_words)
@click.option("--remove", is_flag=True, help="Remove the note.")
@indexes_option
@workspace_option
def note(id: str, text: str, remove: bool, index: tuple[str, ...]) -> None:
    """Write TEXT as the note of the article that has the ID, or print its note.

    note:WORD finds articles by their notes.
    """
    if remove and text:
        raise click.UsageError("give a TEXT or --remove, not both")
    with open_archive(*index) as archive:
        notes = archive.workspace.notes
        former = notes.get(id)
        if id not in archive and not former:
            fail_unknown_id(id, *index)
        if text or remove:
            notes.set(id, text)
            print_message("note removed" if remove else "note written")
        elif former:
            write_data([former])
    sys.exit(0 if text or former else 1)


def _chosen_ids(
    archive: Archive, words: tuple[str, ...], as_ids: bool, index: Sequence[str], must_exist: bool = True
) -> list[str]:
    """The ids that the words of a command choose; unknown ones are reported and left out."""
    if not as_ids:
        if not words:
            raise click.UsageError("give a QUERY, or --ids and the ids of articles")
        return archive.ids(" ".join(words))
    ids: Iterable[str] = words
    if words == ("-",):
        ids = (line.strip() for line in click.open_file("-", encoding="utf-8"))
    chosen = list(dict.fromkeys(filter(None, ids)))
    unknown = [id for id in chosen if must_exist and id not in archive]
    for id in unknown:
        print_message(f"searchidx: there is no article {id!r} in {' or '.join(index)}")
    return [id for id in chosen if id not in set(unknown)]


def _report_change(done: str, changed: int, total: int, rest: str) -> None:
    """Print how many articles changed; exit with code 1 if none was chosen."""
    others = f"; {_articles(total - changed)} {rest}" if changed < total else ""
    print_message(f"{_articles(changed)} {done}{others}")
    sys.exit(0 if total else 1)


def report_import(done: Imported, file: str) -> None:
    """Print what an import did; exit with code 1 if lines were skipped."""
    for line, reason in done.skipped:
        print_message(f"{file}, line {line}: {reason}")
    alerts = f", {done.alerts:,} alerts" if done.alerts else ""
    print_message(f"{done.labelled:,} labels, {done.notes:,} notes{alerts} added; {len(done.skipped):,} lines skipped")
    sys.exit(1 if done.skipped else 0)


def _articles(count: int) -> str:
    from searchidx.render.terminal import pluralize

    return pluralize(count, "article")
