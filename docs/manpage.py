"""Generate the man page, searchidx.1, from the commands, the table in docs/language.md and the settings."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click

from searchidx.cli import config, iter_commands
from searchidx.cli import main as command_line
from searchidx.cli.command import Command
from searchidx.version import __version__

ROOT = Path(__file__).resolve().parent.parent

EXIT_CODES = (
    ("0", "hits were found; the command succeeded."),
    ("1", "no hits; an unknown id; an export that differs from its manifest."),
    ("2", "an error; standard error has the message."),
    ("130, 141", "ended by Ctrl-C, or because the reader of the output has closed it."),
)
ENVIRONMENT = (
    (
        "SEARCHIDX_INDEX, SEARCHIDX_WORKSPACE, SEARCHIDX_COLOR, SEARCHIDX_PAGER",
        "--index, --workspace, --color, --pager (1 or 0) of every command.",
    ),
    ("SEARCHIDX_QUERY_LIMIT, …", "an option of one command: the name of the option after that of the command."),
    (
        "SEARCHIDX_OPENSEARCH_USER, …_PASSWORD_FILE, …_TOKEN_FILE, …_CA",
        "credentials for a cluster, and its certificate authority.",
    ),
    ("SEARCHIDX_CONFIG", "the path of the settings file, if it is not in its usual place."),
    (
        "NO_COLOR, FORCE_COLOR",
        "no colours; colours without a terminal. --color and settings take precedence.",
    ),
    ("PAGER", "the pager for output longer than the screen (default: less -R); empty or cat for none."),
)


def man_page() -> str:
    """Return the page in the language of man(7)."""
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
            "Results go to standard output, messages to standard error. "
            "Put a query in single quotes, because shells strip double quotes."
        ),
        ".SH COMMANDS",
        *(_command(name, command) for name, command in iter_commands(command_line)),
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


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command_line, info_name="searchidx")
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
    """Return the rows of the table of the query language."""
    table = (ROOT / "docs" / "language.md").read_text(encoding="utf-8").split("| write | to find |\n|---|---|\n")[1]
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
