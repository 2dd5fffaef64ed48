"""JSON Lines, single objects, arrays and feeds: fields, aliases of keys, and broken records."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import Item, read_source

from searchidx import Article
from searchidx.sources import Skip, SourceFile, article_fields, compression, json_array, source_file
from searchidx.sources.json_array import iter_elements

exact = settings(
    derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

RAIN = {"id": "r1", "headline": "River Rises", "body": "Rain fell."}
MILL = {"id": "m1", "headline": "Mill Cut Off", "body": "Café closed."}
CUT_OFF = "the line is not JSON, or is cut off"


def read_json(folder: Path, data: str | bytes, name: str = "feed.jsonl") -> list[Item]:
    return read_source(folder, data, name)


def ids(items: list[Item]) -> list[str]:
    """The ids of articles, and the places of skips after `!`."""
    return [each.id if isinstance(each, Article) else f"!{each.place}" for each in items]


def read_record(folder: Path, **values: Any) -> Item:
    """The article of one record with these values and a headline."""
    (item,) = read_json(folder, json.dumps({"id": "a1", "headline": "River Rises", **values}))
    return item


def lines(*records: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


BOTH = lines(RAIN, MILL)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # one article a line
        (BOTH, ["r1", "m1"]),
        (BOTH.rstrip("\n"), ["r1", "m1"]),
        (BOTH.replace("\n", "\r\n"), ["r1", "m1"]),
        (f"\n\n{lines(RAIN)} \n\t\n{lines(MILL)}", ["r1", "m1"]),
        (BOTH.encode("utf-8-sig"), ["r1", "m1"]),
        (gzip.compress(BOTH.encode()), ["r1", "m1"]),
        # one object
        (json.dumps(RAIN), ["r1"]),
        (json.dumps(RAIN, indent=2), ["r1"]),
        (json.dumps(RAIN, indent=2).encode("utf-8-sig"), ["r1"]),
        ("\n\n" + json.dumps(RAIN, indent=2), ["r1"]),
        (json.dumps(RAIN, indent=2).replace("\n", "\r\n"), ["r1"]),
        ('{"id": "r1",\n "headline": "River Rises"}', ["r1"]),
        (json.dumps(RAIN, indent=2).encode("utf-16"), ["r1"]),
        # one array
        (json.dumps([RAIN, MILL]), ["r1", "m1"]),
        (json.dumps([RAIN, MILL], indent=2), ["r1", "m1"]),
        (json.dumps([RAIN, MILL]).encode("utf-8-sig"), ["r1", "m1"]),
        ("[]", ["!feed.jsonl"]),
        # a broken record is skipped alone
        (lines(RAIN) + '{"id": "x", "hea', ["r1", "!feed.jsonl:2"]),
        (f'{{"id": "x"\n{BOTH}', ["!feed.jsonl:1", "r1", "m1"]),
        (f"not JSON\n{BOTH}", None),
        (lines(RAIN) + "\n" + '{"id": "x",}\n' + lines(MILL), ["r1", "!feed.jsonl:3", "m1"]),
        (lines(RAIN).encode() + b'{"headline": "caf\xe9"}\n' + lines(MILL).encode(), ["r1", "feed.jsonl#2", "m1"]),
        (lines(RAIN) + '{"a":' * 100_000 + "\n" + lines(MILL), ["r1", "!feed.jsonl:2", "m1"]),
        (lines(RAIN) + '{"a":' + "[" * 100_000 + "]" * 100_000 + "}\n" + lines(MILL), ["r1", "!feed.jsonl:2", "m1"]),
        (lines(RAIN, 7, None, "x", [RAIN], MILL), ["r1", *(f"!feed.jsonl:{n}" for n in (2, 3, 4, 5)), "m1"]),
        (lines(RAIN, {}, MILL), ["r1", "!feed.jsonl:2", "m1"]),
        (lines(RAIN, {"id": "x", "headline": ""}, MILL), ["r1", "!feed.jsonl:2 (x)", "m1"]),
        (lines(RAIN, {"id": "x", "headline": "X", "date": "soon"}, MILL), ["r1", "x", "!feed.jsonl:2 (x)", "m1"]),
        (lines(RAIN) + '{"id": "x", "headline": "\\ud800"}\n' + lines(MILL), ["r1", "!feed.jsonl:2 (x)", "m1"]),
        (
            lines(RAIN) + '{"id": "x", "headline": "X", "date": NaN}\n' + lines(MILL),
            ["r1", "x", "!feed.jsonl:2 (x)", "m1"],
        ),
        (lines(RAIN) + '{"id": "x", "words": ' + "9" * 5_000 + "}\n" + lines(MILL), ["r1", "!feed.jsonl:2", "m1"]),
        (json.dumps([RAIN, 7, {}, MILL]), ["r1", "!feed.jsonl:2", "!feed.jsonl:3", "m1"]),
        (json.dumps([RAIN, MILL])[:-9], ["r1", "!feed.jsonl:2"]),
        (json.dumps([RAIN, MILL])[:-1], ["r1", "m1", "!feed.jsonl:3"]),
        # several objects over several lines, one of them cut off
        (f"{json.dumps(RAIN, indent=2)}\n{json.dumps(MILL, indent=2)}", ["r1", "m1"]),
        (f"{json.dumps(RAIN, indent=2)[:-3]}\n{json.dumps(MILL, indent=2)}\n{BOTH}", "!feed.jsonl:1 m1 r1 m1".split()),
        (f' {{"id": "x\n {lines(RAIN)} {lines(MILL)}', ["!feed.jsonl:1", "r1", "m1"]),
        (BOTH.encode("utf-16"), ["r1", "m1"]),
        # a JSON Feed
        (json.dumps({"version": "https://jsonfeed.org/version/1", "title": "F", "items": [RAIN, MILL]}), ["r1", "m1"]),
        (json.dumps({"title": "F", "items": [RAIN, {"id": "x"}]}, indent=1), ["r1", "!feed.jsonl:2 (x)"]),
        (lines({"id": "f", "title": "F", "items": [RAIN]}, MILL), ["f", "m1"]),
        (json.dumps({"id": "f", "body": "F", "items": [{"image": "a.png"}]}), ["f"]),
        ("[" * 100_000, ["!feed.jsonl:1"]),
        (json.dumps(RAIN, indent=2)[:-3], ["!feed.jsonl"]),
        (f"{lines(RAIN)}{{\n{lines(MILL)}", ["r1", "!feed.jsonl:2", "m1"]),
    ],
)  # fmt: skip
def test_articles_are_read_and_broken_records_named(
    tmp_path: Path, data: str | bytes, expected: list[str] | None
) -> None:
    found = read_json(tmp_path, data)
    assert ids(found) == (["!feed.jsonl:1", "r1", "m1"] if expected is None else expected)
    for each in found:
        assert isinstance(each, Article) or each.reason
        if isinstance(each, Article) and each.id == "r1" and isinstance(data, bytes):
            assert each.headline == "River Rises"


@pytest.mark.parametrize(
    ("data", "reason", "damaged"),
    [
        ('{"id": "x", "hea', CUT_OFF, True),
        ('{"a":' * 100_000, "the line is nested too deeply", True),
        ("[" * 100_000, "the object is nested too deeply", True),
        ('{"id": "x", "date": "soon"}', "an article needs a headline or a body", False),
        ('{"id": "x", "headline": " ", "body": "\\n"}', "an article needs a headline or a body", False),
        ('{"id": " x ", "headline": "X"}', "id: an id must not be empty", False),
        ('[{"id": "x", "headline": "X"', "the object is not JSON, or is cut off", True),
        ('{"$schema": "x", "title": "An article", "properties": {}}', "it is a JSON schema", False),
    ],
)
def test_skip_distinguishes_damaged_from_rejected_records(
    tmp_path: Path, data: str, reason: str, damaged: bool
) -> None:
    (skip,) = read_json(tmp_path, data)
    assert isinstance(skip, Skip)
    assert skip.reason.startswith(reason)
    assert skip.damaged is damaged


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize(
    "break_",
    [
        lambda element: element[:-1],
        lambda element: element.replace('"', "", 1),
        lambda element: element.replace('"', "", 2),
        lambda element: element[: len(element) // 2],
        lambda element: element[: len(element) // 3] + "]",
        lambda element: element + "}",
        lambda element: element.replace(":", "", 1),
    ],
)
def test_broken_object_of_an_array_is_skipped_alone(tmp_path: Path, indent: Any, break_: Callable[[str], str]) -> None:
    records = [{"id": f"a{n}", "headline": f"Rain {n}", "body": "It [rained], {so}", "authors": []} for n in range(6)]
    iter_elements = [json.dumps(record, indent=indent) for record in records]
    iter_elements[3] = break_(iter_elements[3])
    if indent:
        iter_elements = ["".join(f"\n {line}" for line in element.splitlines()) for element in iter_elements]
    found = read_json(tmp_path, f"[{','.join(iter_elements)}\n]")
    assert [each.id for each in found if isinstance(each, Article)] == ["a0", "a1", "a2", "a4", "a5"]
    assert [each.place for each in found if isinstance(each, Skip)] == ["feed.jsonl:4"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 9))
def test_array_elements_equal_those_of_the_json_module(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], indent: Any, is_ascii: bool, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "array.json"
    path.write_text(json.dumps(values, indent=indent, ensure_ascii=is_ascii), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "_BLOCK_SIZE", block)
        assert list(iter_elements(SourceFile(path, path.name), json.loads)) == values


def test_array_longer_than_the_size_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "MAX_FILE", 1 << 16)
    monkeypatch.setattr(json_array, "MAX_FILE", 1 << 16)
    records = [{"id": f"a{n}", "headline": "Rain", "body": "It rained. " * 100} for n in range(500)]
    assert len(read_json(tmp_path, json.dumps(records))) == 500
    records[7]["body"] = "x" * (1 << 20)
    found = read_json(tmp_path, json.dumps(records))
    assert isinstance(found[7], Skip)
    assert found[7].reason == "an element is longer than 0 MB"


def test_json_feed_items_inherit_fields_of_the_feed(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "The Courier", "language": "de",
        "authors": [{"name": "Jana Roth"}], "items": [RAIN, {"title": "X", "language": "fr", "author": "Jo"}],
    }  # fmt: skip
    first, second = (each for each in read_json(tmp_path, json.dumps(feed)) if isinstance(each, Article))
    assert (second.byline, second.source, second.language) == ("Jo", "The Courier", "fr")
    assert first.source == "The Courier"
    assert second.provenance["source"] == "the feed's title"
    assert second.provenance["language"] == "language"


def test_summary_is_the_body_of_a_record_without_one(tmp_path: Path) -> None:
    records = [{"title": "X", "summary": "Short.", "body": body} for body in ("", "Long.")]
    found = [each for each in read_json(tmp_path, lines(*records)) if isinstance(each, Article)]
    assert [(each.body, each.provenance["body"]) for each in found] == [("Short.", "summary"), ("Long.", "body")]


@pytest.mark.parametrize(
    ("written", "byline"),
    [
        ("By Jane Doe", "Jane Doe"), ("Von Christian Holl, dpa", "Christian Holl, dpa"), ("PAR MARIE DUC", "MARIE DUC"),
        ("Von Hippel", "Von Hippel"), ("von Braun, Wernher", "von Braun, Wernher"), ("Byron Day", "Byron Day"),
        ("von der Leyen", "von der Leyen"),
    ],
)  # fmt: skip
def test_byline_is_the_name_without_by(tmp_path: Path, written: str, byline: str) -> None:
    (article,) = read_json(tmp_path, json.dumps({"title": "X", "author": written}))
    assert isinstance(article, Article)
    assert article.byline == byline


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("01.02.2023", "2023-02-01"), ("1. 2. 2023", "2023-02-01"), ("1.2.2023, 7:30 Uhr", "2023-02-01T07:30:00"),
        ("01.02.2023 07:30:15", "2023-02-01T07:30:15"), ("31.02.2023", None), ("01/02/2023", None), ("1.13.2023", None),
    ],
)  # fmt: skip
def test_dotted_date_has_the_day_first(tmp_path: Path, written: str, date: str | None) -> None:
    found, *refused = read_json(tmp_path, json.dumps({"id": "a1", "headline": "River Rises", "date": written}))
    assert isinstance(found, Article)
    assert (None if found.date is None else str(found.date)) == date
    assert len(refused) == (date is None)


def test_records_of_wordpress_and_news_apis_are_read(tmp_path: Path) -> None:
    service = {"status": "ok", "articles": [{"source": {"name": "C"}, "title": "T", "publishedAt": "2023-02-01"}]}
    (article,) = read_json(tmp_path, json.dumps(service))
    assert isinstance(article, Article)
    assert (article.headline, article.source, str(article.date)) == ("T", "C", "2023-02-01")
    page = {"@type": "NewsArticle", "headline": "H", "inLanguage": "en", "articleSection": "World"}
    (article,) = read_json(tmp_path, json.dumps(page))
    assert isinstance(article, Article)
    assert (article.language, article.section) == ("en", "World")
    item = {"headline": {"main": "H"}, "byline": {"original": "By Al Roe"}, "web_url": "https://n.example/1"}
    (article,) = read_json(tmp_path, json.dumps(item))
    assert isinstance(article, Article)
    assert (article.headline, article.byline, article.url) == ("H", "Al Roe", "https://n.example/1")


def test_empty_file_is_skipped(tmp_path: Path) -> None:
    assert read_json(tmp_path, "") == [Skip("feed.jsonl", "it is empty")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lines({"headline": "A"}, {"headline": "B"}), ["feed.jsonl#1", "feed.jsonl#2"]),
        ('{"headline": "A"}\n\n{"headline": "B"}\n', ["feed.jsonl#1", "feed.jsonl#3"]),
        (json.dumps([{"headline": "A"}, {"headline": "B"}]), ["feed.jsonl#1", "feed.jsonl#2"]),
        (json.dumps({"headline": "A"}, indent=2), ["feed.jsonl"]),
        (lines({"id": 7, "headline": "A"}, {"id": 0, "headline": "B"}), ["7", "0"]),
        (lines({"id": "", "headline": "A"}, {"id": None, "guid": "g", "headline": "B"}), ["feed.jsonl#1", "g"]),
        (lines({"id": ["x"], "headline": "A"}, {"id": 1.5, "headline": "B"}), ["feed.jsonl#1", "feed.jsonl#2"]),
        (lines({"id": True, "headline": "A"}), ["feed.jsonl#1"]),
    ],
)
def test_record_without_an_id_is_named_by_its_place(tmp_path: Path, data: str, expected: list[str]) -> None:
    assert ids(read_json(tmp_path, data)) == expected


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("id", "id _id guid uid"),
        ("headline", "headline title head name Headline TITLE"),
        ("body", "body text content articleBody body_text fulltext"),
        ("date", "date published published_at publication_date publicationDate pubDate datePublished publish_date"),
        ("byline", "byline author authors creator"),
        ("dateline", "dateline Dateline"),
        ("section", "section category desk rubric"),
        ("source", "source publisher site newspaper outlet publication"),
        ("language", "language lang"),
        ("url", "url link canonical_url uri"),
    ],
)
def test_aliases_of_keys_are_known(tmp_path: Path, field: str, keys: str) -> None:
    value = {"date": "2023-02-01", "language": "sv"}.get(field, "Value")
    for key in keys.split():
        source_file = {"id": "a1", "headline": "River Rises", "body": "Rain fell."}
        source_file.pop(field, None)
        (found,) = read_json(tmp_path, json.dumps({**source_file, key: value}))
        assert isinstance(found, Article)
        assert str(getattr(found, field)) == value, key


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"title": "Not this"}, "headline", "River Rises"),
        ({"headline": "", "title": "This"}, "headline", "This"),
        ({"body": ["One.", "Two."]}, "body", "One.\nTwo."),
        ({"headline": 1984}, "headline", "1984"),
        ({"author": {"@type": "Person", "name": "Jane Doe"}}, "byline", "Jane Doe"),
        ({"authors": [{"name": "Jane Doe"}, "John Roe", {}]}, "byline", "Jane Doe, John Roe"),
        ({"publisher": {"name": "The Gazette"}}, "source", "The Gazette"),
        ({"category": ["World", "Asia"]}, "section", "World, Asia"),
        ({"tags": "rates, banks;central banks"}, "keywords", ("rates", "banks", "central banks")),
        ({"keywords": ["rates", {"name": "banks"}]}, "keywords", ("rates", "banks")),
        ({"keywords": 7}, "keywords", ("7",)),
        ({"headline": {"rendered": "Rain"}}, "headline", "Rain"),
        ({"content": {"rendered": "<p>Rain</p>", "protected": False}}, "body", "Rain"),
        ({"headline": True}, "headline", "true"),
        ({"unknown": {"deep": [1]}}, "headline", "River Rises"),
    ],
)
def test_values_of_other_types_are_converted(tmp_path: Path, values: dict[str, Any], field: str, expected: Any) -> None:
    found = read_record(tmp_path, **values)
    assert isinstance(found, Article)
    assert getattr(found, field) == expected


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2023-02-01T13:33:00+09:00", "2023-02-01T13:33:00+09:00"),
        ("2023-02-01T13:33:00.000Z", "2023-02-01T13:33:00+00:00"),
        ("2023-02", "2023-02"),
        ("2023", "2023"),
        (2023, "2023"),
        ("13:33 JST, February 1, 2023", "2023-02-01T13:33:00+09:00"),
        ("1 February 2023", "2023-02-01"),
        ("Wed, 01 Feb 2023 13:33:00 +0900", "2023-02-01T13:33:00+09:00"),
        ("Wed, 01 Feb 2023 13:33:00 GMT", "2023-02-01T13:33:00+00:00"),
        (1675225980, "2023-02-01T04:33:00+00:00"),
        (1675225980000, "2023-02-01T04:33:00+00:00"),
        (1675225980.5, "2023-02-01T04:33:00.500000+00:00"),
        (None, None),
        ("", None),
        ("soon", "refused"),
        ("02/03/2023", "refused"),
        ("2023-02-30", "refused"),
        ("Feb 30, 2023", "refused"),
        (True, "refused"),
        (["2023"], "refused"),
        ({"$date": "2023"}, "refused"),
        (1e30, "refused"),
        (20230201.0, "2023-02-01"),
        (20230230, "refused"),
        (202313, "refused"),
        (86400, "1970-01-02T00:00:00+00:00"),
        (10**400, "refused"),
        (20230201, "2023-02-01"),
        (202302, "2023-02"),
        ("Wed, 1 Feb 2023 1:33 PM", "2023-02-01T13:33:00"),
    ],
)
def test_date_of_a_record_is_read_in_every_format(tmp_path: Path, value: Any, iso: str | None) -> None:
    found, *refused = read_json(tmp_path, json.dumps({"id": "a1", "headline": "River Rises", "date": value}))
    assert isinstance(found, Article)
    assert (None if found.date is None else str(found.date)) == (None if iso == "refused" else iso)
    if iso == "refused":
        (skip,) = refused
        assert isinstance(skip, Skip)
        assert skip.reason.startswith("date: ")
        assert "date" not in found.provenance
    else:
        assert not refused


def packed(count: int) -> bytes:
    noise = random.Random(1)
    return gzip.compress(lines(*({"id": f"a{n}", "body": noise.randbytes(60).hex()} for n in range(count))).encode())


@pytest.mark.parametrize(("count", "cut"), [(2_000, 30_000), (2_000, 1_000)])
def test_records_before_the_end_of_truncated_gzip_are_read(tmp_path: Path, count: int, cut: int) -> None:
    found = read_json(tmp_path, packed(count)[:-cut], "feed.jsonl.gz")
    *articles, skip = found
    assert len(articles) > count // 2
    assert [each.id for each in articles if isinstance(each, Article)] == [f"a{n}" for n in range(len(articles))]
    assert skip == Skip(f"feed.jsonl.gz:{len(articles) + 1}", "its gzip data is damaged or cut off")


@pytest.mark.parametrize("spoilt", [lambda data: data[:-4], lambda data: data + b"garbage"], ids=["cut off", "garbage"])
def test_records_of_a_short_damaged_file_are_read(tmp_path: Path, spoilt: Any) -> None:
    found = read_json(tmp_path, spoilt(packed(10)), "feed.jsonl.gz")
    assert [each.id for each in found if isinstance(each, Article)] == [f"a{n}" for n in range(10)]
    assert isinstance(found[-1], Skip)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("id", "headline", "Title", "body", "date", "author", "section", "source", "lang", "tags", "url", "x")


@exact
@given(records=st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=6) | values, max_size=4))
def test_each_record_gives_an_article_or_a_skip(tmp_path: Path, records: list[Any]) -> None:
    found = read_json(tmp_path, lines({"id": "first", "body": "x"}, *records) + lines(MILL))
    without_date = [each for each in found if isinstance(each, Skip) and each.reason.endswith("without a date")]
    assert len(found) == len(records) + 2 + len(without_date)
    assert ids(found)[-1] == "m1"
    as_array = read_json(tmp_path, json.dumps([{"id": "first", "body": "x"}, *records, MILL]))
    assert as_array == found


@exact
@given(data=st.binary(max_size=120), start=st.sampled_from([b"{", b"[", b'{"', b"[{", b'{"id": "x", ', b""]))
def test_any_bytes_give_articles_or_skips(tmp_path: Path, data: bytes, start: bytes) -> None:
    for each in read_json(tmp_path, start + data):
        assert isinstance(each, Article) or (each.place.startswith("feed.jsonl") and each.reason)


def test_character_references_are_resolved_in_every_field(tmp_path: Path) -> None:
    record = {
        "title": "Marks &amp; Spencer",
        "text": "Marks &amp; Spencer said it&#8217;s closing; AT&T &amp;#8212; no &copy",
        "author": "Jos&eacute; Doe", "tags": ["R&amp;D"], "section": "Arts &amp; Books",
    }  # fmt: skip
    (article,) = read_source(tmp_path, json.dumps(record), "a.jsonl")
    assert isinstance(article, Article)
    assert (article.headline, article.body) == ("Marks & Spencer", "Marks & Spencer said it’s closing; AT&T — no &copy")
    assert (article.byline, article.keywords, article.section) == ("José Doe", ("R&D",), "Arts & Books")


def test_keywords_with_a_kind_are_read(tmp_path: Path) -> None:
    keywords = [{"name": "subject", "value": "Harbours and Ports"}, {"name": "Rivers"}, "Rain"]
    (article,) = read_source(tmp_path, json.dumps({"title": "t", "keywords": keywords}), "a.jsonl")
    assert isinstance(article, Article)
    assert article.keywords == ("Harbours and Ports", "Rivers", "Rain")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_record_on_which_a_reader_fails_costs_itself(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_second(value: object) -> object:
        if value == "2023-02-02":
            raise ZeroDivisionError("a bug")
        return value

    monkeypatch.setattr(article_fields, "normalize_date", fail_on_second)
    records = [json.dumps({"title": f"t{n}", "date": f"2023-02-0{n}"}) for n in (1, 2, 3)]
    data = "\n".join(records) if name == "a.jsonl" else f"[{','.join(records)}]"
    first, skip, third = read_source(tmp_path, data, name)
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert skip == Skip(f"{name}:2", "reading it failed: ZeroDivisionError: a bug")


def test_year_too_large_costs_the_date_only(tmp_path: Path) -> None:
    bad = {"id": "b", "title": "t", "date": "Mon, 1 Jan 99999999999 00:00:00 GMT"}
    article, skip = read_source(tmp_path, json.dumps(bad), "a.jsonl")
    assert isinstance(article, Article)
    assert isinstance(skip, Skip)
    assert skip.place == "a.jsonl:1 (b)"
