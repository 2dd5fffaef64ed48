"""Measure answers beyond search: facets, timelines, words, snippets, kwic, exports, near-duplicates.

    python benchmarks/answers.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7] [--json FILE]

Aggregations cover all hits of a common word in the corpus, which is repeated --times. Snippets and near-duplicates use
the corpus once. Times are medians. For near-duplicates, the pairs within a group are compared with all pairs whose
shingles reach the same Jaccard index, which an inverted index of the shingles finds. Without a CORPUS, the script
generates articles (seeded); for near-duplicates it adds copies with up to a quarter of their words replaced.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from compare import generated

import searchidx
from searchidx.analysis import analyze
from searchidx.engines.collectors import SHINGLE
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.export.export_manifest import export
from searchidx.render.serialize import kwic_csv, kwic_jsonl
from searchidx.search.aggregations import FACETS, UNITS

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)

Pairs = dict[tuple[int, int], float]


def read(corpus: str) -> Iterator[searchidx.Article]:
    """Read the articles of a JSON Lines file, with the fields that facets count."""
    opened = gzip.open(corpus, "rt", encoding="utf-8") if corpus.endswith(".gz") else open(corpus, encoding="utf-8")  # noqa: SIM115
    with opened as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("headline") or row.get("body"):
                yield searchidx.Article(
                    id=str(row["id"]),
                    headline=row.get("headline"),
                    body=row.get("body"),
                    date=(row.get("date") or "")[:19],
                    byline=row.get("author") or "",
                    dateline=row.get("dateline") or "",
                    section=next(iter(row.get("places") or ()), ""),
                    source="Reuters",
                    language="en",
                    keywords=row.get("topics") or (),
                )


def with_copies(articles: Iterable[searchidx.Article], seed: int = 7) -> Iterator[searchidx.Article]:
    """Yield the articles and, after every tenth, a copy with up to a quarter of its words replaced."""
    chance = random.Random(seed)
    for number, article in enumerate(articles):
        yield article
        if number % 10 == 0:
            words = article.body.split()
            for at in chance.sample(range(len(words)), int(len(words) * chance.random() / 4)):
                words[at] = f"w{chance.randrange(1, 60_000)}"
            yield searchidx.Article(f"{article.id}-copy", article.headline, " ".join(words), article.date)


def build(articles: Iterable[searchidx.Article], times: int, folder: Path) -> searchidx.Archive:
    """Build an archive that has each article `times` times."""
    with searchidx.create(folder).writer() as writer:
        for article in articles:
            for number in range(times):
                values = {**article.to_dict(), "id": f"{article.id}-{number}"} if times > 1 else article.to_dict()
                writer.add(searchidx.Article(**values))
    return searchidx.open(folder)


def median_seconds(do: Callable[[], Any], rounds: int) -> float:
    """Return the median time of a call, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def exhaust(items: Iterable[Any]) -> int:
    """Read all items, and count them."""
    return sum(1 for _ in items)


def time_aggregations(archive: searchidx.Archive, word: str, rounds: int) -> dict[str, float]:
    """Return the milliseconds of each aggregation over all hits of a word, with the search."""
    calls: dict[str, Callable[[], Any]] = {
        "search, 10 hits": lambda: [hit.headline for hit in archive.search(word)],
        "count": lambda: archive.search(word, limit=0).total,
        **{f"facet {field}": lambda field=field: archive.facet(word, field) for field in FACETS},
        **{f"timeline by {unit}": lambda unit=unit: archive.timeline(word, by=unit) for unit in UNITS},
        "timeline of words": lambda: archive.timeline(word, by="month", count_words=True),
        "terms": lambda: archive.terms(word),
        "similar": lambda: archive.similar(archive.search(word, limit=1)[0].id),
        "stats": archive.stats,
    }
    return {name: 1e3 * median_seconds(do, rounds) for name, do in calls.items()}


