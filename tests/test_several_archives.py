"""Several archives opened together, compared with one archive that has all their articles."""

from __future__ import annotations

import random
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import searchidx
from searchidx import Archive, Article
from searchidx.engines.locations import ClusterLocation, name_cluster_indexes, name_folders, parse_location
from searchidx.engines.registry import engine_class
from searchidx.engines.testing.random_articles import random_article, random_reprints
from searchidx.errors import LabelError
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.render import serialize
from searchidx.search.aggregations import FACETS, UNITS
from searchidx.search.orders import ORDERS
from searchidx.versions import to_former_text
from testcluster.nodes import LocalCluster

QUERIES = (
    "*", "bank", "bank rates", "the bank OR japan", '"interest rates"', '"the bank"', "headline:bank^3 OR rates",
    "=banks", "caps(US)", "ban*", "jap?n", "bank~", "/(ra|ta).*/", "bank w/5 rates", "bank pre/3 the", "bank w/s japan",
    "bank NOT w/4 rates", "atleast2(bank)", "-bank", "japan -bank", "lead:bank", "source:daily",
    'keyword:"interest rates"', "language:en",
    "byline:bell", "date:2023", "date:2020..2023 bank", "date:none", "precision:day", "words:>20",
    "東京", "wahlen", "the bank of japan rates", "zzz", "kanal OR выборы",
)  # fmt: skip
_BY_SCORE = ("relevance", "best", "fresh")
TYPED = ("b", "ba", "source:da", "bank ra", "zz", "")


Location = Path | str


class Place(Protocol):
    """Where the archives of a test lie: a folder, or names on the cluster that begin alike."""

    def __truediv__(self, name: str) -> Location: ...


class ClusterNames:
    """Names of archives on the cluster."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._cluster = cluster
        self.prefix = f"test-{uuid.uuid4().hex}-"

    def __truediv__(self, name: str) -> str:
        return f"{self._cluster.url().replace('http', 'opensearch')}/{self.prefix}{name}"

    def delete(self) -> None:
        self._cluster.request("DELETE", f"/{self.prefix}*?expand_wildcards=all")


class Kind(NamedTuple):
    """The cluster, or None for folders."""

    cluster: LocalCluster | None

    @contextmanager
    def place(self) -> Iterator[Place]:
        if self.cluster is None:
            with tempfile.TemporaryDirectory() as name:
                yield Path(name)
            return
        names = ClusterNames(self.cluster)
        try:
            yield names
        finally:
            names.delete()


@pytest.fixture(scope="module", params=["folders", "cluster"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.getfixturevalue("cluster") if request.param == "cluster" else None)


@pytest.fixture
def place(kind: Kind) -> Iterator[Place]:
    with kind.place() as found:
        yield found


def _shown(place: Place, *ids: str) -> list[str]:
    """Ids with the names that the archives have in a place."""
    prefix = getattr(place, "prefix", "")
    return [prefix + id if ":" in id else id for id in ids]


def _create(folder: Location, articles: list[Article], commits: int = 2) -> None:
    with searchidx.create(folder) as archive:
        step = len(articles) // commits + 1
        for first in range(0, len(articles), step):
            with archive.writer(jobs=1) as writer:
                for article in articles[first : first + step]:
                    writer.add(article)


@contextmanager
def _opened(kind: Kind, *parts: list[Article]) -> Iterator[tuple[Archive, Archive]]:
    """The archives of several lists of articles opened together, and one archive of all."""
    with kind.place() as place, ExitStack() as stack:
        for number, articles in enumerate(parts):
            _create(place / f"i{number}", articles)
        _create(place / "one", _rename(place, parts), 1)
        yield (
            stack.enter_context(searchidx.open(*(place / f"i{number}" for number in range(len(parts))))),
            stack.enter_context(searchidx.open(place / "one")),
        )


def _rename(place: Place, parts: tuple[list[Article], ...]) -> list[Article]:
    """All articles with the ids that they have together."""
    ids = [{article.id for article in articles} for articles in parts]
    return [
        replace(article, id=_shown(place, f"i{number}:{article.id}")[0])
        if sum(article.id in each for each in ids) > 1
        else article
        for number, articles in enumerate(parts)
        for article in articles
    ]


def _approximate(value: Any) -> Any:
    """The value with floats that need only be close."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-5, abs=1e-6)
    if isinstance(value, dict):
        return {key: _approximate(each) for key, each in value.items()}
    return [_approximate(each) for each in value] if isinstance(value, (list, tuple)) else value


