"""All JSON that searchidx writes matches docs/schemas/, key by key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hostile_articles import hostile_articles, seeded_articles
from hypothesis import given
from jsonschema import Draft202012Validator, ValidationError

import searchidx
from searchidx import Archive, Article
from searchidx.export.export_formats import EXPORT_FORMATS
from searchidx.export.export_manifest import export, write_manifest
from searchidx.ingest.dry_run import dry_run
from searchidx.render import serialize
from searchidx.search.aggregations import FACETS, UNITS
from searchidx.versions import to_former_text

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))
QUERIES = ("oil", "NATO OR the", '"of Tokyo" OR NATO', "nothing", "NATO and Tokyo", "-oil", "東京")


def closed(node: Any) -> Any:
    """Return a schema that forbids undescribed keys: readers must accept them, writers must not write them."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: closed(value) for name, value in node.items()}
    return {"additionalProperties": False, **found} if "properties" in node else found


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(closed(schema))


def check(name: str, documents: Iterable[Any]) -> int:
    """Validate documents against a schema, and count them."""
    found = 0
    test = validator(name)
    for document in documents:
        test.validate(json.loads(json.dumps(document)))
        found += 1
    return found


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = searchidx.create(tmp_path_factory.mktemp("schemas") / "index")
    with archive.writer() as writer:
        for article in seeded_articles(150):
            writer.add(article)
        for number in range(5):
            writer.add(
                Article(f"wire-{number}", "NATO in Tokyo", "Leaders of NATO met in Tokyo on Tuesday.", "2023-02")
            )
    archive.refresh()
    return archive


