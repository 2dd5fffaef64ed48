"""Pages that are made to be slow: time grows with their size, and what exceeds a limit is skipped by name."""

from __future__ import annotations

import importlib.util
import random
import re
from pathlib import Path
from types import ModuleType

import pytest

from searchidx.article import Article
from searchidx.extract import blocks, page_parser
from searchidx.sources.html import read
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

TEXT = "<p>The river rose again after days of heavy rain, and the mayor said that the bridges stay closed.</p>" * 5


def load_benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "hostile_pages.py"
    spec = importlib.util.spec_from_file_location("hostile_pages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = load_benchmark()


def read_one(page: str) -> Article | Skip:
    (item,) = read(SourceFile(Path("page.html"), "page.html", data=f"<html><body>{page}</body></html>".encode()))
    return item


@pytest.mark.parametrize("place", hostile.PLACES)
@pytest.mark.parametrize(
    "kind",
    [
        "headings of pieces",
        "dates",
        "times in paragraphs",
        "marked bylines",
        "preformatted",
        "marks",
        "table cells",
        "nested divisions",
        "unclosed blocks",
        "calls to subscribe",
        "damaged JSON-LD",
        "script of parsed strings",
    ],
)
def test_time_grows_with_the_size(kind: str, place: str) -> None:
    """Four times the size takes far less than sixteen times the time, which quadratic steps would."""
    small, large = (
        min(hostile.time_page(hostile.make_page(kind, place, size))[0] for _ in range(2)) for size in (10_000, 40_000)
    )
    assert large < max(10 * small, 0.05)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (f"<p {' '.join(f'a{n}=1' for n in range(5_001))}>{TEXT}", "an element has over 5,000 attributes"),
        (f"<p {' '.join(f'a{n}' for n in range(5_001))}>{TEXT}", "an element has over 5,000 attributes"),
        (f"<p {'/'.join(f'a{n}' for n in range(5_001))}>{TEXT}", "an element has over 5,000 attributes"),
        ("<p " + " ".join(f"a{n}='>'" for n in range(20_001)) + f">{TEXT}", "an element has over 5,000 attributes"),
        (TEXT + "<b>" * 400_000, "the page has over 400,000 tags"),
        (TEXT + "a " * 10_000_000, "the page has over 20 MB without embedded files"),
        (TEXT + "<p>a" * 100_000, "the page has over 100,000 paragraphs"),
    ],
    ids=["attributes", "names", "slashes", "values", "tags", "size", "paragraphs"],
)
def test_page_over_a_limit_is_skipped_by_name(page: str, reason: str) -> None:
    assert read_one(page) == Skip("page.html", reason)


def test_page_just_below_the_limits_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"<h1>River rises</h1>{TEXT}"
    monkeypatch.setattr(page_parser, "_MAX_TAGS", page.count("<") + len("<html><body></body></html>".split("><")))
    monkeypatch.setattr(blocks, "_MAX_BLOCKS", 6)
    assert isinstance(read_one(page), Article)
    assert isinstance(read_one(f"{page}<p>One more paragraph.</p>"), Skip)


def test_long_values_of_attributes_are_no_attributes() -> None:
    data = " ".join(f"key{n}=value" for n in range(6_000))
    assert isinstance(read_one(f"<h1>River rises</h1><div data-state=\"{data}\" title='{data}'>{TEXT}</div>"), Article)


def test_embedded_files_do_not_count() -> None:
    picture = f'<img src="data:image/png;base64,{"A" * 25_000_000}">'
    item = read_one(f"<h1>River rises</h1>{picture}{TEXT}")
    assert isinstance(item, Article)
    assert "river" in item.body


@pytest.mark.parametrize("seed", range(40))
def test_long_tags_are_found_as_a_plain_pattern_finds_them(seed: int) -> None:
    limit = page_parser._MIN_LONG_TAG
    sizes = [0, 1, 10, limit // 2 - 1, limit // 2, limit - 3, limit - 2, limit - 1, limit, limit + 1, 2 * limit]
    draw = random.Random(seed)
    page = b"".join(
        draw.choice((b"<a ", b"<p>", b">", b"< ", b"text>")) + draw.choice((b"x", b"y ")) * draw.choice(sizes)
        for _ in range(draw.randint(1, 8))
    )
    expected = re.search(rb"<[a-zA-Z][^>]{%d}" % limit, page) is not None
    assert page_parser._has_long_tag(page) is expected