def _answers(archive: Archive, query: str, rng: random.Random) -> dict[str, Any]:
    """What every public method answers, as plain values."""
    ids = archive.ids(query)
    answers: dict[str, Any] = {
        "ids": ids,
        "articles": [article.to_dict() for article in archive.articles(query)],
        "hits": [hit.to_dict() for hit in archive.hits(query, sort="oldest")],
        "kwic": list(serialize.kwic_jsonl(archive.kwic(query, sort=rng.choice([None, "left", "right", "date"])))),
        "terms": serialize.words_json(archive.terms(query, limit=30), query),
        "explain": serialize.explanation_json(archive.explain(query)),
        "batch": next(archive.batch([query], ids=True)),
        "ngrams": serialize.ngrams_json(archive.ngrams(query, limit=20, common=True)),
        "compare": serialize.comparison_json(archive.compare(query, "bank", limit=10, common=True)),
        "export": list(export_lines(archive.articles(query), rng.choice(EXPORT_FORMATS))),
        "typed": [each._asdict() for each in archive.suggest(rng.choice(TYPED))],
    }
    for sort in ORDERS:
        limit, offset = rng.choice([3, None]), rng.choice([0, 2])
        if sort in _BY_SCORE:  # rounding may exchange hits with nearly equal scores
            answers[sort] = {hit.id: hit.score for hit in archive.search(query, limit=None, sort=sort)}
            limit = 0
        page = archive.search(query, limit=limit, offset=offset, sort=sort)
        answers[f"page {sort}"] = serialize.hits_json(page, query)
    groups = archive.groups(query, rng.choice([0.6, 0.8]), limit=None, sort=rng.choice(["newest", "oldest"]))
    answers["groups"] = serialize.groups_json(groups, query)
    for field in FACETS:
        answers[field] = serialize.facets_json([archive.facet(query, field)])
    timeline = archive.timeline(query, "bank", by=rng.choice(UNITS), count_words=rng.random() < 0.5)
    answers["timeline"] = serialize.timeline_json(timeline)
    for id in ids[:2]:
        answers[f"similar {id}"] = {hit.id: hit.score for hit in archive.similar(id, limit=100)}
        answers[f"versions {id}"] = serialize.hits_json(archive.versions(id), id)
        answers[f"score {id}"] = serialize.score_json(archive.explain_score(query, id))
        answers[f"article {id}"] = serialize.article_json(archive.get(id), archive.highlight(id, query), query)
        answers[f"id:{id}"] = archive.ids(f"({query}) id:{id}") if not set(id) & set(" ()") else None
        assert id in archive
    stats = serialize.stats_json(archive.stats())
    answers["stats"] = {
        name: value
        for name, value in stats.items()
        if name not in ("segments", "bytes", "generation", "fingerprint", "version")
    }
    return answers


def _check(kind: Kind, parts: tuple[list[Article], ...], seed: int, count: int) -> None:
    rng = random.Random(seed)
    with _opened(kind, *parts) as (several, one):
        assert len(several) == len(one)
        for query in rng.sample(QUERIES, count):
            state = rng.getstate()
            found = _answers(several, query, rng)
            rng.setstate(state)
            expected = _answers(one, query, rng)
            assert list(found) == list(expected)
            for name, value in expected.items():
                assert _approximate(found[name]) == value, (query, name)


