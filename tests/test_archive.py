"""The public library: exported names, archives, writers, hits, diagnostics and errors."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx
from searchidx import Article

EXCEPTIONS = (
    "QueryError", "ArticleError", "SourceError", "IndexNotFoundError", "IndexExistsError", "IndexVersionError",
    "CorruptIndexError", "IndexLockedError",
)  # fmt: skip
MakeArchive = Callable[..., searchidx.Archive]


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


def fresh(process: Callable[..., Any], script: str, **how: Any) -> Any:
    """Run a script from standard input in a new Python, and return the JSON it prints."""
    done = process("-", stdin=script, **how)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


# -- the package -------------------------------------------------------------------------------------------------------


def test_importing_the_package_loads_only_its_version(process: Callable[..., Any]) -> None:
    script = "import json, searchidx, sys; dir(searchidx); print(json.dumps(sorted(sys.modules)))"
    modules = set(fresh(process, script))
    assert "searchidx" in modules
    assert {name for name in modules if name.startswith("searchidx.")} == {"searchidx.version"}
    assert not modules & {"numpy", "whoosh", "trafilatura", "click", "Stemmer", "zstandard", "lxml"}


def test_search_does_not_load_the_page_readers(process: Callable[..., Any], corpus_index: Path) -> None:
    script = f"""
import json, sys
import searchidx
with searchidx.open({str(corpus_index)!r}) as archive:
    total = archive.search("kishida").total
print(json.dumps([total, sorted({{"trafilatura", "lxml"}} & set(sys.modules))]))
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
    assert (added, total) == (63, 2)
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


# -- build and open ----------------------------------------------------------------------------------------------------


def test_build_reports_added_and_skipped(tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "c", "one.txt", "One\n\nWords.\n")
    empty = put(tmp_path / "c", "empty.txt", "")
    report = searchidx.build(str(tmp_path / "c"), index=str(tmp_path / "index"))
    assert (report.added, report.updated, report.unchanged, report.removed) == (1, 0, 0, 0)
    assert report.skipped == ((empty.as_posix(), "it is empty"),)
    values = json.loads(json.dumps(report.to_dict()))
    assert values["skipped"] == [{"place": empty.as_posix(), "reason": "it is empty"}]
    assert {name: values[name] for name in ("added", "updated", "unchanged", "removed")} == {
        "added": 1, "updated": 0, "unchanged": 0, "removed": 0,
    }  # fmt: skip


def test_build_without_sources_reads_corpus(
    tmp_path: Path, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "corpus", "one.txt", "One\n\nWords.\n")
    monkeypatch.chdir(tmp_path)
    assert searchidx.build().added == 1
    with searchidx.open() as archive:
        assert archive.ids("words") == ["one.txt"]


