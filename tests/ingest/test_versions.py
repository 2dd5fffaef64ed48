"""Former texts: what a build keeps of articles that changed, compared with plain lists of texts."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx.engines.embedded import manifest
from searchidx.ingest.transaction import Transaction

PAGE = """<html lang="en"><head><title>{headline}</title></head><body><article><h1>{headline}</h1>
<p>{body} This paragraph is long enough to be taken for the body of an article by any reader of pages.</p>
<p>Its second paragraph says nothing at all, but is also long enough to count as a part of the article.</p>
</article></body></html>"""
DAY = 86_400


def texts(index: Path) -> dict[str, list[str]]:
    """The bodies of all versions of each article, oldest first."""
    with searchidx.open(index) as archive:
        found = {id: [each.article.body for each in archive.history(id)] for id in archive.ids("*")}
        former = archive._snapshot.former()
        assert (0 if former is None else len(former)) == sum(len(each) - 1 for each in found.values())
    return found


class Histories:
    """A folder of records that change at random, and the versions that an archive should have of each."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.sources = folder / "sources"
        self.sources.mkdir(parents=True)
        self.index = folder / "index"
        self.expected: dict[str, list[str]] = {}
        self.files: dict[str, str] = {}  # the text in the file of each id
        self.deleted: set[str] = set()
        self.places: dict[str, int] = {}  # which of two files an id is in

    def change(self, id: str) -> None:
        """Write, rewrite, move or remove the record of an id."""
        choice = self.rng.random()
        if id not in self.files:
            if choice < 0.6:
                self._put(id, self._new_text())
        elif choice < 0.35:
            self._put(id, self._new_text())
        elif choice < 0.5 and id in self.expected:
            self._put(id, self.rng.choice(self.expected[id]))  # back to what it was
        elif choice < 0.6:
            self._path(id).unlink()
            del self.files[id]
        elif choice < 0.7:
            text = self.files[id] if self.rng.random() < 0.5 else self._new_text()
            self._path(id).unlink()
            self.places[id] = 1 - self.places.get(id, 0)
            self._put(id, text)
        elif choice < 0.8:
            os.utime(self._path(id), ns=(0, self.rng.randrange(10**18)))

    def _new_text(self) -> str:
        return f"Bank {self.rng.randrange(10**6)}."

    def _path(self, id: str) -> Path:
        return self.sources / f"{id}-{self.places.get(id, 0)}.json"

    def _put(self, id: str, text: str) -> None:
        self._path(id).write_text(json.dumps({"id": id, "headline": f"About {id}", "body": text}), "utf-8")
        self.files[id] = text

    def build(self) -> searchidx.Report:
        report = searchidx.build(self.sources, index=self.index, keep_versions=True, allow_empty=True, jobs=1)
        for id in list(self.expected):
            if id not in self.files:
                del self.expected[id]
        for id, text in self.files.items():
            if id in self.deleted:
                continue
            known = self.expected.setdefault(id, [])
            if not known or known[-1] != text:
                known.append(text)
        return report

    def delete(self, id: str) -> None:
        if id in self.expected:
            searchidx.delete(id, index=self.index)
            self.deleted.add(id)
            del self.expected[id]

    def allow(self) -> None:
        searchidx.allow(*self.deleted, index=self.index)
        self.deleted.clear()


