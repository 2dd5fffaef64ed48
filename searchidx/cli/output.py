"""Output of the commands: data as UTF-8, text for people with colours and a pager, messages on standard error."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, TextIO

import click

MAX_TEXT_WIDTH = 100
"""The longest line of text, in columns: longer ones are hard to read, even on a wide terminal."""
_PAGER = "searchidx.pager"
_BATCH_SIZE = 500
"""How many lines are written at once to a file or pipe."""
_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line separators and overrides of direction."""
_CONTROLS_BUT_STYLES = re.compile(rf"(?!\x1b\[[0-9;]*m){_CONTROLS.pattern}")
_ASCII: dict[str, str] = {
    "·": "-",
    "…": "...",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "←": "<-",
    "×": "x",
}
_ASCII |= dict.fromkeys("█▉▊▋▌", "#") | dict.fromkeys("▍▎▏", "")


def _replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that the encoding of standard output lacks by similar ones; an error handler of codecs."""
    import unicodedata

    assert isinstance(error, UnicodeEncodeError)
    replacement = ""
    for character in error.object[error.start : error.end]:
        similar = _ASCII.get(character)
        if similar is None:
            letters = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
            similar = letters or ("" if unicodedata.combining(character) else "?")
        replacement += similar
    return replacement, error.end


codecs.register_error("searchidx", _replace_unencodable)


def disarm(text: str) -> str:
    """Replace what could control a terminal: all control characters and escapes but line ends and tabs."""
    return text if text.isprintable() else _CONTROLS.sub("\ufffd", text)


def _disarm_styled(text: str) -> str:
    """As `disarm`, but leave the sequences of `click.style`: for lines whose fields are sanitized before."""
    return _CONTROLS_BUT_STYLES.sub("\ufffd", text)


def write_data(lines: Iterable[str], end: str = "\n") -> None:
    """Write lines for programs: UTF-8 in any locale, without conversion of line ends.

    Bytes of the command line that are not valid text, such as a query in another encoding, are escaped as in JSON.
    """
    out = binary_stdout()
    if out.isatty():
        lines = map(disarm, lines)
    for line in lines:
        out.write((line + end).encode(errors="backslashreplace"))
    out.flush()


def binary_stdout() -> BinaryIO:
    """Return standard output for bytes; `OSError` if it is closed."""
    return _stdout().buffer


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdout


def print_lines(lines: Iterable[str], is_plain: bool = False) -> None:
    """Print lines for a person, in the pager if they are longer than the screen.

    The fields in the lines must be sanitized, but for plain lines, which have no styles.
    """
    lines = map(disarm if is_plain else _disarm_styled, lines)
    is_terminal = _stdout().isatty()
    if is_terminal and (pager := _pager()):
        screen = list(islice(lines, _terminal_size().lines - 1))
        following = next(lines, None)
        if following is not None:
            _run_pager(chain(screen, [following], lines), pager)
            return
        lines = iter(screen)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="searchidx")
    while piece := list(islice(lines, 1 if is_terminal else _BATCH_SIZE)):
        click.echo("\n".join(piece), file=sys.stdout)


def print_message(line: str) -> None:
    """Print a message on standard error; ignore that it may be closed."""
    try:
        click.echo(disarm(line), err=True)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Discard the buffered output of a closed stream, so that exit does not write it again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def text_width() -> int:
    """Return the width of text in columns: that of the terminal, 40 to `MAX_TEXT_WIDTH`."""
    return min(terminal_width(), MAX_TEXT_WIDTH)


def terminal_width() -> int:
    """Return the width of the terminal in columns, at least 40; without a terminal, `MAX_TEXT_WIDTH`."""
    return max(_terminal_size().columns, 40)


def _terminal_size() -> os.terminal_size:
    import shutil

    return shutil.get_terminal_size((MAX_TEXT_WIDTH, 24))


def _set_color(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
    """Set colours: options and settings override NO_COLOR (https://no-color.org), which overrides FORCE_COLOR."""
    if value != "auto":
        ctx.color = value == "always"
    elif os.environ.get("NO_COLOR"):
        ctx.color = False
    elif os.environ.get("FORCE_COLOR"):
        ctx.color = True
    elif os.environ.get("TERM") == "dumb":
        ctx.color = False


def _set_pager(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta[_PAGER] = value


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    envvar="SEARCHIDX_COLOR",
    expose_value=False,
    is_eager=True,
    callback=_set_color,
    help="Use colours and bold type. auto: on a terminal, unless NO_COLOR is set.",
)
pager_option = click.option(
    "--pager/--no-pager",
    default=True,
    envvar="SEARCHIDX_PAGER",
    expose_value=False,
    callback=_set_pager,
    help="Show output longer than the screen in $PAGER (or less -R).  [default: --pager, on a terminal]",
)


def _pager() -> str | None:
    """Return the command of the pager; None if it is disabled or not installed."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get(_PAGER) or os.environ.get("TERM") == "dumb":
        return None
    import shlex
    import shutil

    command = os.environ.get("PAGER", "more" if os.name == "nt" else "less -R").strip()
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    return command if words and command != "cat" and shutil.which(words[0]) else None


def _run_pager(lines: Iterator[str], command: str) -> None:
    """Send lines to the pager until it exits or all are sent."""
    import subprocess

    context = click.get_current_context()
    environment = {"LESS": "FRX", **os.environ}
    with subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env=environment) as pager:
        assert pager.stdin is not None
        encoding = sys.stdout.encoding or "utf-8"
        try:
            for line in lines:
                shown = click.unstyle(line) if context.color is False else line
                pager.stdin.write(f"{shown}\n".encode(encoding, "searchidx"))
            pager.stdin.close()
        except (KeyboardInterrupt, BrokenPipeError):  # the pager has exited, or needs no more
            with contextlib.suppress(OSError):
                pager.stdin.close()
        while True:  # the pager handles interrupts
            with contextlib.suppress(KeyboardInterrupt):
                pager.wait()
                return
