"""Export manifests: they state an export, repeat it byte for byte, and report changes on another index."""

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
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.export.export_manifest import (
    ExportManifest,
    compare_manifests,
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


def exported(
    archive: Archive, query: str = "NATO", format: str = "jsonl", **values: Any
) -> tuple[ExportManifest, bytes]:
    written = bytearray()
    return export(archive, query, format, written.extend, **{"today": TODAY, **values}), bytes(written)


@pytest.mark.parametrize("format", EXPORT_FORMATS)
def test_manifest_states_the_digest_of_the_export(archive: Archive, format: str) -> None:
    manifest, written = exported(archive, format=format)
    assert written.decode() == "".join(export_lines(archive.articles("NATO"), format))
    assert manifest.sha256 == sha256(written).hexdigest()
    assert (manifest.query, manifest.format, manifest.count) == ("NATO", format, 2)
    assert (manifest.searchidx, manifest.fingerprint) == (searchidx.__version__, archive.fingerprint)
    assert manifest.index_format == archive.stats().format
    assert len(manifest.articles) == 24
    age = dt.datetime.now(dt.timezone.utc) - dt.datetime.fromisoformat(manifest.time)
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1)


def test_manifest_pins_relative_dates(archive: Archive) -> None:
    manifest, written = exported(archive, 'NATO date:"last week"')
    assert json.loads(written)["id"] == "a2"
    assert manifest.today == "2023-02-15"
    assert "2023-02-06" in manifest.understood
    again = bytearray()
    assert replace(replay(archive, manifest, again.extend), time=manifest.time) == manifest
    assert again == written


def test_manifest_file_round_trips(archive: Archive, tmp_path: Path) -> None:
    for query in ("NATO", '"東京" OR x', "nothing at all", "NATO \udcff"):
        manifest, _ = exported(archive, query)
        write_manifest(tmp_path / "m.json", manifest)
        assert read_manifest(tmp_path / "m.json") == manifest
        assert differences(manifest, archive) == ()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["m.json"]


def test_invalid_query_or_format_writes_nothing(archive: Archive) -> None:
    written: list[bytes] = []
    with pytest.raises(QueryError):
        export(archive, "(NATO", "jsonl", written.append)
    with pytest.raises(ValueError, match="as 'xml'"):
        export(archive, "NATO", "xml", written.append)
    assert written == []


def test_export_writes_in_small_pieces(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(*({"headline": f"NATO {n}", "body": "word " * 2000} for n in range(100)))
    pieces: list[bytes] = []
    manifest = export(archive, "NATO", "jsonl", pieces.append)
    assert manifest.count == 100
    assert 10 < len(pieces) < 20


def test_comparison_counts_new_gone_and_changed_articles(archive: Archive) -> None:
    """Compare the counts with the sets of random changes."""
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
    assert second == "matching articles: 62 then, 66 now; 11 new, 7 gone, 5 changed"


def test_equal_exports_of_different_indexes_match(archive: Archive) -> None:
    before, _ = exported(archive)
    with archive.writer() as writer:
        writer.add(Article("other", "Nothing of it"))
    archive.refresh()
    assert differences(before, archive)[1:] == ("the export is the same, byte for byte",)
    with archive.writer() as writer:
        writer.add(Article.from_dict({"id": "a1", **ARTICLES[0]}))  # it becomes the last document
    archive.refresh()
    assert differences(before, archive)[1:] == ("the same articles match, in another order",)


def test_comparison_names_another_version(archive: Archive) -> None:
    now, _ = exported(archive)
    before = replace(now, searchidx="0.0.1", understood="headline:NATO", sha256="0" * 64)
    assert compare_manifests(before, now) == (
        f"searchidx 0.0.1 exported it then, {searchidx.__version__} now",
        f"the query was read as headline:NATO then, as {now.understood} now",
        "the same articles match, but searchidx now writes them differently",
    )
    assert compare_manifests(now, now) == ()


def test_damaged_manifest_is_rejected(archive: Archive, tmp_path: Path) -> None:
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
        with pytest.raises(ManifestError, match="not an export manifest: 'searchidx export QUERY --write-manifest"):
            read_manifest(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not an export manifest"),
        ("[1, 2]", "is not an export manifest"),
        ("[" * 100_000, "is not an export manifest"),
        ('{"format": "searchidx", "version": 3}', "is not an export manifest"),
        (
            '{"kind": "searchidx export", "version": 2}',
            "has version 2, but this searchidx reads version 1: upgrade searchidx",
        ),
        ('{"kind": "searchidx export", "version": 1}', "has changed since it was written, so it proves nothing"),
    ],
)
def test_file_that_is_no_manifest_is_rejected(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(content)
    with pytest.raises(ManifestError, match=message):
        read_manifest(path)


@pytest.mark.parametrize(
    "values", [{"count": 3}, {"count": "2"}, {"format": "xml"}, {"today": "soon"}, {"articles": 1}, {"query": None}]
)
def test_impossible_values_are_rejected(archive: Archive, tmp_path: Path, values: dict[str, Any]) -> None:
    """Values that no export has, with a valid checksum."""
    write_manifest(tmp_path / "m.json", replace(exported(archive)[0], **values))
    with pytest.raises(ManifestError, match="has changed since it was written"):
        read_manifest(tmp_path / "m.json")


def test_unreadable_and_unwritable_files_raise(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"cannot read the manifest .*: No such file"):
        read_manifest(tmp_path / "none.json")
    with pytest.raises(OutputError, match="cannot write the manifest to"):
        write_manifest(tmp_path / "none" / "m.json", exported(archive)[0])
