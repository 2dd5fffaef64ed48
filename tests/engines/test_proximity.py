"""Proximity, minimum counts and phrases of patterns: each rule of the query language, by hand and at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_engine import ENGINES, require_engine

from searchidx import Article, QueryError
from searchidx.archive import Archive
from searchidx.engines.contract import Engine
from searchidx.engines.embedded import EmbeddedEngine, proximity
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.query import Kind

ARTICLES = (
    Article("row", headline="One two three four five six", body="Seven eight nine ten.", byline="Jane van Doe"),
    Article("wor", headline="Six five four. Three two one", body="ten nine eight seven", byline="Doe, Jane"),
    Article("twin", headline="", body="two two. Two apples, two pears"),
    Article(
        "parts",
        headline="Bank of Japan. Rates up",
        body="The U.S. said yes. It was Mr. Smith.\nRates fell. Japan rose.",
    ),
    Article("print", headline="US BANKS", body="We told us: the US banks with us. Banking on us."),
    Article("asia", headline="Japanese warning", body="Japan warns. Korean warships warned Japan's navy near Taiwan."),
    Article("empty", headline="nothing", body=""),
)  # fmt: skip

CASES = [
    # at most n - 1 words stand between; w/1 is side by side
    ("one w/1 two", "row wor"),
    ("one w/1 three", ""),
    ("one w/2 three", "row wor"),
    ("one w/4 five", "row wor"),
    ("one w/3 five", ""),
    ("one NEAR/2 three", "row wor"),
    ("one near/2 three", "row wor"),
    ("one W/2 three", "row wor"),
    # in this order
    ("one pre/2 three", "row"),
    ("three PRE/2 one", "wor"),
    ("two pre/1 two", "twin"),
    # never from headline to body
    ("six w/1 seven", ""),
    ("six w/1000 seven", ""),
    ("one w/10 seven", ""),
    # different occurrences
    ("two w/5 two", "twin"),
    ("one w/5 one", ""),
    ('"two apples" w/5 two', "twin"),
    ('"two apples" w/1 apples', ""),
    ('"two three" w/1 "three four"', ""),
    # gaps run between nearest ends; a nested match spans its first to last word
    ('"one two" w/1 three', "row"),
    ('"one two three" w/1 "four five"', "row"),
    ('"one two" w/1 four', ""),
    ("(one w/2 three) w/1 four", "row wor"),
    ("(one w/2 three) w/1 two", "row wor"),
    ("(one w/3 four) w/2 six", "row wor"),
    ("four w/1 (one w/2 three)", "row wor"),
    ("one w/2 three w/1 four", "row wor"),
    ("one w/1 (two w/1 three)", "row wor"),
    ("one pre/1 (three pre/1 four)", ""),
    ("one pre/2 (three pre/1 four)", "row"),
    # words between the ends of a proximity are not its own: what stands there is another occurrence, at no distance
    ("two w/1 (one w/2 three)", "row wor"),
    ("one w/2 three w/1 two", "row wor"),
    ("(one w/3 four) w/1 (two w/1 three)", "row wor"),
    ("(one w/2 three) w/1 (two w/2 four)", "row wor"),
    ("(one w/2 three) w/1 one", ""),
    ("(one w/2 three) w/1 (two w/1 three)", ""),
    ('(one w/2 three) w/1 "one two"', ""),
    ('("one two" w/2 four) w/1 two', ""),
    ('("one two" w/2 four) w/1 three', "row"),
    ("(one w/3 four) w/1 two w/1 three", "row wor"),
    ("(one w/3 four) w/1 two w/1 two", ""),
    ("((one w/3 four) OR nine) w/1 two w/1 three", "row wor"),
    ("one w/s four w/s two w/s three", "row wor"),
    ("one w/s three w/s two", "row wor"),
    ("two w/s one w/s three", "row wor"),
    ("one w/s three w/s three", ""),
    ("two w/p pears w/p apples w/p two", "twin"),
    ("two w/s pears w/s two w/s apples", "twin"),
    ("two w/s pears w/s two w/s two", ""),
    ("(said w/9 smith) w/s yes", ""),
    ("(said w/9 smith) w/p yes", "parts"),
    ("(one pre/2 three) pre/1 two", ""),
    ("two pre/1 (one pre/2 three)", ""),
    # NOT near
    ("two NOT w/2 one", "twin"),
    ("two NOT w/1 three", "twin"),
    ("two NOT w/1 two", "row wor twin"),
    ("three NOT pre/1 two", "row"),
    ("rates NOT w/1 japan", "parts"),
    ("rates NOT w/3 (fell OR up)", ""),
    ("(one w/2 three) NOT w/1 four", ""),
    ("one w/2 (three NOT w/1 two)", ""),
    # what overlaps is near, but for what is part of the very occurrence
    ('japan NOT w/1 "bank of japan"', "parts asia"),
    ('headline:(japan NOT w/1 "bank of japan")', ""),
    ('japan NOT w/s "bank of japan"', "parts asia"),
    ('"bank of japan" NOT w/9 japan', "parts"),
    ('"bank of japan" NOT w/1 "japan rates"', ""),
    ('"bank of japan" NOT pre/1 "japan rates"', "parts"),
    ('(two OR "two apples") NOT w/1 two', "row wor twin"),
    ('apples NOT w/1 ("two apples" OR nothing)', ""),
    ("two NOT w/1 (one w/2 three)", "twin"),
    ("(one w/2 three) NOT w/1 two", ""),
    ("(one w/2 three) NOT w/9 (one OR three)", "row wor"),
    ("(one w/1 two) NOT w/9 (one w/1 two)", "row wor"),
    ('(one w/1 two) NOT w/1 "one two"', "wor"),
    # sentences: a headline is one, abbreviations end none, paragraphs do
    ("four w/s three", "row wor"),
    ("japan w/s up", "parts"),
    ("us w/s yes", "parts"),
    ("said w/s mr", ""),
    ("smith w/s was", "parts"),
    ("smith w/s rates", ""),
    ("rates w/s rose", ""),
    ("rates w/s fell", "parts"),
    ("two w/s pears", "twin"),
    ("two w/s two", "twin"),
    ("fell pre/s rates", ""),
    ("rates pre/s fell", "parts"),
    # paragraphs end at each newline
    ("said w/p smith", "parts"),
    ("smith w/p rates", ""),
    ("fell w/p rose", "parts"),
    ("rose pre/p fell", ""),
    ("japan NOT w/p rates", "asia"),
    ("up w/p fell", ""),
    ('"was mr smith rates" w/s fell', ""),
    # fields: one for both
    ("headline:(one w/2 three)", "row wor"),
    ("body:(one w/2 three)", ""),
    ("headline:bank w/2 headline:japan", "parts"),
    ("lead:(said w/9 smith)", "parts"),
    ("lead:(rates w/9 japan)", "parts"),
    ("body:(rates w/9 japan)", "parts"),
    ("hlead:(fell w/2 japan)", ""),
    # operands of every kind
    ("(one OR ten) w/1 (two OR nine)", "row wor"),
    ("caps(US) w/1 banks", "print"),
    ("caps(us) w/1 =banks", ""),
    ("caps(us) w/2 =banks", "print"),
    ("=banks w/2 us", "print"),
    ("=banking w/2 us", "print"),
    ("caps(US) w/3 =banking", ""),
    ("japan* w/1 warn*", "asia"),
    ("jap?n w/1 warns", "asia"),
    ("/kor.*/ pre/2 /warn.*/", "asia"),
    ("taiwam~ w/3 navy", "asia"),
    # minimum counts
    ("atleast2(two)", "twin"),
    ("atleast4(two)", "twin"),
    ("atleast5(two)", ""),
    ("atleast1(one)", "row wor"),
    ("atleast2(rates)", "parts"),
    ("headline:atleast2(rates)", ""),
    ("atleast2(one OR two)", "row wor twin"),
    ("atleast3(us)", "print"),
    ("atleast2(caps(us))", "print"),
    ('atleast2("two two" OR "two pears")', "twin"),
    ("atleast2(two w/2 two)", "twin"),
    ("atleast3(two w/2 two)", ""),
    ("atleast2((two OR apples) w/1 (two OR apples))", "twin"),
    ("atleast2(six w/1 (five OR seven))", ""),
    ("atleast1(nine w/2 (ten OR eight))", "row wor"),
    ('atleast2(apples OR "apples two")', ""),
    ("atleast2(two w/9 two w/9 two)", "twin"),
    ("atleast2(japan*)", "parts asia"),
    ("atleast2(japan w/s warns)", "asia"),
    ("atleast3(japan w/s warns)", ""),
    ("NOT atleast1(two)", "parts print asia empty"),
    # phrases of patterns
    ('"japan* warn*"', "asia"),
    ('"japanese warn?ng"', "asia"),
    ('"warships /w.*/ japan’s"', "asia"),
    ('"bank of jap*"', "parts"),
    ('headline:"bank o? japan"', "parts"),
    ('body:"bank o? japan"', ""),
    ('"tiawan~2"', "asia"),
    ('"six sev*"', ""),
    ('"U.S. sa?d yes."', "parts"),
    ('"six seve?"', ""),
    ('"bank o? japan?"', "parts"),
    ('"said yes?"', "parts"),
    ('"said ye?"', ""),
    ('byline:"jan* v?n doe"', "row"),
    ('byline:"jan* doe"', ""),
    ('byline:"do? jan*"', "wor"),
    ('byline:"/.*e/ jane"', "wor"),
    ('byline:"jane~ van"', "row"),
    ('source:"jan* van"', ""),
    ('-byline:"jan* van" one', "wor"),
    # combined with other operators
    ("one w/2 three NOT ten w/3 eight", ""),
    ("one w/2 three seven", "row wor"),
    ("-(one w/2 three) two", "twin"),
    ("one w/1 two OR japan w/1 warns", "row wor asia"),
    ("(one w/1 two)^3 six^2", "row wor"),
]


def create_archive(engine: Engine) -> Archive:
    for batch in (ARTICLES[:3], ARTICLES[3:]):
        with engine.writer() as writer:
            for article in batch:
                writer.add(article)
    return Archive(engine)


@pytest.fixture(scope="module", params=ENGINES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return create_archive(require_engine(request.param, request).create(tmp_path_factory.mktemp("near") / "index"))


@pytest.mark.parametrize(("query", "ids"), CASES, ids=[query for query, _ in CASES])
def test_query_matches(archive: Archive, query: str, ids: str) -> None:
    assert archive.ids(query) == ids.split()


def test_order_of_operands_does_not_change_the_score(archive: Archive) -> None:
    if isinstance(archive._engine, OpenSearchEngine):
        pytest.skip("a cluster scores by Lucene's formula")
    for one, other in (("two w/2 pears", "pears w/2 two"), ("us w/3 banks", "banks w/3 us")):
        assert [(hit.id, hit.score) for hit in archive.search(one)] == [
            (hit.id, hit.score) for hit in archive.search(other)
        ]


def test_boost_of_an_operand_boosts_the_proximity(archive: Archive) -> None:
    if isinstance(archive._engine, OpenSearchEngine):
        pytest.skip("a cluster scores by Lucene's formula")
    plain, within, whole = (
        archive.search(query)[0].score for query in ("us w/3 =banks", "us^2 w/3 =banks", "(us w/3 =banks)^2")
    )
    assert within == pytest.approx(2 * plain)
    assert whole == pytest.approx(2 * plain)


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("japan w/1 =warns", ["Japan", "warns"]),
        ("=japan w/1 =warned", ["warned", "Japan"]),
        ("(korean pre/1 warships) pre/2 japan", ["Korean", "warships", "Japan"]),
        ('"japan* warns"', ["Japan warns"]),
        ("japan NOT w/1 =warns", ["Japan"]),
        ("atleast2(japan)", ["Japan", "Japan"]),
    ],
)
def test_only_words_that_take_part_are_highlighted(archive: Archive, query: str, marked: list[str]) -> None:
    hit = next(hit for hit in archive.search(query) if hit.id == "asia")
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.spans] == marked


def test_too_many_pairs_are_an_error_with_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proximity, "MAX_PAIRS", 5)
    archive = create_archive(EmbeddedEngine.create(tmp_path / "index"))
    assert archive.ids("two w/5 two") == ["twin"]
    with pytest.raises(QueryError) as error:
        archive.search("six AND (two w/5 two) w/5 apples")
    found = error.value.diagnostics[-1]
    assert (found.kind, found.start, found.end) == (Kind.TOO_MUCH_WORK, 9, 20)


def test_too_many_positions_are_an_error_with_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proximity, "MAX_OCCURRENCES", 7)
    archive = create_archive(EmbeddedEngine.create(tmp_path / "index"))
    assert archive.ids("(six OR ten) w/1 (five OR nine)") == ["row", "wor"]
    for query, start, end in (
        ("six AND (two OR apples OR pears) w/5 apples", 8, 32),
        ("six AND apples w/5 t*", 19, 21),
    ):
        with pytest.raises(QueryError, match="too many places") as error:
            archive.search(query)
        found = error.value.diagnostics[-1]
        assert (found.kind, found.start, found.end) == (Kind.TOO_MUCH_WORK, start, end)


# -- an oracle without engine code: lists of letters, every pair tried -------------------------------------------------

Found = frozenset[int]
"""The word numbers of an occurrence."""


class Letters:
    """An article whose words are letters, with its sentences and paragraphs."""

    def __init__(self, rng: random.Random) -> None:
        self.paragraphs = [
            [rng.choices("abcd", k=rng.randint(1, 5)) for _ in range(rng.randint(1, 3))]
            for _ in range(rng.randint(1, 3))
        ]
        sentences = [(p, letters) for p, paragraph in enumerate(self.paragraphs) for letters in paragraph]
        self.words = [letter for _, letters in sentences for letter in letters]
        self.units = {
            "s": [n for n, (_, letters) in enumerate(sentences) for _ in letters],
            "p": [p for p, letters in sentences for _ in letters],
        }

    @property
    def body(self) -> str:
        return "\n".join(
            " ".join(" ".join(letters).capitalize() + "!" for letters in paragraph) for paragraph in self.paragraphs
        )

    def phrase(self, letters: str) -> set[Found]:
        places = range(len(self.words) - len(letters) + 1)
        return {
            frozenset(range(at, at + len(letters)))
            for at in places
            if self.words[at : at + len(letters)] == list(letters)
        }

    def are_near(self, one: Found, other: Found, operator: str) -> bool:
        name, within = operator.split("/")
        if name == "pre" and max(one) >= min(other):
            return False
        if within in self.units:
            units = self.units[within]
            return len({units[at] for at in one | other}) == 1
        return max(min(one), min(other)) - min(max(one), max(other)) <= int(within)

    def near(self, ones: set[Found], others: set[Found], operator: str) -> set[Found]:
        pairs = [(one, other) for one in ones for other in others if not one & other]
        return {one | other for one, other in pairs if self.are_near(one, other, operator)}

    def alone(self, ones: set[Found], others: set[Found], operator: str) -> set[Found]:
        # The operands are phrases, so what lies within one is part of it.
        return {one for one in ones if all(other <= one or not self.are_near(one, other, operator) for other in others)}


LETTERS = ("a", "b", "c", "ab", "bc", "aa")
OPERATORS = tuple(f"{name}/{within}" for name in ("w", "pre") for within in (1, 2, 4, "s", "p"))


def random_proximity(rng: random.Random, letters: Letters, depth: int) -> tuple[str, set[Found]]:
    """A query, and its matches in an article; a seed gives the same query for every article."""
    if not depth:
        phrase = rng.choice(LETTERS)
        return f'"{" ".join(phrase)}"', letters.phrase(phrase)
    operator, negated = rng.choice(OPERATORS), depth == 1 and rng.random() < 0.4
    below = rng.randrange(depth)
    (one, ones), (other, others) = (random_proximity(rng, letters, n) for n in rng.sample([depth - 1, below], 2))
    if negated:
        return f"({one} NOT {operator} {other})", letters.alone(ones, others, operator)
    return f"({one} {operator} {other})", letters.near(ones, others, operator)


def question_seeds(seed: int) -> Iterator[tuple[int, int]]:
    for n in range(150):
        yield seed * 1000 + n, (1, 2, 2, 3)[n % 4]


@pytest.mark.parametrize("kind", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_random_proximities_agree_with_plain_lists(
    kind: type[Engine], seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    require_engine(kind, request)
    rng = random.Random(seed)
    articles = [Letters(rng) for _ in range(25)]
    engine = kind.create(tmp_path / "index")
    with engine.writer() as writer:
        for n, letters in enumerate(articles):
            writer.add(Article(str(n), body=letters.body))
    archive = Archive(engine)
    sizes = set()
    for question, depth in question_seeds(seed):
        answers = [random_proximity(random.Random(question), letters, depth) for letters in articles]
        query = answers[0][0]
        expected = [str(n) for n, (_, found) in enumerate(answers) if found]
        assert archive.ids(query) == expected, query
        sizes.add(len(expected))
    assert len(sizes) > 15
