"""What answers cost beyond the search: facets, timelines, words, snippets, contexts, exports, near-duplicates.

    python benchmarks/answers.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7] [--json FILE]

Counts are over all hits of a common word, in the corpus so many times over; times are medians. Snippets and
near-duplicates are made in the corpus once. Of near-duplicates the pairs that stand in one group are told, against all
pairs whose shingles are as similar by Jaccard's index, found by an inverted index of the shingles. Without a CORPUS,
made-up ones are used (seeded), the one for near-duplicates with copies of which a part is written anew.
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
from searchidx.export.export_formats import FORMATS, export_lines
from searchidx.export.export_manifest import export
from searchidx.render.serialize import kwic_csv, kwic_jsonl
from searchidx.search.aggregations import FACETS, UNITS

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)

Pairs = dict[tuple[int, int], float]


def read(corpus: str) -> Iterator[searchidx.Article]:
    """The articles of a JSON Lines file, with what facets count."""
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


def copies(articles: Iterable[searchidx.Article], seed: int = 7) -> Iterator[searchidx.Article]:
    """The articles, and of each tenth a copy in which up to a quarter of the words are others."""
    chance = random.Random(seed)
    for number, article in enumerate(articles):
        yield article
        if number % 10 == 0:
            words = article.body.split()
            for at in chance.sample(range(len(words)), int(len(words) * chance.random() / 4)):
                words[at] = f"w{chance.randrange(1, 60_000)}"
            yield searchidx.Article(f"{article.id}-copy", article.headline, " ".join(words), article.date)


def build(articles: Iterable[searchidx.Article], times: int, folder: Path) -> searchidx.Archive:
    """An archive of the articles so many times over."""
    with searchidx.create(folder).writer() as writer:
        for article in articles:
            for number in range(times):
                values = {**article.to_dict(), "id": f"{article.id}-{number}"} if times > 1 else article.to_dict()
                writer.add(searchidx.Article(**values))
    return searchidx.open(folder)


def seconds(do: Callable[[], Any], rounds: int) -> float:
    """The median time of doing it."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def drained(things: Iterable[Any]) -> int:
    """How many there are."""
    return sum(1 for _ in things)


def counts(archive: searchidx.Archive, word: str, rounds: int) -> dict[str, float]:
    """Milliseconds of what is counted over all hits, the search for the word included."""
    asked: dict[str, Callable[[], Any]] = {
        "search, 10 hits": lambda: [hit.headline for hit in archive.search(word)],
        "count": lambda: archive.search(word, limit=0).total,
        **{f"facet {field}": lambda field=field: archive.facet(word, field) for field in FACETS},
        **{f"timeline by {unit}": lambda unit=unit: archive.timeline(word, by=unit) for unit in UNITS},
        "timeline of words": lambda: archive.timeline(word, by="month", count_words=True),
        "terms": lambda: archive.terms(word),
        "similar": lambda: archive.similar(archive.search(word, limit=1)[0].id),
        "stats": archive.stats,
    }
    return {name: 1e3 * seconds(do, rounds) for name, do in asked.items()}


def snippets(archive: searchidx.Archive, words: Iterable[str], rounds: int) -> dict[str, float]:
    """Milliseconds of the snippets of ten hits, the articles read: the first time, and once their words were seen."""
    found = {}
    for word in words:
        took = []
        for _ in range(rounds + 1):
            hits = archive.search(word, limit=10)
            for hit in hits:
                hit.article  # noqa: B018 - reads it
            start = time.perf_counter()
            for hit in hits:
                hit.snippet  # noqa: B018 - makes it
            took.append(time.perf_counter() - start)
        found[f"10 snippets of {word}, at first"] = 1e3 * took[0]
        found[f"10 snippets of {word}"] = 1e3 * statistics.median(took[1:])
    return found


def rates(archive: searchidx.Archive, word: str, rounds: int) -> dict[str, float]:
    """Articles and lines a second, of every hit of the word."""
    total = archive.search(word, limit=0).total
    lines = drained(archive.kwic(word))
    asked: dict[str, tuple[int, Callable[[], Any]]] = {
        "articles read": (total, lambda: drained(archive.articles(word))),
        **{
            f"export {name}": (total, lambda name=name: drained(export_lines(archive.articles(word), name)))
            for name in FORMATS
        },
        "export jsonl, manifest": (total, lambda: export(archive, word, "jsonl", len)),
        "kwic": (lines, lambda: drained(archive.kwic(word))),
        "kwic jsonl": (lines, lambda: drained(kwic_jsonl(archive.kwic(word)))),
        "kwic csv": (lines, lambda: drained(kwic_csv(archive.kwic(word)))),
        "kwic by the right": (lines, lambda: drained(archive.kwic(word, sort="right"))),
    }
    return {name: count / seconds(do, rounds) for name, (count, do) in asked.items()}


