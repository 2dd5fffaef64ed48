"""The command line: parse, call, render, exit code.

What a command was asked for goes to standard output, what there is to say about it to standard error. Exit codes are
grep's: 0 hits, 1 none, 2 an error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

import click

from searchidx import __version__, processes
from searchidx.errors import QueryError, SearchidxError

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.hits import Explanation, Hits

__all__ = ["main"]

_index_option = click.option(
    "--index", "index", default="index", show_default=True, metavar="DIR", help="The folder of the index."
)


@click.group()
@click.version_option(__version__, message="searchidx %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Full-text search for archives of saved news articles."""
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        context.color = False


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """What all commands share: an error of searchidx is one line on standard error, and exit code 2."""

    @wraps(function)
    def run(*args: Any, **values: Any) -> None:
        processes.spare()
        try:
            function(*args, **values)
        except QueryError as error:
            from searchidx.render.terminal import diagnostic_lines

            for line in diagnostic_lines(error.query, error.diagnostics, _width()):
                click.echo(line, err=True)
            sys.exit(2)
        except SearchidxError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            _fail("interrupted; the index is as it was")

    return run


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@_index_option
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
@_command
def build(
    sources: tuple[str, ...], index: str, jobs: int | None, columns: tuple[str, ...], strict: bool, as_json: bool
) -> None:
    """Bring the index up to date with folders or files of saved articles.

    SOURCE is a folder or file, or - for standard input; without any it is corpus/. Files that did not change are not
    read again, articles whose file is gone leave the index. What cannot be read is reported and skipped.
    """
    from searchidx.archive import build as build_index
    from searchidx.render.data import report_json
    from searchidx.render.terminal import report_lines

    named = {field: name for field, _, name in (column.partition("=") for column in columns)}
    if not all(named.values()):
        raise click.UsageError("--column takes a field and a name: --column body=Volltext")
    with _Bar() as bar:
        try:
            report = build_index(*sources, index=index, jobs=jobs, columns=named or None, on_progress=bar.show)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps(report_json(report), ensure_ascii=False))
    else:
        for line in report_lines(report):
            click.echo(line)
    if strict and report.skipped:
        sys.exit(2)


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", type=click.Path())
@_index_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Build with N processes.")
@_command
def watch(sources: tuple[str, ...], index: str, jobs: int | None) -> None:
    """Keep the index in step with folders or files until interrupted: a line for each batch of changes.

    SOURCE is a folder or file; without any it is corpus/. The first line is that of a build of all there is.
    """
    from searchidx.archive import watch as watch_sources
    from searchidx.render.terminal import report_lines

    try:
        for report in watch_sources(*sources, index=index, jobs=jobs):
            for line in report_lines(report):
                click.echo(line)
    except KeyboardInterrupt:
        click.echo("no longer watching", err=True)


