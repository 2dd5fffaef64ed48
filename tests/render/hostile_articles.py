"""Articles with control characters, markup and the syntax of the export formats in every field."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from searchidx import Article

NASTY = (
    "{}\\\"'`$&#%_^~@,;:=|<>/*-+.!?()[]\n\r\t\x00\x01\x07\x0b\x0c\x1b\x1c\x1e\x7f\x80\x85\x9f\u00a0\u2028\u2029\ufeff"
    "Aa éßłİ\u0301“”’–—…東京都 한국 ไทย עברית 😀\U0001f1ef＝＋"
)
HOSTILE = (
    "{", "}}", "\\", "\\end{document}", "@article{x,", "%", '"', "\\{", "=1+1", "'=1", "''+1", "-1", "@x", "\t=x",
    "TY  - NEWS", "ER  - ", "]]}", "\f" + "-" * 72, "a, b", "a; b", "and", "x and y", "NATO", "東京、日本",
    "<b>bold</b>", "word " * 2000,
)  # fmt: skip

_texts = st.one_of(
    st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=("Cs",))), max_size=30),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE[:-1]), max_size=4).map(" ".join),
)
_bylines = st.one_of(
    _texts,
    st.lists(
        st.sampled_from(
            ("Jane Doe", "J. R. Doe", "Ursula von der Leyen", "Wang Wei", "Reuters", "John Smith Jr.", "{")
        ),
        max_size=4,
    ).map(", ".join),
)
_dates = st.one_of(
    st.none(),
    st.dates().map(str),
    st.dates().map(lambda day: str(day)[:7]),
    st.dates().map(lambda day: str(day)[:4]),
    st.datetimes().map(lambda moment: moment.isoformat()),
)
_ids = st.one_of(_texts, st.uuids().map(str)).map(lambda text: " ".join(filter(str.isprintable, text.split())).strip())


@st.composite
def hostile_articles(draw: st.DrawFn) -> Article:
    """Articles of which any value may be hostile."""
    names = ("headline", "dateline", "section", "source", "language", "url", "path", "page", "edition")
    return Article(
        id="".join(char for char in draw(_ids) if char.isprintable()).strip() or "x",
        body=draw(_texts) + draw(st.sampled_from(("x", "\nx", "\n"))) + "x",
        date=draw(_dates),
        byline=draw(_bylines),
        keywords=draw(st.lists(_texts, max_size=3)),
        provenance=draw(st.dictionaries(st.sampled_from(("headline", "body")), _texts.map("at {}".format), max_size=2)),
        ocr=draw(st.none() | st.floats(0, 1)),
        **{name: draw(_texts) for name in names},
    )


def seeded_articles(count: int, seed: int = 1) -> list[Article]:
    """Articles with ordinary and hostile values; all ids differ."""
    chance = random.Random(seed)

    def text() -> str:
        if chance.random() < 0.5:
            return " ".join(
                chance.choices(("oil", "Tokyo", "NATO", "the", "of", "Café", "東京"), k=chance.randrange(9))
            )
        return "".join(chance.choices(NASTY, k=chance.randrange(30)))

    dates = (None, "1987", "1987-02", "1987-02-26", "2023-02-01T13:33:00+09:00", "0001-01-01", "9999-12-31")
    bylines = ("", "By Jane Doe", "Jane Doe, Reuters", "Jane Doe and John Q. Public", "Wang Wei", "Staff, {")
    return [
        Article(
            id=f"{number}/{chance.choice(('a', 'A', 'é', '{', '東'))}",
            headline=text(),
            body="\n".join(text() for _ in range(chance.randrange(4))) + "x",
            date=chance.choice(dates),
            byline=chance.choice(bylines),
            source=chance.choice(("", "Reuters", "The Japan News", text())),
            section=text(),
            language=chance.choice(("", "en", "ja")),
            keywords=[text() for _ in range(chance.randrange(4))],
            url=chance.choice(("", "https://example.org/a?b=1&c=%20#d", "http://x/{a b}\\")),
        )
        for number in range(count)
    ]