def test_every_format_has_a_schema() -> None:
    assert NAMES == ["agreement", "alerts", "article", "batch", "change", "comparison", "difference", "explanation",
                     "facets", "group", "groups", "history", "hit", "hits", "kwic", "labels", "manifest", "ngrams",
                     "note", "problem", "read", "report", "reported", "score", "show", "stats", "timeline",
                     "words"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_schemas_describe_every_key_and_reject_other_documents(name: str) -> None:
    def described(node: Any) -> None:
        if isinstance(node, dict):
            for value in node.get("properties", {}).values():
                assert "$ref" in value or value["description"]
            for value in node.values():
                described(value)
        elif isinstance(node, list):
            for each in node:
                described(each)

    described(json.loads((SCHEMAS / f"{name}.json").read_text()))
    for other in ({}, {"version": 2}, [], {"other": 1}):
        with pytest.raises(ValidationError):
            validator(name).validate(other)


def test_dry_run_matches_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    full = {"headline": "h", "text": "b", "date": "2023-02-01", "author": "Jane Doe", "tags": ["x"], "page": "A1"}
    path.write_text(json.dumps(full) + '\n{"title": "t", "date": "2023-02-30"}\n[broken')
    assert check("read", [serialize.dry_run_json(dry_run(path))]) == 1


@pytest.mark.parametrize("query", QUERIES)
def test_hits_and_groups_match_their_schemas(archive: Archive, query: str) -> None:
    hits = archive.search(query, limit=None)
    assert check("hits", [serialize.hits_json(hits, query)]) == 1
    assert check("hit", map(json.loads, serialize.hits_jsonl(hits))) == hits.total
    groups = archive.groups(query, 0.9, limit=None)
    assert check("groups", [serialize.groups_json(groups, query)]) == 1
    assert check("group", map(json.loads, serialize.groups_jsonl(groups))) == groups.distinct
    assert check("explanation", [serialize.explanation_json(archive.explain(query))]) == 1
    scores = [serialize.score_json(archive.explain_score(query, id)) for id in ("wire-0", "wire-1")]
    assert check("score", scores) == 2


def test_versions_and_differences_match_their_schemas(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path / "index")
    texts = [Article("a", "Rain", "It rained.", "2023"), Article("a", "Sun", "It shone.", keywords=["x"])]
    with archive.writer() as writer:
        writer.add(texts[1])
        writer.keep(to_former_text(*texts, "2023-02-01T00:00:00Z", ""))
    archive.refresh()
    assert check("history", [serialize.history_json(archive.history("a"))]) == 1
    pairs = [(None, None), (1, 2), (2, 1), (1, 1)]
    assert check("difference", [serialize.difference_json(archive.diff("a", *pair)) for pair in pairs]) == 4
    hits = archive.all_versions().search("rain OR sun", limit=None)
    assert check("hit", hits.to_dicts()) == 2
    assert check("hits", [serialize.hits_json(hits, "rain OR sun")]) == 1
    groups = archive.all_versions().groups("rain OR sun")
    assert check("groups", [serialize.groups_json(groups, "rain OR sun")]) == 1
    assert check("stats", [serialize.stats_json(archive.stats())]) == 1


def test_similar_hits_match_the_schema(archive: Archive) -> None:
    hits = archive.similar("wire-0")
    assert hits
    check("hits", [serialize.hits_json(hits, "wire-0")])


@pytest.mark.parametrize("query", QUERIES)
def test_facets_and_words_match_their_schemas(archive: Archive, query: str) -> None:
    document = serialize.facets_json(archive.facet(query, field) for field in FACETS)
    check("facets", [document])
    facets = document["facets"]
    assert [facet["field"] for facet in facets] == list(FACETS)
    check("hits", [{**serialize.hits_json(archive.search(query), query), "facets": facets}])
    check("words", [serialize.words_json(archive.terms(query), query)])


@pytest.mark.parametrize("query", QUERIES)
def test_ngrams_and_comparisons_match_their_schemas(archive: Archive, query: str) -> None:
    check("ngrams", [serialize.ngrams_json(archive.ngrams(query, common=True))])
    recent = f"({query}) date:1950..2050"  # all dates together span 9999 years
    pairs = [(recent, "NATO date:1950..2050"), ("nothing", recent)]
    check("comparison", [serialize.comparison_json(archive.compare(*pair)) for pair in pairs])


@pytest.mark.parametrize("by", UNITS)
@pytest.mark.parametrize("count_words", [False, True])
def test_timelines_match_the_schema(archive: Archive, by: str, count_words: bool) -> None:
    days = " date:[1950 TO 2050]" if by == "year" else " date:1987"  # all dates together span 9999 years
    for queries in (["NATO"], ["oil", "nothing"]):
        found = archive.timeline(*(query + days for query in queries), by=by, count_words=count_words)
        check("timeline", [serialize.timeline_json(found)])


@pytest.mark.parametrize("query", QUERIES)
def test_kwic_lines_match_the_schema(archive: Archive, query: str) -> None:
    lines = list(archive.kwic(query))
    assert check("kwic", map(json.loads, serialize.kwic_jsonl(lines))) == len(lines)


def test_stats_match_the_schema(archive: Archive, make_archive: Callable[..., Archive]) -> None:
    assert check("stats", [serialize.stats_json(each.stats()) for each in (archive, make_archive())]) == 2


@given(hostile_articles())
def test_articles_match_the_schema(article: Article) -> None:
    check("article", [article.to_dict()])


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_manifests_match_the_schema(archive: Archive, tmp_path: Path, format: str) -> None:
    write_manifest(tmp_path / "m.json", export(archive, "NATO", format, len))
    check("manifest", [json.loads((tmp_path / "m.json").read_text())])


COMMANDS = [
    ("hits", "query {} --json"),
    ("hits", "query {} --json --limit 0"),
    ("hit", "query {} --jsonl"),
    ("explanation", "query {} --json --explain"),
    ("score", "query {} --json --explain-score feeds/wire.jsonl#1"),
    ("groups", "query {} --group-similar 0.8 --json"),
    ("group", "query {} --group-similar 0.8 --jsonl"),
    ("hits", "query {} --facet source --facet year --json"),
    ("groups", "query {} --group-similar 0.5 --facet section --json"),
    ("kwic", "kwic {} --jsonl"),
    ("kwic", "kwic {} --jsonl --sort left --width 0"),
    ("words", "terms {} --json"),
    ("ngrams", "ngrams {} --json"),
    ("ngrams", "ngrams {} --json --size 3 --common --limit 2"),
    ("comparison", "compare {} nato --json"),
    ("comparison", "compare nato {} --json --by day --limit 3"),
    ("timeline", "timeline {} --json"),
    ("timeline", "timeline {} nato --json --by week --count-words"),
    ("article", "export {} --format jsonl"),
]


@pytest.mark.parametrize(("schema", "command"), COMMANDS)
@pytest.mark.parametrize("query", ["japan", "strait", "wordofnoarticle", "-nato", "日本"])
def test_search_output_matches_the_schemas(
    run: Callable[..., SimpleNamespace], corpus_index: Path, schema: str, command: str, query: str
) -> None:
    done = run(*(word.format(query) for word in command.split()), "--index", corpus_index)
    documents = [json.loads(line) for line in done.out.splitlines()]
    found = check(schema, documents)
    lines = schema in ("hit", "group", "kwic", "article")
    assert found == 1 or lines
    if lines or "--limit" not in command:
        assert done.code == (0 if found and any(map(_has_hits, documents)) else 1)


def _has_hits(document: dict[str, Any]) -> object:
    """Return whether a document has hits; a line always has."""
    if "queries" in document:
        return any(query["total"] for query in document["queries"])
    return document.get("total", document.get("articles", document.get("matches", 1)))


def test_other_output_matches_the_schemas(
    run: Callable[..., SimpleNamespace], corpus: Path, corpus_index: Path, tmp_path: Path, put: Callable[..., Path]
) -> None:
    put(tmp_path, "more/empty.txt", "")
    built = run("build", corpus, tmp_path / "more", "--index", tmp_path / "index", "--json")
    check("report", [json.loads(built.out)])
    check("stats", [json.loads(run("stats", "--json", "--index", corpus_index).out)])
    id = run("query", "strait", "--ids", "--limit", 1, "--index", corpus_index).out.strip()
    check("hits", [json.loads(run("similar", id, "--json", "--index", corpus_index).out)])
    for words in ([], ["--query", "strait"], ["--query", "wordofnoarticle"]):
        check("show", [json.loads(run("show", id, "--json", *words, "--index", corpus_index).out)])
    run("export", "japan", "--write-manifest", tmp_path / "m.json", "--index", corpus_index)
    check("manifest", [json.loads((tmp_path / "m.json").read_text())])
