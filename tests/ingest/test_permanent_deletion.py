"""Permanent deletion: no trace stays, and no later build brings an article back unless it is allowed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner

import searchidx
from searchidx.cli import main
from searchidx.engines.embedded import manifest
from searchidx.engines.embedded.segment import Segment

SECRET = "Zanzibarite"


@pytest.fixture
def index(tmp_path: Path, put: Callable[..., Path]) -> Path:
    """An index of a folder with a text, and a file of two records."""
    put(tmp_path / "sources", "a.txt", f"{SECRET} found\n\nIn a mine.\n")
    lines = [{"id": f"r{n}", "headline": f"Record {n}", "body": f"Body {n}."} for n in (1, 2)]
    put(tmp_path / "sources", "b.jsonl", "\n".join(map(json.dumps, lines)))
    searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    return tmp_path / "index"


def build(index: Path) -> searchidx.Report:
    return searchidx.build(index.parent / "sources", index=index)


def ids(index: Path) -> list[str]:
    with searchidx.open(index) as archive:
        return archive.ids("*")


def test_no_trace_of_a_deleted_article_stays_in_the_folder(index: Path) -> None:
    def files_with_secret() -> list[str]:
        return [path.name for path in index.iterdir() if SECRET.encode() in path.read_bytes()]

    assert files_with_secret()
    assert searchidx.delete("a.txt", index=index) == ["a.txt"]
    assert files_with_secret() == []
    assert ids(index) == ["r1", "r2"]
    assert list(searchidx.check(index)) == []


def decoded_bytes(index: Path) -> bytes:
    """Every byte of the files in a folder, and everything in its segments that is compressed, decompressed."""
    found = [path.read_bytes() for path in sorted(index.iterdir())]
    commit = manifest.read_manifest(index)
    assert {path.name for path in index.iterdir()} == {
        *commit.files(), manifest.MANIFEST, manifest.MANIFEST_COPY, "lock",
    }  # fmt: skip
    for entry in (*commit.segments, *commit.former):
        segment = Segment(index, entry)
        for number in range(len(segment.arrays["dictionary_ends"])):
            frame = segment.dictionary(number)
            found += [zstandard.ZstdDecompressor().decompress(frame)] if frame else []
        for number in range(len(segment.arrays["block_ends"])):
            found += segment.records(number)
    return b"\n".join(found)


def test_no_byte_of_any_version_stays_in_the_folder(tmp_path: Path, put: Callable[..., Path]) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    secrets = [f"{SECRET}{name}" for name in ("alpha", "beta", "gamma")]
    put(sources, "other.json", json.dumps({"id": "other", "headline": "Other", "body": "It stays."}))
    for number, secret in enumerate(secrets):
        record = {"id": "a", "headline": f"Mine {secret}", "body": f"{secret} found by {secret}.", "byline": secret}
        put(sources, "a.json", json.dumps(record))
        put(sources, "other.json", json.dumps({"id": "other", "headline": "Other", "body": f"It stays {number}."}))
        searchidx.build(sources, index=index, keep_versions=True)
    forms = [form.encode() for secret in secrets for form in (secret, secret.lower())]
    assert all(form in decoded_bytes(index) for form in forms[::2])
    assert searchidx.delete("a", index=index) == ["a"]
    assert not [form for form in forms if form in decoded_bytes(index)]
    with searchidx.open(index) as archive:
        assert [each.article.body for each in archive.history("other")] == [f"It stays {n}." for n in range(3)]
        assert archive.all_versions().search(" OR ".join(secrets)).total == 0
    put(sources, "a.json", json.dumps({"id": "a", "headline": f"Again {secrets[0]}"}))
    assert [id for _, id in searchidx.build(sources, index=index).withheld] == ["a"]
    assert not [form for form in forms if form in decoded_bytes(index)]
    assert list(searchidx.check(index)) == []


def test_no_passage_of_a_deleted_article_stays_in_a_compression_dictionary(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path / "index")
    rng = random.Random(1)

    def sentence() -> str:
        return " ".join(rng.choice(("bank", "rate", "yen", "house", "vote", "rain", "ship")) for _ in range(40))

    passage = f"{SECRET} {sentence()}. " * 3
    with archive.writer(jobs=1) as writer:
        for n in range(2400):
            writer.add(searchidx.Article(f"a{n}", "Headline", f"{sentence()} {passage if n % 3 else ''} {sentence()}"))
    secret_ids = [f"a{n}" for n in range(2400) if n % 3]
    [entry] = manifest.read_manifest(tmp_path / "index").segments
    segment = Segment(tmp_path / "index", entry)
    frames = [segment.dictionary(number) for number in range(len(segment.arrays["dictionary_ends"]))]
    assert any(SECRET.encode() in zstandard.ZstdDecompressor().decompress(frame) for frame in frames if frame)
    searchidx.delete(*secret_ids, index=tmp_path / "index")
    assert SECRET.encode() not in decoded_bytes(tmp_path / "index")
    assert list(searchidx.check(tmp_path / "index")) == []


def test_later_builds_leave_out_a_deleted_article(index: Path) -> None:
    searchidx.delete("r1", "a.txt", index=index)
    for _ in range(2):
        report = build(index)
        assert (report.added, report.updated, report.unchanged, report.removed) == (0, 0, 1, 0)
        sources = (index.parent / "sources").as_posix()
        assert report.withheld == ((f"{sources}/a.txt", "a.txt"), (f"{sources}/b.jsonl (r1)", "r1"))
        assert report.skipped == ()
        assert ids(index) == ["r2"]


def test_deleted_article_stays_out_when_its_file_moves(index: Path) -> None:
    searchidx.delete("r1", index=index)
    file = index.parent / "sources" / "b.jsonl"
    file.rename(file.with_name("c.jsonl"))
    report = build(index)
    assert ids(index) == ["a.txt", "r2"]
    assert [place.rpartition("/")[2] for place, _ in report.withheld] == ["c.jsonl (r1)"]


def test_deleted_article_stays_out_of_a_rebuilt_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searchidx.delete("r1", index=index)
    monkeypatch.setattr(manifest, "VERSION", manifest.VERSION + 1)
    report = build(index)
    assert report.rebuilt
    assert ids(index) == ["a.txt", "r2"]
    assert searchidx.allow("r1", index=index) == ["r1"]


def test_allowed_article_comes_back_with_the_next_build(index: Path) -> None:
    searchidx.delete("r1", "r2", index=index)
    build(index)
    assert searchidx.allow("r1", "nobody", index=index) == ["r1"]
    assert ids(index) == ["a.txt"]
    report = build(index)
    assert (report.added, [id for _, id in report.withheld]) == (1, ["r2"])
    assert ids(index) == ["a.txt", "r1"]


@pytest.mark.parametrize("first", [{"headline": "Rain", "byline": "A. Writer"}, {"headline": "Rain"}])
@pytest.mark.parametrize("other", [{"headline": "Sun"}, {"headline": "", "body": ""}])
def test_article_with_the_only_words_of_an_index_can_be_deleted(
    tmp_path: Path, first: dict[str, str], other: dict[str, str]
) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(searchidx.Article("a", **first))
        writer.add(searchidx.Article("b", **other))
    assert searchidx.delete("a", index=tmp_path / "index") == ["a"]
    assert list(searchidx.check(tmp_path / "index")) == []
    assert ids(tmp_path / "index") == ["b"]


def test_unknown_id_changes_nothing(index: Path, contents: Callable[..., Any]) -> None:
    before = contents(index)
    assert searchidx.delete("nobody", index=index) == []
    assert searchidx.allow("r1", index=index) == []
    assert contents(index) == before


def test_article_added_by_a_program_can_be_deleted(index: Path) -> None:
    with searchidx.open(index) as archive, archive.writer() as writer:
        writer.add(searchidx.Article("p1", "By a program"))
    assert searchidx.delete("p1", index=index) == ["p1"]
    assert "p1" not in ids(index)


def test_delete_and_allow_on_the_command_line(index: Path) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, [*words, "--index", str(index)])
        return result.exit_code, result.stdout, result.stderr

    assert run("delete", "r1", "nobody") == (
        1,
        "r1\n",
        f"1 deleted from {index}\nsearchidx: there is no article 'nobody' in {index}\n",
    )
    assert run("delete", "r1") == (0, "r1\n", f"1 deleted from {index}\n")
    code, out, _ = run("build", str(index.parent / "sources"), "--strict")
    assert code == 0
    assert "the article 'r1' was deleted; 'searchidx allow' allows it again\n" in out
    assert "; 0 skipped" in out
    assert run("allow", "r1", "r2") == (
        1,
        "r1\n",
        "1 allowed again; the next 'searchidx build' reads them\n"
        f"searchidx: no article 'r2' was deleted from {index}\n",
    )
