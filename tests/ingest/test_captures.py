"""Saved pages of one address are versions of one article, compared with plain lists of pages."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from test_permanent_deletion import decoded_bytes

import searchidx
from searchidx.engines.embedded import manifest
from searchidx.ingest import captures
from searchidx.ingest.captures import page_addresses

PAGE = """<html lang="en"><head><title>{headline}</title>{canonical}</head><body><article><h1>{headline}</h1>
<p>{headline}, said the bank. This paragraph is long enough to be taken for the body of an article by any reader.</p>
<p>Its second paragraph says nothing at all, but is also long enough to count as a part of the article.</p>
</article></body></html>"""
SITE = "https://example.org/news/"
HEADLINES = ("Rates rise", "Rates fall", "Rates stay")
HOUR = 3600

Page = tuple[str, str, str]
"""Where a page was captured, the address that it calls its own, or "", and its headline."""
Text = tuple[str, str, str]
"""When a page was saved, its headline, and its address."""


def html(canonical: str, headline: str) -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return PAGE.format(headline=headline, canonical=link)


def iso(hour: int) -> str:
    return dt.datetime.fromtimestamp(hour * HOUR, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def warc(records: Iterable[tuple[int, Page]]) -> bytes:
    """A web archive of pages, each with the hour of its capture."""
    written = []
    for hour, (url, canonical, headline) in records:
        body = html(canonical, headline).encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: {iso(hour)}\r\n"
        head += f"WARC-Record-ID: <urn:uuid:{len(written)}>\r\nContent-Type: application/http; msgtype=response\r\n"
        written.append(f"{head}Content-Length: {len(http) + len(body)}\r\n\r\n".encode() + http + body + b"\r\n\r\n")
    return b"".join(written)


def capture_id(file: str, hour: int, url: str) -> str:
    return f"{file}/{''.join(filter(str.isdigit, iso(hour)))}/{url}"


def versions(index: Path) -> dict[str, list[Text]]:
    """The versions of each article: when each was saved, and its headline."""
    with searchidx.open(index) as archive:
        found = {
            id: [(each.saved, each.article.headline, each.article.url) for each in archive.history(id)]
            for id in archive.ids("*")
        }
        assert len(archive) == len(found)
        assert len(archive.all_versions()) == sum(map(len, found.values()))
        many = {id for id, texts in found.items() if len(texts) > 1}
        assert set(archive.ids("versions:>1")) == many
    # The only version of a page in a file does not say when it was saved.
    return {id: texts if len(texts) > 1 else [("", *texts[0][1:])] for id, texts in found.items()}


class Oracle:
    """What each page said when, and the articles that the pages are, found by plain search."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[set[str], list[Text]]] = {}

    def see(self, id: str, addresses: set[str], text: Text) -> None:
        _, texts = self.pages.get(id, (set(), []))
        self.pages[id] = addresses, [*texts, *([text] if text not in texts[-1:] else [])]

    def articles(self) -> dict[str, list[Text]]:
        """The versions of each article, by its id."""
        groups: list[set[str]] = []
        for id in self.pages:
            near = [group for group in groups if any(self.pages[each][0] & self.pages[id][0] for each in group)]
            groups = [group for group in groups if group not in near] + [{id}.union(*near)]
        found = {}
        for group in groups:
            texts = sorted(
                (min(text[0] for text in self.pages[id][1][number:]), id, number, said)
                for id in group
                for number, (_, *said) in enumerate(self.pages[id][1])
            )
            kept: list[Text] = []
            for saved, _, _, (headline, url) in texts:
                if not kept or kept[-1][1:] != (headline, url):
                    kept.append((saved, headline, url))
            found[texts[0][1]] = kept if len(kept) > 1 else [("", *kept[0][1:])]
        return found


