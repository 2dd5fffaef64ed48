"""The tokens of a batch are those that `analysis` finds in each article, whatever bytes stand where."""

from __future__ import annotations

import random

import numpy as np
import pytest

from searchidx import analysis
from searchidx.engines.embedded import splitting, tokenizing
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
    spellings = [streams.spellings[number].decode() for number in streams.forms.tolist()]
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
    printed = [spelling.decode().split("\0")[2] for spelling in streams.spellings]
    assert [printed[number] for number in streams.forms.tolist()] == [*words, *words, ""]
    assert len(printed) == len(set(printed)) == len(words) + 1


def test_every_blank_of_python_parts_words() -> None:
    blanks = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    others = "\x00\x08\x1b\x7f\x84\x86\u180e\u200b\u2060\ufeff"
    text = "".join(f"a{blank}b" for blank in [*blanks, *others])
    assert found(Tokenizer()(encoded([text]))) == expected([text])


def test_chunks_are_split_at_once_as_one_by_one() -> None:
    rng = random.Random(5)
    chunks = ["".join(rng.choices("aBs1.'`\"(!?,-S\x00é’-)東。Mr", k=rng.randrange(1, 8))) for _ in range(30_000)]
    chunks += ["Mr.", "(Mr.)", "mr.'", "X.", "x.", "Sat.", "sat.", "U.S.", "a.b", "'s", "x's", "x's.", "x'sa", "."]
    text = " ".join(chunks).encode()
    sizes = np.array([len(chunk.encode()) for chunk in chunks])
    starts = np.cumsum(sizes + 1) - sizes - 1
    found = splitting.split(np.frombuffer(text + b"\xff", np.uint8), starts, sizes)
    spelled = [
        found.text[at : at + size].decode()
        for at, size in zip(found.starts.tolist(), found.sizes.tolist(), strict=True)
    ]
    begins = set(found.begins.tolist())
    for chunk, first, count, flags in zip(chunks, found.first, found.count, found.flags.tolist(), strict=True):
        expected = analysis.split_chunk(chunk)
        words = range(first, first + count)
        assert [spelled[at] for at in words] == [piece.printed for piece in expected.pieces], chunk
        assert [at in begins for at in words] == [piece.begins_sentence for piece in expected.pieces], chunk
        assert bool(flags & splitting.CONTINUES) == expected.continues, chunk
        if flags & splitting.STOPS:
            [is_short] = analysis.abbreviate([spelled[words[-1]]], [analysis.fold(spelled[words[-1]])])
            assert expected.ends_sentence != is_short, chunk
        else:
            assert bool(flags & splitting.ENDS) == expected.ends_sentence, chunk
    assert np.mean(found.count != 1) > 0.3
    assert np.mean(found.flags & splitting.STOPS != 0) > 0.005
    assert len(begins) > 20
