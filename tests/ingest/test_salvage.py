"""What is left of a damaged index goes to a new one: articles as they were, none that was deleted, and each loss told.

The oracle is what the index gave before the damage.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_captures import SITE, versions, warc

import searchidx
from searchidx import Article, CorruptIndexError, IndexExistsError, SalvageReport
from searchidx.engines.embedded import EmbeddedEngine, embedded_writer
from searchidx.engines.embedded.manifest import MANIFEST, MANIFEST_COPY, read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile, SegmentFileWriter

WITHHELD, REMOVED = "a3", "c2"


class SalvageCase:
    """An index of several segments, with deletions, former versions and a withheld article; and a copy to damage."""

    def __init__(self, folder: Path) -> None:
        self.sources, self.healthy, self.damaged = (folder / name for name in ("sources", "healthy", "damaged"))
        self.sources.mkdir()
        for changes, names in ((0, "ab"), (1, "c"), (2, "d")):
            for name in names:
                self.write(name, 0)
            self.write("a", changes)
            searchidx.build(self.sources, index=self.healthy, jobs=1, keep_versions=True)
            searchidx.delete(WITHHELD, index=self.healthy)
        self.write("c", 0, without=REMOVED)
        searchidx.build(self.sources, index=self.healthy, jobs=1)
        with searchidx.open(self.healthy) as archive:
            self.articles = {article.id: article for article in archive.articles("*")}
            self.former = {id: [version.article for version in archive.history(id)] for id in self.articles}
        shutil.copytree(self.healthy, self.damaged)
        self.files = {path.name: path.read_bytes() for path in sorted(self.healthy.iterdir())}

    def write(self, name: str, changes: int, without: str = "") -> None:
        records = [
            {
                "id": f"{name}{n}",
                "headline": f"Harbour {name} {n} opens" + " again" * (changes if n % 3 == 0 else 0),
                "body": f"Ships came to {name} at noon. " * (n + 1) + "Version." * (changes if n % 3 == 0 else 0),
                "date": f"2023-02-{n + 1:02}",
                "byline": ("Ana Bell", "")[n % 2],
            }
            for n in range(7)
            if f"{name}{n}" != without
        ]
        (self.sources / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))

    def arrays(self) -> Iterator[tuple[str, str, int, int]]:
        """File, name, first byte and end of each array of the segments with articles."""
        for entry in read_manifest(self.healthy).segments:
            file = SegmentFile(self.healthy, entry)
            for name, values in file.arrays.items():
                yield file.name, name, file.offsets[name], file.offsets[name] + values.nbytes

    def damage(self, name: str, data: bytes | None) -> Callable[[], None]:
        """Replace or remove a file; returns what restores it."""
        path = self.damaged / name
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        return lambda: path.write_bytes(self.files[name]) and None  # type: ignore[func-returns-value]

    def check(self, into: Path) -> SalvageReport:
        """Salvage the damaged index, and compare what is saved with what was there."""
        before = {path.name: path.read_bytes() for path in self.damaged.iterdir()}
        report = searchidx.salvage(into, index=self.damaged)
        assert {path.name: path.read_bytes() for path in self.damaged.iterdir()} == before
        assert list(searchidx.check(into)) == []
        with searchidx.open(into) as archive:
            saved = {article.id: article for article in archive.articles("*")}
            for id, article in saved.items():
                assert article == self.articles[id]
                texts = [version.article for version in archive.history(id)]
                assert all(text in self.former[id] for text in texts)
            assert len(archive) == report.saved == len(saved)
        assert report.saved + len(report.lost) + report.unnamed == len(self.articles)
        for each in report.lost:
            assert each.id == "" or each.id in self.articles.keys() - saved.keys()
        return report


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SalvageCase]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded_writer, "plan_merges", lambda *args: [])
        yield SalvageCase(tmp_path_factory.mktemp("salvage"))


def flipped(data: bytes, at: int, mask: int = 255) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_case_has_every_kind_of_file(case: SalvageCase) -> None:
    manifest = read_manifest(case.healthy)
    assert len(manifest.segments) > 2
    assert any(entry["deleted"] for entry in manifest.segments)
    assert manifest.former
    assert manifest.user_data
    assert WITHHELD not in case.articles
    assert REMOVED not in case.articles
    assert len(case.articles) == 26
    assert sum(len(texts) > 1 for texts in case.former.values()) > 1


def test_healthy_index_is_saved_whole(case: SalvageCase, tmp_path: Path) -> None:
    report = case.check(tmp_path / "new")
    assert (report.saved, report.lost, report.unnamed, report.notes) == (26, (), 0, ())
    with searchidx.open(tmp_path / "new") as archive:
        assert {id: [each.article for each in archive.history(id)] for id in case.articles} == case.former


def test_any_damage_saves_right_articles_alone_and_counts_the_others(case: SalvageCase, tmp_path: Path) -> None:
    rng = random.Random(5)
    at = 0
    for name, data in case.files.items():
        if name == "lock":
            continue
        for damaged in (
            None,
            b"",
            data[: len(data) // 2],
            data[:-1],
            data + b"\0",
            *(flipped(data, rng.randrange(len(data)), 1 << rng.randrange(8)) for _ in range(3)),
            data[: len(data) // 3] + bytes(len(data) // 3) + data[len(data) // 3 * 2 :],
        ):
            restore = case.damage(name, damaged)
            try:
                case.check(tmp_path / f"{at}")
            finally:
                restore()
            shutil.rmtree(tmp_path / f"{at}")
            at += 1


MOST_LOST = {"ids": 1, "ids_bounds": 2, "headlines": 1, "headlines_bounds": 2, "day_start": 1, "time": 1, "blocks": 14}
"""How many articles one byte of an array may cost, if any; a block holds up to 14 here."""


def test_flipped_byte_of_an_array_costs_the_articles_that_it_is_of(case: SalvageCase) -> None:
    for name, array, first, stop in case.arrays():
        for at in {first, (first + stop) // 2, stop - 1} if stop > first else ():
            restore = case.damage(name, flipped(case.files[name], at))
            left = EmbeddedEngine.at(case.damaged).salvage()
            found = {article.id: article for article in left.articles()}
            restore()
            assert all(article == case.articles[id] for id, article in found.items()), array
            most = MOST_LOST.get(array, 1 if array in ("day_stop", "zone", "precision", "ocr") else 0)
            assert len(found) >= len(case.articles) - most, f"{array}, byte {at - first}"
            assert len(found) + len(left.lost) + left.unnamed_losses == len(case.articles)


def test_lost_articles_are_named_and_the_next_build_reads_them_again(case: SalvageCase, tmp_path: Path) -> None:
    name = read_manifest(case.healthy).segments[0]["file"]
    restore = case.damage(name, None)
    try:
        report = case.check(tmp_path / "new")
    finally:
        restore()
    lost = {each.id for each in report.lost}
    assert lost
    assert report.unnamed == 0
    assert lost == case.articles.keys() - {article.id for article in searchidx.open(tmp_path / "new").articles("*")}
    built = searchidx.build(case.sources, index=tmp_path / "new", jobs=1)
    assert built.added == len(lost)
    assert [id for _, id in built.withheld] == [WITHHELD]
    with searchidx.open(tmp_path / "new") as archive:
        assert {article.id: article for article in archive.articles("*")} == case.articles


def test_headline_of_an_article_with_a_damaged_text_is_told(case: SalvageCase, tmp_path: Path) -> None:
    *_, (name, at) = ((name, first) for name, array, first, _ in case.arrays() if array == "time")
    restore = case.damage(name, flipped(case.files[name], at))
    try:
        (lost,) = case.check(tmp_path / "new").lost
    finally:
        restore()
    assert lost.headline == case.articles[lost.id].headline


def test_lost_deletions_are_inferred_from_later_segments_or_cost_the_segment(case: SalvageCase, tmp_path: Path) -> None:
    for at, entry in enumerate(read_manifest(case.healthy).segments):
        if entry["deleted"]:
            restore = case.damage(entry["deleted"]["file"], None)
            try:
                report = case.check(tmp_path / f"{at}")
            finally:
                restore()
            with searchidx.open(tmp_path / f"{at}") as archive:
                assert REMOVED not in archive
                assert WITHHELD not in archive
            assert (report.lost == ()) == (report.saved == len(case.articles))


def test_damaged_list_of_sources_is_told(case: SalvageCase, tmp_path: Path) -> None:
    entry = read_manifest(case.healthy).user_data
    assert entry is not None
    restore = case.damage(entry["file"], b"{}")
    try:
        report = case.check(tmp_path / "new")
    finally:
        restore()
    assert report.saved == len(case.articles)
    assert "delete them again" in report.notes[0]


def test_without_manifest_and_copy_nothing_is_guessed(case: SalvageCase, tmp_path: Path) -> None:
    restore = case.damage(MANIFEST, flipped(case.files[MANIFEST], 20)), case.damage(MANIFEST_COPY, None)
    try:
        with pytest.raises(CorruptIndexError, match=MANIFEST):
            searchidx.salvage(tmp_path / "new", index=case.damaged)
    finally:
        for each in restore:
            each()
    assert not (tmp_path / "new").exists()


def test_folder_with_files_is_never_written_to(case: SalvageCase) -> None:
    for folder in (case.damaged, case.sources):
        with pytest.raises(IndexExistsError, match="name a new folder"):
            searchidx.salvage(folder, index=case.damaged)


def test_articles_of_earlier_segments_without_checksums_are_saved_if_all_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = SegmentFileWriter.put

    def without(self: SegmentFileWriter, name: str, *args: object) -> None:
        if name != "article_crcs":
            original(self, name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(SegmentFileWriter, "put", without)
    with searchidx.create(tmp_path / "index").writer(jobs=1) as writer:
        for n in range(5):
            writer.add(Article(f"a{n}", f"Headline {n}", "A body of words."))
    entry = read_manifest(tmp_path / "index").segments[0]
    file = SegmentFile(tmp_path / "index", entry)
    path = tmp_path / "index" / entry["file"]
    data = path.read_bytes()
    path.write_bytes(flipped(data, file.offsets["text_positions"]))
    assert searchidx.salvage(tmp_path / "one", index=tmp_path / "index").saved == 5
    path.write_bytes(flipped(data, file.offsets["headlines"]))
    report = searchidx.salvage(tmp_path / "two", index=tmp_path / "index")
    assert (report.saved, [each.id for each in report.lost]) == (0, [f"a{n}" for n in range(5)])


def test_pages_of_one_address_stay_one_article_and_a_lost_one_is_built_again(tmp_path: Path) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    sources.mkdir()
    for name, hours in (("a", (20, 30)), ("b", (40,))):
        for place in ("rates", "trade"):
            pages = [(hour, (f"{SITE}{place}", "", f"{place.title()} at {hour}")) for hour in hours]
            (sources / f"{name}-{place}.warc").write_bytes(warc(pages))
    searchidx.build(sources, index=index, jobs=1)
    withheld, kept = sorted(versions(index))
    searchidx.delete(withheld, index=index)
    before = versions(index)
    assert [len(texts) for texts in before.values()] == [3]
    report = searchidx.salvage(tmp_path / "whole", index=index)
    assert (report.saved, report.lost, report.unnamed, report.former) == (1, (), 0, 2)
    (segment,) = read_manifest(index).segments
    (index / segment["file"]).unlink()
    report = searchidx.salvage(tmp_path / "part", index=index)
    assert (report.saved, [each.id for each in report.lost], report.unnamed) == (0, [kept], 0)
    for new in ("whole", "part"):
        searchidx.build(sources, index=tmp_path / new, jobs=1)
        assert list(versions(tmp_path / new)) == [kept]
        assert versions(tmp_path / new)[kept][-1] == before[kept][-1]
    assert versions(tmp_path / "whole") == before