@settings(max_examples=4, phases=[Phase.generate])
@given(seed=st.integers(0, 1 << 32), count=st.integers(2, 4), size=st.integers(0, 24))
def test_split_archives_answer_as_one(kind: Kind, seed: int, count: int, size: int) -> None:
    rng = random.Random(seed)
    articles = [random_article(rng, f"a{number}") for number in range(size)]
    articles += [replace(each, id=f"copy-{each.id}") for each in random_reprints(rng, 12)]
    parts: tuple[list[Article], ...] = tuple([] for _ in range(count))
    for article in articles:
        rng.choice(parts).append(article)
    _check(kind, parts, seed, 4)


@settings(max_examples=3, phases=[Phase.generate])
@given(seed=st.integers(0, 1 << 32), count=st.integers(2, 4))
def test_archives_with_equal_ids_answer_as_one_with_prefixed_ids(kind: Kind, seed: int, count: int) -> None:
    rng = random.Random(seed)
    parts = tuple([random_article(rng, f"a{n}") for n in sorted(rng.sample(range(16), 9))] for _ in range(count))
    _check(kind, parts, seed, 4)


def test_sample_corpus_split_in_two_answers_as_one(kind: Kind, corpus_index: Path) -> None:
    with searchidx.open(corpus_index) as archive:
        articles = list(archive.articles("*"))
    parts = articles[::2], articles[1::2]
    with _opened(kind, *parts) as (several, one):
        for query in ("nato japan", '"Taiwan Strait" date:2023', "central bank OR rates", "nato w/9 japan"):
            found = [(hit.id, hit.score) for hit in several.search(query, limit=None)]
            expected = [(hit.id, hit.score) for hit in one.search(query, limit=None)]
            assert expected
            assert dict(found) == pytest.approx(dict(expected), rel=1e-5)
            assert several.search(query).diagnostics == one.search(query).diagnostics


# -- names and ids -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["2022/index", "2023/index"], ["2022/index", "2023/index"]),
        (["x/2022/index", "y/2022/index", "z/2023/index"], ["x/2022/index", "y/2022/index", "z/2023/index"]),
        (["my archive (old)", "b:c"], ["my-archive-old-", "b-c"]),
        (["x/../a", "b"], ["a", "b"]),
    ],
)
def test_names_are_the_shortest_ends_of_the_paths(tmp_path: Path, folders: list[str], names: list[str]) -> None:
    assert name_folders([tmp_path / folder for folder in folders]) == names


def test_names_that_differ_in_punctuation_only_are_numbers(tmp_path: Path) -> None:
    assert name_folders([tmp_path / "a b", tmp_path / "a(b"]) == ["1", "2"]


def test_same_folder_twice_is_an_error(tmp_path: Path) -> None:
    _create(tmp_path / "a", [])
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with pytest.raises(searchidx.SearchidxError, match="is given twice: give each index once"):
        searchidx.open(tmp_path / "a", tmp_path / "link")


def test_prefixed_id_works_for_every_article(place: Place) -> None:
    _create(place / "old", [Article("x", "Rain"), Article("y", "Snow")])
    _create(place / "new", [Article("x", "Hail")])
    with searchidx.open(place / "old", place / "new") as archive:
        assert sorted(archive.ids("*")) == sorted(_shown(place, "old:x", "y", "new:x"))
        found = [archive.get(id) for id in _shown(place, "old:y", "y", "old:x", "new:x", "new:y")]
        assert [article and article.headline for article in found] == ["Snow", "Snow", "Rain", "Hail", None]
        assert archive.ids(f"id:{_shown(place, 'old:y')[0]}") == ["y"]
        assert sorted(archive.ids("id:x")) == sorted(_shown(place, "old:x", "new:x"))
        with pytest.raises(searchidx.AmbiguousIdError, match="write {} or {}".format(*_shown(place, "old:x", "new:x"))):
            archive.get("x")


# -- what cannot be read together --------------------------------------------------------------------------------------


