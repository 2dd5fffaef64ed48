"""What was exported is stated, can be done again to the byte, and on another index one reads what has changed."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx import Archive, Article, ManifestError, OutputError, QueryError
from searchidx.export.export_formats import FORMATS, export_lines
from searchidx.export.export_manifest import (
    Manifest,
    changes,
    differences,
    export,
    read_manifest,
    replay,
    write_manifest,
)

TODAY = dt.date(2023, 2, 15)
ARTICLES = [
    {"headline": "NATO in Tokyo", "body": "Leaders met.", "date": "2023-02-01"},
    {"headline": "東京", "body": "NATO の会合。", "date": "2023-02-08"},
    {"headline": "Oil", "body": "Nothing of it.", "date": "2023-02-09"},
]


@pytest.fixture
def archive(make_archive: Callable[..., Archive]) -> Archive:
    return make_archive(*ARTICLES)


def exported(archive: Archive, query: str = "NATO", format: str = "jsonl", **values: Any) -> tuple[Manifest, bytes]:
    written = bytearray()
    return export(archive, query, format, written.extend, **{"today": TODAY, **values}), bytes(written)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_stated(archive: Archive, format: str) -> None:
    manifest, written = exported(archive, format=format)
    assert written.decode() == "".join(export_lines(archive.articles("NATO"), format))
    assert manifest.sha256 == sha256(written).hexdigest()
    assert (manifest.query, manifest.format, manifest.count) == ("NATO", format, 2)
    assert (manifest.searchidx, manifest.fingerprint) == (searchidx.__version__, archive.fingerprint)
    assert manifest.index_format == archive.stats().format
    assert len(manifest.articles) == 24
    age = dt.datetime.now(dt.timezone.utc) - dt.datetime.fromisoformat(manifest.time)
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1)


def test_relative_dates_are_pinned(archive: Archive) -> None:
    manifest, written = exported(archive, 'NATO date:"last week"')
    assert json.loads(written)["id"] == "a2"
    assert manifest.today == "2023-02-15"
    assert "2023-02-06" in manifest.understood
    again = bytearray()
    assert replace(replay(archive, manifest, again.extend), time=manifest.time) == manifest
    assert again == written


def test_a_manifest_is_read_as_it_was_written(archive: Archive, tmp_path: Path) -> None:
    for query in ("NATO", '"東京" OR x', "nothing at all", "NATO \udcff"):
        manifest, _ = exported(archive, query)
        write_manifest(tmp_path / "m.json", manifest)
        assert read_manifest(tmp_path / "m.json") == manifest
        assert differences(manifest, archive) == ()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["m.json"]


def test_errors_come_before_anything_is_written(archive: Archive) -> None:
    written: list[bytes] = []
    with pytest.raises(QueryError):
        export(archive, "(NATO", "jsonl", written.append)
    with pytest.raises(ValueError, match="not as 'xml'"):
        export(archive, "NATO", "xml", written.append)
    assert written == []


def test_pieces_are_many_and_small(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(*({"headline": f"NATO {n}", "body": "word " * 2000} for n in range(100)))
    pieces: list[bytes] = []
    manifest = export(archive, "NATO", "jsonl", pieces.append)
    assert manifest.count == 100
    assert 10 < len(pieces) < 20


def test_what_changed_is_told(archive: Archive) -> None:
    """Against sets of random changes."""
    chance = random.Random(5)
    with archive.writer() as writer:
        for number in range(60):
            writer.add(Article(f"n{number}", "NATO", f"text {number}"))
    archive.refresh()
    before, _ = exported(archive)
    ids = [f"n{number}" for number in range(60)]
    gone = set(chance.sample(ids, 7))
    changed = set(chance.sample(sorted(set(ids) - gone), 5))
    with archive.writer() as writer:
        for id in gone:
            writer.delete(id)
        for id in changed:
            writer.add(Article(id, "NATO", "other text"))
        for number in range(11):
            writer.add(Article(f"new{number}", "NATO", "x"))
    archive.refresh()
    first, second = differences(before, archive)
    assert first == (
        f"the index has changed since {before.time}: its fingerprint was {before.fingerprint}, "
        f"now it is {archive.fingerprint}"
    )
    assert second == "articles that match: 62 then, 66 now; 11 new, 7 gone, 5 with other content"


def test_another_index_may_export_the_same(archive: Archive) -> None:
    before, _ = exported(archive)
    with archive.writer() as writer:
        writer.add(Article("other", "Nothing of it"))
    archive.refresh()
    assert differences(before, archive)[1:] == ("what is exported is the same, byte for byte",)
    with archive.writer() as writer:
        writer.add(Article.from_dict({"id": "a1", **ARTICLES[0]}))  # which puts it last
    archive.refresh()
    assert differences(before, archive)[1:] == ("the same articles match, in another order",)


def test_another_searchidx(archive: Archive) -> None:
    now, _ = exported(archive)
    before = replace(now, searchidx="0.0.1", understood="headline:NATO", sha256="0" * 64)
    assert changes(before, now) == (
        f"it was exported by searchidx 0.0.1, now by {searchidx.__version__}",
        f"the query was understood as headline:NATO, now as {now.understood}",
        "the same articles match, but they are written otherwise",
    )
    assert changes(now, now) == ()


def test_every_damage_is_found(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    write_manifest(path, exported(archive, "東京 OR NATO")[0])
    sound = path.read_bytes()
    manifest = read_manifest(path)
    chance = random.Random(3)
    for _ in range(300):
        damaged = bytearray(sound)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read_manifest(path) == manifest  # white space
        except ManifestError:
            pass
    for length in range(0, len(sound) - 2, 17):
        path.write_bytes(sound[:length])
        with pytest.raises(ManifestError, match="no manifest of an export: 'searchidx export QUERY --write-manifest"):
            read_manifest(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is no manifest of an export"),
        ("[1, 2]", "is no manifest of an export"),
        ("[" * 100_000, "is no manifest of an export"),
        ('{"format": "searchidx", "version": 3}', "is no manifest of an export"),
        ('{"kind": "searchidx export", "version": 2}', "of version 2 and this searchidx reads 1: upgrade it"),
        ('{"kind": "searchidx export", "version": 1}', "not as it was written, so it proves nothing"),
    ],
)
def test_foreign_files(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(ManifestError, match=message):
        read_manifest(path)


@pytest.mark.parametrize(
    "values", [{"count": 3}, {"count": "2"}, {"format": "xml"}, {"today": "soon"}, {"articles": 1}, {"query": None}]
)
def test_values_that_no_export_has(archive: Archive, tmp_path: Path, values: dict[str, Any]) -> None:
    """The checksum is right; what it is of is not."""
    write_manifest(tmp_path / "m.json", replace(exported(archive)[0], **values))
    with pytest.raises(ManifestError, match="not as it was written"):
        read_manifest(tmp_path / "m.json")


def test_files_that_cannot_be(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read: No such file"):
        read_manifest(tmp_path / "none.json")
    with pytest.raises(OutputError, match="cannot be written to"):
        write_manifest(tmp_path / "none" / "m.json", exported(archive)[0])
