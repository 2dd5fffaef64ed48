"""Quality and speed of reading saved pages, beside other extractors.

    python benchmarks/extraction.py FOLDER… [--worst 10] [--peers trafilatura,resiliparse,newspaper4k,rs-trafilatura]
        [--processes 2]

A folder holds `manifest.jsonl` or `manifest.jsonl.gz`, one line a page: {id, html_path, url, truth: {headline, body,
date, authors, must_contain, must_not_contain}}; what is unknown is absent.

Body: 4-grams of words as multisets; precision and recall are averaged over pages, and F1 is that of the two means (the
measure of the article-extraction-benchmark). Kept and left out: the shares of `must_contain` found in the body, and of
`must_not_contain` absent from it. Headline: equal without case, punctuation and white space. Day: the same. Byline: the
same set of names. Rate: pages a second of processor time of one process; all extractors read one page in turn, after
twenty pages that warm them up, and the ratio to searchidx is that of these times. `--processes 2` also prints how much
faster two processes read the pages than one, by the clock, and how much more processor time a page takes. Only the
second compares on processors that other work shares.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import multiprocessing
import os
import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

WORDS = re.compile(r"\w+")
WARM_UP = 20
"""Pages that are read before the time is taken."""
Extractor = Callable[[Any, str], dict[str, Any]]
NAMES = re.compile(r"\s*(?:[,;|/]|\s(?:and|und|et|y|e|en|&)\s)\s*")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--worst", type=int, default=0, help="name the worst pages")
    parser.add_argument("--peers", default=",".join(PEERS), help="extractors to compare, where installed")
    parser.add_argument("--processes", type=int, default=0, help="measure as many processes beside one")
    options = parser.parse_args()
    extractors = {"searchidx": read_with_searchidx}
    for name in filter(None, options.peers.split(",")):
        if name not in PEERS:
            parser.error(f"there is no extractor {name!r}: choose from {', '.join(PEERS)}")
        try:
            PEERS[name]("<html><body><p>Text.</p></body></html>", "")
        except ImportError:
            print(f"{name}: not installed")
            continue
        except Exception:  # a short page is no article to some
            pass
        extractors[name] = PEERS[name]
    for folder in options.folders:
        entries = read_manifest(folder)
        pages = [read_page_file(folder / entry["html_path"]) for entry in entries]
        addresses = [entry.get("url") or "" for entry in entries]
        for extract in extractors.values():
            for data, url in zip(pages[:WARM_UP], addresses, strict=False):
                _time(extract, data, url)
        results: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [] for name in extractors}
        seconds = dict.fromkeys(extractors, 0.0)
        raised = dict.fromkeys(extractors, 0)
        for entry, data, url in zip(entries, pages, addresses, strict=True):
            for name, extract in extractors.items():
                found, spent = _time(extract, data, url)
                seconds[name] += spent
                raised[name] += found is None
                results[name].append((entry["id"], compare(found or {}, entry["truth"])))
        for name in extractors:
            summary = summarize([result for _, result in results[name]])
            rate = f"{len(pages) / seconds[name]:.0f} pages/s"
            ratio = "" if name == "searchidx" else f" (searchidx {seconds[name] / seconds['searchidx']:.1f} times)"
            print(f"{folder.name}: {name}: {summary}; {rate}{ratio}; raised {raised[name]}")
            worst = sorted((min(r["precision"], r["recall"]), page) for page, r in results[name] if "precision" in r)
            for score, page in worst[: options.worst]:
                print(f"  {page} {score:.2f}")
        if options.processes:
            (one, time_of_one), (many, time_of_many) = (
                _rate(pages, addresses, count) for count in (1, options.processes)
            )
            print(
                f"{folder.name}: {options.processes} processes: {many:.0f} pages/s, {many / one:.2f} times one process;"
                f" processor time of a page {time_of_many / time_of_one:.2f} times"
            )


def _time(extract: Extractor, data: bytes, url: str) -> tuple[dict[str, Any] | None, float]:
    """What an extractor finds, None where it raises, and the processor time that it takes."""
    start = time.process_time()
    try:
        found = extract(data, url)
    except Exception:
        found = None
    return found, time.process_time() - start


def _rate(pages: list[bytes], addresses: list[str], processes: int) -> tuple[float, float]:
    """Pages a second by the clock, and processor seconds a page, where each of some processes reads all pages."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes + 1)
    workers = [context.Process(target=_read_all, args=(pages, addresses, start)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.perf_counter()
    spent = _children_time()
    for worker in workers:
        worker.join()
    count = processes * len(pages)
    return count / (time.perf_counter() - began), (_children_time() - spent) / count


def _children_time() -> float:
    """Processor time of the processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _read_all(pages: list[bytes], addresses: list[str], start: Any) -> None:
    start.wait()
    for data, url in zip(pages, addresses, strict=True):
        _time(read_with_searchidx, data, url)


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """The entries of a folder."""
    path = folder / "manifest.jsonl"
    data = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    return [json.loads(line) for line in data.decode().splitlines()]


def read_page_file(path: Path) -> bytes:
    """The bytes of a page, unpacked."""
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def compare(found: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    """The measures of one page."""
    body = found.get("body") or ""
    result: dict[str, Any] = {}
    if truth.get("body"):
        want, got = _grams(truth["body"]), _grams(body)
        common = sum((want & got).values())
        result["precision"], result["recall"] = common / max(1, sum(got.values())), common / sum(want.values())
    flat = " ".join(body.split())
    result["kept"] = [" ".join(snippet.split()) in flat for snippet in truth.get("must_contain", ())]
    result["left out"] = [" ".join(snippet.split()) not in flat for snippet in truth.get("must_not_contain", ())]
    if truth.get("headline"):
        result["headline"] = _plain(found.get("headline")) == _plain(truth["headline"])
    if truth.get("date"):
        result["day"] = (found.get("date") or "")[:10] == truth["date"][:10]
    if truth.get("authors"):
        names = truth["authors"] if isinstance(truth["authors"], list) else [truth["authors"]]
        result["byline"] = _names([found.get("byline") or ""]) == _names(names)
    return result


def summarize(results: Iterable[dict[str, Any]]) -> str:
    """The means of the measures over pages."""
    values: dict[str, list[float]] = collections.defaultdict(list)
    for result in results:
        for name, value in result.items():
            values[name] += value if isinstance(value, list) else [value]
    means = {name: sum(each) / len(each) for name, each in values.items() if each}
    parts = []
    if "precision" in means:
        precision, recall = means.pop("precision"), means.pop("recall")
        score = 2 * precision * recall / max(1e-9, precision + recall)
        parts.append(f"body P {precision:.3f} R {recall:.3f} F1 {score:.3f} ({len(values['precision'])})")
    parts += [f"{name} {mean:.3f} ({len(values[name])})" for name, mean in means.items()]
    return "; ".join(parts)


def read_with_searchidx(data: bytes, url: str) -> dict[str, Any]:
    """The values of the page's article by searchidx, from bytes to fields."""
    from searchidx.article import Article
    from searchidx.sources.html import read
    from searchidx.sources.source_file import SourceFile

    items = list(read(SourceFile(Path("page.html"), "page.html", url or None, data=data)))
    article = next((item for item in items if isinstance(item, Article)), None)
    if article is None:
        return {}
    return {
        "body": article.body,
        "headline": article.headline,
        "date": str(article.date or ""),
        "byline": article.byline,
    }


def read_with_trafilatura(data: Any, url: str) -> dict[str, Any]:
    import trafilatura

    document: Any = trafilatura.bare_extraction(data, url=url or None, include_comments=False, with_metadata=True)
    if document is None:
        return {}
    return {
        "body": document.text,
        "headline": document.title,
        "date": document.date,
        "byline": (document.author or "").replace(";", ","),
    }


def _read_with_resiliparse(data: Any, url: str) -> dict[str, Any]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    from resiliparse.parse.html import HTMLTree

    text = bytes_to_str(data, detect_encoding(data)) if isinstance(data, bytes) else data
    tree = HTMLTree.parse(text)
    return {"body": extract_plain_text(tree, main_content=True, alt_texts=False), "headline": tree.title}


def _read_with_newspaper(data: Any, url: str) -> dict[str, Any]:
    import newspaper

    article = newspaper.Article(url or "http://localhost/", fetch_images=False)
    article.download(input_html=data.decode("utf-8", "replace") if isinstance(data, bytes) else data)
    article.parse()
    return {
        "body": article.text,
        "headline": article.title,
        "date": article.publish_date.date().isoformat() if article.publish_date else "",
        "byline": ", ".join(article.authors),
    }


def _read_with_rs_trafilatura(data: Any, url: str) -> dict[str, Any]:
    import rs_trafilatura

    result = rs_trafilatura.extract(
        data.decode("utf-8", "replace") if isinstance(data, bytes) else data, url=url or None
    )
    return {
        "body": result.main_content,
        "headline": result.title,
        "date": result.date or "",
        "byline": result.author or "",
    }


PEERS: dict[str, Extractor] = {
    "trafilatura": read_with_trafilatura,
    "resiliparse": _read_with_resiliparse,
    "newspaper4k": _read_with_newspaper,
    "rs-trafilatura": _read_with_rs_trafilatura,
}


def _grams(text: str, size: int = 4) -> collections.Counter[tuple[str, ...]]:
    words = WORDS.findall(text)
    if not words:
        return collections.Counter()
    return collections.Counter(tuple(words[n : n + size]) for n in range(max(1, len(words) - size + 1)))


def _plain(text: str | None) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text or "")).strip().casefold()


def _names(values: Iterable[str]) -> list[str]:
    return sorted(_plain(name) for value in values for name in NAMES.split(value) if _plain(name))


if __name__ == "__main__":
    main()