def test_cluster_among_folders_is_an_error_that_says_so(tmp_path: Path) -> None:
    _create(tmp_path / "a", [])
    with pytest.raises(searchidx.UnsupportedError, match="a cluster and a folder score articles by different formulas"):
        searchidx.open(tmp_path / "a", "opensearch://127.0.0.1:1/news")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "opensearch://one/a",
            "opensearch://two/b",
            "two:9200/b: it is not known to be on the cluster of",
        ),
        ("opensearch://one/a", "opensearchs://one/b", "write the same hosts for all indexes of one cluster"),
        ("opensearch://one/a", "opensearch://one,two/b", "write the same hosts for all indexes of one cluster"),
        ("opensearch://one/a", "opensearch://one:9200/a?timeout=5", "one:9200/a is given twice: give each index once"),
    ],
)
def test_archives_that_are_not_of_one_cluster_are_an_error(first: str, second: str, message: str) -> None:
    with pytest.raises(searchidx.SearchidxError, match=message):
        searchidx.open(first, second)


def test_hosts_of_one_cluster_in_any_order_have_one_ranking() -> None:
    locations = [parse_location(f"opensearch://{hosts}") for hosts in ("one,two/b", "two,one:9200/a")]
    assert name_cluster_indexes([each for each in locations if isinstance(each, ClusterLocation)]) == ["b", "a"]


def test_cluster_archive_of_another_mapping_is_an_error_that_names_it(cluster: LocalCluster) -> None:
    with Kind(cluster).place() as place:
        prefix = _shown(place, ":")[0].rstrip(":")
        for name in "ab":
            _create(place / name, [])
        record = f"/{prefix}b-control/_doc/commit"
        source = cluster.request("GET", record)["_source"]
        cluster.request("PUT", record, {**source, "version": 99})
        message = f"{prefix}b was made with version 99, .* rebuild it with 'searchidx build'"
        with pytest.raises(searchidx.IndexVersionError, match=message):
            searchidx.open(place / "a", place / "b")
        with pytest.raises(searchidx.IndexNotFoundError, match=f"there is no index at .*{prefix}c"):
            searchidx.open(place / "a", place / "c")


@pytest.mark.parametrize("line", ['"analysis": "', '"version": '])
def test_archive_of_another_format_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    _create(tmp_path / "a", [])
    _create(tmp_path / "b", [])
    manifest = tmp_path / "b" / "manifest.json"
    import json
    import zlib

    values = json.loads(manifest.read_text())
    name = line.split('"')[1]
    values[name] = "other" if name == "analysis" else 99
    del values["crc32"]
    values["crc32"] = zlib.crc32(json.dumps(values, sort_keys=True, separators=(",", ":")).encode())
    manifest.write_text(json.dumps(values))
    with pytest.raises(searchidx.IndexVersionError, match="b is of format version") as caught:
        searchidx.open(tmp_path / "a", tmp_path / "b")
    assert caught.value.path == tmp_path / "b"


def test_missing_archive_is_an_error_that_names_it(tmp_path: Path) -> None:
    _create(tmp_path / "a", [])
    with pytest.raises(searchidx.IndexNotFoundError, match=r"there is no index in .*b"):
        searchidx.open(tmp_path / "a", tmp_path / "b")


def test_archives_in_different_languages_are_searched_by_the_stems_of_both(place: Place) -> None:
    german = [Article("d", "Die Häuser", "Die Häuser stehen im Regen.", language="de")]
    english = [Article("e", "Houses", "Houses stand in the rain.", language="en")]
    _create(place / "de", german)
    _create(place / "en", english)
    _create(place / "one", [*german, *english])
    with searchidx.open(place / "de", place / "en") as several, searchidx.open(place / "one") as one:
        for query in ("haus", "house", "haus OR house", "regen OR rains"):
            assert several.ids(query) == one.ids(query) != []
            found, expected = ({hit.id: hit.score for hit in each.search(query)} for each in (several, one))
            assert found == pytest.approx(expected, rel=1e-5)


# -- commits -----------------------------------------------------------------------------------------------------------


