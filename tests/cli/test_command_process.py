"""The command line as a process: closed pipes, interrupts, terminals, pagers, encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals as POSIX has them")

LONG = [
    ["query", "the", "--jsonl"],
    ["query", "the", "--csv"],
    ["query", "the", "--ids", "--limit", "71"],
    ["query", "the", "--limit", "71", "--facet", "byline"],
    ["kwic", "the"],
    ["kwic", "the", "--csv"],
    ["terms", "the"],
    ["ngrams", "the", "--common"],
    ["compare", "the", "a", "--by", "day"],
    ["timeline", "the", "--by", "day"],
    ["timeline", "the", "--by", "day", "--csv"],
    ["export", "the"],
    ["export", "the", "--format", "csl-json"],
    ["stats"],
    ["show", "text/kishida-stoltenberg-tokyo.txt"],
    ["similar", "text/kishida-stoltenberg-tokyo.txt"],
    ["completion", "bash"],
]


@pytest.fixture
def start(environment: dict[str, str], corpus_index: Path, tmp_path: Path) -> Callable[..., Any]:
    """Start a command in an empty folder, on the index of the sample corpus."""

    def begin(*words: str, **options: Any) -> Any:
        extra = options.pop("environment", {}) | {"SEARCHIDX_INDEX": str(corpus_index)}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        command = [sys.executable, "-m", "searchidx", *words]
        return subprocess.Popen(command, env=environment | extra, cwd=tmp_path, **options)

    return begin


@contextmanager
def terminal(lines: int = 24) -> Iterator[tuple[int, int]]:
    """A terminal of 80 columns: the side of the test, and that of the program."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
    try:
        yield ours, theirs
    finally:
        for side in (ours, theirs):
            try:
                os.close(side)
            except OSError:
                pass  # already closed


def read_terminal(ours: int) -> str:
    """The output of a terminal until all programs closed it."""
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the end of a terminal
        pass
    return shown.decode()


@pytest.fixture
def on_terminal(start: Callable[..., Any]) -> Callable[..., tuple[int, str]]:
    """Run a command whose standard output is a terminal: its exit code and its output."""

    def run(*words: str, lines: int = 24, **extra: str) -> tuple[int, str]:
        with terminal(lines) as (ours, theirs):
            done = start(*words, stdout=theirs, stderr=subprocess.DEVNULL, environment={"TERM": "xterm"} | extra)
            os.close(theirs)
            shown = read_terminal(ours)
            return done.wait(60), shown

    return run


# -- pipes and interrupts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", LONG, ids=" ".join)
def test_closed_pipe_ends_a_command_quietly(start: Callable[..., Any], words: list[str]) -> None:
    """`searchidx … | head -1` ends by SIGPIPE without a message, as grep does."""
    with start(*words) as done:
        done.stdout.close()
        messages = done.stderr.read()
        assert done.wait(60) == -signal.SIGPIPE
    assert b"rror" not in messages
    assert b"Traceback" not in messages


@pytest.mark.parametrize("words", [["kwic", "the", "--jsonl"], ["kwic", "the OR a"], ["export", "the"]], ids=" ".join)
def test_interrupt_ends_a_command_quietly(start: Callable[..., Any], words: list[str]) -> None:
    """Interrupt a command while it waits for its reader, which has read one byte."""
    with start(*words) as done:
        assert done.stdout.read(1)
        done.send_signal(signal.SIGINT)
        messages = done.stderr.read()
        done.stdout.read()
        assert done.wait(60) in (-signal.SIGINT, 0)  # 0 if the pipe held all of the output
    assert b"Traceback" not in messages
    assert b"Aborted" not in messages


def test_interrupted_build_says_that_the_index_is_unchanged(start: Callable[..., Any], tmp_path: Path) -> None:
    """Interrupt a build while it waits for more standard input."""
    index = str(tmp_path / "new")
    with start("build", "-", "--index", index, stdin=subprocess.PIPE) as done:
        record = json.dumps({"id": "a", "headline": "x" * 300_000})  # more than a pipe holds, so the build is reading
        done.stdin.write(f"{record}\n".encode())
        done.stdin.flush()
        done.send_signal(signal.SIGINT)
        messages = done.stderr.read()
        assert done.wait(60) == -signal.SIGINT
    assert messages == b"searchidx: interrupted; the index is unchanged\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [*LONG, ["--help"], ["--version"], ["query", "--help"]], ids=" ".join)
def test_full_disk_is_reported_with_exit_code_2(start: Callable[..., Any], words: list[str]) -> None:
    with open("/dev/full", "wb") as full, start(*words, stdout=full) as done:
        messages = done.stderr.read().decode()
        assert done.wait(60) == 2
    assert messages.splitlines()[-1] == "searchidx: standard output: No space left on device"
    assert "Traceback" not in messages
    assert "ignored" not in messages


@pytest.mark.parametrize(
    "words", [["query", "nato"], ["query", "nato", "--json"], ["export", "nato", "--write-manifest", "m"]], ids=" ".join
)
def test_closed_standard_output_is_reported_with_exit_code_2(start: Callable[..., Any], words: list[str]) -> None:
    def close() -> None:
        os.close(1)

    with start(*words, stdout=None, preexec_fn=close) as done:
        messages = done.stderr.read()
        assert done.wait(60) == 2
    assert messages == b"searchidx: standard output: Bad file descriptor\n"


def test_closed_standard_error_changes_no_exit_code(start: Callable[..., Any]) -> None:
    def close() -> None:
        os.close(2)

    with start("query", "nato", "--count", stderr=None, preexec_fn=close) as done:
        assert done.stdout.read() == b"5\n"
        assert done.wait(60) == 0
    with start("query", "(nato", stderr=None, preexec_fn=close) as done:
        assert done.stdout.read() == b""
        assert done.wait(60) == 2


