"""Labels and notes in queries, compared with set algebra over plain words on every engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx.archive import Archive, LazyResolver
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.query.formatter import format_query

WORDS = ("nato", "japan", "taiwan")
LABELS = ("seen", "relevant@anna", "relevant@ben")


def _articles(rng: random.Random) -> list[searchidx.Article]:
    return [
        searchidx.Article(
            id=f"a{n}", headline="x", body=" ".join(word for word in WORDS if rng.random() < 0.5) or "none"
        )
        for n in range(40)
    ]


@pytest.fixture(params=["embedded", "reference", "cluster"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """Forty articles in several segments, some deleted, on an engine."""
    workspace = tmp_path / "workspace"
    if request.param == "reference":
        location = tmp_path / "reference"
        made = Archive(ReferenceEngine.create(location), LazyResolver([location], workspace))
    else:
        index = request.getfixturevalue("on_cluster") if request.param == "cluster" else tmp_path / "index"
        searchidx.create(index)
        made = searchidx.open(index, workspace=workspace)
    articles = _articles(random.Random(1))
    for batch in (articles[:25], articles[25:], articles[5:8]):
        with made.writer() as writer:
            for article in batch:
                writer.add(article)
            writer.delete(batch[0].id)
    made.refresh()
    return made


def test_queries_with_labels_are_set_algebra(archive: Archive) -> None:
    rng = random.Random(2)
    ids = archive.ids("*")
    sets = {name: set(archive.ids(name)) for name in WORDS}
    for label in LABELS:
        sets[f"label:{label}"] = chosen = set(rng.sample(ids, 15))
        archive.workspace.labels.add(label, [*chosen, f"gone-{label}"])
    sets["label:relevant@*"] = sets["label:relevant@anna"] | sets["label:relevant@ben"]
    sets["label:*"] = sets["label:seen"] | sets["label:relevant@*"]

    def pick(depth: int) -> tuple[str, set[str]]:
        kind = rng.random()
        if not depth or kind < 0.2:
            return rng.choice(sorted(sets.items()))
        one, left = pick(depth - 1)
        if kind < 0.4:
            return f"-({one})", set(ids) - left
        other, right = pick(depth - 1)
        return (f"({one} OR {other})", left | right) if kind < 0.7 else (f"({one} {other})", left & right)

    for _ in range(60):
        query, expected = pick(3)
        assert set(archive.ids(query)) == expected, query
        assert archive.search(query, limit=0).total == len(expected), query
        assert {hit.id for hit in archive.search(query, limit=None, sort="newest")} == expected, query


def test_labels_do_not_change_scores(archive: Archive) -> None:
    archive.workspace.labels.add("all", archive.ids("*"))
    plain = {hit.id: hit.score for hit in archive.search("nato japan", limit=None)}
    labelled = {hit.id: hit.score for hit in archive.search("nato japan label:all", limit=None)}
    assert labelled == pytest.approx(plain)


def test_changes_show_in_the_next_query(archive: Archive) -> None:
    labels = archive.workspace.labels
    first, second = archive.ids("*")[:2]
    for change, expected in (
        (lambda: labels.add("seen", [first]), {first}),
        (lambda: labels.add("SEEN", [second]), {first, second}),
        (lambda: labels.remove("seen", [first]), {second}),
        (lambda: labels.delete("seen"), set()),
        (lambda: labels.add("seen", [first]), {first}),
    ):
        change()
        assert set(archive.ids("label:Seen")) == expected
    with archive.writer() as writer:
        writer.delete(first)
    archive.refresh()
    assert archive.ids("label:seen") == []


def test_notes_match_by_words_phrases_and_patterns(archive: Archive) -> None:
    first, second = archive.ids("*")[:2]
    archive.workspace.notes.set(first, "Ask the Café’s owner about NATO")
    archive.workspace.notes.set(second, "asked twice")
    for query, expected in {
        "note:cafe": {first},
        'note:"the cafe"': {first},
        'note:"cafe the"': set(),
        "note:ask*": {first, second},
        "note:(owner OR twice)": {first, second},
        "note:ask": {first},
        "note:*": {first, second},
        "note:ask -note:nato": set(),
    }.items():
        assert set(archive.ids(query)) == expected, query
    archive.workspace.notes.set(first, "")
    assert archive.ids("note:*") == [second]


def test_facet_counts_labels_beside_those_of_the_archive(archive: Archive) -> None:
    labels = archive.workspace.labels
    nato, ids = archive.ids("nato"), archive.ids("*")
    labels.add("one", [*nato[:3], "gone"])
    labels.add("two", ids[:7])
    labels.add("none", [])
    facet = archive.facet("nato", "label")
    counts = {each.value: (each.count, each.corpus) for each in facet.values}
    assert counts == {
        name: (len(set(nato) & of), len(of)) for name, of in (("one", set(nato[:3])), ("two", set(ids[:7])))
    }
    assert facet.missing == len(set(nato) - set(nato[:3]) - set(ids[:7]))
    assert facet.corpus_missing == len(set(ids) - set(nato[:3]) - set(ids[:7]))


def test_unknown_label_is_a_hint_with_the_nearest(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({"body": "nato"})
    archive.workspace.labels.add("relevant", ["a1"])
    hits = archive.search("nato label:relevent")
    assert hits.total == 0
    (hint,) = [each for each in hits.diagnostics if each.kind.value == "unknown-label"]
    assert (hint.start, hint.end, hint.suggestion) == (5, 19, "label:relevant")
    assert archive.search("nato -label:new").total == 1


@pytest.mark.parametrize("text", ["label:", "label:a,b", "label:(a b", "label:!", 'label:"a b"', "label:@x"])
def test_invalid_labels_are_errors(text: str) -> None:
    assert searchidx.parse(text).errors


@pytest.mark.parametrize(
    "text",
    ["label:relevant@anna", "label:relevant@*", "-label:seen", "label:*", 'note:"the cafe"', "note:caf*", "note:*"],
)
def test_parser_and_formatter_agree(text: str) -> None:
    tree = searchidx.parse(text).tree
    assert searchidx.parse(format_query(tree)).tree == tree