def _add(folder: Location, *articles: Article) -> None:
    with searchidx.open(folder) as archive, archive.writer() as writer:
        for article in articles:
            writer.add(article)


def test_commit_of_either_archive_shows_after_refresh(place: Place) -> None:
    _create(place / "a", [Article("x", "Rain")])
    _create(place / "b", [Article("y", "Snow")])
    with searchidx.open(place / "a", place / "b") as archive:
        assert (archive.refresh(), archive.latest() is archive) == (False, True)
        before = archive.fingerprint
        _add(place / "b", Article("x", "Hail"))
        assert archive.ids("*") == ["x", "y"]
        assert archive.refresh()
        assert archive.ids("*") == _shown(place, "a:x", "y", "b:x")
        assert archive.fingerprint != before
        _add(place / "a", Article("z", "Fog"))
        newer = archive.latest()
        assert newer is not archive
        assert "z" in newer
        assert "z" not in archive


def test_rebuilt_archive_shows_after_refresh(tmp_path: Path) -> None:
    _create(tmp_path / "a", [Article("x", "Rain")])
    _create(tmp_path / "b", [Article("y", "Snow")])
    with searchidx.open(tmp_path / "a", tmp_path / "b") as archive:
        shutil.rmtree(tmp_path / "b")
        _create(tmp_path / "b", [Article("z", "Hail")])
        assert archive.refresh()
        assert archive.ids("*") == ["x", "z"]


def test_commands_take_several_indexes(place: Place, run: Callable[..., SimpleNamespace]) -> None:
    _create(place / "a", [Article("x", "Rain", date="2023-05"), Article("y", "Snow")])
    _create(place / "b", [Article("x", "Rain again", date="2024-05")])
    options = ("--index", place / "a", "--index", place / "b")
    ids = _shown(place, "a:x", "b:x")
    assert run("query", "rain", "--ids", "--sort", "oldest", *options).out.split() == ids
    assert run("timeline", "rain", "--by", "year", *options).out.endswith("total  2\n")
    assert run("show", ids[1], *options).out.startswith("Rain again")
    assert run("label", "add", "wet", "rain", *options).err == "2 articles labelled wet\n"
    assert run("query", "label:wet", "--ids", "--index", place / "b").out.split() == ["x"]
    assert "takes one index, not 2" in run("alert", "add", "rain", "rain", *options).err


def test_overwritten_archive_shows_after_refresh(place: Place) -> None:
    _create(place / "a", [Article("x", "Rain"), Article("z", "Snow")])
    _create(place / "b", [Article("y", "Snow")])
    with searchidx.open(place / "a", place / "b") as archive:
        location = parse_location(place / "a")
        with engine_class(location).at(location).writer(overwrite=True) as writer:
            writer.add(Article("y", "Hail"))
        assert archive.ids("*") == ["x", "z", "y"]
        assert archive.refresh()
        assert archive.ids("*") == _shown(place, "a:y", "b:y")
        assert archive.ids("hail") == _shown(place, "a:y")


def test_several_archives_cannot_be_written(place: Place) -> None:
    _create(place / "a", [Article("x", "Rain")])
    _create(place / "b", [])
    with searchidx.open(place / "a", place / "b") as archive:
        writes: list[Callable[[], object]] = [
            archive.writer,
            lambda: archive.add_alert("rain", "rain"),
            lambda: archive.run_alerts("rain"),
            lambda: archive.workspace.path,
        ]
        for write in writes:
            with pytest.raises(searchidx.UnsupportedError, match="several archives"):
                write()
    if isinstance(place, Path):
        assert sorted(path.name for path in place.iterdir()) == ["a", "b"]


