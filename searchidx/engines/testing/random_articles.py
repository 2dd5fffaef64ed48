"""Random articles for tests of engines: a small vocabulary of difficult words, and random commits.

Everything is drawn from a `random.Random`, so a seed reproduces it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from searchidx.article import Article
from searchidx.engines.contract import Engine

WORD_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("the", "The", "of", "and", "in", "to", "a", "not"),
    ("bank", "banks", "banking", "Bank", "Banks", "BANKS", "bank's", "Bank’s"),
    ("rate", "rates", "Rates", "rated", "rate-setting"),
    ("interest", "interests", "Interest", "interested"),
    ("rise", "rises", "rising", "rose", "Rise"),
    ("Japan", "japan", "JAPAN", "Japan's", "Japanese"),
    ("general", "generally", "generic", "generics", "General"),
    ("café", "cafe", "Café", "CAFÉ", "cafés", "cafe\u0301"),
    ("Malmö", "Malmo", "malmö", "MALMÖ"),
    ("U.S.", "US", "us", "u.s."),
    ("Straße", "strasse", "STRASSE"),
    ("NATO-Japan", "NATO", "Nato", "nato"),
    ("9/11", "1,000", "2023", "24", "½"),
    ("東京都", "東京", "京都", "北京市", "東京都2023"),
    ("서울시", "ソウル", "กรุงเทพ", "都"),
    ("Ｔｏｋｙｏ", "Tokyo", "tokyo"),
    ("tax", "taxes", "taxed", "Tax", "taxi"),
    ("Mr.", "Feb.", "St.", "J."),
    ("O'Neill", "l’eau", "AT&T", "e-mail", "ﬁnest"),
    ("Wahl", "Wahlen", "wahlen", "WAHLEN", "Müller", "Mueller", "muller"),
    ("accusé", "accusée", "accusee", "accuser", "première", "premiere", "premi"),
    ("выборы", "выборов", "новый", "новыи", "ka\u00adnal", "kanal"),
)
"""Words that share a stem, a folded spelling or a prefix, or only seem to."""
FAMILY_WEIGHTS = (12, 6, 5, 5, 4, 4, 2, 2, 2, 2, 1, 3, 2, 3, 1, 1, 2, 2, 1, 2, 2, 1)
TEXTS_WITHOUT_WORDS = ("—", "...", "&", "(", "!", "“", "。")
RARE_WORDS = 150
"""The number of different rare words."""
NAMES = ("Ana Bell", "ana bell", "José Díaz", "J. Smith", "Kim 김 Lee", "Bell, Ana")
SECTIONS = ("World", "world news", "Économie", "Business", "World — Asia")
SOURCES = ("The Daily", "daily planet", "L’Écho", "朝日新聞")
KEYWORDS = ("interest rates", "Japan", "rates", "Banks", "trade war", "東京", "war", "NATO", "—")
LANGUAGES = ("", "en", "en-GB", "en_us", "fr", "de-AT", "ru", "zh-Hant-TW", "EN")
TIME_ZONES = ("", "", "Z", "+00:00", "+09:00", "-08:00", "+05:45", "-00:30", "+14:00")


def random_word(rng: random.Random) -> str:
    """A word as printed, or punctuation without a word."""
    if rng.random() < 0.06:
        return rng.choice(TEXTS_WITHOUT_WORDS)
    if rng.random() < 0.08:
        return f"w{rng.randrange(RARE_WORDS)}"
    found = rng.choice(rng.choices(WORD_FAMILIES, FAMILY_WEIGHTS)[0])
    if rng.random() < 0.1:
        found += rng.choice((",", ";", "’", '"', ")", ":"))
    return found


def random_sentence(rng: random.Random, longest: int = 12) -> str:
    """A sentence of up to `longest` words; one in ten repeats a word."""
    words = [random_word(rng) for _ in range(rng.randint(1, longest))]
    if rng.random() < 0.1:
        words += [rng.choice(words)] * rng.choice((2, 5, 9, 40))
    return " ".join(words) + rng.choice((".", ".", ".", "!", "?", ".”", "", "。"))


def random_body(rng: random.Random) -> str:
    """Paragraphs, with some empty lines and lines without words."""
    kind = rng.random()
    if kind < 0.08:
        return ""
    if kind < 0.16:
        return random_word(rng)
    lines = []
    for _ in range(rng.randint(1, 4)):
        lines.append(" ".join(random_sentence(rng) for _ in range(rng.randint(1, 3))))
        if rng.random() < 0.3:
            lines.append(rng.choice(("", "  ", "* * *", "—")))
    if rng.random() < 0.1:
        lines.insert(0, rng.choice(("", "—", "\t")))
    return rng.choice(("\n", "\n", "\r\n")).join(lines)


def random_headline(rng: random.Random) -> str:
    """A headline: plain, in capitals, one word repeated, or empty."""
    kind = rng.random()
    if kind < 0.1:
        return ""
    if kind < 0.2:
        return " ".join([random_word(rng)] * rng.choice((1, 3, 7, 8, 40)))
    found = " ".join(random_word(rng) for _ in range(rng.randint(1, 8)))
    return found.upper() if kind < 0.35 else found


def random_date(rng: random.Random) -> str | None:
    """None, or a date of any precision; many articles share a day."""
    if rng.random() < 0.15:
        return None
    found = f"{rng.choice((2021, 2022, 2023, 2023, 2023, 2024)):04d}"
    if rng.random() < 0.15:
        return found
    found += f"-{rng.randint(1, 12):02d}"
    if rng.random() < 0.2:
        return found
    found += f"-{rng.choice((1, 2, 15, 28)):02d}"
    if rng.random() < 0.4:
        return found
    moment = f"{rng.choice((0, 13, 23)):02d}:{rng.choice((0, 59)):02d}:{rng.choice((0, 59)):02d}"
    return f"{found}T{moment}{rng.choice(('', '', '.5', '.000001'))}{rng.choice(TIME_ZONES)}"


def choose_or_empty(rng: random.Random, values: Sequence[str]) -> str:
    """One of the values, or an empty string."""
    return rng.choice(values) if rng.random() < 0.7 else ""


def random_article(rng: random.Random, id: str) -> Article:
    """An article with this id; any other field may be empty."""
    head, text, day = random_headline(rng), random_body(rng), random_date(rng)
    if not head.strip() and not text.strip():
        head = "Untitled"
    return Article(
        id=id,
        headline=head,
        body=text,
        date=day,
        byline=choose_or_empty(rng, NAMES),
        dateline=choose_or_empty(rng, ("TOKYO, Feb. 1", "Tokyo", "PARIS (AP)", "東京")),
        section=choose_or_empty(rng, SECTIONS),
        source=choose_or_empty(rng, SOURCES),
        language=rng.choice(LANGUAGES),
        keywords=rng.sample(KEYWORDS, rng.randint(0, 3)),
        url=choose_or_empty(
            rng, ("https://example.org/news/2023/bank-rates", f"http://example.com/a?id={rng.randrange(9)}")
        ),
        path=choose_or_empty(rng, ("saved/page.html", "ältere/Seite 1.txt")),
        page=choose_or_empty(random.Random(id), ("A1", "12", "A1, B7", "2-3")),
        edition=choose_or_empty(random.Random(id), ("Late Edition - Final", "Ausgabe Süd")),
        ocr=random.Random(id).choice((None, 0, 0.05, 0.2, 0.2001, 0.6, 1)),
    )


def random_short_articles(rng: random.Random, count: int) -> list[Article]:
    """Short articles in which a few words are common and most are rare."""

    def words(least: int, most: int) -> str:
        return " ".join(f"w{min(int(rng.paretovariate(0.8)), 999)}" for _ in range(rng.randint(least, most)))

    return [Article(f"a{n}", words(1, 3), words(0, 12), random_date(rng)) for n in range(count)]


Change = Article | str
"""An article to add, or an id to delete."""


def random_commits(rng: random.Random, count: int, commits: int) -> list[list[Change]]:
    """Batches, one a commit, that add, replace (within a batch and across batches) and delete."""
    batches: list[list[Change]] = [[] for _ in range(commits)]
    for n in range(count):
        batch = batches[n * commits // count]
        number = n if rng.random() < 0.85 else rng.randrange(n + 1)
        batch.append(random_article(rng, article_id(number)))
        if rng.random() < 0.1:
            batch.append(article_id(rng.randrange(n + 2)))
    return batches


def article_id(number: int) -> str:
    """An id: most are plain, some have unusual characters."""
    return {3: "名 3", 4: "a/4?x=1", 5: "A5", 6: "a5", 7: "é7"}.get(number, f"a{number}")


def live_articles(batches: Iterable[Sequence[Change]]) -> list[Article]:
    """The articles left after some batches, in document order: the order of their last addition."""
    found: dict[str, Article] = {}
    for batch in batches:
        for change in batch:
            found.pop(change if isinstance(change, str) else change.id, None)
            if not isinstance(change, str):
                found[change.id] = change
    return list(found.values())


def commit_batches(engine: Engine, batches: Iterable[Sequence[Change]]) -> None:
    """Commit each batch."""
    for batch in batches:
        with engine.writer() as writer:
            for change in batch:
                if isinstance(change, str):
                    writer.delete(change)
                else:
                    writer.add(change)


def random_reprints(rng: random.Random, count: int) -> list[Article]:
    """Random articles, then as many with their bodies, some words changed, dropped or added."""
    made = [random_article(rng, f"a{n}") for n in range(count)]
    for n in range(count):
        original = rng.choice(made)
        words = original.body.split(" ")
        for _ in range(rng.choice((0, 0, 1, 2, 3, 8))):
            words[rng.randrange(len(words))] = rng.choice(("", random_word(rng), f"w{n}"))
        made.append(Article(f"b{n}", f"Reprint {n}", " ".join(words), language=original.language))
    return made
