"""`build -`: what comes through a pipe is added or updated, and nothing is removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import searchidx

RECORDS = [{"id": f"r{n}", "headline": f"Report {n}", "body": f"Rain fell on day {n}."} for n in range(5)]


def piped(folder: Path, data: bytes, *options: str) -> dict[str, object]:
    command = [sys.executable, "-m", "searchidx", "build", "-", "--json", *options]
    done = subprocess.run(command, input=data, cwd=folder, capture_output=True, check=True)
    report: dict[str, object] = json.loads(done.stdout)
    return {name: report[name] for name in ("added", "updated", "unchanged", "removed")}


def lines(records: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_articles_are_added_updated_and_never_removed(tmp_path: Path) -> None:
    assert piped(tmp_path, lines(RECORDS[:3])) == {"added": 3, "updated": 0, "unchanged": 0, "removed": 0}
    assert piped(tmp_path, lines(RECORDS[2:])) == {"added": 2, "updated": 0, "unchanged": 1, "removed": 0}
    changed = [{**RECORDS[0], "body": "Snow fell."}]
    assert piped(tmp_path, lines(changed)) == {"added": 0, "updated": 1, "unchanged": 0, "removed": 0}
    assert piped(tmp_path, lines(changed)) == {"added": 0, "updated": 0, "unchanged": 1, "removed": 0}
    with searchidx.open(tmp_path / "index") as archive:
        assert sorted(archive.ids("report")) == ["r0", "r1", "r2", "r3", "r4"]
        assert archive.ids("snow") == ["r0"]


def test_articles_without_an_id_are_called_after_what_came(tmp_path: Path) -> None:
    text = b"River rises\n\nRain fell for three days.\n"
    assert piped(tmp_path, text)["added"] == 1
    assert piped(tmp_path, text) == {"added": 0, "updated": 0, "unchanged": 1, "removed": 0}
    assert piped(tmp_path, text.replace(b"three", b"four"))["added"] == 1
    with searchidx.open(tmp_path / "index") as archive:
        assert all(id.startswith("stdin-") for id in archive.ids("rain"))


def test_an_article_of_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.jsonl").write_bytes(lines(RECORDS[:1]))
    searchidx.build(tmp_path / "corpus", index=tmp_path / "index")
    assert piped(tmp_path, lines([{**RECORDS[0], "body": "Snow fell."}]))["updated"] == 0
    with searchidx.open(tmp_path / "index") as archive:
        assert archive.ids("snow") == []


def test_a_build_of_a_folder_leaves_what_was_piped(tmp_path: Path) -> None:
    piped(tmp_path, lines(RECORDS))
    (tmp_path / "corpus").mkdir()
    report = searchidx.build(tmp_path / "corpus", index=tmp_path / "index")
    assert report.removed == 0
    with searchidx.open(tmp_path / "index") as archive:
        assert len(archive) == 5


TABLE = b"Titel;Volltext;Tag\nRegen;Es regnet in Bonn.;2023-02-01\n"


def test_columns_are_named_and_remembered(tmp_path: Path) -> None:
    table = tmp_path / "corpus" / "a.csv"
    table.parent.mkdir()
    table.write_bytes(TABLE)
    index = tmp_path / "index"
    ((_, reason),) = searchidx.build(table.parent, index=index).skipped
    assert "names no column headline or body" in reason
    columns = {"headline": "titel", "body": "Volltext", "date": "Tag"}
    assert searchidx.build(table.parent, index=index, columns=columns).added == 1
    table.write_bytes(TABLE + b"Schnee;Es schneit in Bonn.;2023-02-02\n")
    assert searchidx.build(table.parent, index=index).added == 1
    with searchidx.open(index) as archive:
        (hit, _) = archive.search("Bonn", sort="oldest")
        article = archive.get(hit.id)
    assert article is not None
    assert (article.headline, str(article.date), article.provenance["body"]) == ("Regen", "2023-02-01", "Volltext")
    without = searchidx.build(table.parent, index=index, columns={})
    assert (without.removed, without.skipped[0][1][-34:]) == (0, "the 2 articles it gave before stay")


def test_columns_serve_records_and_what_is_piped(tmp_path: Path) -> None:
    record = b'{"id": "a", "title": "not this", "Schlagzeile": "Regen", "text": "Es regnet."}\n'
    assert piped(tmp_path, record, "--column", "headline=Schlagzeile")["added"] == 1
    with searchidx.open(tmp_path / "index") as archive:
        assert archive.ids("headline:Regen") == ["a"]


def test_a_column_of_no_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(ValueError, match="'titel' is not a field of an article: use one of id, headline, body"):
        searchidx.build(tmp_path / "corpus", index=tmp_path / "index", columns={"titel": "headline"})
