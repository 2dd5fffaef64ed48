"""The versions of articles: history, differences, and questions of queries about them, compared with plain lists."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

import searchidx
from searchidx import Article, QueryError, UnsupportedError
from searchidx.archive import Archive, LazyResolver
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.export import export_manifest
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.query.formatter import format_query
from searchidx.versions import COMPARED_FIELDS, changed_fields, to_former_text

WORDS = ("nato", "japan", "taiwan", "bank")
Histories = dict[str, list[Article]]


def random_histories(rng: random.Random) -> Histories:
    """Sixty articles, each with one to four versions."""
    found: Histories = {}
    for number in range(60):
        versions: list[Article] = []
        while len(versions) < rng.choice((1, 1, 2, 3, 4)):
            headline = rng.choice(("Rates", "Ships", "Rain"))
            body = " ".join(word for word in WORDS if rng.random() < 0.5) or "none"
            date = rng.choice((None, "2023-02", "2023-02-01"))
            article = Article(f"a{number}", headline, body, date)
            if not versions or changed_fields(versions[-1], article):
                versions.append(article)
        found[f"a{number}"] = versions
    return found


def write(archive: Archive, histories: Histories) -> Archive:
    """Commit the versions of all articles, one after the other."""
    for step in range(4):
        with archive.writer(jobs=1) as writer:
            for versions in histories.values():
                if step < len(versions):
                    writer.add(versions[step])
                    if step:
                        times = (f"2023-0{step}-01T00:00:00Z", f"2023-0{step + 1}-01T00:00:00Z")
                        writer.keep(to_former_text(versions[step - 1], versions[step], *times))
    archive.refresh()
    return archive


@pytest.fixture(scope="module")
def histories() -> Histories:
    return random_histories(random.Random(1))


@pytest.fixture(params=["embedded", "reference"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, histories: Histories) -> Archive:
    if request.param == "reference":
        made = Archive(ReferenceEngine.create(tmp_path), LazyResolver([tmp_path], tmp_path / "workspace"))
    else:
        made = searchidx.create(tmp_path / "index")
    return write(made, histories)


def has(article: Article, word: str) -> bool:
    return word in article.body.split()


def expected_sets(histories: Histories) -> dict[str, set[str]]:
    """The ids that each question finds, from the lists alone."""
    sets: dict[str, set[str]] = {}
    for word in WORDS:
        sets[word] = {id for id, versions in histories.items() if has(versions[-1], word)}
        sets[f"first:{word}"] = {id for id, versions in histories.items() if has(versions[0], word)}
    for field in ("headline", "body", "date", "byline"):
        sets[f"changed:{field}"] = {
            id
            for id, versions in histories.items()
            if any(field in changed_fields(*pair) for pair in pairwise(versions))
        }
    counts = {id: len(versions) for id, versions in histories.items()}
    sets["changed:*"] = sets["versions:>1"] = {id for id, count in counts.items() if count > 1}
    sets["versions:1"] = {id for id, count in counts.items() if count == 1}
    sets["versions:<3"] = {id for id, count in counts.items() if count < 3}
    sets["versions:[2 TO 3]"] = {id for id, count in counts.items() if 2 <= count <= 3}
    sets["versions:9"] = set()
    sets["versions:*"] = set(counts)
    sets['first:"nato japan"'] = {id for id, versions in histories.items() if versions[0].body.startswith("nato japan")}
    sets["first:(headline:ships OR date:2023-02-01)"] = {
        id for id, (first, *_) in histories.items() if first.headline == "Ships" or first.date is not None
    }
    return sets


def test_queries_about_versions_are_set_algebra(archive: Archive, histories: Histories) -> None:
    sets = expected_sets(histories)
    for query, expected in sets.items():
        assert set(archive.ids(query)) == expected, query
        assert archive.search(query, limit=0).total == len(expected)
    rng = random.Random(2)
    everything = set(histories)
    for _ in range(60):
        one, other, third = rng.sample(sorted(sets), 3)
        assert set(archive.ids(f"({one}) -({other})")) == sets[one] - sets[other]
        assert set(archive.ids(f"({one} OR {other}) {third}")) == (sets[one] | sets[other]) & sets[third]
        assert set(archive.ids(f"-({one})")) == everything - sets[one]


def test_word_that_was_gained_or_lost(archive: Archive, histories: Histories) -> None:
    gained = {id for id, texts in histories.items() if has(texts[-1], "nato") and not has(texts[0], "nato")}
    lost = {id for id, texts in histories.items() if has(texts[0], "nato") and not has(texts[-1], "nato")}
    assert set(archive.ids("nato -first:nato")) == gained
    assert set(archive.ids("first:nato -nato")) == lost
    assert gained
    assert lost


def test_history_lists_every_version(archive: Archive, histories: Histories) -> None:
    for id, texts in histories.items():
        versions = archive.history(id)
        assert [version.number for version in versions] == list(range(1, len(texts) + 1))
        assert [version.article.headline for version in versions] == [text.headline for text in texts]
        assert [version.article.body for version in versions] == [text.body for text in texts]
        assert versions[0].changed == ()
        assert [version.changed for version in versions[1:]] == [changed_fields(*pair) for pair in pairwise(texts)]
        saved = [f"2023-0{n}-01T00:00:00Z" for n in range(1, len(texts) + 1)] if len(texts) > 1 else [""]
        assert [version.saved for version in versions] == saved
    with pytest.raises(KeyError):
        archive.history("nobody")


def test_search_finds_the_last_version_only(archive: Archive, histories: Histories) -> None:
    assert len(archive) == len(histories)
    assert archive.search("*").total == len(histories)
    for word in WORDS:
        assert archive.facet(word, "month").total == sum(has(texts[-1], word) for texts in histories.values())


def test_all_versions_are_found_with_their_numbers(archive: Archive, histories: Histories) -> None:
    every = archive.all_versions()
    assert len(every) == sum(map(len, histories.values()))
    for word in WORDS:
        hits = every.search(word, limit=None)
        expected = {
            (id, number) for id, texts in histories.items() for number, text in enumerate(texts, 1) if has(text, word)
        }
        assert {(hit.id, hit.version) for hit in hits} == expected
        assert hits.total == len(expected)
    assert {hit["version"] for hit in every.search("*", limit=None).to_dicts()} == {1, 2, 3, 4}
    assert archive.search("*", limit=1)[0].version is None
    assert "version" not in archive.search("*", limit=1)[0].to_dict()
    for id, texts in histories.items():
        found = every.get(id)
        assert found is not None
        assert found.body == texts[-1].body
        assert len(every.history(id)) == len(texts)


def test_questions_about_versions_hold_for_every_version_of_an_article(archive: Archive, histories: Histories) -> None:
    every = archive.all_versions()
    for query, expected in expected_sets(histories).items():
        if query in WORDS:
            continue
        found = [(hit.id, hit.version) for hit in every.search(query, limit=None)]
        assert sorted(found) == sorted((id, n + 1) for id in expected for n in range(len(histories[id]))), query


def test_difference_joins_to_both_versions(archive: Archive, histories: Histories) -> None:
    for id, texts in histories.items():
        for number in range(1, len(texts)):
            difference = archive.diff(id, number, number + 1)
            assert (difference.former.number, difference.latter.number) == (number, number + 1)
            assert tuple(difference.changes) == changed_fields(texts[number - 1], texts[number])
            for field, pieces in difference.changes.items():
                for text, other in ((texts[number - 1], "inserted"), (texts[number], "deleted")):
                    value = getattr(text, field)
                    assert "".join(p.text for p in pieces if p.operation != other) == (
                        "" if value is None else str(value)
                    )


def test_default_difference_is_that_of_the_last_two_versions(archive: Archive, histories: Histories) -> None:
    id = next(id for id, texts in histories.items() if len(texts) == 3)
    assert archive.diff(id) == archive.diff(id, 2, 3)
    assert archive.diff(id, 1) == archive.diff(id, 1, 3)
    alone = next(id for id, texts in histories.items() if len(texts) == 1)
    assert archive.diff(alone).changes == {}
    with pytest.raises(ValueError, match=r"there is no version 4 of '.*': 3 versions are known"):
        archive.diff(id, 4)
    with pytest.raises(ValueError, match="1 version is known"):
        archive.diff(alone, 2)


def test_refreshed_archive_of_all_versions_has_the_new_ones(tmp_path: Path) -> None:
    archive = write(searchidx.create(tmp_path / "index"), {"a": [Article("a", "Rates", "bank")]})
    every = archive.all_versions()
    assert len(every) == 1
    with archive.writer() as writer:
        writer.add(Article("a", "Rates", "japan"))
        writer.keep(to_former_text(Article("a", "Rates", "bank"), Article("a", "Rates", "japan"), "", ""))
    assert every.refresh()
    assert every.ids("bank") == ["a"]
    assert not every.refresh()
    assert archive.ids("bank") == ["a"]


def test_explanation_counts_questions_about_versions(tmp_path: Path) -> None:
    texts = [Article("a", "Rates", "bank"), Article("a", "Rates", "japan")]
    archive = write(searchidx.create(tmp_path / "index"), {"a": texts, "b": [Article("b", "Rain", "bank")]})
    explanation = archive.explain("first:bank -bank versions:>1")
    assert [(part.query, part.articles) for part in explanation.parts] == [
        ("first:bank", 2), ("NOT bank", 1), ("versions:[2 TO *]", 1),
    ]  # fmt: skip
    hits = archive.search("first:bank changed:body nothing")
    assert hits.total == 0
    assert "no article has nothing" in hits.diagnostics[0].message


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("changed:colour", "is not a field that can change: write headline, body"),
        ("versions:many", "is not a number of versions"),
        ("first:", "first: needs a value"),
        ("first:(label:seen)", "label: cannot stand within it"),
        ("first:(rain changed:body)", "changed: cannot stand within it"),
        ("rain w/5 first:sun", "takes words"),
    ],
)
def test_invalid_question_is_an_error(tmp_path: Path, query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        searchidx.create(tmp_path / "index").search(query)


@pytest.mark.parametrize(
    "query", ["first:nato", 'first:"taiwan strait"', "first:(a OR b)", "first:headline:x", "first:x^2", "first:/a.*b/",
              "NOT first:a*", "changed:headline", "changed:*", "versions:[2 TO 5]", "first:(a AND date:2023)"],
)  # fmt: skip
def test_formatted_question_parses_to_the_same_tree(query: str) -> None:
    tree = searchidx.parse(query).tree
    assert searchidx.parse(format_query(tree)).tree == tree


def test_every_compared_field_can_be_asked_for(archive: Archive) -> None:
    for field in COMPARED_FIELDS:
        archive.search(f"changed:{field}", limit=0)


def test_cluster_says_that_it_keeps_no_versions(request: pytest.FixtureRequest) -> None:
    index = request.getfixturevalue("on_cluster")
    archive = searchidx.create(index)
    with archive.writer() as writer:
        writer.add(Article("a", "Rates", "bank"))
    archive.refresh()
    asked: list[Callable[[], object]] = [
        lambda: archive.history("a"),
        lambda: archive.diff("a"),
        archive.all_versions,
        lambda: archive.search("versions:>1"),
        lambda: archive.search("first:bank"),
    ]
    for ask in asked:
        with pytest.raises(UnsupportedError, match="cluster keeps no versions"):
            ask()


def test_alert_reports_an_article_when_its_headline_changes(tmp_path: Path) -> None:
    archive = write(searchidx.create(tmp_path / "index"), {"a": [Article("a", "Rates", "bank")]})
    assert archive.add_alert("corrections", "changed:headline") == 0
    write(archive, {"a": [Article("a", "Rates", "bank"), Article("a", "Ships", "bank")]})
    [found] = archive.run_alerts("corrections")
    assert [(each["id"], each["reason"]) for each in found.articles] == [("a", "changed")]
    [again] = archive.run_alerts("corrections")
    assert again.articles == []


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_export_of_all_versions_names_each(archive: Archive, histories: Histories, format: str) -> None:
    every = archive.all_versions()
    versions = [(id, n, texts[n - 1]) for id, texts in histories.items() for n in range(1, len(texts) + 1)]
    expected = sorted((id, n) for id, n, text in versions if has(text, "nato"))
    found = list(every.articles("nato"))
    assert sorted((each.id, int(each.provenance["version"])) for each in found) == expected
    for each in found:
        version = archive.history(each.id)[int(each.provenance["version"]) - 1]
        assert each == version.article
        assert each.provenance.get("saved", "") == version.saved
        assert not {"replaced", "changed"} & each.provenance.keys()
    text = "".join(export_lines(found, format))
    others = "".join(export_lines(archive.articles("nato"), format))
    saved = {each.provenance["saved"] for each in found if "saved" in each.provenance}
    assert all(time in text for time in saved)
    assert not any(time in others for time in saved)


def test_batch_counts_all_versions(archive: Archive, histories: Histories) -> None:
    totals = {word: sum(has(text, word) for texts in histories.values() for text in texts) for word in WORDS}
    assert {each.query: each.total for each in archive.all_versions().batch(WORDS)} == totals
    [answer] = archive.all_versions().batch(["nato"], ids=True)
    assert sorted(answer.ids or ()) == sorted(hit.id for hit in archive.all_versions().hits("nato"))


def test_manifest_of_all_versions_repeats_them(archive: Archive, tmp_path: Path) -> None:
    written: list[bytes] = []
    manifest = export_manifest.export(archive.all_versions(), "nato", "csv", written.append)
    export_manifest.write_manifest(tmp_path / "manifest.json", manifest)
    again = export_manifest.read_manifest(tmp_path / "manifest.json")
    assert again == manifest
    repeated = export_manifest.replay(archive, again, len)
    assert (repeated.sha256, repeated.count) == (manifest.sha256, archive.all_versions().search("nato").total)
