"""Measure known-item searches by language: the words of an article's headline, to find its body.

    python benchmarks/known_items.py PATH... [--json FILE]

Builds two indexes of the articles in PATH: each article in the language that it states, then all as English. Each
article with a headline of three words or more is searched by the OR of these words in the field `body`. Prints for each
language the number of searches, the mean reciprocal rank of the article among ten hits (MRR@10), and how many articles
have all words of their headline, in both indexes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import searchidx
from searchidx.analysis import analyze
from searchidx.article import Article
from searchidx.folding import lower
from searchidx.stemming import analysis_language

Row = dict[str, Any]


def read_articles(paths: Sequence[str]) -> list[Article]:
    """The articles that a build finds in some files and folders."""
    with tempfile.TemporaryDirectory() as folder:
        searchidx.build(*paths, index=folder)
        with searchidx.open(folder) as archive:
            return list(archive.articles("*"))


def measure(articles: Sequence[Article], searched: Sequence[Article]) -> dict[str, list[tuple[float, bool]]]:
    """By language, of each search the reciprocal rank, and whether the article has all words."""
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        with searchidx.create(folder) as created, created.writer() as writer:
            for article in articles:
                writer.add(article)
        with searchidx.open(folder) as archive:
            for article in searched:
                words = [f"body:{lower(token.printed)}" for token in analyze(article.headline)]
                ids = [hit.id for hit in archive.search(" OR ".join(words), limit=10)]
                rank = 1 / (ids.index(article.id) + 1) if article.id in ids else 0.0
                has_all = article.id in archive.ids(" AND ".join(words))
                found[analysis_language(article.language) or "en"].append((rank, has_all))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    articles = read_articles(options.paths)
    searched = [article for article in articles if article.body and len(list(analyze(article.headline))) >= 3]
    by_language = measure(articles, searched)
    as_english = measure([replace(article, language="en") for article in articles], searched)
    rows: list[Row] = []
    print("language  searches   MRR@10  as English   all words  as English")
    for language, results in sorted(by_language.items(), key=lambda item: -len(item[1])):
        before = as_english[language]
        row = {
            "language": language,
            "searches": len(results),
            "mrr": statistics.mean(rank for rank, _ in results),
            "mrr_as_english": statistics.mean(rank for rank, _ in before),
            "all_words": sum(has_all for _, has_all in results),
            "all_words_as_english": sum(has_all for _, has_all in before),
        }
        rows.append(row)
        print(
            f"{language:9} {len(results):8,}   {row['mrr']:.3f}       {row['mrr_as_english']:.3f}"
            f"   {row['all_words']:9,}  {row['all_words_as_english']:10,}"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
