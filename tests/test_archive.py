"""Archives, writers and hits of the public library."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx import Article

MakeArchive = Callable[..., searchidx.Archive]


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


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
    assert len(archive) == 71
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
    assert archive.index.doc_count() == 71
    with archive.index.searcher() as searcher:
        found = searcher.search(Term("text", "kishida"), limit=None)
        assert sorted(hit["id"] for hit in found) == sorted(archive.ids("kishida"))


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


@pytest.mark.parametrize("how", [{"limit": -1}, {"offset": -1}, {"sort": "title"}], ids=str)
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
    searchidx.build(tmp_path / "c", index=tmp_path / "index", allow_empty=True)  # and its source
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