def test_closed_terminal_gives_exit_code_2(start: Callable[..., Any]) -> None:
    with terminal() as (ours, theirs):
        done = start("kwic", "the", stdout=theirs, stderr=theirs)
        os.close(theirs)
        os.close(ours)
        assert done.wait(60) == 2


# -- the pager ---------------------------------------------------------------------------------------------------------


def test_output_longer_than_the_screen_is_paged(on_terminal: Callable[..., Any], tmp_path: Path) -> None:
    """The pager gets all of the output, in colour; the screen only what the pager prints."""
    code, shown = on_terminal("kwic", "the", PAGER="cat >paged; echo shown")
    assert (code, shown) == (0, "shown\r\n")
    paged = (tmp_path / "paged").read_text()
    assert paged.count("\n") > 500
    assert "\x1b[31m" in paged


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        (["query", "nato", "--limit", "1"], {}),
        (["kwic", "the", "--no-pager"], {}),
        (["kwic", "the"], {"SEARCHIDX_PAGER": "0"}),
        (["kwic", "the"], {"TERM": "dumb"}),
        (["kwic", "the", "--jsonl"], {}),
        (["kwic", "the", "--csv"], {}),
        (["query", "the", "--json"], {}),
        (["query", "the", "--ids"], {}),
        (["export", "the"], {}),
        (["stats", "--json"], {}),
    ],
    ids=str,
)
def test_short_output_and_data_are_not_paged(
    on_terminal: Callable[..., Any], tmp_path: Path, words: list[str], settings: dict[str, str]
) -> None:
    code, shown = on_terminal(*words, PAGER="cat >paged; echo shown", **settings)
    assert code == 0
    assert shown.count("\n") >= 1
    assert not (tmp_path / "paged").exists()


@pytest.mark.parametrize("pager", ["", "cat", "no-such-pager --really", "'unbalanced"])
def test_missing_pager_prints_directly(on_terminal: Callable[..., Any], pager: str) -> None:
    code, shown = on_terminal("kwic", "the", PAGER=pager)
    assert code == 0
    assert shown.count("\n") > 500


def test_pager_may_end_before_the_output(on_terminal: Callable[..., Any]) -> None:
    code, shown = on_terminal("kwic", "the OR a OR of", PAGER="head -n 2")
    assert code == 0
    assert shown.count("\n") == 2


# -- colour ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "settings", "on_a_terminal", "in_a_pipe"),
    [
        ([], {}, True, False),
        ([], {"NO_COLOR": "1"}, False, False),
        ([], {"NO_COLOR": ""}, True, False),
        ([], {"TERM": "dumb"}, False, False),
        ([], {"FORCE_COLOR": "1"}, True, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False, False),
        ([], {"SEARCHIDX_COLOR": "always"}, True, True),
        (["--color", "auto"], {"SEARCHIDX_COLOR": "always"}, True, False),
    ],
    ids=str,
)
def test_colour_follows_options_and_environment(
    on_terminal: Callable[..., Any],
    start: Callable[..., Any],
    options: list[str],
    settings: dict[str, str],
    on_a_terminal: bool,
    in_a_pipe: bool,
) -> None:
    code, shown = on_terminal("query", "nato", "--no-pager", *options, **settings)
    assert code == 0
    assert ("\x1b[" in shown) == on_a_terminal
    with start("query", "nato", *options, environment=settings) as done:
        piped = done.stdout.read()
        assert done.stderr.read() == b"5 hits\n"
    assert (b"\x1b[" in piped) == in_a_pipe
    with start("query", "nato", "--json", *options, environment=settings) as done:
        assert b"\x1b[" not in done.stdout.read()


# -- encodings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_bars_fall_back_to_characters_of_the_encoding(start: Callable[..., Any], encoding: str) -> None:
    with start("stats", environment={"PYTHONIOENCODING": encoding}) as done:
        shown = done.stdout.read().decode(encoding)
        assert done.wait(60) == 0
    assert ("###" in shown) == (encoding != "cp437")
    years = shown.split(os.linesep * 2)[1]
    assert years.startswith("year")
    assert "?" not in years  # names of newspapers have letters of many scripts
    with start("query", "elections", environment={"PYTHONIOENCODING": encoding}) as done:
        assert done.stdout.read().decode(encoding)
        assert done.wait(60) == 0


@pytest.mark.parametrize("words", [["query", "lodz", "--jsonl"], ["export", "lodz"], ["kwic", "lodz", "--csv"]])
def test_data_is_utf_8_in_any_locale(start: Callable[..., Any], words: list[str]) -> None:
    with start(*words, environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}) as done:
        assert "Łódź" in done.stdout.read().decode("utf-8")
        assert done.wait(60) == 0


@pytest.mark.parametrize(
    "words",
    [["query", "--json"], ["query", "--explain", "--json"], ["terms", "--json"], ["timeline", "--json"],
     ["timeline", "--csv"]],
    ids=" ".join,
)  # fmt: skip
def test_query_in_another_encoding_is_echoed(start: Callable[..., Any], words: list[str]) -> None:
    """Bytes that are not UTF-8 appear in JSON as lone surrogates, as in Python."""
    with start(*words, "caf\udce9 OR nato", environment={"LC_ALL": "C.UTF-8"}) as done:
        shown = done.stdout.read().decode("utf-8")
        assert b"Traceback" not in done.stderr.read()
        assert done.wait(60) == 0
    assert r"\udce9 OR nato" in shown
    if "--json" in words:
        values = json.loads(shown)
        assert values.get("query", "caf\udce9 OR nato") == "caf\udce9 OR nato"
