"""The command formats: it lists the source formats and what each needs."""

from __future__ import annotations

import click

from searchidx.cli.command import Command


@click.command(
    cls=Command,
    short_help="List the formats of sources.",
    examples=[
        "searchidx formats",
        "searchidx formats | grep -i nexis",
    ],
)
def formats() -> None:
    """List the formats that build reads, the suffixes of their files, and the extra that a format needs.

    The first bytes of a file tell its format. The suffix decides only where they do not.
    """
    from searchidx.cli.output import print_lines
    from searchidx.render.text_tables import format_lines
    from searchidx.sources.format_registry import SOURCE_FORMATS

    print_lines(format_lines(SOURCE_FORMATS))
