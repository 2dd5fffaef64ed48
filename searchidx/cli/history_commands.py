"""Commands about the versions of an article: history, diff."""

from __future__ import annotations

import sys

import click

from searchidx.cli.command import (
    Command,
    fail,
    fail_unknown_id,
    format_option,
    id_argument,
    indexes_option,
    open_archive,
)
from searchidx.cli.output import color_option, pager_option, print_lines, print_message, text_width, write_data


@click.command(
    cls=Command,
    short_help="List the versions of an article.",
    allows_dashes=True,
    examples=[
        "searchidx history pages/negative-rates-end.html",
        "searchidx history pages/negative-rates-end.html --json",
    ],
)
@id_argument
@indexes_option
@format_option("json", "Print JSON, with the whole text of each version.")
@color_option
@pager_option
def history(id: str, index: tuple[str, ...], output_format: str | None) -> None:
    """List the versions of the article that has the ID: when each was saved, and what it changed.

    Builds keep the former text of a saved page or web archive that changed; of other sources with --keep-versions.
    'searchidx show ID --version N' prints one, 'searchidx diff ID' compares two.
    """
    from searchidx.render.serialize import history_json, json_line
    from searchidx.render.text_tables import history_lines

    with open_archive(*index) as archive:
        if id not in archive:
            fail_unknown_id(id, *index)
        versions = archive.history(id)
    if output_format is not None:
        write_data([json_line(history_json(versions))])
    else:
        print_lines(history_lines(versions, text_width()))


@click.command(
    cls=Command,
    short_help="Compare two versions of an article.",
    allows_dashes=True,
    examples=[
        "searchidx diff pages/negative-rates-end.html",
        "searchidx diff pages/negative-rates-end.html 1 3",
        "searchidx diff pages/negative-rates-end.html --html > change.html",
    ],
)
@id_argument
@click.argument("former", required=False, type=click.IntRange(min=1), metavar="[V1]")
@click.argument("latter", required=False, type=click.IntRange(min=1), metavar="[V2]")
@indexes_option
@click.option("--whole", is_flag=True, help="Print unchanged paragraphs, too.")
@format_option("json", "Print JSON.")
@format_option("html", "Print an HTML page.")
@color_option
@pager_option
def diff(
    id: str, former: int | None, latter: int | None, index: tuple[str, ...], whole: bool, output_format: str | None
) -> None:
    """Compare two versions of the article that has the ID, word by word: [-deleted-] and {+inserted+}.

    V1 and V2 are numbers of versions, as 'searchidx history ID' lists them. By default the last two are compared, or V1
    with the last. The exit code is 1 if nothing differs.
    """
    from searchidx.search.history import difference

    with open_archive(*index) as archive:
        if id not in archive:
            fail_unknown_id(id, *index)
        versions = archive.history(id)
        try:
            changed = difference(versions, former, latter)
        except ValueError as error:
            fail(str(error))
    if output_format == "json":
        from searchidx.render.serialize import difference_json, json_line

        write_data([json_line(difference_json(changed))])
    else:
        from searchidx.render.differences import difference_html, difference_lines

        if output_format == "html":
            write_data(difference_html(changed))
        elif changed.changes:
            print_lines(difference_lines(changed, text_width(), whole))
        elif len(versions) == 1:
            print_message(f"only one version of {id} is known")
        else:
            print_message(f"versions {changed.former.number} and {changed.latter.number} of {id} say the same")
    sys.exit(0 if changed.changes else 1)
