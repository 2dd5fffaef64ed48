"""Hints about an answer: unknown words, plurals left out, the parts of a query without hits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cluster_engine import ENGINES, require_engine

from searchidx import Article
from searchidx.archive import Archive
from searchidx.query import Diagnostic, Kind, Severity
from searchidx.search.name_variants import name_keys

ARTICLES = (
    Article(
        "a1", "Stoltenberg in Tokyo", "The tank stood by the interest rate.", date="2023-02-01", byline="Yui Tanabe"
    ),
    Article("a2", "Stoltenberg speaks", "Tanks, tanks. Interest rates rise; the party ended.", date="2023-02-02"),
    Article("a3", "Stoltenbarg hotel", "Tanks and interest rates. Parties, buses.", date="2024-01-01"),
    Article("a4", "Café Malmö", "A new bus. Tokyo café. 2023. The rate of interest is due.", date="2024-01-02"),
    Article("a5", "gone", "Stoltenburg Stoltenburg", date="2022"),
)


@pytest.fixture(scope="module", params=ENGINES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    engine = require_engine(request.param, request).create(tmp_path_factory.mktemp("hints") / "index")
    for batch in (ARTICLES[:2], ARTICLES[2:]):
        with engine.writer() as writer:
            for article in batch:
                writer.add(article)
    with engine.writer() as writer:
        writer.delete("a5")
    return Archive(engine)


@pytest.fixture
def hints(archive: Archive) -> Callable[[str, Kind], list[Diagnostic]]:
    def ask(query: str, kind: Kind) -> list[Diagnostic]:
        found = [each for each in archive.search(query).diagnostics if each.kind is kind]
        assert all(each.severity is Severity.HINT for each in found)
        assert all(0 <= each.start < each.end <= len(query) for each in found)
        return found

    return ask


Hints = Callable[[str, Kind], list[Diagnostic]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Stoltenburg", [("Stoltenburg", "stoltenberg")]),  # of the two that are near, the one more articles have
        ("Stotlenberg", [("Stotlenberg", "stoltenberg")]),
        ("=stoltenburg", [("stoltenburg", "stoltenberg")]),
        ("caps(STOLTENBURG)", [("STOLTENBURG", "stoltenberg")]),
        ("東京 é “tokio stoltenburg”", [("tokio", "tokyo"), ("stoltenburg", "stoltenberg")]),
        ("tokio OR tokyo", [("tokio", "tokyo")]),
        ("headline:tokio", [("tokio", "tokyo")]),
        ("byline:tanbe", [("tanbe", "tanabe")]),
        ('byline:"Yui Tanbe"', [("Tanbe", "tanabe")]),
        ("tokio w/5 tank", [("tokio", "tokyo")]),
        ("tokio tokio", [("tokio", "tokyo")]),
        ("mamlö", [("mamlö", "malmo")]),
        ("Tokyo-Stoltenburg", [("Stoltenburg", "stoltenberg")]),
        ("tanking", []),  # an inflection of a word they have
        ("=tanking", []),  # three letters away from tank
        ("headline:tank", []),  # some article has it, only elsewhere
        ("caps(TANK)", []),
        ("-tokio tank", []),
        ("2024 xy ab1", []),  # numbers and short words are near to anything
        ("東京 zzzzzzzz", []),
        ("byline:tokyo date:2023 tokio*", []),
    ],
)
def test_unknown_word_suggests_the_nearest(hints: Hints, query: str, expected: list[tuple[str, str]]) -> None:
    found = hints(query, Kind.UNKNOWN_WORD)
    assert [(query[each.start : each.end], each.suggestion) for each in found] == expected
    assert all("did you mean" in each.message for each in found)


@pytest.mark.parametrize(
    ("query", "count", "suggestion"),
    [
        ('"tank"', "2 more", "tank"),
        ('"tank" date:2023', "1 more", "tank"),
        ('tokyo OR headline:"tank"', None, None),
        ('"interest rate"', "2 more", '("interest rate" OR "interest rates")'),
        ("“interest rate” -hotel", "1 more", '(“interest rate” OR "interest rates")'),
        ('"party"', "1 more", "party"),
        ('"bus"', "1 more", '("bus" OR "buses")'),  # which have no stem in common
        ('"tanks"', None, None),
        ("=tank", None, None),  # who writes = knows
        ("tank", None, None),
        ('"tokyo"', None, None),
        ('-"tank" tokyo', None, None),
        ('caps("tank")', None, None),
        ('"京" OR "tank*"', None, None),
    ],
)
def test_quoted_singular_suggests_its_plural(
    hints: Hints, archive: Archive, query: str, count: str | None, suggestion: str | None
) -> None:
    found = hints(query, Kind.SINGULAR_ONLY)
    assert [each.suggestion for each in found] == ([suggestion] if suggestion else [])
    for each in found:
        assert f"{count} article" in each.message
        written = query[: each.start] + str(each.suggestion) + query[each.end :]
        assert archive.search(written).total >= archive.search(query).total + int(str(count).split()[0])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "headline:hotel tokyo date:2023",
            "no article has all parts together; articles with each part alone: headline:hotel 1, tokyo 2, date:2023 2",
        ),
        ("tank since:2025", "no article has since:2025; articles with each part alone: tank 3, since:2025 0"),
        (
            '"tank" (zebra OR gnu) -tokyo',
            'has (zebra OR gnu); articles with each part alone: "tank" 1, (zebra OR gnu) 0, -tokyo 2',
        ),
        ("zebra gnu", "no article has zebra or gnu;"),
        ("byline:tanabe byline:yui^2 hotel*", "alone: byline:tanabe 1, byline:yui 1, hotel* 1"),
        ('"rate tank"', "no article has these words side by side; 1 article has all of them"),
        ("zebra", None),
        ("zebra OR gnu", None),
        ("tank tokyo", None),
    ],
)
def test_query_without_hits_counts_its_parts(hints: Hints, query: str, expected: str | None) -> None:
    found = [each.message for each in hints(query, Kind.NO_HITS)]
    assert len(found) == (expected is not None)
    assert all(str(expected) in message for message in found), found


def test_long_query_counts_its_first_parts(hints: Hints) -> None:
    words = " ".join(f"stoltenberg{one}{other}" for one in "abcdefghijklmnopqrst" for other in "abcdefghijklmnopqrst")
    assert len(hints(words, Kind.NO_HITS)[0].message) < 700
    assert len(hints(words, Kind.UNKNOWN_WORD)) == 5


def test_search_alone_does_not_look_for_hints(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    hits = archive.search("tokio")
    asked = []
    monkeypatch.setattr(type(archive._snapshot), "expand", lambda self, pattern: asked.append(pattern) or [])
    archive.search("tokio")
    assert not asked
    assert hits.total == 0
    archive.search("tokio").diagnostics  # noqa: B018 - that asks
    assert asked


# -- names -----------------------------------------------------------------------------------------------------------

SPELLINGS = (
    ("gaddafi", "qaddafi"),
    ("gaddafi", "gadhafi"),
    ("qaddafi", "khadafy"),
    ("mohammed", "muhammad"),
    ("mohamed", "mohammad"),
    ("zelensky", "zelenskyy"),
    ("zelenskiy", "zelenskyj"),
    ("yeltsin", "jelzin"),
    ("gorbachev", "gorbachov"),
    ("hussein", "hussain"),
    ("mueller", "muller"),
    ("maier", "meyer"),
    ("tokyo", "tokio"),
    ("johnson", "jonson"),
)
OTHERS = (
    "putin",
    "patton",
    "merkel",
    "marcel",
    "berlin",
    "merlin",
    "carter",
    "garter",
    "chang",
    "cheng",
    "poole",
    "paul",
)


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_a_name_have_a_common_key(one: str, other: str) -> None:
    assert name_keys(one) & name_keys(other)


def test_other_names_have_no_common_key() -> None:
    keys = [key for name in OTHERS for key in name_keys(name)]
    assert len(keys) == len(set(keys))


@pytest.fixture(scope="module", params=ENGINES)
def names(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    engine = require_engine(request.param, request).create(tmp_path_factory.mktemp("names") / "index")
    texts = (
        "Gaddafi spoke of bowling.",
        "GADDAFI and Mr Qaddafi in Tripoli.",
        "Qaddafi in Tripoli.",
        "Gadhafi in Tripoli. Boulin met him.",
        "The Gatafi papers, and the gadafi plant.",
        "Gadafi plants. Mohammed.",
    )
    with engine.writer() as writer:
        for number, text in enumerate(texts):
            writer.add(Article(f"n{number}", "", text))
    return Archive(engine)


def variants(archive: Archive, query: str) -> list[tuple[str, str | None]]:
    found = archive.search(query).diagnostics
    return [(each.message, each.suggestion) for each in found if each.kind is Kind.NAME_VARIANTS]


def test_name_has_its_other_spellings_with_the_articles_they_add(names: Archive) -> None:
    expected = [("'Gaddafi' is also spelt gadhafi (in 1 more), qaddafi (in 1 more)", "(Gaddafi OR gadhafi OR qaddafi)")]
    assert variants(names, "Gaddafi") == expected
    assert names.search("(Gaddafi OR gadhafi OR qaddafi)").total == names.search("Gaddafi").total + 2
    assert variants(names, "(gaddafi OR gadhafi OR qaddafi)") == []
    narrower = [("'qaddafi' is also spelt gadhafi (in 1 more)", "(qaddafi OR gadhafi)")]
    assert variants(names, "qaddafi boulin") == narrower
    in_body = variants(names, "body:gadhafi -papers")
    assert [suggestion for _, suggestion in in_body] == ["(gadhafi OR gaddafi OR qaddafi)"]


@pytest.mark.parametrize(
    "query", ["bowling", "gadafi", '"gaddafi"', "=gaddafi", "caps(Gaddafi)", "gadda*", "-gaddafi *"]
)
def test_words_that_are_no_names_and_exact_words_have_no_spellings(names: Archive, query: str) -> None:
    assert variants(names, query) == []