class Files:
    """A folder of pages and web archives that change at random."""

    def __init__(self, folder: Path, seed: int, change_in_place: bool) -> None:
        self.rng = random.Random(seed)
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.index = folder / "index"
        self.change_in_place = change_in_place
        self.oracle = Oracle()
        self.hours = iter(self.rng.sample(range(10_000), 1_000))
        self.archives: dict[str, list[tuple[int, Page]]] = {}

    def page(self) -> Page:
        story = self.rng.randrange(5)
        canonical = self.rng.choice(("", f"{SITE}{story}", f"{SITE}{story}", f"{SITE}{self.rng.randrange(5)}"))
        return f"{SITE}{story}{self.rng.choice(('', '?from=feed'))}", canonical, self.rng.choice(HEADLINES)

    def change(self) -> None:
        names = sorted(path.name for path in self.sources.iterdir())
        number = self.rng.randrange(6) if self.change_in_place else next(self.hours)
        name = f"{number}.{self.rng.choice(('html', 'warc'))}"
        if len(names) > 2 and self.rng.random() < 0.3:
            self.remove(self.rng.choice(names))
        else:
            self.put(name)

    def remove(self, name: str) -> None:
        (self.sources / name).unlink()
        self.archives.pop(name, None)
        for id in [id for id in self.oracle.pages if id == name or id.startswith(f"{name}/")]:
            del self.oracle.pages[id]

    def put(self, name: str) -> None:
        hour, path = next(self.hours), self.sources / name
        if name.endswith("html"):
            _, canonical, headline = self.page()
            canonical = canonical or f"{SITE}{name}"
            path.write_text(html(canonical, headline))
            os.utime(path, (hour * HOUR, hour * HOUR))
            self.oracle.see(name, {canonical}, (iso(hour), headline, canonical))
            return
        records = self.archives.get(name, [])
        if records and self.rng.random() < 0.5:
            at = self.rng.randrange(len(records))
            gone = records.pop(at)
            if self.rng.random() < 0.5:  # what the archive says about the hour has changed
                records.insert(at, (gone[0], (gone[1][0], *self.page()[1:])))
            else:
                del self.oracle.pages[capture_id(name, gone[0], gone[1][0])]
        records = [*records, *((next(self.hours), self.page()) for _ in range(self.rng.randrange(1, 4)))]
        self.archives[name] = records
        path.write_bytes(warc(records))
        os.utime(path, (hour * HOUR, hour * HOUR))
        for when, (url, canonical, headline) in records:
            self.oracle.see(
                capture_id(name, when, url), {url} | ({canonical} - {""}), (iso(when), headline, canonical or url)
            )

    def build(self, *sources: Path, index: Path | None = None, jobs: int = 1) -> searchidx.Report:
        return searchidx.build(*(sources or (self.sources,)), index=index or self.index, allow_empty=True, jobs=jobs)


@pytest.mark.parametrize("seed", range(5))
def test_pages_of_one_address_are_versions_whatever_the_order(tmp_path: Path, seed: int) -> None:
    """Random files come and go: after each build the index has the versions that a new index of the files has."""
    case = Files(tmp_path, seed, change_in_place=False)
    for step in range(8):
        for _ in range(3):
            case.change()
        before = versions(case.index) if step else {}
        report = case.build()
        expected = case.oracle.articles()
        assert versions(case.index) == expected
        assert report.added - report.removed == len(expected) - len(before)
        assert report.added + report.updated + report.unchanged == len(expected)
        again = case.build()
        assert (again.added, again.updated, again.unchanged, again.removed, again.kept) == (0, 0, len(expected), 0, 0)
    case.build(index=tmp_path / "new", jobs=2)
    assert versions(tmp_path / "new") == expected
    assert list(searchidx.check(case.index)) == []
    contents = {id: case_article(case.index, id) for id in expected}
    assert contents == {id: case_article(tmp_path / "new", id) for id in expected}


def case_article(index: Path, id: str) -> list[tuple[str, str, str]]:
    with searchidx.open(index) as archive:
        return [(each.article.body, each.article.path, each.article.url) for each in archive.history(id)]


