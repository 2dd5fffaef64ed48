"""Shared fixtures: the sample corpus and its index, files, the command line, processes, the cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import settings

import searchidx
from searchidx.cli import main
from testcluster.nodes import LocalCluster

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PAGER", "LESS")
NO_CONFIG = str(ROOT / "no-such-folder" / "config.toml")

NO_CLUSTER = "no OpenSearch node is running"

# Deterministic: the same examples on every machine, no database.
settings.register_profile("searchidx", derandomize=True, deadline=None, database=None, max_examples=100)
settings.load_profile("searchidx")


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's own data out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The sample corpus."""
    return ROOT / "corpus"


@pytest.fixture(scope="session")
def corpus_index(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample corpus; read-only."""
    folder = tmp_path_factory.mktemp("sample") / "index"
    report = searchidx.build(corpus, index=folder)
    assert (report.added, report.skipped) == (71, ())
    return folder


@pytest.fixture(scope="session")
def put() -> Callable[..., Path]:
    """Write a file below a folder, creating folders: bytes, text, or records as JSON Lines."""

    def write(folder: Path, name: str, content: bytes | str | Iterable[dict[str, object]]) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, (bytes, str)):
            content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in content)
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        # File systems have coarse clocks: a file written twice within a tick must still look changed.
        if before >= path.stat().st_mtime_ns:
            os.utime(path, ns=(before + 1, before + 1))
        return path

    return write


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Read every file below a folder except the writer's lock."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "lock"
        }

    return read


@pytest.fixture
def make_archive(tmp_path: Path) -> Callable[..., searchidx.Archive]:
    """Create an archive from the values of articles; ids default to a1, a2 and so on."""
    count = 0

    def make(*articles: dict[str, object]) -> searchidx.Archive:
        nonlocal count
        count += 1
        archive = searchidx.create(tmp_path / f"made-{count}")
        with archive.writer() as writer:
            for number, values in enumerate(articles, 1):
                writer.add(searchidx.Article.from_dict({"id": f"a{number}", **values}))
        archive.refresh()
        return archive

    return make


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., SimpleNamespace]:
    """Run the command line in this process; returns `.code`, `.out`, `.err`."""
    for name in [name for name in os.environ if name in SETTINGS or name.startswith("SEARCHIDX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEARCHIDX_CONFIG", NO_CONFIG)
    try:
        runner = CliRunner(mix_stderr=False)  # click before 8.2 mixes the streams by default
    except TypeError:
        runner = CliRunner()

    def invoke(*words: object) -> SimpleNamespace:
        result = runner.invoke(main, [str(word) for word in words], prog_name="searchidx")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr)

    return invoke


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Environment for child processes: this searchidx, without the settings of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEARCHIDX_", "PYTHON")) and name not in SETTINGS
    }
    ours = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"}
    return kept | ours | {"SEARCHIDX_CONFIG": NO_CONFIG}


@pytest.fixture(scope="session")
def process(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in a child process that imports this searchidx."""

    def call(
        *words: object, stdin: str = "", cwd: Path | None = None, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, words)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            cwd=cwd,
            env=environment | extra,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def cluster() -> LocalCluster:
    """The cluster of `python -m testcluster start`; without one the test is skipped and the summary says so."""
    found = LocalCluster()
    if not found.running or found.is_secure:
        pytest.skip(NO_CLUSTER)
    return found


@pytest.fixture
def on_cluster(cluster: LocalCluster) -> Iterator[str]:
    """A free index location on the cluster, deleted afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    yield f"{cluster.url().replace('http', 'opensearch')}/{name}"
    cluster.request("DELETE", f"/{name}*?expand_wildcards=all")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the tests skipped for want of a cluster."""
    missed = [report for report in terminalreporter.stats.get("skipped", ()) if NO_CLUSTER in str(report.longrepr)]
    if missed:
        message = f"NOT TESTED: {len(missed)} tests of the OpenSearch engine, because {NO_CLUSTER}."
        terminalreporter.write_line(f"{message} Start one: python -m testcluster start", red=True, bold=True)
