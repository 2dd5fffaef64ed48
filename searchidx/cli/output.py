"""Where what is printed goes: data as UTF-8, answers for a person in colour and by the page, talk to standard error."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, TextIO

import click

__all__ = ["color_option", "data", "pager_option", "raw", "say", "screen_width", "silence", "talk", "width"]

WIDEST = 100
"""Text is read best in lines of so many columns at most, however wide the terminal."""
_PAGER = "searchidx.pager"
_PIECE = 500
_PLAIN: dict[str, str] = {
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
_PLAIN |= dict.fromkeys("█▉▊▋▌", "#") | dict.fromkeys("▍▎▏", "")


def _in_other_characters(error: UnicodeError) -> tuple[str, int]:
    """What a character is written as where the encoding of standard output has it not."""
    import unicodedata

    assert isinstance(error, UnicodeEncodeError)
    written = ""
    for character in error.object[error.start : error.end]:
        plain = _PLAIN.get(character)
        if plain is None:
            letters = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
            plain = letters or ("" if unicodedata.combining(character) else "?")
        written += plain
    return written, error.end


codecs.register_error("searchidx", _in_other_characters)


def data(lines: Iterable[str], end: str = "\n") -> None:
    """Print what programs read: UTF-8 whatever the locale, the bytes as they are.

    Bytes of a command line that are no text (a query typed in another encoding) are written as JSON escapes them.
    """
    out = raw()
    for line in lines:
        out.write((line + end).encode(errors="backslashreplace"))
    out.flush()


def raw() -> BinaryIO:
    """Standard output as bytes; `OSError` where it is closed."""
    return _stdout().buffer


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdout


def say(lines: Iterable[str]) -> None:
    """Print what a person reads; through the pager where it is longer than the screen."""
    lines = iter(lines)
    is_terminal = _stdout().isatty()
    if is_terminal and (pager := _pager()):
        screen = list(islice(lines, _terminal_size().lines - 1))
        following = next(lines, None)
        if following is not None:
            _page(chain(screen, [following], lines), pager)
            return
        lines = iter(screen)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="searchidx")
    while piece := list(islice(lines, 1 if is_terminal else _PIECE)):
        click.echo("\n".join(piece), file=sys.stdout)


def talk(line: str) -> None:
    """Say something beside the data; nobody may be listening."""
    try:
        click.echo(line, err=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Forget what a stream did not take, so that leaving does not try again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width() -> int:
    """How many columns text has: the terminal's, from 40 to `WIDEST`."""
    return min(screen_width(), WIDEST)


def screen_width() -> int:
    """How many columns the terminal has, 40 at least; `WIDEST` where there is none."""
    return max(_terminal_size().columns, 40)


def _terminal_size() -> os.terminal_size:
    import shutil

    return shutil.get_terminal_size((WIDEST, 24))


def _set_color(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
    """The flag or a person's configuration wins over NO_COLOR (https://no-color.org), that over FORCE_COLOR."""
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
    help="Colours and bold type; auto: on a terminal, unless NO_COLOR is set.",
)
pager_option = click.option(
    "--pager/--no-pager",
    default=True,
    envvar="SEARCHIDX_PAGER",
    expose_value=False,
    callback=_set_pager,
    help="Show what is longer than the screen in $PAGER, or less -R.  [default: pager, on a terminal]",
)


def _pager() -> str | None:
    """The command that pages, where one is wanted and there is one."""
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


def _page(lines: Iterator[str], command: str) -> None:
    """Lines to the pager until it has been left, or there are no more."""
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
        except (KeyboardInterrupt, BrokenPipeError):  # it has what there was, or wants no more
            with contextlib.suppress(OSError):
                pager.stdin.close()
        while True:  # an interrupt is the pager's business
            with contextlib.suppress(KeyboardInterrupt):
                pager.wait()
                return