@pytest.mark.parametrize("seed", range(5))
def test_pages_that_change_keep_what_their_files_said(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are also overwritten between builds, and the index is made by other rules for words now and then."""
    case = Files(tmp_path, seed, change_in_place=True)
    for step in range(8):
        for _ in range(3):
            case.change()
            case.build()
        if case.rng.random() < 0.3:
            monkeypatch.setattr(manifest, "analyzer_fingerprint", lambda step=step: f"{seed} {step}")
            assert case.build().rebuilt
        assert versions(case.index) == case.oracle.articles()
    assert list(searchidx.check(case.index)) == []


def put_warcs(folder: Path, **archives: list[tuple[int, Page]]) -> None:
    folder.mkdir(exist_ok=True)
    for name, records in archives.items():
        (folder / f"{name}.warc").write_bytes(warc(records))


RATES = f"{SITE}rates"
RISE, FALL, STAY = ((RATES, "", headline) for headline in HEADLINES)


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    """An index of three captures of one address in two archives, and a page beside them; returns its sources."""
    sources = tmp_path / "sources"
    put_warcs(sources, a=[(10, RISE), (30, STAY)], b=[(20, FALL), (20, (f"{SITE}rain", "", "Rain falls"))])
    searchidx.build(sources, index=tmp_path / "index")
    return sources


def headlines(index: Path) -> dict[str, list[str]]:
    return {id: [headline for _, headline, _ in texts] for id, texts in versions(index).items()}


FIRST, RAIN = capture_id("a.warc", 10, RATES), capture_id("b.warc", 20, f"{SITE}rain")


def test_captures_are_searched_as_versions(tmp_path: Path, rates: Path) -> None:
    assert headlines(tmp_path / "index") == {FIRST: ["Rates rise", "Rates fall", "Rates stay"], RAIN: ["Rain falls"]}
    with searchidx.open(tmp_path / "index") as archive:
        assert [each.saved for each in archive.history(FIRST)] == [iso(10), iso(20), iso(30)]
        assert [each.saved for each in archive.history(RAIN)] == [iso(20)]
        assert archive.ids("rates headline:fall") == []
        assert archive.ids("changed:headline") == archive.ids("first:rise -rise") == [FIRST]
        assert [hit.version for hit in archive.all_versions().search("rates headline:fall")] == [2]
        assert archive.diff(FIRST, 1, 2).changes["headline"]
        article = archive.get(FIRST)
        assert article is not None
        assert article.path == capture_id("a.warc", 30, RATES)


def test_removed_archive_leaves_the_captures_of_others(tmp_path: Path, rates: Path) -> None:
    (rates / "a.warc").unlink()
    report = searchidx.build(rates, index=tmp_path / "index")
    assert (report.added, report.updated, report.unchanged, report.removed) == (0, 1, 1, 0)
    assert headlines(tmp_path / "index") == {capture_id("b.warc", 20, RATES): ["Rates fall"], RAIN: ["Rain falls"]}
    (rates / "b.warc").unlink()
    report = searchidx.build(rates, index=tmp_path / "index", allow_empty=True)
    assert (report.removed, headlines(tmp_path / "index")) == (2, {})


def test_option_makes_each_capture_an_article(tmp_path: Path, rates: Path) -> None:
    report = searchidx.build(rates, index=tmp_path / "index", keep_versions=False)
    assert (report.added, report.updated, report.removed) == (2, 1, 0)
    assert sorted(headlines(tmp_path / "index").values()) == [
        ["Rain falls"], ["Rates fall"], ["Rates rise"], ["Rates stay"],
    ]  # fmt: skip
    report = searchidx.build(rates, index=tmp_path / "index", keep_versions=True)
    assert (report.updated, report.removed) == (1, 2)
    assert len(headlines(tmp_path / "index")[FIRST]) == 3


def test_deletion_removes_every_capture_of_the_address(tmp_path: Path, rates: Path) -> None:
    index = tmp_path / "index"

    def traces() -> set[str]:
        """The headlines of all versions, and the words that they match."""
        with searchidx.open(index) as archive:
            found = {
                text.headline for id in archive.ids("*") for text in (each.article for each in archive.history(id))
            }
            words = {word for word in ("rise", "fall", "stay", "rain") if archive.all_versions().ids(word)}
        return found | words

    assert traces() > {"rise", "fall", "stay"}
    assert all(headline.encode() in decoded_bytes(index) for headline in HEADLINES)
    assert searchidx.delete(FIRST, index=index) == [FIRST]
    assert not any(headline.encode() in decoded_bytes(index) for headline in HEADLINES)
    assert traces() == {"Rain falls", "fall", "rain"}
    put_warcs(rates, c=[(40, RISE)])
    (rates / "a.warc").unlink()
    report = searchidx.build(rates, index=index)
    assert sorted(id for _, id in report.withheld) == [FIRST, FIRST]
    assert traces() == {"Rain falls", "fall", "rain"}
    searchidx.build(rates, index=index, keep_versions=False)
    assert traces() == {"Rain falls", "fall", "rain"}
    assert searchidx.allow(FIRST, index=index) == [FIRST]
    searchidx.build(rates, index=index, keep_versions=True)
    assert headlines(index) == {capture_id("b.warc", 20, RATES): ["Rates fall", "Rates rise"], RAIN: ["Rain falls"]}


def test_index_of_an_earlier_version_learns_of_its_pages(tmp_path: Path) -> None:
    """A state without pages, as before versions had several files: pages join as their files are read."""
    sources, index = tmp_path / "sources", tmp_path / "index"
    sources.mkdir()
    for hour, headline in enumerate(HEADLINES[:2]):
        (sources / "a.html").write_text(html(RATES, headline))
        os.utime(sources / "a.html", (hour * HOUR, hour * HOUR))
        searchidx.build(sources, index=index)
    with searchidx.open(index) as archive:
        state = archive._snapshot.user_data()
        with archive._engine.writer() as writer:
            values = json.loads(state)
            for root in values["roots"].values():
                root["files"] = {name: file[:6] for name, file in root["files"].items()}
            writer.commit(json.dumps(values).encode())
    (sources / "b.html").write_text(html(RATES, HEADLINES[2]))
    (sources / "a.html").write_text(html(RATES, HEADLINES[2]))
    for name, hour in (("a.html", 3), ("b.html", 2)):
        os.utime(sources / name, (hour * HOUR, hour * HOUR))
    searchidx.build(sources, index=index)
    assert headlines(index) == {"a.html": list(HEADLINES)}
    with searchidx.open(index) as archive:
        assert [each.saved for each in archive.history("a.html")] == [iso(0), iso(1), iso(2)]


def test_records_with_ids_of_their_own_are_articles(tmp_path: Path, put: Callable[..., Path]) -> None:
    records = [{"id": f"r{n}", "headline": f"Rain {n}", "url": RATES} for n in range(2)]
    put(tmp_path / "sources", "feed.jsonl", records)
    searchidx.build(tmp_path / "sources", index=tmp_path / "index", keep_versions=True)
    assert set(headlines(tmp_path / "index")) == {"r0", "r1"}


def test_front_page_that_careless_pages_name_is_no_address() -> None:
    def addresses(id: str, url: str, **provenance: str) -> tuple[str, ...]:
        return page_addresses(searchidx.Article(id, "Rain", url=url, path=id, provenance=provenance))

    front, captured = "https://example.org/", "1970-01-01T01:00:00Z"
    assert addresses("a.html", front) == addresses("a.html", "") == addresses("a.html", "https://[") == ()
    assert len(addresses("a.html", f"{front}?id=1")) == 1
    at_front = addresses(f"a.warc/19700101010000/{front}", front, captured=captured)
    assert len(at_front) == 1
    assert addresses(f"a.warc/19700101010000/{RATES}", front, captured=captured) == addresses("a.html", RATES)
    assert len(addresses(f"a.warc/19700101010000/{RATES}", f"{SITE}b", captured=captured)) == 2


def test_spellings_of_one_address_are_one_address(tmp_path: Path) -> None:
    spellings = ("http://www.example.org/a/", "https://example.org/a#top", "https://EXAMPLE.org:443/a")
    put_warcs(tmp_path / "sources", a=[(n, (url, "", "Rates rise")) for n, url in enumerate(spellings)])
    searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    assert headlines(tmp_path / "index") == {capture_id("a.warc", 0, spellings[0]): ["Rates rise"]}


def test_build_that_changes_no_page_groups_none(
    tmp_path: Path, rates: Path, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "another"
    first = searchidx.build(rates, index=index)
    with monkeypatch.context() as patched:
        patched.setattr(captures, "PageGroups", lambda _: pytest.fail("the pages were grouped"))
        assert searchidx.build(rates, index=index).unchanged == first.added
        put(rates, "note.txt", "Note\n\nRain fell.\n")
        report = searchidx.build(rates, index=index)
    assert (report.added, report.unchanged) == (1, first.added)
    articles = first.added + 1
    assert searchidx.delete(RAIN, index=index) == [RAIN]
    assert [searchidx.build(rates, index=index).unchanged for _ in range(2)] == [articles - 1] * 2
    assert searchidx.allow(RAIN, index=index) == [RAIN]
    report = searchidx.build(rates, index=index)
    assert (report.added, report.unchanged) == (1, articles - 1)
