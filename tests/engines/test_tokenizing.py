"""The tokens of a batch are those that `analysis` finds in each article, whatever bytes stand where."""

from __future__ import annotations

import random

import numpy as np
import pytest

from searchidx import analysis
from searchidx.engines.embedded import tokenizing
from searchidx.engines.embedded.tokenizing import Streams, Tokenizer

PIECES = (
    "oil Oil OIL 1.23 1,000 U.S. U.S.A. e.g. J. Smith Mr. Bush Bush's bush’s `s 's s Sept. end. End! (end?) \"End.\" "
    "end… -- - & ... . ! ?) NATO-Japan 9/11 don't a.b ab.c x’s 東京都 東京。大阪 한국어 ภาษาไทย café ﬁnest ½ "
    "\x00 \x00a a\x00 \x01\x02 antidisestablishmentarianism a-word-of-15-by a-word-of-16-byt éééééééé éééééééee "
    "http://www.example.com/a?b=c \ufeff"
).split(" ")
BLANKS = (
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "\x1c",
    "\x1f",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2009",
    "\u2028",
    "\u3000",
)


def text_of(rng: random.Random, blanks: tuple[str, ...]) -> str:
    words = (
        rng.choice(PIECES) + rng.choice(("", "", "", ",", ".")) + rng.choice(blanks) for _ in range(rng.randrange(30))
    )
    return rng.choice(("", *blanks)) + "".join(words)


def expected(zones: list[str]) -> tuple[list[str], list[int], list[int], list[bool]]:
    """The spelling at each position, where zones end, where sentences begin, and which begin a paragraph."""
    spellings: list[str] = []
    ends, sentences, paragraphs = [], [], []
    for zone in zones:
        begins, fresh = analysis.sentence_starts(zone)
        sentences += [len(spellings) + at for at in begins]
        paragraphs += [at in fresh for at in begins]
        spellings += [f"{token.stem}\0{token.folded}\0{token.printed}" for token in analysis.analyze(zone)]
        ends.append(len(spellings))
        spellings.append("\0\0")
    return spellings, ends, sentences, paragraphs


def found(streams: Streams) -> tuple[list[str], list[int], list[int], list[bool]]:
    spellings = [streams.spellings[number] for number in streams.forms.tolist()]
    return spellings, streams.zone_ends.tolist(), streams.sentences.tolist(), streams.paragraphs.tolist()


def encoded(zones: list[str]) -> bytes:
    return b"".join(zone.encode() + b"\xff" for zone in zones)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("piece", [1, 100, 1 << 20])
def test_as_analysis_says(monkeypatch: pytest.MonkeyPatch, seed: int, piece: int) -> None:
    monkeypatch.setattr(tokenizing, "_PIECE", piece)
    rng = random.Random(seed)
    tokenizer = Tokenizer()
    for _ in range(12):
        zones = [text_of(rng, BLANKS) for _ in range(rng.randrange(12))]
        assert found(tokenizer(encoded(zones))) == expected(zones)


def test_what_is_forgotten_is_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizing, "_MOST", 20)
    rng = random.Random(9)
    tokenizer = Tokenizer()
    for _ in range(20):
        zones = [text_of(rng, (" ", "\n")) for _ in range(4)]
        assert found(tokenizer(encoded(zones))) == expected(zones)


def test_a_table_that_grows() -> None:
    """More distinct chunks at once than a table begins with."""
    words = [f"{n:x}" for n in range(70_000)]
    random.Random(4).shuffle(words)
    tokenizer = Tokenizer()
    first = [" ".join(words[:100])]
    assert found(tokenizer(encoded(first)))[0] == expected(first)[0]
    streams = tokenizer(encoded([" ".join(words * 2)]))
    printed = [spelling.split("\0")[2] for spelling in streams.spellings]
    assert [printed[number] for number in streams.forms.tolist()] == [*words, *words, ""]
    assert len(printed) == len(set(printed)) == len(words) + 1


def test_every_blank_of_python_parts_words() -> None:
    blanks = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    others = "\x00\x08\x1b\x7f\x84\x86\u180e\u200b\u2060\ufeff"
    text = "".join(f"a{blank}b" for blank in [*blanks, *others])
    assert found(Tokenizer()(encoded([text]))) == expected([text])


def test_plain_chunks_are_split_as_any_other() -> None:
    rng = random.Random(5)
    chunks = ["".join(rng.choices("aB1.'`\"(!?,-sS\x00é’", k=rng.randrange(1, 7))) for _ in range(20_000)]
    chunks = [chunk for chunk in chunks if analysis.is_plain(chunk)]
    split = [analysis.split_chunk(chunk) for chunk in chunks]
    words, ends, continues = analysis.split_plain(chunks)
    assert words == [word for each in split for word in [*(piece.printed for piece in each.pieces), "\n"]]
    assert (ends, continues) == ([each.ends_sentence for each in split], [each.continues for each in split])
    assert not any(piece.begins_sentence for each in split for piece in each.pieces)
    assert np.mean([len(each.pieces) != 1 for each in split]) > 0.3
