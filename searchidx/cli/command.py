"""The base class of all commands: settings, errors, exit codes; and the arguments and options that several share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.core import ParameterSource

from searchidx.cli import startup
from searchidx.cli.config import load_defaults, settable_options
from searchidx.cli.output import discard, print_message, text_width
from searchidx.errors import ConfigError, QueryError, SearchidxError

if TYPE_CHECKING:
    from searchidx.archive import Archive
    from searchidx.query import Diagnostic


_SIGINT, _SIGPIPE = 2, 13  # the same on all systems; Windows has no name for the second


class CommandGroup(click.Group):
    """A command that only has commands below it: `searchidx label add`."""


class Command(click.Command):
    """A command with examples in its help and options from settings (`searchidx.cli.config`).

    Errors become a line on standard error and an exit code. With `allows_dashes`, words may begin with a dash; a word
    that looks like a misspelt option is an error. With `runs_long`, memory matters more than a fast start. A command of
    a group (`label add`) states the group's name.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        allows_dashes: bool = False,
        runs_long: bool = False,
        group: str = "",
        **values: Any,
    ) -> None:
        self.examples = tuple(examples)
        self.group = group
        self._allows_dashes = allows_dashes
        self._runs_long = runs_long
        if allows_dashes:
            values["context_settings"] = {"ignore_unknown_options": True}
        super().__init__(*args, **values)
        for name, option in settable_options(self).items():
            words = ("SEARCHIDX", *filter(None, [group]), self.name, name)
            option.envvar = option.envvar or "_".join(map(str, words)).replace("-", "_").upper()

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if parent is not None and isinstance(parent.command, click.Group) and self.name is not None:
            root = parent.find_root()
            assert isinstance(root.command, click.Group)
            try:
                extra["default_map"] = load_defaults(self, root.command.list_commands(root))
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
        if self._allows_dashes and not ctx.resilient_parsing:
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
        if not self._runs_long:
            startup.collect_garbage_rarely()
        startup.skip_unused_libraries()
        try:
            try:
                result = super().invoke(ctx)
            except SystemExit:
                _flush()
                raise
            _flush()
            return result
        except QueryError as error:
            print_diagnostics(error.query, error.diagnostics)
            sys.exit(2)
        except SearchidxError as error:
            fail(str(error))
        except BrokenPipeError:
            _exit_by_signal(_SIGPIPE)
        except KeyboardInterrupt:
            _exit_by_signal(_SIGINT)
        except OSError as error:
            fail_os_error(error)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def fail(message: str) -> NoReturn:
    """Print an error message and exit with code 2."""
    print_message(f"searchidx: {message}")
    sys.exit(2)


def fail_os_error(error: OSError) -> NoReturn:
    """Print which file could not be read or written, and exit with code 2."""
    discard(sys.stdout)
    fail(f"{error.filename or 'standard output'}: {error.strerror or error}")


def fail_unknown_id(id: str, *indexes: str) -> NoReturn:
    """Print that no article has the id, and exit with code 1."""
    print_message(
        f"searchidx: there is no article {id!r} in {' or '.join(indexes)}: 'searchidx query --ids QUERY' lists ids"
    )
    sys.exit(1)


def _exit_by_signal(number: int) -> NoReturn:
    """Exit as grep does when its reader closes the pipe or on Ctrl-C: by the signal itself, which shells can see."""
    import signal

    discard(sys.stdout)
    if os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(128 + number)


def print_hints(archive: Archive, *queries: str) -> None:
    """Print the hints about the answers to some queries."""
    for text in queries:
        print_diagnostics(text, archive.search(text, limit=0).diagnostics)


Value = TypeVar("Value")


def explicit_value(option: str, value: Value) -> Value | None:
    """Return a value from the command line, but None for one from settings: those never change data."""
    source = click.get_current_context().get_parameter_source(option)
    return value if source is ParameterSource.COMMANDLINE else None


def print_diagnostics(query: str, diagnostics: Sequence[Diagnostic]) -> None:
    """Print the errors and hints of a query."""
    if diagnostics:
        from searchidx.render.terminal import diagnostic_lines

        for line in diagnostic_lines(query, diagnostics, text_width()):
            print_message(line)


