"""A build commits everything or nothing: missing sources, other versions, damage, failures."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts

import searchidx
from searchidx.engines.embedded.embedded_writer import EmbeddedWriter
from searchidx.engines.embedded.manifest import MANIFEST_COPY, VERSION
from searchidx.engines.embedded.write_lock import WriteLock


def _rewrite_manifest(index: Path, **values: object) -> None:
    path = index / "manifest.json"
    manifest = {**json.loads(path.read_text()), **values}
    del manifest["crc32"]
    manifest["crc32"] = zlib.crc32(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())
    path.write_text(json.dumps(manifest))


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("half-way")


def test_missing_source_creates_no_index(case: SourcesCase) -> None:
    with pytest.raises(searchidx.SourceError) as caught:
        case.build(case.sources, case.folder / "missing")
    assert caught.value.place == str(case.folder / "missing")
    assert not case.index.exists()


def test_missing_source_leaves_the_index_unchanged(built_case: SourcesCase, contents: Callable[..., Any]) -> None:
    before = contents(built_case.index)
    built_case.put("new.txt", "New\n\nNew words.\n")
    with pytest.raises(searchidx.SourceError):
        built_case.build(built_case.sources, built_case.folder / "missing")
    assert contents(built_case.index) == before


def test_missing_root_keeps_its_articles(built_case: SourcesCase) -> None:
    """A disk that is not mounted does not remove its articles."""
    built_case.sources.rename(built_case.folder / "elsewhere")
    with pytest.raises(searchidx.SourceError):
        built_case.build()
    assert built_case.ids() == ["bridge.txt", "harbour.txt"]


def test_index_folder_is_created_with_its_parents(case: SourcesCase) -> None:
    case.put("page.txt", HARBOUR)
    index = case.folder / "far" / "away" / "index"
    searchidx.build(case.sources, index=index)
    with searchidx.open(index) as archive:
        assert archive.ids("noon") == ["page.txt"]


def test_index_folder_may_contain_other_files(built_case: SourcesCase) -> None:
    (built_case.index / "README.md").write_text("about this folder")
    built_case.put("new.txt", "New\n\nNew words.\n")
    built_case.build()
    assert (built_case.index / "README.md").read_text() == "about this folder"


def test_index_path_that_is_a_file_is_an_error(case: SourcesCase) -> None:
    case.put("page.txt", HARBOUR)
    case.index.write_text("a file")
    with pytest.raises(searchidx.SearchidxError):
        case.build()


def test_build_during_a_write_raises_index_locked(built_case: SourcesCase, contents: Callable[..., Any]) -> None:
    before = contents(built_case.index)
    built_case.put("new.txt", "New\n\nNew words.\n")
    with searchidx.open(built_case.index) as archive:
        writer = archive.writer()
        with pytest.raises(searchidx.IndexLockedError):
            built_case.build()
        writer.cancel()
    assert contents(built_case.index) == before
    assert counts(built_case.build()) == (1, 0, 2, 0)


@pytest.mark.parametrize("values", [{"version": VERSION + 1}, {"version": VERSION - 1}, {"analysis": "other"}], ids=str)
def test_index_of_another_version_is_rebuilt(built_case: SourcesCase, values: dict[str, object]) -> None:
    old = {path.name for path in built_case.index.iterdir()} - {"manifest.json", "manifest.copy.json", "lock"}
    _rewrite_manifest(built_case.index, **values)
    with pytest.raises(searchidx.IndexVersionError):
        searchidx.open(built_case.index)
    assert counts(built_case.build()) == (2, 0, 0, 0)
    assert built_case.ids("noon") == ["harbour.txt"]
    assert list(searchidx.check(built_case.index)) == []
    assert not old & {path.name for path in built_case.index.iterdir()}
    assert counts(built_case.build()) == (0, 0, 2, 0)


def test_rebuild_reads_all_sources_with_their_options(case: SourcesCase, put: Callable[..., Path]) -> None:
    case.put("page.txt", HARBOUR)
    case.put("draft.txt", BRIDGE)
    records = put(case.folder, "records.jsonl", '{"id": "r", "Volltext": "De haven groeit."}\n')
    case.build(exclude=["draft.txt"])
    case.build(records, columns={"body": "Volltext"}, language="nl")
    with searchidx.open(case.index) as archive:
        before = sorted(archive.articles("*"), key=lambda each: each.id)
    _rewrite_manifest(case.index, version=VERSION - 1)
    report = case.build()
    assert (report.rebuilt, report.added, report.skipped) == (True, 2, ())
    with searchidx.open(case.index) as archive:
        assert sorted(archive.articles("*"), key=lambda each: each.id) == before
    assert counts(case.build(records)) == (0, 0, 1, 0)


def test_rebuild_reports_articles_that_no_file_gives_again(case: SourcesCase, put: Callable[..., Path]) -> None:
    case.put("page.txt", HARBOUR)
    gone = put(case.folder, "gone.jsonl", '{"id": "g1", "headline": "One"}\n{"id": "g2", "headline": "Two"}\n')
    case.build()
    case.build(gone)
    with searchidx.open(case.index) as archive, archive.writer() as writer:
        writer.add(searchidx.Article("p", "By a program"))
    gone.unlink()
    _rewrite_manifest(case.index, version=VERSION - 1)
    report = case.build()
    assert [(place, re.findall(r"\d+ articles?", reason)) for place, reason in report.skipped] == [
        (str(gone), ["2 articles"]),
        ("articles added by a program", ["1 article"]),
    ]
    assert case.ids() == ["page.txt"]
    assert case.build().skipped == ()


def test_failed_rebuild_keeps_the_index_of_another_version(
    built_case: SourcesCase, contents: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _rewrite_manifest(built_case.index, version=1)
    before = contents(built_case.index)
    monkeypatch.setattr(EmbeddedWriter, "commit", _fail)
    with pytest.raises(RuntimeError, match="half-way"):
        built_case.build()
    assert contents(built_case.index) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "other"}', b"\xff\xfe\0"], ids=repr)
def test_damaged_manifest_is_not_overwritten(
    built_case: SourcesCase, content: bytes, contents: Callable[..., Any]
) -> None:
    (built_case.index / "manifest.json").write_bytes(content)
    before = contents(built_case.index)
    with pytest.raises(searchidx.CorruptIndexError):
        built_case.build()
    assert contents(built_case.index) == before


def test_damaged_state_is_not_overwritten(built_case: SourcesCase, contents: Callable[..., Any]) -> None:
    [state] = built_case.index.glob("state-*")
    state.write_bytes(state.read_bytes()[:-1] + b"?")
    before = contents(built_case.index)
    with pytest.raises(searchidx.CorruptIndexError):
        built_case.build()
    assert contents(built_case.index) == before
    assert built_case.ids("noon") == ["harbour.txt"]  # the articles can still be searched
    assert len(list(searchidx.check(built_case.index))) == 1


@pytest.mark.parametrize(
    "where",
    [
        "searchidx.engines.embedded.embedded_writer.EmbeddedWriter.commit",
        "searchidx.ingest.reader_pool.read_document",
        "os.fsync",
        "os.replace",
    ],
)
def test_failed_build_leaves_the_index_unchanged(
    built_case: SourcesCase, contents: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = contents(built_case.index)
    built_case.put("new.txt", "New\n\nNew words.\n")
    (built_case.sources / "bridge.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(where, _fail)
        with pytest.raises(RuntimeError, match="half-way"):
            built_case.build()
    after = contents(built_case.index)
    if where == "os.replace":  # the copy of the manifest may be that of a commit that was cut short
        del before[MANIFEST_COPY], after[MANIFEST_COPY]
    assert after == before
    assert built_case.ids() == ["bridge.txt", "harbour.txt"]
    assert counts(built_case.build()) == (1, 0, 1, 1)  # the lock is free, and nothing was forgotten
    assert built_case.ids() == ["harbour.txt", "new.txt"]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, OSError])
def test_build_interrupted_after_its_commit_leaves_a_sound_index(
    built_case: SourcesCase, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    replace = os.replace

    def replace_and_stop(*names: Any) -> None:
        replace(*names)
        raise interrupt

    built_case.put("new.txt", "New\n\nNew words.\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_and_stop)
        with pytest.raises((interrupt, searchidx.SearchidxError)):
            built_case.build()
    assert list(searchidx.check(built_case.index)) == []
    assert built_case.ids() in (["bridge.txt", "harbour.txt"], ["bridge.txt", "harbour.txt", "new.txt"])


def test_files_left_by_a_crash_are_removed(built_case: SourcesCase) -> None:
    (built_case.index / "segment-000099.seg").write_bytes(b"half a segment")
    (built_case.index / "manifest.json.new").write_bytes(b"{")
    assert built_case.ids() == ["bridge.txt", "harbour.txt"]
    built_case.build()
    assert not (built_case.index / "segment-000099.seg").exists()
    assert not (built_case.index / "manifest.json.new").exists()


def test_build_releases_the_lock(built_case: SourcesCase) -> None:
    built_case.build()
    WriteLock(built_case.index, wait=0.0).release()
