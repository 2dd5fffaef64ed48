"""The man page, searchidx.1: made from the commands, the README's table of the query language, and the settings."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click

from searchidx import __version__
from searchidx.cli import COMMANDS, config
from searchidx.cli import main as command_line
from searchidx.cli.command import Command

ROOT = Path(__file__).resolve().parent.parent

EXIT_CODES = (
    ("0", "there are hits; what was asked for is done."),
    ("1", "there are none; an id is unknown; an export is not what its manifest states."),
    ("2", "an error, which is a line on standard error."),
    ("130, 141", "ended by Ctrl-C, or because nobody reads its output any more: by the signal, as grep."),
)
ENVIRONMENT = (
    ("SEARCHIDX_INDEX, SEARCHIDX_COLOR, SEARCHIDX_PAGER", "--index, --color, --pager (1 or 0) of every command."),
    ("SEARCHIDX_QUERY_LIMIT, …", "an option that takes a value, of one command: its name after that of the command."),
    ("SEARCHIDX_OPENSEARCH_USER, …_PASSWORD_FILE, …_TOKEN_FILE, …_CA", "who asks a cluster, and whom it trusts."),
    ("SEARCHIDX_CONFIG", "the file of settings, where it is not in its usual place."),
    (
        "NO_COLOR, FORCE_COLOR",
        "no colours; colours though there is no terminal. --color and settings win over both.",
    ),
    ("PAGER", "what shows that which is longer than the screen, less -R without it; none where it is empty or cat."),
)


def man_page() -> str:
    """The page in the language of man(7)."""
    parts = [
        '.\\" Written by python docs/check.py --write from the commands themselves.',
        f'.TH SEARCHIDX 1 "" "searchidx {__version__}" "User Commands"',
        ".SH NAME",
        "searchidx \\- full\\-text search for archives of saved news articles",
        ".SH SYNOPSIS",
        ".B searchidx",
        ".I COMMAND",
        "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        _text(
            "What a command was asked for goes to standard output, what there is to say about it to standard error. "
            "Put a query in single quotes, since shells keep double quotes for themselves."
        ),
        ".SH COMMANDS",
        *(_command(name) for name in COMMANDS),
        ".SH QUERIES",
        *(f".TP\n{written}\n{means}" for written, means in _language()),
        ".SH SETTINGS",
        *_settings(),
        ".SH ENVIRONMENT",
        *(f".TP\n.B {_text(name)}\n{_text(means)}" for name, means in ENVIRONMENT),
        ".SH EXIT STATUS",
        *(f".TP\n.B {code}\n{_text(means)}" for code, means in EXIT_CODES),
    ]
    return "\n".join(parts) + "\n"


def _command(name: str) -> str:
    context = click.Context(command_line, info_name="searchidx")
    command = command_line.get_command(context, name)
    assert isinstance(command, Command)
    with click.Context(command, info_name=name, parent=context) as inner:
        usage = " ".join(command.collect_usage_pieces(inner))
        lines = [f".SS searchidx {name} {_text(usage)}"]
        for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
            lines += [".PP"] * bool(number) + [_text(" ".join(paragraph.split()))]
        for option in command.params:
            record = option.get_help_record(inner) if isinstance(option, click.Option) else None
            if record is not None:
                lines += [".TP", f".B {_text(record[0])}", _text(record[1])]
        lines += [".PP", "Examples:", ".PP", ".EX", *(_text(example) for example in command.examples), ".EE"]
    return "\n".join(lines)


def _language() -> list[tuple[str, str]]:
    """The rows of the README's table of the query language."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("| written | means |\n|---|---|\n")[1]
    rows = []
    for line in table.split("\n\n")[0].splitlines():
        written, means = (cell.strip() for cell in line.strip("| ").split(" | ", 1))
        shown = re.sub(r"`([^`]*)`", lambda code: f"\\fB{_text(code[1])}\\fR", written)
        rows.append((f"\\&{shown}", _text(means.replace("`", ""))))
    return rows


def _settings() -> list[str]:
    """What the module about settings says of itself."""
    lines: list[str] = []
    for block in inspect.cleandoc(config.__doc__ or "").split("\n\n"):
        if block.startswith("    "):
            lines += [".PP", ".EX", *(_text(line) for line in block.splitlines()), ".EE"]
        else:
            lines += [".PP", _text(" ".join(block.replace("::", ":").replace("`", "").split()))]
    return lines


def _text(text: str) -> str:
    """Text that man takes as it is: backslashes and hyphens are themselves, no line is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