# -- workspaces --------------------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(place: Place) -> Iterator[Archive]:
    """Two archives with an id in common, each with labels and notes of its own."""
    for name, ids in (("a", ["x", "y"]), ("b", ["x", "z"])):
        _create(place / name, [Article(id, f"Rain in {name}") for id in ids])
    with searchidx.open(place / "a") as first, searchidx.open(place / "b") as second:
        first.workspace.labels.add("Seen", ["x", "z"], "red")  # the first archive has no z
        first.workspace.labels.add("mine@anna", ["x", "y"])
        first.workspace.notes.set("y", "quotes the minister")
        second.workspace.labels.add("seen", ["z"], "blue")
        second.workspace.labels.add("mine@ben", ["x"])
        second.workspace.notes.set("x", "minister again")
    with searchidx.open(place / "a", place / "b") as archive:
        yield archive


def test_labels_and_notes_of_all_workspaces_are_found(labelled: Archive, place: Place) -> None:
    expected = {
        "label:seen": ["a:x", "z"],
        "label:mine@anna": ["a:x", "y"],
        "label:mine@ben": ["b:x"],
        "label:mine@*": ["a:x", "y", "b:x"],
        "-label:*": [],
        "-label:seen": ["y", "b:x"],
        "note:minister": ["y", "b:x"],
        "note:quotes": ["y"],
    }
    found = {query: labelled.ids(query) for query in expected}
    assert found == {query: _shown(place, *ids) for query, ids in expected.items()}
    values = {each.value: each.count for each in labelled.facet("rain", "label").values}
    assert values == {"Seen": 2, "mine@anna": 2, "mine@ben": 1}


def test_labels_of_an_article_come_from_its_own_workspace(labelled: Archive, place: Place) -> None:
    of = labelled.workspace.labels.of(_shown(place, "a:x", "b:x", "y", "z", "a:z"))
    names = {id: [(label.name, label.color) for label in labels] for id, labels in of.items()}
    colors = {label.name: label.color for label in labelled.workspace.labels.all()}
    assert colors["Seen"] == "red"
    expected = {
        "a:x": [("mine@anna", colors["mine@anna"]), ("Seen", "red")],
        "b:x": [("mine@ben", colors["mine@ben"])],
        "y": [("mine@anna", colors["mine@anna"])],
        "z": [("Seen", "red")],
        "a:z": [("Seen", "red")],  # gone from the first archive
    }
    assert names == {_shown(place, id)[0]: labels for id, labels in expected.items()}
    assert labelled.workspace.notes.get(_shown(place, "b:x")[0]) == "minister again"
    assert labelled.workspace.notes.get(_shown(place, "a:x")[0]) == ""


def test_labels_are_counted_over_all_workspaces(labelled: Archive, place: Place) -> None:
    rows = {count.name: (count.articles, count.gone) for count in labelled.labels()}
    assert rows == {"Seen": (3, 1), "mine@anna": (2, 0), "mine@ben": (1, 0)}
    assert labelled.workspace.article_ids() == _shown(place, "a:x", "a:z", "y", "z", "b:x")


def test_change_of_one_workspace_shows_at_once(labelled: Archive, place: Place) -> None:
    assert labelled.ids("label:seen") == _shown(place, "a:x", "z")
    before = labelled.workspace.revision()
    with searchidx.open(place / "b") as archive:
        archive.workspace.labels.add("seen", ["x"])
    assert labelled.ids("label:seen") == _shown(place, "a:x", "b:x", "z")
    assert labelled.workspace.revision() > before


def test_labels_follow_an_id_that_begins_to_clash(labelled: Archive, place: Place) -> None:
    _add(place / "b", Article("y", "Rain again"))
    assert labelled.refresh()
    assert labelled.ids("label:mine@anna") == _shown(place, "a:x", "a:y")


def test_one_workspace_for_several_archives_is_an_error(tmp_path: Path) -> None:
    _create(tmp_path / "a", [])
    _create(tmp_path / "b", [])
    with pytest.raises(searchidx.UnsupportedError, match="each of several archives has its own workspace"):
        searchidx.open(tmp_path / "a", tmp_path / "b", workspace=tmp_path / "w")


