"""Random corpora for the engines: small vocabularies full of traps, and histories of commits over them.

Everything is drawn from the `random.Random` that is given, so a seed names a corpus.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from searchidx import Article
from searchidx.engines.contract import Engine

# Words that share stems, folded spellings, beginnings, or only look as if they did.
GROUPS: tuple[tuple[str, ...], ...] = (
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
)
COMMONNESS = (12, 6, 5, 5, 4, 4, 2, 2, 2, 2, 1, 3, 2, 3, 1, 1, 2, 2, 1)
WORDLESS = ("—", "...", "&", "(", "!", "“", "。")
RARE = 150
NAMES = ("Ana Bell", "ana bell", "José Díaz", "J. Smith", "Kim 김 Lee", "Bell, Ana")
SECTIONS = ("World", "world news", "Économie", "Business", "World — Asia")
SOURCES = ("The Daily", "daily planet", "L’Écho", "朝日新聞")
KEYWORDS = ("interest rates", "Japan", "rates", "Banks", "trade war", "東京", "war", "NATO", "—")
LANGUAGES = ("", "en", "en-GB", "en_us", "fr", "zh-Hant-TW", "EN")
ZONES = ("", "", "Z", "+00:00", "+09:00", "-08:00", "+05:45", "-00:30", "+14:00")


def word(rng: random.Random) -> str:
    """A word as a newspaper prints it, or what stands between words."""
    if rng.random() < 0.06:
        return rng.choice(WORDLESS)
    if rng.random() < 0.08:
        return f"w{rng.randrange(RARE)}"
    found = rng.choice(rng.choices(GROUPS, COMMONNESS)[0])
    if rng.random() < 0.1:
        found += rng.choice((",", ";", "’", '"', ")", ":"))
    return found


def sentence(rng: random.Random, longest: int = 12) -> str:
    words = [word(rng) for _ in range(rng.randint(1, longest))]
    if rng.random() < 0.1:
        words += [rng.choice(words)] * rng.choice((2, 5, 9, 40))
    return " ".join(words) + rng.choice((".", ".", ".", "!", "?", ".”", "", "。"))


def body(rng: random.Random) -> str:
    """Paragraphs of sentences, empty lines and lines without a word among them."""
    kind = rng.random()
    if kind < 0.08:
        return ""
    if kind < 0.16:
        return word(rng)
    lines = []
    for _ in range(rng.randint(1, 4)):
        lines.append(" ".join(sentence(rng) for _ in range(rng.randint(1, 3))))
        if rng.random() < 0.3:
            lines.append(rng.choice(("", "  ", "* * *", "—")))
    if rng.random() < 0.1:
        lines.insert(0, rng.choice(("", "—", "\t")))
    return rng.choice(("\n", "\n", "\r\n")).join(lines)


def headline(rng: random.Random) -> str:
    """Often plain, at times all in capitals, one word over and over, or none."""
    kind = rng.random()
    if kind < 0.1:
        return ""
    if kind < 0.2:
        return " ".join([word(rng)] * rng.choice((1, 3, 7, 8, 40)))
    found = " ".join(word(rng) for _ in range(rng.randint(1, 8)))
    return found.upper() if kind < 0.35 else found


def date(rng: random.Random) -> str | None:
    """None, or a date at any precision; few enough days that many articles share one."""
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
    return f"{found}T{moment}{rng.choice(('', '', '.5', '.000001'))}{rng.choice(ZONES)}"


def some(rng: random.Random, values: Sequence[str]) -> str:
    return rng.choice(values) if rng.random() < 0.7 else ""


def article(rng: random.Random, id: str) -> Article:
    """An article of that id, any of its fields filled or not."""
    head, text, day = headline(rng), body(rng), date(rng)
    if not head.strip() and not text.strip():
        head = "Untitled"
    return Article(
        id=id,
        headline=head,
        body=text,
        date=day,
        byline=some(rng, NAMES),
        dateline=some(rng, ("TOKYO, Feb. 1", "Tokyo", "PARIS (AP)", "東京")),
        section=some(rng, SECTIONS),
        source=some(rng, SOURCES),
        language=rng.choice(LANGUAGES),
        keywords=rng.sample(KEYWORDS, rng.randint(0, 3)),
        url=some(rng, ("https://example.org/news/2023/bank-rates", f"http://example.com/a?id={rng.randrange(9)}")),
        path=some(rng, ("saved/page.html", "ältere/Seite 1.txt")),
    )


def short_articles(rng: random.Random, count: int) -> list[Article]:
    """Many articles of few words, some of the words in most of them and most of the words in few."""

    def words(least: int, most: int) -> str:
        return " ".join(f"w{min(int(rng.paretovariate(0.8)), 999)}" for _ in range(rng.randint(least, most)))

    return [Article(f"a{n}", words(1, 3), words(0, 12), date(rng)) for n in range(count)]


Change = Article | str
"""An article to add, or an id to delete."""


def history(rng: random.Random, count: int, commits: int) -> list[list[Change]]:
    """Batches, one a commit, that add, replace (within a batch and across them) and delete."""
    batches: list[list[Change]] = [[] for _ in range(commits)]
    for n in range(count):
        batch = batches[n * commits // count]
        number = n if rng.random() < 0.85 else rng.randrange(n + 1)
        batch.append(article(rng, identity(number)))
        if rng.random() < 0.1:
            batch.append(identity(rng.randrange(n + 2)))
    return batches


def identity(number: int) -> str:
    """An id: most are plain, some hold what ids may hold."""
    return {3: "名 3", 4: "a/4?x=1", 5: "A5", 6: "a5", 7: "é7"}.get(number, f"a{number}")


def survivors(batches: Iterable[Sequence[Change]]) -> list[Article]:
    """The articles that a history leaves, in document order: that of their last adding."""
    found: dict[str, Article] = {}
    for batch in batches:
        for change in batch:
            found.pop(change if isinstance(change, str) else change.id, None)
            if not isinstance(change, str):
                found[change.id] = change
    return list(found.values())


def write(engine: Engine, batches: Iterable[Sequence[Change]]) -> None:
    """Commit a history, a batch at a time."""
    for batch in batches:
        with engine.writer() as writer:
            for change in batch:
                if isinstance(change, str):
                    writer.delete(change)
                else:
                    writer.add(change)