def time_snippets(archive: searchidx.Archive, words: Iterable[str], rounds: int) -> dict[str, float]:
    """Return the milliseconds for the snippets of ten hits whose articles are read: first call, then warm caches."""
    figures = {}
    for word in words:
        times = []
        for _ in range(rounds + 1):
            hits = archive.search(word, limit=10)
            for hit in hits:
                hit.article  # noqa: B018 - reads the article
            start = time.perf_counter()
            for hit in hits:
                hit.snippet  # noqa: B018 - makes the snippet
            times.append(time.perf_counter() - start)
        figures[f"10 snippets of {word}, first call"] = 1e3 * times[0]
        figures[f"10 snippets of {word}"] = 1e3 * statistics.median(times[1:])
    return figures


def measure_rates(archive: searchidx.Archive, word: str, rounds: int) -> dict[str, float]:
    """Return articles and lines per second, over every hit of a word."""
    total = archive.search(word, limit=0).total
    lines = exhaust(archive.kwic(word))
    calls: dict[str, tuple[int, Callable[[], Any]]] = {
        "articles read": (total, lambda: exhaust(archive.articles(word))),
        **{
            f"export {name}": (total, lambda name=name: exhaust(export_lines(archive.articles(word), name)))
            for name in EXPORT_FORMATS
        },
        "export jsonl, manifest": (total, lambda: export(archive, word, "jsonl", len)),
        "kwic": (lines, lambda: exhaust(archive.kwic(word))),
        "kwic jsonl": (lines, lambda: exhaust(kwic_jsonl(archive.kwic(word)))),
        "kwic csv": (lines, lambda: exhaust(kwic_csv(archive.kwic(word)))),
        "kwic sorted by right context": (lines, lambda: exhaust(archive.kwic(word, sort="right"))),
    }
    return {name: count / median_seconds(do, rounds) for name, (count, do) in calls.items()}


def exact_pairs(bodies: list[str], least: float) -> Pairs:
    """Find all pairs of bodies whose shingles have a Jaccard index of at least `least`.

    Uses prefix filtering (Chaudhuri, Ganti and Kaushik 2006): an inverted index of the rarest shingles of each body.
    Two sets this similar share a shingle even after a part of the size `least` is removed from each.
    """
    numbers: dict[tuple[str, ...], int] = {}
    sets = []
    for body in bodies:
        stems = [token.stem for token in analyze(body)]
        runs = (tuple(stems[at : at + SHINGLE]) for at in range(max(len(stems) - SHINGLE + 1, 1))) if stems else ()
        sets.append({numbers.setdefault(run, len(numbers)) for run in runs})
    frequencies = Counter(number for each in sets for number in each)
    index: dict[int, list[int]] = defaultdict(list)
    pairs: Pairs = {}
    for at, each in enumerate(sets):
        rarest = sorted(each, key=lambda number: (frequencies[number], number))
        candidates: set[int] = set()
        for number in rarest[: len(each) - int(least * len(each)) + 1]:
            if frequencies[number] > 1:
                candidates.update(index[number])
                index[number].append(at)
        for other in candidates:
            if min(len(sets[other]), len(each)) >= least * max(len(sets[other]), len(each)):
                common = len(each & sets[other])
                similarity = common / (len(each) + len(sets[other]) - common)
                if similarity >= least:
                    pairs[other, at] = similarity
    return pairs


def connect(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Map each member of a pair to the first member of its connected component (union-find)."""
    leader: dict[int, int] = {}

    def find(at: int) -> int:
        while leader.setdefault(at, at) != at:
            leader[at] = at = leader[leader[at]]
        return at

    for one, other in pairs:
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    return {at: find(at) for at in leader}


def count_pairs(sizes: Iterable[int]) -> int:
    """Count the pairs within groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)


