"""`build -`: articles from standard input are added or updated, and none is removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import searchidx
from searchidx.cli import main

RECORDS = [{"id": f"r{n}", "headline": f"Report {n}", "body": f"Rain fell on day {n}."} for n in range(5)]


def build_from_stdin(folder: Path, data: bytes, *options: str) -> dict[str, object]:
    words = ["build", "-", "--json", "--index", str(folder / "index"), *options]
    return counts(CliRunner().invoke(main, words, input=data, catch_exceptions=False).stdout)


def counts(report: str | bytes) -> dict[str, object]:
    values: dict[str, object] = json.loads(report)
    return {name: values[name] for name in ("added", "updated", "unchanged", "removed")}


def json_lines(records: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_articles_are_added_and_updated_but_never_removed(tmp_path: Path) -> None:
    assert build_from_stdin(tmp_path, json_lines(RECORDS[:3])) == {
        "added": 3,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
    }
    assert build_from_stdin(tmp_path, json_lines(RECORDS[2:])) == {
        "added": 2,
        "updated": 0,
        "unchanged": 1,
        "removed": 0,
    }
    changed = [{**RECORDS[0], "body": "Snow fell."}]
    assert build_from_stdin(tmp_path, json_lines(changed)) == {"added": 0, "updated": 1, "unchanged": 0, "removed": 0}
    assert build_from_stdin(tmp_path, json_lines(changed)) == {"added": 0, "updated": 0, "unchanged": 1, "removed": 0}
    with searchidx.open(tmp_path / "index") as archive:
        assert sorted(archive.ids("report")) == ["r0", "r1", "r2", "r3", "r4"]
        assert archive.ids("snow") == ["r0"]


def test_build_reads_a_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "searchidx", "build", "-", "--json"]
    done = subprocess.run(command, input=json_lines(RECORDS), cwd=tmp_path, capture_output=True, check=True)
    assert counts(done.stdout) == {"added": 5, "updated": 0, "unchanged": 0, "removed": 0}


def test_articles_without_id_are_named_by_a_digest_of_the_input(tmp_path: Path) -> None:
    text = b"River rises\n\nRain fell for three days.\n"
    assert build_from_stdin(tmp_path, text)["added"] == 1
    assert build_from_stdin(tmp_path, text) == {"added": 0, "updated": 0, "unchanged": 1, "removed": 0}
    assert build_from_stdin(tmp_path, text.replace(b"three", b"four"))["added"] == 1
    with searchidx.open(tmp_path / "index") as archive:
        assert all(id.startswith("stdin-") for id in archive.ids("rain"))


def test_article_from_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.jsonl").write_bytes(json_lines(RECORDS[:1]))
    searchidx.build(tmp_path / "corpus", index=tmp_path / "index")
    assert build_from_stdin(tmp_path, json_lines([{**RECORDS[0], "body": "Snow fell."}]))["updated"] == 0
    with searchidx.open(tmp_path / "index") as archive:
        assert archive.ids("snow") == []


def test_build_of_a_folder_keeps_articles_from_stdin(tmp_path: Path) -> None:
    build_from_stdin(tmp_path, json_lines(RECORDS))
    (tmp_path / "corpus").mkdir()
    report = searchidx.build(tmp_path / "corpus", index=tmp_path / "index")
    assert report.removed == 0
    with searchidx.open(tmp_path / "index") as archive:
        assert len(archive) == 5


TABLE = b"Titel;Volltext;Tag\nRegen;Es regnet in Bonn.;2023-02-01\n"


def test_columns_are_remembered_by_later_builds(tmp_path: Path) -> None:
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


def test_columns_apply_to_records_from_stdin(tmp_path: Path) -> None:
    record = b'{"id": "a", "title": "not this", "Schlagzeile": "Regen", "text": "Es regnet."}\n'
    assert build_from_stdin(tmp_path, record, "--column", "headline=Schlagzeile")["added"] == 1
    with searchidx.open(tmp_path / "index") as archive:
        assert archive.ids("headline:Regen") == ["a"]


def test_column_for_an_unknown_field_raises_value_error(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(ValueError, match="'titel' is not a field of an article: use one of id, headline, body"):
        searchidx.build(tmp_path / "corpus", index=tmp_path / "index", columns={"titel": "headline"})


def test_skips_name_standard_input_and_are_reported_once(tmp_path: Path) -> None:
    def skips(*records: bytes) -> tuple[int, list[str]]:
        words = ["build", "-", "--strict", "--json", "--index", str(tmp_path / "index")]
        done = CliRunner().invoke(main, words, input=b"\n".join(records))
        return done.exit_code, [skip["place"] for skip in json.loads(done.stdout)["skipped"]]

    first, other = (json.dumps(record).encode() for record in RECORDS[:2])
    assert skips(first, b'{"headline": ', first) == (2, ["standard input:2", "standard input (r0)"])
    assert skips(other) == (0, [])