def test_labels_and_notes_are_written_to_the_archive_of_their_article(place: Place) -> None:
    for name, ids in (("a", "wx"), ("b", "xyz")):
        _create(place / name, [Article(id, "Rain") for id in ids])
    with searchidx.open(place / "a", place / "b") as archive:
        labels, notes = archive.workspace.labels, archive.workspace.notes
        assert labels.add("seen", archive.ids("rain")) == 5
        assert labels.add("late", _shown(place, "b:x", "z", "nowhere")) == 2
        assert labels.remove("seen", _shown(place, "a:x", "y")) == 2
        notes.set_all(zip(_shown(place, "w", "b:x", "z"), ("wet", "dry", ""), strict=True))
        assert archive.ids("label:seen") == _shown(place, "w", "b:x", "z")
        assert archive.ids("note:wet OR note:dry") == _shown(place, "w", "b:x")
        with pytest.raises(LabelError):
            labels.add("no name", [])
    for name, seen, late, noted in (("a", ["w"], [], {"w": "wet"}), ("b", ["x", "z"], ["x", "z"], {"x": "dry"})):
        with searchidx.open(place / name) as archive:
            assert sorted(archive.workspace.labels.ids("seen")) == seen
            assert sorted(archive.workspace.labels.ids("late")) == late
            assert archive.workspace.notes.all() == noted
    with searchidx.open(place / "a", place / "b") as archive:
        assert archive.workspace.labels.delete("late")
        assert not archive.workspace.labels.delete("late")
        assert archive.ids("label:late") == []


@pytest.mark.parametrize("seed", range(4))
def test_versions_of_several_archives_are_those_of_one(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    histories: dict[str, list[Article]] = {}
    parts: list[list[str]] = [[], [], []]
    for owner, part in enumerate(parts):
        for number in range(12):
            id = f"{owner}-{number}" if number % 3 else f"{number}"  # every third id is in all archives
            name = id if number % 3 else f"i{owner}:{number}"
            bodies = [" ".join(rng.sample(("bank", "rain", "ship", "snow"), 2)) for _ in range(rng.randrange(1, 4))]
            histories[name] = [Article(id, f"Text {n}", body) for n, body in enumerate(bodies)]
            part.append(name)

    def write(folder: Path, names: list[str], rename: bool) -> None:
        with searchidx.create(folder) as archive:
            for step in range(3):
                with archive.writer(jobs=1) as writer:
                    for name in names:
                        if step < len(texts := histories[name]):
                            id = name if rename else texts[0].id
                            writer.add(replace(texts[step], id=id))
                            if step:
                                was, now = (replace(text, id=id) for text in texts[step - 1 : step + 1])
                                writer.keep(to_former_text(was, now, f"2023-0{step}", f"2023-0{step + 1}"))

    for owner, part in enumerate(parts):
        write(tmp_path / f"i{owner}", part, rename=False)
    write(tmp_path / "all", [name for part in parts for name in part], rename=True)
    folders = [tmp_path / f"i{owner}" for owner in range(3)]
    with searchidx.open(*folders) as several, searchidx.open(tmp_path / "all") as one:
        for id, texts in histories.items():
            assert [each.to_dict() for each in several.history(id)] == [each.to_dict() for each in one.history(id)]
            if len(texts) > 1:
                assert several.diff(id).to_dict() == one.diff(id).to_dict()
        for query in ("changed:body", "versions:>1", "versions:1", "first:bank -bank", "rain changed:*"):
            assert sorted(several.ids(query)) == sorted(one.ids(query)), query
        every, every_of_one = several.all_versions(), one.all_versions()
        assert len(every) == len(every_of_one) == sum(map(len, histories.values()))
        assert every.fingerprint != several.fingerprint
        assert every.stats().articles == every_of_one.stats().articles
        for query in ("bank", "headline:text rain", '"bank rain"'):
            found, expected = (
                sorted((hit.id, hit.version, round(hit.score, 4)) for hit in archive.search(query, limit=None))
                for archive in (every, every_of_one)
            )
            assert found == expected
            assert every.facet(query, "month").total == every_of_one.facet(query, "month").total
        for id in histories:
            assert every.get(id) == several.get(id)
