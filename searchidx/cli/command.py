"""What all commands share: how they begin and end, and the words and options that several have."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.core import ParameterSource

from searchidx.cli import startup
from searchidx.cli.config import defaults, settable
from searchidx.cli.output import silence, talk, width
from searchidx.errors import ConfigError, QueryError, SearchidxError

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.query import Diagnostic

__all__ = [
    "Command",
    "completing",
    "fail",
    "fail_of",
    "hints",
    "id_argument",
    "index_option",
    "joined",
    "limit_option",
    "offset_option",
    "query_argument",
    "talk_of",
    "typed",
    "unknown",
]


_SIGINT, _SIGPIPE = 2, 13  # as everywhere; Windows names no second


class Command(click.Command):
    """A command with examples in its help, which heeds what was set for good (`searchidx.cli.config`).

    What goes wrong in it is a line on standard error, and an exit code.

    With `dashes` its words may begin with a dash, and one that looks like an option misspelt is refused.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), dashes: bool = False, **values: Any) -> None:
        self.examples = tuple(examples)
        self._dashes = dashes
        if dashes:
            values["context_settings"] = {"ignore_unknown_options": True}
        super().__init__(*args, **values)
        for name, option in settable(self).items():
            option.envvar = option.envvar or f"SEARCHIDX_{self.name}_{name}".replace("-", "_").upper()

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if parent is not None and isinstance(parent.command, click.Group) and self.name is not None:
            try:
                extra["default_map"] = defaults(self, parent.command.list_commands(parent))
            except ConfigError as error:
                if "--help" not in args and not extra.get("resilient_parsing"):
                    fail(str(error))
        return super().make_context(info_name, args, parent, **extra)

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
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            name = "" if error.param is None else error.param.name or ""
            if ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT:
                message = f"{error.message} (from {getattr(error.param, 'envvar', '')})"
                raise click.BadParameter(message, ctx=ctx, param=error.param) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        startup.skip_unused_libraries()
        try:
            try:
                found = super().invoke(ctx)
            except SystemExit:
                _flush()
                raise
            _flush()
            return found
        except QueryError as error:
            talk_of(error.query, error.diagnostics)
            sys.exit(2)
        except SearchidxError as error:
            fail(str(error))
        except BrokenPipeError:
            _end_by(_SIGPIPE)
        except KeyboardInterrupt:
            _end_by(_SIGINT)
        except OSError as error:
            fail_of(error)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def fail(message: str) -> NoReturn:
    """Say what went wrong, and end with exit code 2."""
    talk(f"searchidx: {message}")
    sys.exit(2)


def fail_of(error: OSError) -> NoReturn:
    """Say what could not be read or written, and end with exit code 2."""
    silence(sys.stdout)
    fail(f"{error.filename or 'standard output'}: {error.strerror or error}")


def unknown(id: str, index: str) -> NoReturn:
    """Say that there is no such article, and end with exit code 1."""
    talk(f"searchidx: there is no article {id!r} in {index}: 'searchidx query --ids QUERY' lists ids")
    sys.exit(1)


def _end_by(number: int) -> NoReturn:
    """End as grep does when nobody reads on, or on Ctrl-C: shells see by which signal."""
    import signal

    silence(sys.stdout)
    if os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(128 + number)


def hints(archive: Archive, *queries: str) -> None:
    """Say what a person should know about the answers to some queries."""
    for text in queries:
        talk_of(text, archive.search(text, limit=0).diagnostics)


Value = TypeVar("Value")


def typed(option: str, value: Value) -> Value | None:
    """The value where it was given with the command, None where it was set for good: that never changes data."""
    source = click.get_current_context().get_parameter_source(option)
    return value if source is ParameterSource.COMMANDLINE else None


def talk_of(query: str, diagnostics: Sequence[Diagnostic]) -> None:
    """Say what there is to say of a query."""
    if diagnostics:
        from searchidx.render.terminal import diagnostic_lines

        for line in diagnostic_lines(query, diagnostics, width()):
            talk(line)


def joined(ctx: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """The words of one query."""
    return " ".join(words)


def completing(what: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """What a shell completes a word with: a function of `searchidx.cli.shell_completion`, loaded when it is asked."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> Any:
        from searchidx.cli import shell_completion

        return getattr(shell_completion, what)(ctx, incomplete)

    return complete


index_option = click.option(
    "--index",
    "index",
    default="index",
    show_default=True,
    metavar="DIR",
    envvar="SEARCHIDX_INDEX",
    help="The folder of the index, or its place on a cluster: opensearch://HOST:PORT/NAME.",
    shell_complete=completing("folders"),
)
query_argument = click.argument(
    "query",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
    callback=joined,
    shell_complete=completing("queries"),
)
id_argument = click.argument("id", shell_complete=completing("ids"))
offset_option = click.option(
    "--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Leave out the first N."
)


def limit_option(help: str) -> Callable[[Any], Any]:
    """`--limit N` of what a command lists."""
    return click.option("--limit", type=click.IntRange(min=0), metavar="N", help=help)
