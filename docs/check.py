"""Are the documents true? Runs what they show, and compares.

    python docs/check.py            says what differs; exit code 1 where anything does
    python docs/check.py --write    writes down what the commands printed instead

Of every document: blocks of ```console (commands after `$ `, what they print below) and ```pycon are run, in a folder
that holds a copy of corpus/; links to files must lead somewhere. docs/cli.md is what `--help` says,
docs/searchidx.1 the same as a man page, docs/index-format.md what the modules say, docs/json.md what the schemas say,
searchidx/web/openapi.json what the table of the API and the schemas say.
"""

from __future__ import annotations

import code
import contextlib
import importlib
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from searchidx.cli import config
from searchidx.cli import main as command_line

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))

from manpage import ENVIRONMENT, EXIT_CODES, man_page  # noqa: E402 - beside this file
from openapi import openapi_document  # noqa: E402

BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", re.DOTALL)
ADDRESS = "127.0.0.1:8000"
"""Where documents say that a server listens."""
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def cli_reference() -> str:
    """docs/cli.md: what each command says with --help."""
    parts = [
        "# The command line\n",
        "What a command was asked for goes to standard output, what there is to say about it to standard error. Data",
        "(`--json`, `--jsonl`, `--csv`, `--ids`, `--count`, `export`) is UTF-8 whatever the locale, without colour or",
        "pager, and no limit, facet or grouping that was set for good touches it; its formats: [json.md](json.md).\n",
        "(Written by `python docs/check.py --write` from the commands themselves, as is the man page, searchidx.1.)\n",
        "| exit code | means |",
        "|---|---|",
        *(f"| {code} | {means} |" for code, means in EXIT_CODES),
        "",
    ]
    context = click.Context(command_line, info_name="searchidx")
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        assert command is not None
        with click.Context(command, info_name=name, parent=context, terminal_width=96) as inner:
            parts += [f"## searchidx {name}\n", "```text", inner.get_help(), "```\n"]
    parts += ["## Settings\n", *_prose(config.__doc__ or ""), "| variable | means |", "|---|---|"]
    parts += [f"| {name} | {means} |" for name, means in ENVIRONMENT] + [""]
    return "\n".join(parts)


def _prose(docstring: str) -> list[str]:
    """A docstring as Markdown: what is indented is code."""
    blocks = inspect.cleandoc(docstring).replace("::\n", ":\n").split("\n\n")
    return [block + "\n" for block in blocks]


def index_format() -> str:
    """docs/index-format.md: what the modules that own the bytes say of them."""
    parts = [
        "# The format of the index\n",
        "(Written by `python docs/check.py --write` from the docstrings of the modules that own it.)\n",
    ]
    for name in ("manifest", "segment_file", "segment", "doc_store", "minhash"):
        module = importlib.import_module(f"searchidx.engines.embedded.{name}")
        first, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
        parts += [f"## {first.rstrip('.')}\n", "```text", rest.strip(), "```\n"]
    return "\n".join(parts)


def json_formats() -> str:
    """docs/json.md: what the schemas say of each name."""
    parts = [
        "# The JSON formats\n",
        "Documents (`--json`) state the version of their format. Within a version names may be added, so read past",
        "those you do not know; a name that goes, or comes to mean something else, raises it. Lines (`--jsonl`) have",
        "the version of the documents. Text is UTF-8, offsets count code points.\n",
        "(Written by `python docs/check.py --write` from the JSON Schemas, with which the tests check every answer.)\n",
    ]
    for path in sorted((ROOT / "docs" / "schemas").glob("*.json")):
        schema = json.loads(path.read_text())
        parts += [f"## {schema['title']}\n", f"{schema['description']} ([schema](schemas/{path.name}))\n"]
        parts += ["| name | type | what it is |", "|---|---|---|"]
        for name, kind, description in _names(schema, schema, ""):
            parts.append(f"| `{name}` | {kind} | {description} |")
        parts.append("")
    return "\n".join(parts)


