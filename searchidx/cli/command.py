"""What all commands share: how they begin and end, and the words and options that several have."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from searchidx.cli.output import silence, talk, width
from searchidx.errors import QueryError, SearchidxError

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.query import Diagnostic

__all__ = [
    "Command",
    "fail",
    "hints",
    "index_option",
    "limit_option",
    "offset_option",
    "query_argument",
    "talk_of",
    "unknown",
]


class Command(click.Command):
    """A command with examples in its help; what goes wrong in it is a line on standard error, and an exit code.

    With `dashes` its words may begin with a dash, and one that looks like an option misspelt is refused.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), dashes: bool = False, **values: Any) -> None:
        self.examples = tuple(examples)
        self._dashes = dashes
        if dashes:
            values["context_settings"] = {"ignore_unknown_options": True}
        super().__init__(*args, **values)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self._dashes and not ctx.resilient_parsing:
            known = {
                name for parameter in self.get_params(ctx) for name in (*parameter.opts, *parameter.secondary_opts)
            }
            for word in args[: args.index("--")] if "--" in args else args:
                name = word.partition("=")[0]
                if name[:2] == "--" and name[2:3].isalpha() and " " not in word and name not in known:
                    raise click.NoSuchOption(name, ctx=ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except QueryError as error:
            talk_of(error.query, error.diagnostics)
            sys.exit(2)
        except SearchidxError as error:
            fail(str(error))
        except BrokenPipeError:
            _end_by(13)
        except KeyboardInterrupt:
            _end_by(signal.SIGINT)
        except OSError as error:
            silence()
            fail(f"{error.filename or 'standard output'}: {error.strerror or error}")


def fail(message: str) -> NoReturn:
    """Say what went wrong, and end with exit code 2."""
    talk(f"searchidx: {message}")
    sys.exit(2)


def unknown(id: str, index: str) -> NoReturn:
    """Say that there is no such article, and end with exit code 1."""
    talk(f"searchidx: there is no article {id!r} in {index}: 'searchidx query --ids' lists ids")
    sys.exit(1)


def _end_by(number: int) -> NoReturn:
    """End as grep does when nobody reads on (13, SIGPIPE), or on Ctrl-C (SIGINT): shells see by which signal."""
    silence()
    if os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(128 + number)


def hints(archive: Archive, *queries: str) -> None:
    """Say what a person should know about the answers to some queries."""
    for text in queries:
        talk_of(text, archive.search(text, limit=0).diagnostics)


def talk_of(query: str, diagnostics: Sequence[Diagnostic]) -> None:
    """Say what there is to say of a query."""
    if diagnostics:
        from searchidx.render.terminal import diagnostic_lines

        for line in diagnostic_lines(query, diagnostics, width()):
            talk(line)


def joined(ctx: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """The words of one query."""
    return " ".join(words)


index_option = click.option(
    "--index",
    "index",
    default="index",
    show_default=True,
    metavar="DIR",
    envvar="SEARCHIDX_INDEX",
    help="The folder of the index.",
)
query_argument = click.argument("query", nargs=-1, required=True, type=click.UNPROCESSED, callback=joined)
offset_option = click.option(
    "--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Leave out the first N."
)


def limit_option(help: str) -> Callable[[Any], Any]:
    """`--limit N` of what a command lists."""
    return click.option("--limit", type=click.IntRange(min=0), metavar="N", help=help)
