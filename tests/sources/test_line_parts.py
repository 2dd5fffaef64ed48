"""A file of JSON Lines that is read in parts gives what it gives when it is read at once."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from searchidx import Article
from searchidx.ingest import reader_pool
from searchidx.ingest.reader_pool import read_all
from searchidx.language_detection import add_detected_language
from searchidx.sources import (
    ExpansionBudget,
    Skip,
    SourceFile,
    article_reader,
    compression,
    line_parts,
    read_file,
    source_file,
)
from searchidx.sources.line_parts import divide

Item = Article | Skip


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of about three records, and workers from the third part on."""
    monkeypatch.setattr(compression, "_BLOCK_SIZE", 64)
    monkeypatch.setattr(line_parts, "PART_SIZE", 300)
    monkeypatch.setattr(reader_pool, "_MIN_PARTS", 2)


def whole(path: Path) -> list[Item]:
    """What the file gives when it is read at once."""
    found = read_file(SourceFile(path, path.name))
    return [add_detected_language(each) if isinstance(each, Article) else each for each in found]


def in_parts(path: Path, jobs: int, max_ratio: float = 200) -> list[Item]:
    """What the file gives when it is read in parts."""
    ((_, results),) = [
        (file, list(found))
        for file, found in read_all([SourceFile(path, path.name, budget=ExpansionBudget(max_ratio))], jobs)
    ]
    return [each if isinstance(each, Skip) else each.article.decode() for each in results]


def random_lines(source: random.Random, separator: str) -> str:
    """Records, objects over several lines, blank lines and broken ones."""
    written = []
    for n in range(source.randint(1, 60)):
        record = {
            "id": f"a{n}",
            "headline": source.choice(["River rises", "Überschwemmung", "Mill cut off"]),
            "body": "Rain fell. " * source.randint(0, 20),
            "date": source.choice(["2023-02-01", "soon", "", "2023-02-01T13:33:00.5+09:00"]),
            "tags": [{"name": "weather"}],
        }
        text = json.dumps(record, indent=source.choice([None, None, None, 2]), ensure_ascii=source.random() < 0.5)
        damage = source.random()
        if damage < 0.05:
            text = text[: source.randrange(len(text))]
        elif damage < 0.1:
            text = source.choice(["", "  \n", "7", "[1]", '"x"', "{}", "not JSON", "{", "}"])
        written.append(text)
    return separator.join(written).replace("\n", separator) + source.choice(["", separator])


@pytest.mark.parametrize("seed", range(60))
def test_parts_give_what_the_whole_file_gives(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    data = random_lines(source, source.choice(["\n", "\n", "\r\n"])).encode(source.choice(["utf-8", "utf-8-sig"]))
    path = tmp_path / "feed.jsonl"
    if source.random() < 0.3:
        data = gzip.compress(data)
        if source.random() < 0.5:
            data = data[: -source.randint(1, len(data) // 2)]
    path.write_bytes(data)
    assert in_parts(path, 1) == whole(path)


def test_workers_read_parts_in_order_with_the_numbers_of_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    lines = [json.dumps({"headline": f"River {n}", "body": "Rain fell. " * 9}) for n in range(200)]
    lines[100] = '{"headline": "cut'
    lines[150] = '{"id": 1}'
    path.write_text("\n".join(lines))
    assert len(list(divide(SourceFile(path, path.name)))) > 30
    found = in_parts(path, 3)
    assert found == whole(path)
    assert [each.place for each in found if isinstance(each, Skip)] == ["feed.jsonl:101", "feed.jsonl:151 (1)"]


def test_parts_know_the_names_of_columns_and_the_default_language(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text("".join(json.dumps({"titel": f"Fluss {n}", "body": "x" * 90}) + "\n" for n in range(60)))
    file = SourceFile(path, path.name, columns={"headline": "titel"}, language="de")
    ((_, results),) = [(each, list(found)) for each, found in read_all([file], 2)]
    articles = [each.article.decode() for each in results if not isinstance(each, Skip)]
    assert [(each.headline, each.language) for each in articles] == [(f"Fluss {n}", "de") for n in range(60)]


@pytest.mark.parametrize(
    "data", [b"[" + b'{"a": 1},\n' * 200 + b"{}]", b'{"items": [' + b'{"title": "x"},\n' * 200 + b"{}]}"]
)
def test_file_without_boundaries_is_not_divided(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "feed.json"
    path.write_bytes(data)
    file = SourceFile(path, path.name)
    assert list(divide(file)) == [file]


def test_remainder_without_boundaries_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_parts, "MAX_FILE", 2_000)
    path = tmp_path / "feed.jsonl"
    lines = [json.dumps({"headline": f"River {n}", "body": "Rain fell. " * 9}) for n in range(100)]
    path.write_text("\n".join([*lines[:20], *(f" {line}" for line in lines[20:])]))
    *parts, remainder = divide(SourceFile(path, path.name))
    assert parts
    assert (remainder.data, remainder.first_line) == (None, parts[-1].first_line + parts[-1].data.count(b"\n"))  # type: ignore[union-attr]
    assert in_parts(path, 2) == whole(path)


def test_encoding_is_that_of_the_first_records_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    body = "Das Café schloss früh, und die Gäste gingen über die Brücke."
    path.write_bytes(b"".join(f'{{"headline": "Haus {n}", "body": "{body}"}}\n'.encode("cp1252") for n in range(100)))
    parts = list(divide(SourceFile(path, path.name)))
    assert {part.charset for part in parts[1:]} == {parts[-1].charset}
    assert {each.body for each in in_parts(path, 1) if isinstance(each, Article)} == {body}


@pytest.mark.parametrize("jobs", [1, 2])
def test_budget_and_skips_in_a_row_are_limited_across_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    path = tmp_path / "feed.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"headline": "River %d"}\n' % n for n in range(2_000))))
    monkeypatch.setattr(source_file, "MIN_BUDGET", 20_000)
    found = in_parts(path, jobs, 2)
    assert [each.reason[:35] for each in found if isinstance(each, Skip)] == ["it unpacks to more than 2 times its"]
    assert 10 < len(found) < 200
    monkeypatch.setattr(source_file, "MIN_BUDGET", 1 << 30)
    monkeypatch.setattr(article_reader, "_MAX_SKIPS_IN_A_ROW", 50)
    path.write_bytes(gzip.compress(b'{"headline": "River"}\n' * 30 + b"{}\n" * 300 + b'{"headline": "River"}\n' * 30))
    found = in_parts(path, jobs)
    assert [isinstance(each, Skip) for each in found] == [False] * 30 + [True] * 51
    assert found[-1] == Skip("feed.jsonl.gz", "50 records in a row cannot be read: the rest of the file is skipped")


def test_part_of_a_member_is_read_like_the_member(tmp_path: Path) -> None:
    data = "".join(json.dumps({"headline": f"River {n}", "body": "Rain fell. " * 9}) + "\n" for n in range(50)).encode()
    path = tmp_path / "a.zip"
    path.write_bytes(b"unused")
    member = replace(SourceFile(path, "a.zip"), name="a.zip/feed.jsonl", data=data, depth=1)
    parts = list(divide(member))
    assert b"".join(part.data or b"" for part in parts) == data
    assert {(part.name, part.depth) for part in parts} == {("a.zip/feed.jsonl", 1)}