class _QueryCommand(click.Command):
    """A command whose words may begin with a dash; a word that looks like an option misspelt is refused."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = args[: args.index("--")] if "--" in args else args
        known = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        for word in plain:
            name = word.partition("=")[0]
            if name[:2] == "--" and name[2:3].isalpha() and " " not in word and name not in known:
                raise click.NoSuchOption(name, ctx=ctx)
        return super().parse_args(ctx, args)


@main.command(cls=_QueryCommand, context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, required=True, type=click.UNPROCESSED)
@_index_option
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Show at most N hits.  [default: 10]")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Leave out the first N hits.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    show_default=True,
    help="Which hits come first.",
)
@click.option("--json", "form", flag_value="json", help="Print the page of hits as JSON.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Print every hit as a line of JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print every hit as CSV.")
@click.option("--ids", "form", flag_value="ids", help="Print the id of every hit, a line each.")
@click.option("--count", "form", flag_value="count", help="Print how many articles match, and nothing else.")
@click.option("--explain", is_flag=True, help="Print how the query is understood, with counts, instead of hits.")
@_command
def query(
    query: tuple[str, ...], index: str, limit: int | None, offset: int, sort: str, form: str | None, explain: bool
) -> None:
    """Search: words, "phrases", field:words, date:2023-02, AND, OR, NOT.

    Put the query in single quotes, since shells keep double quotes for themselves: searchidx query '"Taiwan Strait"'.
    """
    from searchidx.archive import open as open_archive

    text = " ".join(query)
    with open_archive(index) as archive:
        if explain:
            explanation = archive.explain(text)
            _print_explanation(explanation, form)
            sys.exit(0 if explanation.articles else 1)
        most = (10 if form in (None, "json") else None) if limit is None else limit
        if form == "count" and limit is None and not offset:
            most = 0
        hits = archive.search(text, limit=most, offset=offset, sort=sort)
        if form == "count":
            click.echo(hits.total if limit is None and not offset else len(hits))
        else:
            _print_hits(archive, hits, text, form, offset)
        _print_hints(hits, text)
    sys.exit(0 if hits.total else 1)


def _print_explanation(explanation: Explanation, form: str | None) -> None:
    from searchidx.render.data import explanation_json
    from searchidx.render.terminal import explanation_lines

    if form in ("json", "jsonl"):
        click.echo(json.dumps(explanation_json(explanation), ensure_ascii=False))
    elif form is None:
        for line in explanation_lines(explanation):
            click.echo(line)
    else:
        raise click.UsageError(f"--explain goes with --json, not with --{form}")


def _print_hits(archive: Archive, hits: Hits, text: str, form: str | None, offset: int) -> None:
    if form == "ids":
        lines: Any = (hit.id for hit in hits)
    elif form is None:
        from searchidx.render.terminal import hit_lines

        lines = hit_lines(hits, offset + 1, _width())
    else:
        from searchidx.render import data

        lines = (
            [json.dumps(data.hits_json(hits, text), ensure_ascii=False)]
            if form == "json"
            else data.hits_jsonl(hits)
            if form == "jsonl"
            else data.hits_csv(hits)
        )
    for line in lines:
        click.echo(line)
    if form is None:
        click.echo(_summary(archive, hits, offset), err=True)


def _summary(archive: Archive, hits: Hits, offset: int) -> str:
    from searchidx.render.terminal import plural

    if not hits.total:
        return f"no hits among {plural(len(archive), 'article')}"
    if len(hits) == hits.total:
        return plural(hits.total, "hit")
    shown = f"hits {offset + 1:,} to {offset + len(hits):,}" if len(hits) else "none shown"
    return f"{plural(hits.total, 'hit')}, {shown}: --limit and --offset show others"


def _print_hints(hits: Hits, text: str) -> None:
    from searchidx.render.terminal import diagnostic_lines

    for line in diagnostic_lines(text, hits.diagnostics):
        click.echo(line, err=True)


@main.command()
@click.argument("id")
@click.option("--provenance", is_flag=True, help="Print of each field its value, and where in the source it was found.")
@_index_option
@_command
def show(id: str, index: str, provenance: bool) -> None:
    """Print the article of that id, whole."""
    from searchidx.archive import open as open_archive
    from searchidx.render.terminal import article_lines, provenance_lines

    with open_archive(index) as archive:
        article = archive.get(id)
        if article is None:
            click.echo(f"searchidx: there is no article {id!r} in {index}: 'searchidx query --ids' lists ids", err=True)
            sys.exit(1)
        for line in provenance_lines(article) if provenance else article_lines(article, _width()):
            click.echo(line)


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_index_option
@_command
def delete(ids: tuple[str, ...], index: str) -> None:
    """Remove articles for good: later builds leave them out, and say so.

    Nothing of them stays in the index. The files they came from are not touched; 'searchidx allow' takes it back.
    """
    from searchidx.archive import delete as delete_articles

    found = delete_articles(*ids, index=index)
    _report_ids(ids, found, f"deleted from {index}", "there is no article {!r} in " + index)


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_index_option
@_command
def allow(ids: tuple[str, ...], index: str) -> None:
    """Let deleted articles in again: the next build reads them as any other."""
    from searchidx.archive import allow as allow_articles

    found = allow_articles(*ids, index=index)
    _report_ids(ids, found, "allowed again: build to read them", "no article {!r} was deleted from " + index)


def _report_ids(ids: tuple[str, ...], found: list[str], done: str, unknown: str) -> None:
    """Say what became of each id; exit code 1 where any is unknown."""
    for id in found:
        click.echo(id)
    if found:
        click.echo(f"{len(found):,} {done}", err=True)
    for id in dict.fromkeys(ids):
        if id not in found:
            click.echo(f"searchidx: {unknown.format(id)}", err=True)
    if len(found) < len(set(ids)):
        sys.exit(1)


@main.command()
@_index_option
@_command
def check(index: str) -> None:
    """Verify every checksum of the index, and name what is damaged."""
    from searchidx.archive import check as check_index

    findings = 0
    for line in check_index(index):
        findings += 1
        click.echo(line)
    if findings:
        _fail(f"{index} is damaged: restore it from a copy, or remove the folder and build the index anew")
    click.echo(f"{index} is sound", err=True)


def _width() -> int:
    import shutil

    return min(max(shutil.get_terminal_size((100, 24)).columns, 40), 100)


def _fail(message: str) -> NoReturn:
    click.echo(f"searchidx: {message}", err=True)
    sys.exit(2)


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