def exact_pairs(bodies: list[str], least: float) -> Pairs:
    """Every pair of bodies that are so similar at least, by Jaccard's index of their shingles.

    An inverted index of the shingles, the rarest of each body only: of two sets as similar as that, those that remain
    when the `least` part of each is put aside cannot be without a common one (Chaudhuri, Ganti and Kaushik 2006).
    """
    numbers: dict[tuple[str, ...], int] = {}
    sets = []
    for body in bodies:
        stems = [token.stem for token in analyze(body)]
        runs = (tuple(stems[at : at + SHINGLE]) for at in range(max(len(stems) - SHINGLE + 1, 1))) if stems else ()
        sets.append({numbers.setdefault(run, len(numbers)) for run in runs})
    having = Counter(number for each in sets for number in each)
    index: dict[int, list[int]] = defaultdict(list)
    found: Pairs = {}
    for at, each in enumerate(sets):
        rarest = sorted(each, key=lambda number: (having[number], number))
        candidates: set[int] = set()
        for number in rarest[: len(each) - int(least * len(each)) + 1]:
            if having[number] > 1:
                candidates.update(index[number])
                index[number].append(at)
        for other in candidates:
            if min(len(sets[other]), len(each)) >= least * max(len(sets[other]), len(each)):
                common = len(each & sets[other])
                similarity = common / (len(each) + len(sets[other]) - common)
                if similarity >= least:
                    found[other, at] = similarity
    return found


def joined(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Of each that stands in a pair the first of all that pairs lead to."""
    leader: dict[int, int] = {}

    def of(at: int) -> int:
        while leader.setdefault(at, at) != at:
            leader[at] = at = leader[leader[at]]
        return at

    for one, other in pairs:
        first, second = sorted((of(one), of(other)))
        leader[second] = first
    return {at: of(at) for at in leader}


def within(sizes: Iterable[int]) -> int:
    """How many pairs there are in groups of such sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)


def duplicates(articles: list[searchidx.Article], archive: searchidx.Archive, rounds: int) -> list[dict[str, Any]]:
    """At each threshold: how long grouping all takes, and how the groups compare with exact ones."""
    start = time.perf_counter()
    exact = exact_pairs([article.body for article in articles], min(THRESHOLDS))
    print(f"{len(exact):,} exact pairs from {min(THRESHOLDS)} on, found in {time.perf_counter() - start:.1f} s\n")
    places = {article.id: at for at, article in enumerate(articles)}
    every = "date:[0001 TO 9999] OR date:none"
    print(
        f"{'threshold':>9}{'seconds':>9}{'groups':>9}{'articles':>10}{'pairs':>9}{'found':>9}{'recall':>9}{'precision':>11}"
    )
    figures = []
    for threshold in THRESHOLDS:
        took = seconds(lambda threshold=threshold: archive.groups(every, threshold, limit=0), rounds)
        groups = [group.hits for group in archive.groups(every, threshold, limit=None) if len(group.hits) > 1]
        found = {places[hit.id]: number for number, hits in enumerate(groups) for hit in hits}
        pairs = [pair for pair, similarity in exact.items() if similarity >= threshold]
        kept = sum(one in found and found[one] == found.get(other) for one, other in pairs)
        leaders = joined(pairs)
        right = within(Counter((number, leaders[at]) for at, number in found.items() if at in leaders).values())
        grouped = within(Counter(found.values()).values())
        figure = {
            "threshold": threshold,
            "seconds": took,
            "groups": len(groups),
            "articles": len(found),
            "pairs": len(pairs),
            "found": kept,
            "recall": kept / len(pairs) if pairs else 1.0,
            "precision": right / grouped if grouped else 1.0,
        }
        figures.append(figure)
        print(
            f"{threshold:>9}{took:>9.2f}{len(groups):>9,}{len(found):>10,}{len(pairs):>9,}{kept:>9,}"
            f"{figure['recall']:>9.4f}{figure['precision']:>11.4f}"
        )
    return figures


def shown(figures: dict[str, float], unit: str) -> dict[str, float]:
    """The figures, printed."""
    for what, value in figures.items():
        print(f"{what:<40}{value:>12,.{0 if unit == '/s' else 2}f} {unit}")
    print()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", help="JSON Lines, gzipped or not; a made-up corpus without it")
    parser.add_argument("--times", type=int, default=1, help="the corpus so many times over")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", help="write the figures here as well")
    options = parser.parse_args()
    if options.corpus:
        once = list(read(options.corpus))
        articles, common, words = once, "said", ("said", "oil", '"interest rates"', "japan*")
    else:
        articles = [searchidx.Article(**row) for row in generated(20_000)]
        once, common, words = list(copies(articles)), "w1", ("w1", "w40", '"w5 w9"', "w12*")
    print(f"{len(articles) * options.times:,} articles, {os.cpu_count()} processors")
    figures: dict[str, Any] = {"articles": len(articles) * options.times, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as where:
        with build(articles, options.times, Path(where) / "index") as archive:
            print(f"{archive.search(common, limit=0).total:,} of them have {common!r}\n")
            figures["counts"] = shown(counts(archive, common, options.rounds), "ms")
            figures["rates"] = shown(rates(archive, common, max(options.rounds // 3, 1)), "/s")
            whole = seconds(lambda: archive.groups(common, 0.8, limit=10), 1)
            figures["groups_of_all_seconds"] = whole
            print(f"{'groups of all hits, 10 shown':<40}{whole:>12,.2f} s\n")
        with build(once, 1, Path(where) / "once") as archive:
            figures["snippets"] = shown(snippets(archive, words, options.rounds), "ms")
            print(f"near-duplicates among {len(once):,} articles")
            figures["duplicates"] = duplicates(once, archive, 1)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
