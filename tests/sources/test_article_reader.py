"""Reading one file of any format: the choice of the format, limits, progress, and unreadable files."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from pathlib import Path

import pytest
from source_files import write_source

import searchidx
from searchidx import Article, SourceError
from searchidx.sources import (
    Skip,
    SourceFile,
    read,
    read_file,
    source_file,
)
from searchidx.sources.source_file import TooLargeError
from searchidx.sources.text_encoding import decode

TEXT = "River Rises\n1 May 2023\nRain fell on the city for three days.\nThe old mill was cut off."
RECORD = '{"id": "r1", "headline": "River Rises", "body": "Rain fell on the city for three days."}'
PAGE = (
    "<!DOCTYPE html><html><head><title>River Rises</title></head><body><article><h1>River Rises</h1>"
    "<p>Rain fell on the city for three days and three nights, and the river rose to the mark of 1913.</p>"
    "<p>The old mill was cut off. Twelve families spent the night in the sports hall.</p></article></body></html>"
)


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("data", "names", "id"),
    [
        (TEXT, "a.txt a.text a.md a A.TXT", None),
        (RECORD, "a.jsonl a.ndjson a.json a.txt a A.JSONL", "r1"),
        (f"[{RECORD}]", "a.jsonl a.json a.txt a", "r1"),
        (PAGE, "a.html a.htm a.xhtml a.txt a.jsonl a A.HTML", None),
        ("{curly} brackets\nRain fell.", "a.txt a", None),
        ("[Correction] River Rises\nRain fell.", "a.txt a", None),
    ],
    ids=["text", "record", "array", "page", "curly", "square"],
)
def test_format_is_recognised_by_first_bytes(tmp_path: Path, data: str, names: str, id: str | None, pack: bool) -> None:
    for name in names.split():
        path = write_source(tmp_path, name + ".gz" * pack, gzip.compress(data.encode()) if pack else data)
        (article,) = read(path)
        assert article.id == (id or path.name)
        assert article.path == path.name
        first = data.splitlines()[0]
        assert article.headline == (first if data.startswith(("{c", "[C")) else "River Rises")


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.html"])
def test_compression_is_recognised_by_first_bytes_not_suffix(tmp_path: Path, name: str) -> None:
    data = {"a.txt": TEXT, "a.jsonl": RECORD, "a.html": PAGE}[name]
    (packed,) = read(write_source(tmp_path, name, gzip.compress(data.encode())))
    (unpacked,) = read(write_source(tmp_path, name + ".gz", data))
    assert packed.headline == unpacked.headline == "River Rises"


def test_url_of_the_caller_is_the_article_s(tmp_path: Path) -> None:
    url = "https://gazette.example/river"
    for name, data in {"a.txt": TEXT, "a.jsonl": RECORD, "a.html": PAGE}.items():
        (article,) = searchidx.read(str(write_source(tmp_path, name, data)), url=url)
        assert article.url == url


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"\x00\x01\x02", "it is binary data, not text"),
        (b"\x1f\x8bnonsense", "its gzip data is damaged or cut off"),
        (gzip.compress(TEXT.encode() * 50)[:-12], "its gzip data is damaged or cut off"),
        (gzip.compress(TEXT.encode())[:12], "its gzip data is damaged or cut off"),
    ],
    ids=["empty", "binary", "no gzip", "cut-off gzip", "gzip header"],
)
def test_unreadable_file_raises_with_place_and_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    path = write_source(tmp_path, "a.txt", data)
    with pytest.raises(SourceError) as caught:
        list(read(path))
    assert (caught.value.place, caught.value.reason) == (str(path), reason)
    assert str(caught.value) == f"{path}: {reason}"
    skipped: list[Skip] = []
    assert list(read(path, on_skip=skipped.append)) == []
    assert skipped == [Skip("a.txt", reason)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.txt", "it cannot be read: No such file or directory"), ("folder", "it is not a file")],
)
def test_missing_file_and_folder_give_a_skip(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError) as caught:
        list(read(tmp_path / name))
    assert caught.value.reason == reason
    assert list(read_file(SourceFile(tmp_path / name, name))) == [Skip(name, reason)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_is_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert list(read_file(SourceFile(tmp_path / "pipe.txt", "pipe.txt"))) == [Skip("pipe.txt", "it is not a file")]


def test_broken_records_go_to_on_skip_and_the_others_are_given(tmp_path: Path) -> None:
    path = write_source(tmp_path, "a.jsonl", f'{RECORD}\n{{"id": "x"\n{RECORD.replace("r1", "r2")}\n')
    skipped: list[Skip] = []
    assert [article.id for article in read(path, on_skip=skipped.append)] == ["r1", "r2"]
    assert [skip.place for skip in skipped] == ["a.jsonl:2"]
    assert [article.id for article in read(path)] == ["r1", "r2"]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.html.gz"])
def test_file_above_the_size_limit_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(source_file, "MAX_FILE", 1 << 20)
    data = {"a.txt.gz": "x ", "a.html.gz": "<html>"}[name]
    path = write_source(tmp_path, name, gzip.compress(data.encode() * (1 << 20)))
    assert list(read_file(SourceFile(path, name))) == [Skip(name, "it is larger than 1 MB")]


def test_line_above_the_size_limit_ends_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "MAX_FILE", 1 << 20)
    path = write_source(tmp_path, "a.jsonl", f"{RECORD}\n" + '{"id": "' + "x" * (1 << 20) + '"}\n')
    first, skip = read_file(SourceFile(path, "a.jsonl"))
    assert isinstance(first, Article)
    assert skip == Skip("a.jsonl:2", "a line is longer than 1 MB")
    with pytest.raises(TooLargeError):
        list(SourceFile(path, "a.jsonl").lines())


def test_progress_is_reported_in_bytes_of_the_file(tmp_path: Path) -> None:
    data = "".join(json.dumps({"id": f"a{n}", "headline": "x" * 100}) + "\n" for n in range(2_000)).encode()
    for name, stored in {"a.jsonl": data, "a.jsonl.gz": gzip.compress(data)}.items():
        told: list[int] = []
        path = write_source(tmp_path, name, stored)
        assert len(list(read_file(SourceFile(path, name, on_bytes=told.append)))) == 2_000
        assert told
        assert told == sorted(told)
        assert 0 < told[-1] <= len(stored)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("Café “x”".encode(), "Café “x”"),
        ("Café “x”".encode("utf-8-sig"), "Café “x”"),
        (b"\xff\xfe" + "Café 東".encode("utf-16-le"), "Café 東"),
        (b"\xfe\xff" + "Café 東".encode("utf-16-be"), "Café 東"),
        ("Café “x” – 5 €".encode("cp1252"), "Café “x” – 5 €"),
        (b"line\r\nline\tline\x0cpage", "line\r\nline\tline\x0cpage"),
    ],
)
def test_bytes_are_decoded_by_mark_then_utf8_then_windows_1252(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_text_cut_within_a_character_is_still_utf8(tmp_path: Path) -> None:
    assert decode("Malmö".encode() + b"\xe6 and Oslo") == "Malmö\ufffd and Oslo"
    assert decode("caf\xe9".encode("cp1252")) == "café"
    assert decode(("Malmö, Łódź, 東京. " * 9).encode() + b"\xe6\x9d").startswith("Malmö, Łódź, 東京. " * 9)


@pytest.mark.parametrize("data", [b"a\x00b", bytes(range(1, 32)), b"\xff\xfe\x00\xd8", b"\xff\xfea", b"\x81" * 40])
def test_binary_data_raise_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"binary data|says it is"):
        decode(data)


def test_reason_is_cut_to_200_characters() -> None:
    assert len(Skip("a.txt", "x" * 500).reason) == 200


def test_future_date_is_rejected_and_the_article_kept(tmp_path: Path) -> None:
    years = (dt.date.today().year - 1, dt.date.today().year + 3)
    path = write_source(
        tmp_path, "a.jsonl", "".join(f'{{"headline": "Rain", "date": "{year}-02-01"}}\n' for year in years)
    )
    past, future, skip = read_file(SourceFile(path, "a.jsonl"))
    assert isinstance(past, Article)
    assert isinstance(future, Article)
    assert (str(past.date), past.provenance["date"]) == (f"{years[0]}-02-01", "date")
    assert (future.date, future.provenance.get("date", "")) == (None, "")
    reason = f"its date {years[1]}-02-01 is in the future: the article is read without a date"
    assert skip == Skip("a.jsonl", reason, damaged=False)