def join_words(ctx: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """Join the words of a query."""
    return " ".join(words)


def complete_with(function: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Complete a word by a function of `searchidx.cli.shell_completion`, which is loaded when a shell needs it."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> Any:
        from searchidx.cli import shell_completion

        return getattr(shell_completion, function)(ctx, incomplete)

    return complete


class _Location(click.types.StringParamType):
    """The location of an index. An environment variable holds one, which may have blanks."""

    name = "location"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [rv]


def _take_one(ctx: click.Context, parameter: click.Parameter, indexes: tuple[str, ...]) -> str:
    """Return the one index of a command that cannot take several."""
    if len(indexes) != 1:
        raise click.UsageError(
            f"'{ctx.command_path}' takes one index, not {len(indexes)}: name one",
            ctx,
        )
    return indexes[0]


def _index_option(help: str, callback: Callable[..., Any] | None) -> Callable[[Any], Any]:
    return click.option(
        "--index",
        "index",
        type=_Location(),
        multiple=True,  # a command that takes one refuses several, instead of taking the last
        callback=callback,
        default=["index"],
        show_default=True,
        metavar="DIR",
        envvar="SEARCHIDX_INDEX",
        help=help,
        shell_complete=complete_with("folders"),
    )


index_option = _index_option(
    "Folder of the index, or its address on a cluster: opensearch://HOST:PORT/NAME.", _take_one
)
indexes_option = _index_option(
    "Folder of the index, or its address on a cluster: opensearch://HOST:PORT/NAME. Repeatable: several folders, or "
    "several archives of one cluster, are read as one archive.",
    None,
)
WORKSPACE = "searchidx.workspace"
"""The key of the workspace in the `meta` of a context."""


def _set_workspace(ctx: click.Context, parameter: click.Parameter, path: str | None) -> None:
    ctx.meta[WORKSPACE] = path


workspace_option = click.option(
    "--workspace",
    "workspace",
    metavar="FILE",
    envvar="SEARCHIDX_WORKSPACE",
    expose_value=False,
    callback=_set_workspace,
    help="File with labels, notes and alerts.  [default: DIR.workspace, beside the index]",
    shell_complete=complete_with("files"),
)


ALL_VERSIONS = "searchidx.all_versions"
"""The key in the `meta` of a context that tells whether former texts are searched."""


def _set_all_versions(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
    ctx.meta[ALL_VERSIONS] = given


all_versions_option = click.option(
    "--all-versions",
    is_flag=True,
    expose_value=False,
    callback=_set_all_versions,
    help="Search the former texts of articles, too. Each version is a hit of its own.",
)


def _limit_time(ctx: click.Context, parameter: click.Parameter, seconds: float | None) -> None:
    if seconds is not None and not ctx.resilient_parsing:
        from searchidx.engines import timeout  # most commands have no limit

        ctx.with_resource(timeout.limit(seconds))


timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    expose_value=False,
    callback=_limit_time,
    help="Give up after SECONDS, with exit code 2.",
)


def workspace_path() -> str | None:
    """Return the file that `--workspace` names."""
    path: str | None = click.get_current_context().meta.get(WORKSPACE)
    return path


def open_archive(*indexes: str) -> Archive:
    """Open the archive of an index, or of several, with the workspace that `--workspace` names, or all its versions."""
    from searchidx.archive import open as open_index

    archive = open_index(*indexes, workspace=workspace_path())
    return archive.all_versions() if click.get_current_context().meta.get(ALL_VERSIONS) else archive


query_argument = click.argument(
    "query",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
    callback=join_words,
    shell_complete=complete_with("queries"),
)
id_argument = click.argument("id", shell_complete=complete_with("ids"))
offset_option = click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N", help="Skip the first N.")


def limit_option(help: str) -> Callable[[Any], Any]:
    """Return the option `--limit N`."""
    return click.option("--limit", type=click.IntRange(min=0), metavar="N", help=help)


def format_option(name: str, help: str) -> Callable[[Any], Any]:
    """Return a flag that chooses the output format `name`, the parameter `output_format`; two formats are an error."""

    def choose(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
        chosen = ctx.params.setdefault("output_format", None)
        if given and chosen is not None:
            raise click.UsageError(f"--{chosen} and --{name} are two output formats: give only one", ctx)
        if given:
            ctx.params["output_format"] = name

    return click.option(f"--{name}", is_flag=True, expose_value=False, callback=choose, help=help)


def plot_option(suffix: str) -> Callable[[Any], Any]:
    """Return the option `--svg FILE` or `--png FILE`, for the suffix `.svg` or `.png`."""

    def check_name(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and not value.endswith(suffix):
            raise click.BadParameter(f"the name of the file must end in {suffix}")
        return value

    return click.option(
        f"--{suffix[1:]}",
        type=click.Path(),
        metavar="FILE",
        callback=check_name,
        help=f"Write a plot to FILE, whose name ends in {suffix}. Needs searchidx[plot].",
    )