def measure_duplicates(
    articles: list[searchidx.Article], archive: searchidx.Archive, rounds: int
) -> list[dict[str, Any]]:
    """For each threshold, time the grouping of all articles, and compare the groups with the exact ones."""
    start = time.perf_counter()
    exact = exact_pairs([article.body for article in articles], min(THRESHOLDS))
    elapsed = time.perf_counter() - start
    print(f"{len(exact):,} exact pairs with a similarity of at least {min(THRESHOLDS)}, found in {elapsed:.1f} s\n")
    numbers = {article.id: at for at, article in enumerate(articles)}
    every = "date:[0001 TO 9999] OR date:none"
    print(
        f"{'threshold':>9}{'seconds':>9}{'groups':>9}{'articles':>10}{'pairs':>9}{'found':>9}{'recall':>9}{'precision':>11}"
    )
    figures = []
    for threshold in THRESHOLDS:
        elapsed = median_seconds(lambda threshold=threshold: archive.groups(every, threshold, limit=0), rounds)
        groups = [group.hits for group in archive.groups(every, threshold, limit=None) if len(group.hits) > 1]
        group_of = {numbers[hit.id]: number for number, hits in enumerate(groups) for hit in hits}
        pairs = [pair for pair, similarity in exact.items() if similarity >= threshold]
        kept = sum(one in group_of and group_of[one] == group_of.get(other) for one, other in pairs)
        leaders = connect(pairs)
        correct = count_pairs(
            Counter((number, leaders[at]) for at, number in group_of.items() if at in leaders).values()
        )
        grouped = count_pairs(Counter(group_of.values()).values())
        figure = {
            "threshold": threshold,
            "seconds": elapsed,
            "groups": len(groups),
            "articles": len(group_of),
            "pairs": len(pairs),
            "found": kept,
            "recall": kept / len(pairs) if pairs else 1.0,
            "precision": correct / grouped if grouped else 1.0,
        }
        figures.append(figure)
        print(
            f"{threshold:>9}{elapsed:>9.2f}{len(groups):>9,}{len(group_of):>10,}{len(pairs):>9,}{kept:>9,}"
            f"{figure['recall']:>9.4f}{figure['precision']:>11.4f}"
        )
    return figures


def print_figures(figures: dict[str, float], unit: str) -> dict[str, float]:
    """Print figures, and return them."""
    for name, value in figures.items():
        print(f"{name:<40}{value:>12,.{0 if unit == '/s' else 2}f} {unit}")
    print()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", help="JSON Lines, optionally gzipped; without it, generated articles")
    parser.add_argument("--times", type=int, default=1, help="how often the corpus is repeated")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    if options.corpus:
        once = list(read(options.corpus))
        articles, common, words = once, "said", ("said", "oil", '"interest rates"', "japan*")
    else:
        articles = [searchidx.Article(**row) for row in generated(20_000)]
        once, common, words = list(with_copies(articles)), "w1", ("w1", "w40", '"w5 w9"', "w12*")
    print(f"{len(articles) * options.times:,} articles, {os.cpu_count()} processors")
    figures: dict[str, Any] = {"articles": len(articles) * options.times, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as where:
        with build(articles, options.times, Path(where) / "index") as archive:
            print(f"{archive.search(common, limit=0).total:,} of them have {common!r}\n")
            figures["counts"] = print_figures(time_aggregations(archive, common, options.rounds), "ms")
            figures["rates"] = print_figures(measure_rates(archive, common, max(options.rounds // 3, 1)), "/s")
            elapsed = median_seconds(lambda: archive.groups(common, 0.8, limit=10), 1)
            figures["groups_of_all_seconds"] = elapsed
            print(f"{'groups of all hits, 10 shown':<40}{elapsed:>12,.2f} s\n")
        with build(once, 1, Path(where) / "once") as archive:
            figures["snippets"] = print_figures(time_snippets(archive, words, options.rounds), "ms")
            print(f"near-duplicates among {len(once):,} articles")
            figures["duplicates"] = measure_duplicates(once, archive, 1)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
