"""The package: what importing it loads, and the names it exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchidx


def fresh(process: Callable[..., Any], script: str, **how: Any) -> Any:
    """Run a script from standard input in a new Python, and return the JSON it prints."""
    done = process("-", stdin=script, **how)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_importing_the_package_loads_only_its_version(process: Callable[..., Any]) -> None:
    script = "import json, searchidx, sys; dir(searchidx); print(json.dumps(sorted(sys.modules)))"
    modules = set(fresh(process, script))
    assert "searchidx" in modules
    assert {name for name in modules if name.startswith("searchidx.")} == {"searchidx.version"}
    assert not modules & {"numpy", "whoosh", "click", "Stemmer", "zstandard", "lxml"}


def test_first_import_prints_no_warning(process: Callable[..., Any], tmp_path: Path) -> None:
    """Whoosh is compiled on its first import, as after an installation by uv, and Python warns of its escapes."""
    script = "import json, searchidx; print(json.dumps(str(searchidx.parse('nato').query)))"
    settings = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONWARNINGS": "default::SyntaxWarning"}
    assert fresh(process, script, **settings) == "text:nato"


def test_search_does_not_load_the_page_readers(process: Callable[..., Any], corpus_index: Path) -> None:
    script = f"""
import json, sys
import searchidx
with searchidx.open({str(corpus_index)!r}) as archive:
    total = archive.search("kishida").total
print(json.dumps([total, sorted({{"lxml"}} & set(sys.modules))]))
"""
    assert fresh(process, script) == [3, []]


def test_query_command_does_not_load_http(process: Callable[..., Any], corpus_index: Path) -> None:
    """Whoosh imports a function of `urllib.request` and never calls it; a later import gets the real module."""
    script = f"""
import json, sys
from click.testing import CliRunner
from searchidx.cli import main
done = CliRunner().invoke(main, ["query", "kishida", "--count", "--index", {str(corpus_index)!r}])
loaded = sorted({{"http.client", "ssl", "email", "urllib.request"}} & set(sys.modules))
import urllib.request
print(json.dumps([done.output, loaded, urllib.request.Request.__name__]))
"""
    assert fresh(process, script) == ["3\n", [], "Request"]


def test_script_on_standard_input_builds_and_searches(
    process: Callable[..., Any], corpus: Path, tmp_path: Path
) -> None:
    """Worker processes need neither a main guard nor a script file."""
    script = f"""
import json
import searchidx
report = searchidx.build({str(corpus)!r}, index="index")
with searchidx.open("index") as archive:
    hits = archive.search('"Taiwan Strait" date:2023-02', limit=10, offset=0, sort="relevance", today=None)
    found = [[hit.id, hit.headline, str(hit.date), hit.article.id, hit.snippet.text] for hit in hits]
print(json.dumps([report.added, hits.total, found]))
"""
    added, total, found = fresh(process, script, cwd=tmp_path)
    assert (added, total) == (71, 2)
    by_id = {id: rest for id, *rest in found}
    assert sorted(by_id) == ["text/kishida-stoltenberg-tokyo.txt", "text/taiwan-strait-frigate.txt"]
    _, date, id, snippet = by_id["text/kishida-stoltenberg-tokyo.txt"]
    assert (date, id) == ("2023-02-01T13:33:00+09:00", "text/kishida-stoltenberg-tokyo.txt")
    assert "Taiwan Strait" in snippet


def test_all_public_names_are_exported() -> None:
    names = {"build", "open", "create", "parse", "read", "Article", "SearchidxError", *EXCEPTIONS}
    assert names <= set(searchidx.__all__)
    assert names <= set(dir(searchidx))
    assert not [name for name in searchidx.__all__ if not hasattr(searchidx, name)]


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="bulid"):
        _ = searchidx.bulid


def test_package_is_typed() -> None:
    assert (Path(searchidx.__file__).parent / "py.typed").exists()


EXCEPTIONS = (
    "QueryError", "ArticleError", "SourceError", "IndexNotFoundError", "IndexExistsError", "IndexVersionError",
    "CorruptIndexError", "IndexLockedError",
)  # fmt: skip