def _names(schema: dict[str, Any], node: dict[str, Any], within: str) -> Iterator[tuple[str, str, str]]:
    """Every name of a document, with its type and what it is; those of a part that is made of such parts only once."""
    for name, value in node.get("properties", {}).items():
        value = _resolved(schema, value)
        kinds = value.get("type", "")
        kind = " or ".join([kinds] if isinstance(kinds, str) else kinds)
        if "const" in value or "enum" in value:
            kind = ", ".join(f"`{json.dumps(each)}`" for each in value.get("enum", [value.get("const")]))
        if name not in node.get("required", ()):
            kind += ", not always"
        yield f"{within}{name}", kind, value["description"]
        inner = _resolved(schema, value.get("items", {}))
        if inner.get("properties") != node["properties"]:
            yield from _names(schema, inner, f"{within}{name}[].")
        yield from _names(schema, value, f"{within}{name}.")


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else node


class Server:
    """The server that a document starts with `searchidx serve &`, on whatever port is free."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["searchidx", "serve", "--port", "0"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        self.begun = self._process.stderr.readline()
        found = re.search(r"http://(127\.0\.0\.1:\d+)/", self.begun)
        self.address = found[1] if found else "nowhere"

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def run_console(block: str, folder: Path, environment: dict[str, str], servers: list[Server]) -> str:
    """The block with what its commands print now; they ask the last of some servers, to which it may add one."""
    shown = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        if command == "searchidx serve &":
            servers.append(Server(folder, environment))
            shown.append(f"$ {command}\n{servers[-1].begun.replace(servers[-1].address, ADDRESS)}")
            continue
        asked = servers[-1].address if servers else ADDRESS
        done = subprocess.run(
            command.replace(ADDRESS, asked),
            shell=True,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        shown.append(f"$ {command}\n{done.stdout.replace(asked, ADDRESS)}")
    return "".join(shown)


def run_python(block: str, session: code.InteractiveConsole) -> str:
    """The same for a Python session."""
    shown = []
    for source in re.findall(r"^>>> .*\n(?:\.\.\. .*\n)*", block, re.MULTILINE):
        lines = [line[4:].rstrip("\n") for line in source.splitlines()]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            for line in [*lines, ""]:
                session.push(line)
        shown.append(source + printed.getvalue())
    return "".join(shown)


def checked(text: str, folder: Path) -> str:
    """The document with what its blocks print now."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SEARCHIDX_")},
        "SEARCHIDX_CONFIG": str(folder / "no-such-folder" / "config.toml"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "88",
    }
    session = code.InteractiveConsole()
    servers: list[Server] = []

    def run(match: re.Match[str]) -> str:
        kind, block = match.groups()
        new = run_console(block, folder, environment, servers) if kind == "console" else run_python(block, session)
        return f"```{kind}\n{new}```"

    try:
        return BLOCK.sub(run, text)
    finally:
        for server in servers:
            server.end()


def main() -> int:
    write = "--write" in sys.argv[1:]
    wrong = 0
    documents = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
    made = {
        ROOT / "docs" / "cli.md": cli_reference,
        ROOT / "docs" / "index-format.md": index_format,
        ROOT / "docs" / "json.md": json_formats,
        ROOT / "docs" / "searchidx.1": man_page,
        ROOT / "searchidx" / "web" / "openapi.json": openapi_document,
    }
    documents += [document for document in made if document not in documents]
    for document in documents:
        name = document.relative_to(ROOT)
        text = document.read_text() if document.exists() else ""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "corpus", Path(folder) / "corpus")
            before = os.getcwd()
            os.chdir(folder)
            try:
                new = made[document]() if document in made else checked(text, Path(folder))
            finally:
                os.chdir(before)
        if new != text and write:
            document.write_text(new)
            print(f"{name}: written anew")
        elif new != text:
            wrong += 1
            print(
                f"{name}: not what the commands print; see the difference with python docs/check.py --write; git diff"
            )
        for link in LINK.findall(new):
            if not (document.parent / link).exists():
                wrong += 1
                print(f"{name}: the link to {link} leads nowhere")
    print("the documents are true" if not wrong else f"{wrong} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