@pytest.mark.parametrize("folder", ["missing", "file", "file/below", "empty"])
def test_open_without_an_index_raises(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("no index")
    (tmp_path / "empty").mkdir()
    with pytest.raises(searchidx.IndexNotFoundError) as caught:
        searchidx.open(tmp_path / folder)
    assert caught.value.path == tmp_path / folder
    assert "searchidx build" in str(caught.value)


def test_archive_has_len_contains_and_get(archive: searchidx.Archive) -> None:
    assert len(archive) == 63
    assert "hg-1004" in archive
    assert "hg-9999" not in archive
    assert 7 not in archive
    article = archive.get("hg-1004")
    assert article is not None
    assert article.id == "hg-1004"
    assert archive.get("hg-9999") is None


def test_archive_index_is_a_whoosh_index(archive: searchidx.Archive) -> None:
    from whoosh.index import Index
    from whoosh.query import Term

    assert isinstance(archive.index, Index)
    assert archive.index.doc_count() == 63
    with archive.index.searcher() as searcher:
        found = searcher.search(Term("text", "kishida"), limit=None)
        assert sorted(hit["id"] for hit in found) == sorted(archive.ids("kishida"))


# -- create, writer, refresh -------------------------------------------------------------------------------------------


def test_created_archive_is_empty(tmp_path: Path) -> None:
    archive = searchidx.create(str(tmp_path / "far" / "index"))
    assert len(archive) == 0
    assert archive.ids("*") == []
    hits = archive.search("anything at all")
    assert (hits.total, list(hits), hits.diagnostics) == (0, [], ())


def test_create_never_overwrites(tmp_path: Path, contents: Callable[..., Any], make_archive: MakeArchive) -> None:
    made = make_archive({"headline": "One"})
    [folder] = tmp_path.iterdir()
    before = contents(folder)
    with pytest.raises(searchidx.IndexExistsError) as caught:
        searchidx.create(folder)
    assert caught.value.path == folder
    assert contents(folder) == before
    assert made.ids("one") == ["a1"]


@pytest.mark.parametrize("damage", ["{", '{"format": "searchidx", "version": 9}'])
def test_create_never_overwrites_a_damaged_or_newer_index(tmp_path: Path, damage: str) -> None:
    (tmp_path / "manifest.json").write_text(damage)
    with pytest.raises(searchidx.IndexExistsError):
        searchidx.create(tmp_path)
    assert (tmp_path / "manifest.json").read_text() == damage


def test_writer_commits_when_its_block_ends(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path)
    with archive.writer() as writer:
        writer.add(Article(id="a1", headline="One", body="First words.", date="2023-02-01T13:33:00+09:00"))
        assert not writer.delete("a0")
        assert len(searchidx.open(tmp_path)) == 0
    assert len(archive) == 0  # a snapshot does not move
    assert len(searchidx.open(tmp_path)) == 1
    assert archive.refresh()
    assert archive.ids("first") == ["a1"]
    assert not archive.refresh()


def test_writer_cancels_on_an_exception(tmp_path: Path, make_archive: MakeArchive) -> None:
    archive = make_archive({"headline": "One"})
    with pytest.raises(KeyError, match="mine"), archive.writer() as writer:  # noqa: PT012
        writer.add(Article(id="a2", headline="Two"))
        writer.delete("a1")
        raise KeyError("mine")
    assert not archive.refresh()
    assert archive.ids("*") == ["a1"]
    with archive.writer() as writer:  # and the lock is free
        writer.add(Article(id="a3", headline="Three"))
    assert archive.refresh()
    assert archive.ids("*") == ["a1", "a3"]


def test_adding_an_id_again_replaces_the_article(make_archive: MakeArchive) -> None:
    archive = make_archive({"headline": "One"}, {"headline": "Two"})
    with archive.writer() as writer:
        writer.add(Article(id="a1", headline="Uno"))
        writer.add(Article(id="a1", headline="Eins"))
        writer.add(Article(id="a3", headline="Three"))
        assert writer.delete("a3")
        assert writer.delete("a2")
    archive.refresh()
    assert (len(archive), archive.ids("*"), archive.ids("one OR uno OR two OR three")) == (1, ["a1"], [])
    article = archive.get("a1")
    assert article is not None
    assert article.headline == "Eins"


def test_second_writer_is_locked_out(make_archive: MakeArchive) -> None:
    archive = make_archive({"headline": "One"})
    with archive.writer(), pytest.raises(searchidx.IndexLockedError):
        archive.writer()
    archive.writer().cancel()


def test_committed_writer_rejects_changes(make_archive: MakeArchive) -> None:
    archive = make_archive()
    with archive.writer() as writer:
        writer.add(Article(id="a1", headline="One"))
        writer.commit()
    with pytest.raises(ValueError, match="committed"):
        writer.add(Article(id="a2", headline="Two"))
    archive.refresh()
    assert archive.ids("*") == ["a1"]


def test_ids_are_in_document_order(make_archive: MakeArchive) -> None:
    archive = make_archive(*({"id": id, "body": "oil"} for id in ("c", "a", "d", "b")))
    assert archive.ids("oil") == ["c", "a", "d", "b"]
    with archive.writer() as writer:
        writer.add(Article(id="a", body="oil again"))
    archive.refresh()
    assert archive.ids("oil") == ["c", "d", "b", "a"]


def test_ids_are_not_limited(make_archive: MakeArchive) -> None:
    archive = make_archive(*({"id": f"n{n:04}", "body": "oil"} for n in range(1500)))
    assert archive.ids("oil") == [f"n{n:04}" for n in range(1500)]
    assert archive.search("oil").total == 1500


# -- hits --------------------------------------------------------------------------------------------------------------


def test_hits_are_a_sequence(archive: searchidx.Archive) -> None:
    hits = archive.search("nato OR taiwan", limit=5)
    every = list(hits)
    assert isinstance(hits, Sequence)
    assert (len(hits), hits.total, len(every)) == (5, 12, 5)
    assert [hits[0], hits[-1], *hits[1:3]] == [every[0], every[-1], *every[1:3]]
    assert list(reversed(hits)) == every[::-1]
    assert every[2] in hits
    assert hits.index(every[2]) == 2
    assert list(hits) == every  # more than once
    with pytest.raises(IndexError):
        _ = hits[5]
    assert hits
    assert not archive.search("zeppelin")


def test_pages_follow_each_other(archive: searchidx.Archive) -> None:
    for sort in ("relevance", "newest", "oldest"):
        whole = [hit.id for hit in archive.search("date:2023", limit=None, sort=sort)]
        pages = [archive.search("date:2023", limit=7, offset=offset, sort=sort) for offset in range(0, len(whole), 7)]
        assert [hit.id for page in pages for hit in page] == whole
        assert {page.total for page in pages} == {len(whole)}


@pytest.mark.parametrize("sort", ["relevance", "newest", "headline"])
def test_hits_iterates_over_all_hits(archive: searchidx.Archive, sort: str) -> None:
    found = archive.hits("nato OR strait", sort=sort)
    assert iter(found) is found
    whole = archive.search("nato OR strait", limit=None, sort=sort)
    assert [hit.to_dict() for hit in found] == whole.to_dicts()
    assert not list(archive.hits("zeppelin"))
    with pytest.raises(searchidx.QueryError):
        archive.hits("(nato")


@pytest.mark.parametrize(("limit", "offset", "shown"), [(0, 0, 0), (5, 12, 0), (5, 999, 0), (None, 10, 2), (99, 0, 12)])
def test_page_beyond_the_last_hit_is_empty(
    archive: searchidx.Archive, limit: int | None, offset: int, shown: int
) -> None:
    hits = archive.search("nato OR taiwan", limit=limit, offset=offset)
    assert (hits.total, len(hits)) == (12, shown)


@pytest.mark.parametrize("how", [{"limit": -1}, {"offset": -1}, {"sort": "best"}], ids=str)
def test_invalid_limit_offset_or_order_raises(archive: searchidx.Archive, how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        archive.search("nato", **how)


def test_scores_fall_and_dates_rise(archive: searchidx.Archive) -> None:
    scores = [hit.score for hit in archive.search("nato OR taiwan OR strait", limit=None)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0
    oldest = [str(hit.date) for hit in archive.search("precision:day", limit=None, sort="oldest")]
    assert [date[:10] for date in oldest] == sorted(date[:10] for date in oldest)
    newest = archive.search("*", limit=None, sort="newest")
    assert [hit.date for hit in newest[-3:]] == [None] * 3
    assert None not in [hit.date for hit in newest[:-3]]


def test_hit_has_the_values_of_its_article(archive: searchidx.Archive) -> None:
    [hit] = archive.search("id:hg-1004")
    assert hit.article == archive.get("hg-1004")
    assert (hit.id, hit.headline, hit.date) == (hit.article.id, hit.article.headline, hit.article.date)
    assert hit.snippet.text
    values = json.loads(json.dumps(hit.to_dict()))
    assert list(values)[:4] == ["id", "headline", "date", "score"]
    assert set(values) >= {"byline", "dateline", "section", "source", "language", "keywords", "url", "snippet"}
    assert values["date"] == str(hit.date)


def test_dates_keep_their_precision(make_archive: MakeArchive) -> None:
    dates = ["2023", "2023-02", "2023-02-01", "2023-02-01T13:33:00+09:00", "2023-02-01T13:33:00", None]
    archive = make_archive(*({"headline": "Dated", "date": date} for date in dates))
    found = [hit.date for hit in archive.search("dated", limit=None)]
    assert [None if date is None else str(date) for date in found] == dates


def test_hits_remain_usable_after_close(tmp_path: Path, put: Callable[..., Path]) -> None:
    page = put(tmp_path / "c", "page.txt", "Harbour opens\n\nShips came in at noon.\n")
    searchidx.build(tmp_path / "c", index=tmp_path / "index")
    with searchidx.open(tmp_path / "index") as archive:
        hits = archive.search("came noon")
        [hit] = hits
    page.unlink()
    searchidx.build(tmp_path / "c", index=tmp_path / "index")  # the files they were read from are gone as well
    assert (hits.total, hit.id, hit.headline, hit.date) == (1, "page.txt", "Harbour opens", None)
    assert hit.article.body == "Ships came in at noon."
    assert hit.snippet.text == hit.article.body
    assert hits.diagnostics == ()


def test_archive_does_not_see_later_commits(make_archive: MakeArchive) -> None:
    archive = make_archive({"body": "oil"}, {"body": "oil prices"})
    with archive.writer() as writer:
        writer.delete("a1")
        writer.add(Article(id="a2", body="gas"))
        writer.add(Article(id="a9", body="oil"))
    assert archive.ids("oil") == ["a1", "a2"]
    assert [hit.article.body for hit in archive.search("oil prices")] == ["oil prices"]
    archive.refresh()
    assert archive.ids("oil") == ["a9"]


def test_latest_returns_a_new_archive_after_a_commit(make_archive: MakeArchive) -> None:
    archive = make_archive({"body": "oil"})
    assert archive.latest() is archive
    with archive.writer():
        pass  # a commit of nothing
    assert archive.latest() is archive
    with archive.writer() as writer:
        writer.add(Article(id="a2", body="oil"))
    latest = archive.latest()
    assert (archive.ids("oil"), latest.ids("oil")) == (["a1"], ["a1", "a2"])
    assert latest.latest() is latest
    assert archive.latest() is not archive
    assert archive.refresh()
    assert not archive.refresh()
    assert archive.fingerprint == latest.fingerprint


def test_today_decides_relative_dates(make_archive: MakeArchive) -> None:
    archive = make_archive(*({"headline": "Day", "date": f"2023-02-{day:02}"} for day in range(1, 29)))
    today = dt.date(2023, 2, 15)  # a Wednesday
    assert archive.ids("date:today", today=today) == ["a15"]
    assert archive.ids("date:yesterday", today=today) == ["a14"]
    assert archive.ids('date:"last week"', today=today) == [f"a{n}" for n in range(6, 13)]
    assert archive.search('date:"last 3 days"', today=today, limit=None).total == 3


# -- diagnostics -------------------------------------------------------------------------------------------------------


def kinds(hits: searchidx.Hits) -> list[str]:
    return [diagnostic.kind.value for diagnostic in hits.diagnostics]


def test_plain_words_that_form_a_phrase_get_a_hint(archive: searchidx.Archive) -> None:
    [hint] = archive.search("Taiwan Strait").diagnostics
    assert (hint.kind.value, hint.is_error, hint.suggestion) == ("phrase-without-quotes", False, '"Taiwan Strait"')
    assert "5 articles" in hint.message
    assert "'\"Taiwan Strait\"'" in hint.message  # as it must be typed in a shell
    assert archive.search(hint.suggestion or "").total == 5


@pytest.mark.parametrize(
    "query", ['"Taiwan Strait"', "Taiwan", "Indo-Pacific", "bank japan", "taiwan OR strait", "taiwan -strait", "id:x"]
)
def test_other_queries_get_no_phrase_hint(archive: searchidx.Archive, query: str) -> None:
    assert "phrase-without-quotes" not in kinds(archive.search(query))


def test_phrase_hint_quotes_an_apostrophe_for_the_shell(archive: searchidx.Archive) -> None:
    import shlex

    [hint] = archive.search("Japan's youngest distilleries").diagnostics
    assert "1 article has" in hint.message
    typed = hint.message[hint.message.index("type ") + 5 :]
    assert shlex.split(typed) == [hint.suggestion] == ['"Japan\'s youngest distilleries"']


def test_imprecise_dates_get_a_hint(archive: searchidx.Archive) -> None:
    hits = archive.search("date:2023-03-14")
    [hint] = hits.diagnostics
    assert (hint.kind.value, hint.suggestion) == ("imprecise-dates", "precision:day")
    assert hint.message.startswith("2 articles are")
    exact = archive.search("date:2023-03-14 precision:day")
    assert (exact.total, exact.diagnostics) == (hits.total - 2, ())
    assert archive.search("kishida").diagnostics == ()


def test_imprecise_date_inside_the_range_gets_no_hint(archive: searchidx.Archive) -> None:
    assert archive.search("date:2024 malacca").total == 1  # dated 2024-05: no doubt about the year
    assert kinds(archive.search("date:2024 malacca")) == []


def test_parser_hints_come_first(archive: searchidx.Archive) -> None:
    assert kinds(archive.search("NOT nato"))[:1] == ["only-negative"]


def test_query_error_carries_its_diagnostics(archive: searchidx.Archive) -> None:
    for ask in (archive.search, archive.ids):
        with pytest.raises(searchidx.QueryError) as caught:
            ask("NATO AND (Japan or")
        found = caught.value.diagnostics
        assert [(d.kind.value, d.is_error, d.start, d.end) for d in found] == [
            ("unbalanced-bracket", True, 9, 10),
            ("lower-case-operator", False, 16, 18),
        ]
        assert str(caught.value) == found[0].message


def test_parse_returns_diagnostics_instead_of_raising() -> None:
    parsed = searchidx.parse("NATO AND (Japan")
    assert parsed.query is None
    assert [d.message for d in parsed.errors] == [d.message for d in parsed.diagnostics] != []
    from whoosh.query import Query

    fine = searchidx.parse("NATO Japan")
    assert isinstance(fine.query, Query)
    assert fine.diagnostics == ()


_PIECES = st.sampled_from(
    'NATO Japan’s "Taiwan “Strait” ( ) AND OR NOT -a =banks caps( headline: date:2023 date:[ TO ] {2022 * w/5 ^2 ~ /x/ '
    "since: words:>5 東京 \u200b \ud800 \0 id:x precision:day".split(" ")
)


@given(st.text(max_size=40) | st.lists(_PIECES, max_size=12).map(" ".join))
def test_parse_gives_a_query_or_an_error_for_any_text(text: str) -> None:
    parsed = searchidx.parse(text, today=dt.date(2024, 2, 29))
    assert (parsed.query is None) == any(d.is_error for d in parsed.diagnostics)
    for diagnostic in parsed.diagnostics:
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
        assert diagnostic.message
        assert json.dumps(diagnostic.to_dict())


@given(st.lists(_PIECES, max_size=8).map(" ".join))
def test_search_answers_or_raises_query_error_for_any_text(corpus_index: Path, text: str) -> None:
    with searchidx.open(corpus_index) as archive:
        try:
            hits = archive.search(text, limit=3)
        except searchidx.QueryError as error:
            refused = error.diagnostics
        else:
            refused = ()
            assert hits.total == len(archive.ids(text))
            assert all(hit.snippet.text for hit in hits if hit.article.body)
    assert bool(refused) == (searchidx.parse(text).query is None)


# -- errors ------------------------------------------------------------------------------------------------------------


def every_error(folder: Path) -> list[searchidx.SearchidxError]:
    def query() -> None:
        searchidx.create(folder / "q").search("NATO AND (Japan")

    def version() -> None:
        searchidx.create(folder / "v")
        (folder / "v" / "manifest.json").write_text('{"format": "searchidx", "version": 9}')
        searchidx.open(folder / "v")

    def corrupt() -> None:
        (folder / "c").mkdir()
        (folder / "c" / "manifest.json").write_text("{")
        searchidx.open(folder / "c")

    def locked() -> None:
        archive = searchidx.create(folder / "l")
        with archive.writer():
            archive.writer()

    failing: list[Callable[[], Any]] = [
        query,
        lambda: Article(id="", headline="No id"),
        lambda: searchidx.build(folder / "missing", index=folder / "i"),
        lambda: searchidx.open(folder / "none"),
        lambda: searchidx.create(folder / "q"),
        version,
        corrupt,
        locked,
    ]
    caught = []
    for fail in failing:
        with pytest.raises(searchidx.SearchidxError) as error:
            fail()
        caught.append(error.value)
    return caught


def test_errors_share_a_root_and_can_be_copied(tmp_path: Path) -> None:
    errors = every_error(tmp_path)
    assert [type(error).__name__ for error in errors] == list(EXCEPTIONS)
    for error in errors:
        assert str(error)
        assert "\n" not in str(error)
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(twin) is type(error)
            assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_errors_carry_their_data(tmp_path: Path) -> None:
    query, article, source, *folders = every_error(tmp_path)
    assert isinstance(query, searchidx.QueryError)
    assert query.diagnostics[0].start == 9
    assert isinstance(article, searchidx.ArticleError)
    assert (article.field, article.value) == ("id", "")
    assert isinstance(article, ValueError)
    assert isinstance(source, searchidx.SourceError)
    assert source.place == str(tmp_path / "missing")
    assert all(isinstance(error.path, Path) for error in folders)


def test_create_on_a_file_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(searchidx.SearchidxError):
        searchidx.create(tmp_path / "file")


@pytest.mark.parametrize(
    "values",
    [
        {"id": "a"},
        {"id": "a", "headline": " ", "body": "\n"},
        {"id": "a\nb", "headline": "x"},
        {"id": 7, "headline": "x"},
        {"id": "a", "headline": "x", "date": "2023-13"},
        {"id": "a", "headline": "x", "date": "yesterday"},
        {"id": "a", "headline": "x", "keywords": "one, two"},
        {"id": "a", "headline": "half \ud83d"},
    ],
    ids=str,
)
def test_invalid_articles_raise(values: dict[str, Any]) -> None:
    with pytest.raises(searchidx.ArticleError):
        Article(**values)


# -- read --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "id"),
    [
        ("text/squid-boats.txt", 1, "squid-boats.txt"),
        ("feeds/ledger.jsonl", 5, "el-01"),
        ("feeds/wire.jsonl", 5, "wire.jsonl#1"),
        ("feeds/exchange.jsonl.gz", 5, "lt-21"),
        ("pages/deich.html", 1, "deich.html"),
    ],
)
def test_read_yields_the_articles_of_a_file(corpus: Path, name: str, count: int, id: str) -> None:
    articles = list(searchidx.read(str(corpus / name)))
    assert len(articles) == count
    assert id in [article.id for article in articles]
    assert all(article.headline and type(article) is Article for article in articles)


def test_read_uses_the_given_url(corpus: Path) -> None:
    [article] = searchidx.read(corpus / "text" / "squid-boats.txt", url="https://example.org/squid")
    assert article.url == "https://example.org/squid"


@pytest.mark.parametrize("name", ["missing.txt", "", "empty.txt", "binary.txt"])
def test_read_raises_for_unreadable_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(searchidx.SourceError) as caught:
        list(searchidx.read(tmp_path / name))
    assert caught.value.place == str(tmp_path / name)


def test_read_reports_skipped_records(tmp_path: Path, put: Callable[..., Path]) -> None:
    path = put(tmp_path, "feed.jsonl", '{"id": "a", "headline": "A"}\n{"id": "b"\n7\n')
    skipped: list[Any] = []
    assert [article.id for article in searchidx.read(path, on_skip=skipped.append)] == ["a"]
    assert [skip.place for skip in skipped] == ["feed.jsonl:2"]


def test_file_with_only_bad_records_raises(tmp_path: Path, put: Callable[..., Path]) -> None:
    path = put(tmp_path, "feed.jsonl", '{"id": "a"\n{"id": "b"\n')
    with pytest.raises(searchidx.SourceError):
        list(searchidx.read(path))
