# ruff: noqa: ARG005  (each filler takes the random numbers and a size or number, and few need both)
"""Read pages that are made to be slow: many kinds, in growing sizes, around the text of an article or in its place.

    python benchmarks/hostile_pages.py [KIND…] [--sizes 500,1000] [--limit 5] [--large 50]

A kind is an element or a fault, repeated to a size in kB, that stands before, after, or as the text. Printed are the
seconds of the largest page, how much longer it takes than one of half its size, and what came of it: an article, or the
reason of its skip. The memory and seconds of one page of --large MB follow. The exit status is 1 if a page takes longer
than --limit seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from searchidx.article import Article
from searchidx.sources.html import read
from searchidx.sources.source_file import SourceFile

WORDS = "river rises again after days of heavy rain and the mayor said on monday that bridges stay closed".split()
NAMES = "Jane John Mary Peter Anna Paul Doe Roe Smith Jones Brown Miller".split()
PLACES = ("before", "as", "after")
Filler = Callable[[random.Random, int], str]


def sentence(rng: random.Random, words: int = 12) -> str:
    """A sentence of random words."""
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."


def name(rng: random.Random) -> str:
    """A name of two words."""
    return " ".join(rng.choices(NAMES, k=2))


def repeat(make: Callable[[random.Random, int], str]) -> Filler:
    """A filler of many pieces; each gets its number."""

    def fill(rng: random.Random, size: int) -> str:
        pieces: list[str] = []
        length = 0
        while length < size:
            pieces.append(make(rng, len(pieces)))
            length += len(pieces[-1])
        return "".join(pieces)

    return fill


def around(opening: str, content: str, closing: str) -> Filler:
    """A filler of nested elements."""

    def fill(rng: random.Random, size: int) -> str:
        count = size // (len(opening) + len(closing)) + 1
        return opening * count + content + closing * count

    return fill


def json_ld(value: Callable[[random.Random, int], object]) -> Filler:
    """A filler of one script with JSON-LD."""

    def fill(rng: random.Random, size: int) -> str:
        return f'<script type="application/ld+json">{json.dumps(value(rng, size))}</script>'

    return fill


def long_text(rng: random.Random, size: int) -> str:
    """Words of a size."""
    return " ".join(rng.choices(WORDS, k=size // 6))


FILLERS: dict[str, Filler] = {
    "paragraphs": repeat(lambda rng, n: f"<p>{sentence(rng, 4)}</p>"),
    "one-letter paragraphs": repeat(lambda rng, n: f"<p>{n % 10}</p>"),
    "equal paragraphs": repeat(lambda rng, n: "<p>The river rises after the rain, again and again.</p>"),
    "list items": repeat(lambda rng, n: f"<li>{sentence(rng, 3)}"),
    "linked items": repeat(lambda rng, n: f'<li><a href="/{n}">{sentence(rng, 5)}</a>'),
    "headings": repeat(lambda rng, n: f"<h2>{sentence(rng, 5)}</h2>"),
    "first headings": repeat(lambda rng, n: f"<h1>{sentence(rng, 5)} {n}</h1>"),
    "equal headings": repeat(lambda rng, n: "<h1>River rises again</h1>"),
    "headings of pieces": repeat(lambda rng, n: f"<h1><span>{name(rng)}</span> <b>rises</b> | {n}</h1>"),
    "dates": repeat(lambda rng, n: f"<p>{rng.randint(1, 28)} March {rng.randint(1990, 2023)}</p>"),
    "dates in one line": repeat(lambda rng, n: f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/2021 "),
    "times": repeat(lambda rng, n: f'<time datetime="2021-03-{n % 28 + 1:02}">{n}</time>'),
    "times in paragraphs": repeat(lambda rng, n: f"<p>Published <time>{n % 28 + 1} March 2021</time></p>"),
    "dated classes": repeat(lambda rng, n: f'<div class="post-date">{n}. 3. 2021</div>'),
    "bylines": repeat(lambda rng, n: f"<p>By {name(rng)}</p>"),
    "marked bylines": repeat(lambda rng, n: f'<span class="byline author">By {name(rng)}</span>'),
    "author links": repeat(lambda rng, n: f'<a rel="author" href="/author/{n}">{name(rng)}</a> '),
    "labels": repeat(lambda rng, n: "<p>Written by</p>"),
    "tag links": repeat(lambda rng, n: f'<a rel="tag" href="/tag/{n}">{name(rng)}</a>'),
    "breadcrumbs": repeat(lambda rng, n: f'<ul class="breadcrumb"><li><a href="/{n}">{n}</a></ul>'),
    "preformatted": repeat(lambda rng, n: f"<pre>{sentence(rng, 4)}\n{sentence(rng, 4)}</pre>"),
    "lines of one pre": lambda rng, size: f"<pre>{chr(10).join(sentence(rng, 6) for _ in range(size // 40))}</pre>",
    "lines": repeat(lambda rng, n: f"{sentence(rng, 5)}<br>"),
    "one text": lambda rng, size: f"<p>{long_text(rng, size)}</p>",
    "one word": lambda rng, size: f"<p>{'a' * size}</p>",
    "spaces": lambda rng, size: f"<p>{' ' * size}.</p>",
    "marks": lambda rng, size: f"<p>{'- ' * (size // 2)}</p>",
    "brackets": lambda rng, size: f"<p>{'(' * size}</p>",
    "inline elements": repeat(lambda rng, n: f"<b>{n}</b> <i>a</i>"),
    "inline in a paragraph": lambda rng, size: f"<p>{'<b>a</b>' * (size // 8)}</p>",
    "links in a paragraph": lambda rng, size: f"<p>{'<a href=x>ab</a> ' * (size // 17)}</p>",
    "table cells": lambda rng, size: "<table>" + "<tr><td>1<td>Rain falls.<td>3" * (size // 29) + "</table>",
    "one row": lambda rng, size: "<table><tr>" + "<td>Rain falls again." * (size // 21) + "</table>",
    "nested tables": around("<table><tr><td>a", "b", ""),
    "nested divisions": around("<div>a", "Rain.", "</div>"),
    "nested without text": around("<div>", "Rain.", "</div>"),
    "nested spans": around("<span>", "Rain.", "</span>"),
    "nested lists": around("<ul><li>a", "b", "</ul>"),
    "nested articles": around("<article>a", "b", "</article>"),
    "nested buttons": around("<button>", "b", "</button>"),
    "nested headings": around("<h1>a", "b", ""),
    "unclosed inline elements": repeat(lambda rng, n: "<b><i><font><a href=x>"),
    "unclosed blocks": repeat(lambda rng, n: "<section><blockquote>a"),
    "end tags": lambda rng, size: "</div></p></b>" * (size // 14),
    "misnested": repeat(lambda rng, n: "<b><p></b></p>a"),
    "attributes": lambda rng, size: "<p " + " ".join(f"a{n}=1" for n in range(size // 9)) + ">Rain.</p>",
    "equal attributes": lambda rng, size: "<p " + "class=a " * (size // 8) + ">Rain.</p>",
    "class names": lambda rng, size: f'<p class="{long_text(rng, size)}">Rain.</p>',
    "long names": lambda rng, size: f"<{'x' * size}>Rain.</{'x' * size}>",
    "many names": repeat(lambda rng, n: f"<x{n}>a</x{n}>"),
    "comments": repeat(lambda rng, n: "<!-- -->"),
    "unclosed comments": repeat(lambda rng, n: "<!-- <"),
    "open angles": lambda rng, size: "<" * size,
    "entities": lambda rng, size: "&amp;" * (size // 5),
    "bad entities": lambda rng, size: "&#x110000;&xyzzy" * (size // 16),
    "null characters": lambda rng, size: "a\0b " * (size // 4),
    "meta elements": repeat(lambda rng, n: f'<meta property="article:tag" content="tag {n}">'),
    "meta titles": repeat(lambda rng, n: f'<meta property="og:title" content="{sentence(rng)}">'),
    "canonical links": repeat(lambda rng, n: f'<link rel="canonical" href="http://[{n}">'),
    "long title": lambda rng, size: f"<title>{' | '.join(sentence(rng, 3) for _ in range(size // 20))}</title>",
    "JSON-LD body": json_ld(lambda rng, size: {"@type": "NewsArticle", "articleBody": long_text(rng, size)}),
    "JSON-LD body of markup": json_ld(
        lambda rng, size: {"@type": "NewsArticle", "articleBody": "&lt;p&gt;a&lt;/p&gt;" * (size // 19)}
    ),
    "JSON-LD articles": json_ld(lambda rng, size: [{"@type": "NewsArticle", "headline": "a"}] * (size // 45)),
    "JSON-LD authors": json_ld(
        lambda rng, size: {"@type": "NewsArticle", "author": [{"name": name(rng)} for _ in range(size // 22)]}
    ),
    "deep JSON-LD": lambda rng, size: f'<script type="application/ld+json">{"[" * size}</script>',
    "damaged JSON-LD": lambda rng, size: (
        '<script type="application/ld+json">{"@type":"NewsArticle",' + '"headline" : ' * (size // 13) + "</script>"
    ),
    "scripts with JSON-LD": repeat(
        lambda rng, n: f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{n}"}}</script>'
    ),
    "script": lambda rng, size: f"<script>{'var a = 1; ' * (size // 11)}</script>",
    "script of objects": lambda rng, size: f"<script>{'a = {' * (size // 5)}</script>",
    "script of parsed strings": lambda rng, size: "<script>" + "JSON.parse('[1' " * (size // 16) + "</script>",
    "script state": lambda rng, size: (
        "<script>a = " + json.dumps([{"text": sentence(rng)} for _ in range(size // 80)]) + "</script>"
    ),
    "script of dates": lambda rng, size: "<script>" + '"datePublished": "x" ' * (size // 21) + "</script>",
    "captions": repeat(lambda rng, n: f"<figure><img><figcaption>Photo: {name(rng)}</figcaption></figure>"),
    "pictures": repeat(lambda rng, n: f'<div class="photo"><img><p class="caption">{name(rng)}</p></div>'),
    "drop caps": repeat(lambda rng, n: '<p><span class="dropcap">R</span>ain falls.</p>'),
    "calls to subscribe": repeat(lambda rng, n: "<p>Sign up for our newsletter and get the best in your inbox</p>"),
    "bars": repeat(lambda rng, n: f"<p>{'a | ' * 50}</p>"),
    "embedded pictures": lambda rng, size: f'<img src="data:image/png;base64,{"A" * size}">',
    "style sheet": lambda rng, size: f"<style>{'a{b:c}' * (size // 6)}</style>",
    "drawings": lambda rng, size: f"<svg>{'<path d=x />' * (size // 12)}</svg>",
    "options": lambda rng, size: f"<select>{'<option>a' * (size // 9)}</select>",
    "wide letters": repeat(lambda rng, n: "<p>東京の橋が開通した。</p>"),
    "right-to-left": repeat(lambda rng, n: "<p>ارتفع النهر، اليوم.</p>"),
    "comments of readers": repeat(
        lambda rng, n: f'<div class="comment"><span class="author">{name(rng)}</span><p>{sentence(rng)}</p></div>'
    ),
}


def make_page(kind: str, place: str, size: int, seed: int = 0) -> str:
    """A page of a kind and a size in bytes."""
    rng = random.Random(f"{kind} {place} {seed}")
    filler = FILLERS[kind](rng, size)
    text = "".join(f"<p>{' '.join(sentence(rng) for _ in range(5))}</p>" for _ in range(6))
    head = '<head><title>River rises again</title><meta property="og:title" content="River rises again"></head>'
    article = f"<h1>River rises again</h1>{text}"
    parts = {"before": (filler, article), "as": ("<h1>River rises again</h1>", filler), "after": (article, filler)}
    return f"<!DOCTYPE html><html>{head}<body>{''.join(parts[place])}</body></html>"


def time_page(page: str) -> tuple[float, str]:
    """The processor time of reading a page, and what came of it."""
    file = SourceFile(Path("page.html"), "page.html", data=page.encode("utf-8", "replace"))
    start = time.process_time()
    items = list(read(file))
    seconds = time.process_time() - start
    return seconds, "; ".join("an article" if isinstance(item, Article) else item.reason for item in items)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", help="only the kinds that hold one of these words")
    parser.add_argument("--sizes", default="500,1000", help="kB of the pages, growing")
    parser.add_argument("--limit", type=float, default=5, help="seconds")
    parser.add_argument("--large", type=int, default=50, help="MB of the last page; 0 for none")
    options = parser.parse_args()
    sizes = [int(size) * 1000 for size in options.sizes.split(",")]
    time_page(make_page("paragraphs", "as", 10_000))
    count = 0
    slow: list[str] = []
    worst = 0.0
    for kind in FILLERS:
        if options.kinds and not any(word in kind for word in options.kinds):
            continue
        for place in PLACES:
            times = []
            for size in sizes:
                seconds, result = time_page(make_page(kind, place, size))
                times.append(seconds)
                count += 1
                if seconds > options.limit:
                    slow.append(f"{kind} {place} {size // 1000} kB")
            worst = max(worst, *times)
            growth = times[-1] / max(times[-2], 1e-3) if len(times) > 1 else 1.0
            print(f"{kind + ', ' + place:36} {times[-1]:6.2f} s, {growth:4.1f} times; {result}", flush=True)
    print(f"{count} pages, the slowest {worst:.2f} s; over {options.limit:g} s: {', '.join(slow) or 'none'}")
    if options.large:
        seconds, result = time_page(make_page("paragraphs", "after", options.large * 1_000_000))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"a page of {options.large} MB: {seconds:.2f} s, peak {peak} MB; {result}")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