@pytest.mark.parametrize("seed", range(20))
def test_random_histories_are_kept(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """25 articles a seed, 500 in all, over 10 builds: changes back and forth, moves, deletions, crashes, rebuilds."""
    case = Histories(tmp_path, seed)
    names = [f"a{n}" for n in range(25)]
    for step in range(10):
        for id in names:
            case.change(id)
        event = case.rng.randrange(6)
        if event == 0 and step:
            with monkeypatch.context() as broken:
                broken.setattr(manifest.Manifest, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
                with pytest.raises(KeyboardInterrupt):
                    searchidx.build(case.sources, index=case.index, keep_versions=True, allow_empty=True, jobs=1)
            assert texts(case.index) == case.expected
        elif event == 1:
            with monkeypatch.context() as other:  # an index made by other rules for words is built again
                other.setattr(manifest, "analyzer_fingerprint", lambda seed=seed, step=step: f"{seed} {step}")
                assert case.build().rebuilt == (step > 0)
                assert texts(case.index) == case.expected
        case.build()
        assert texts(case.index) == case.expected
        if event == 2 and case.index.exists():
            with searchidx.open(case.index) as archive, archive.writer() as writer:
                writer.optimize()
        elif event == 3:
            case.delete(case.rng.choice(names))
        elif event == 4:
            case.allow()
        assert texts(case.index) == case.expected
    assert list(searchidx.check(case.index)) == []
    assert sum(len(each) - 1 for each in case.expected.values()) > 20


def put_page(folder: Path, headline: str, body: str, day: int, name: str = "page.html") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(PAGE.format(headline=headline, body=body), "utf-8")
    os.utime(folder / name, (day * DAY, day * DAY))


def test_pages_keep_their_former_texts_by_default(tmp_path: Path) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    for day, (headline, body) in enumerate(
        [("Rates rise", "It rose."), ("Rates fall", "It fell."), ("Rates fall", "It sank.")]
    ):
        put_page(sources, headline, body, day)
        report = searchidx.build(sources, index=index)
        assert report.kept == bool(day)
    with searchidx.open(index) as archive:
        history = archive.history("page.html")
        assert [(each.number, each.saved, each.changed) for each in history] == [
            (1, "1970-01-01T00:00:00Z", ()),
            (2, "1970-01-02T00:00:00Z", ("headline", "body")),
            (3, "1970-01-03T00:00:00Z", ("body",)),
        ]
        assert [each.article.headline for each in history] == ["Rates rise", "Rates fall", "Rates fall"]
        assert history[-1].article == archive.get("page.html")
        assert set(history[0].article.provenance) == {"headline", "body", "language"}
        assert len(archive) == 1
        assert archive.search("rises").total == 0


def test_other_sources_keep_them_only_if_asked(tmp_path: Path, put: Callable[..., Path]) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"

    def build(text: str, **options: bool) -> int:
        put(sources, "a.txt", f"Rain\n\n{text}\n")
        return searchidx.build(sources, index=index, **options).kept

    assert [build("One."), build("Two."), build("Three.", keep_versions=True), build("Four.")] == [0, 0, 1, 1]
    assert build("Five.", keep_versions=False) == 0
    assert build("Six.") == 0
    assert texts(index)["a.txt"] == ["Two.", "Three.", "Six."]


def test_option_turns_off_the_versions_of_pages(tmp_path: Path) -> None:
    for day in range(2):
        put_page(tmp_path / "sources", "Rates", f"It rose {day} times.", day)
        assert searchidx.build(tmp_path / "sources", index=tmp_path / "index", keep_versions=False).kept == 0


def test_article_that_is_read_in_another_way_has_no_version(tmp_path: Path, put: Callable[..., Path]) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    put(sources, "a.jsonl", json.dumps({"id": "a", "headline": "Rain", "body": "One.", "Volltext": "Two."}))
    searchidx.build(sources, index=index, keep_versions=True)
    report = searchidx.build(sources, index=index, columns={"body": "Volltext"})
    assert (report.updated, report.kept) == (1, 0)


def test_change_of_path_or_provenance_only_makes_no_version(tmp_path: Path, put: Callable[..., Path]) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    line = json.dumps({"id": "a", "headline": "Rain", "body": "One."})
    put(sources, "a.jsonl", line)
    searchidx.build(sources, index=index, keep_versions=True)
    put(sources, "a.jsonl", json.dumps({"id": "b", "headline": "Sun", "body": "B."}) + "\n" + line)
    assert searchidx.build(sources, index=index).kept == 0


def test_rebuild_refuses_to_lose_former_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    for day in range(2):
        put_page(sources, "Rates", f"It rose {day} times.", day)
        searchidx.build(sources, index=index)
    monkeypatch.setattr(manifest, "VERSION", manifest.VERSION + 1)
    before = sorted(path.name for path in index.iterdir())
    with pytest.raises(searchidx.IndexVersionError, match="--discard-versions"):
        searchidx.build(sources, index=index)
    assert sorted(path.name for path in index.iterdir()) == before
    report = searchidx.build(sources, index=index, discard_versions=True)
    assert report.rebuilt
    assert len(texts(index)["page.html"]) == 1


def test_program_that_deletes_an_article_deletes_its_former_texts(tmp_path: Path) -> None:
    for day in range(2):
        put_page(tmp_path / "sources", "Rates", f"It rose {day} times.", day)
        searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    with searchidx.open(tmp_path / "index") as archive, archive.writer() as writer:
        assert writer.delete("page.html")
    assert texts(tmp_path / "index") == {}


def test_failed_build_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_page(tmp_path / "sources", "Rates", "It rose.", 1)
    searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    put_page(tmp_path / "sources", "Rates", "It fell.", 2)
    monkeypatch.setattr(Transaction, "withdraw_rejected", lambda _: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    assert len(texts(tmp_path / "index")["page.html"]) == 1
