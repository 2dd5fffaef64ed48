"""The vectorized tokenizer and the forward index find the tokens that `analysis` finds in each text."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from searchidx import analysis, folding
from searchidx.abbreviations import is_abbreviation
from searchidx.engines.embedded import forward_index, vectorized_tokenizer
from searchidx.engines.embedded.forward_index import ForwardIndex, ForwardIndexBuilder, MultilingualIndexBuilder
from searchidx.stemming import ENGLISH, LANGUAGES

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


def expected(zones: list[str], language: str = ENGLISH) -> tuple[list[str], list[int], list[int], list[bool]]:
    """Analyze zones one by one: forms, zone ends, sentence starts, and which of them begin a paragraph."""
    forms: list[str] = []
    ends, sentences, paragraphs = [], [], []
    for zone in zones:
        begins, fresh = analysis.sentence_starts(zone, language)
        sentences += [len(forms) + at for at in begins]
        paragraphs += [at in fresh for at in begins]
        forms += [f"{token.stem}\0{token.folded}\0{token.printed}" for token in analysis.analyze(zone, language)]
        ends.append(len(forms))
        forms.append("\0\0")
    return forms, ends, sentences, paragraphs


def found(index: ForwardIndex) -> tuple[list[str], list[int], list[int], list[bool]]:
    forms = [index.spellings[number].decode() for number in index.forms.tolist()]
    return forms, index.zone_ends.tolist(), index.sentences.tolist(), index.paragraphs.tolist()


def encoded(zones: list[str]) -> bytes:
    return b"".join(zone.encode() + b"\xff" for zone in zones)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("piece", [1, 100, 1 << 20])
def test_forward_index_equals_analysis(monkeypatch: pytest.MonkeyPatch, seed: int, piece: int) -> None:
    monkeypatch.setattr(forward_index, "_PIECE", piece)
    rng = random.Random(seed)
    builder = ForwardIndexBuilder(ENGLISH)
    for _ in range(12):
        zones = [text_of(rng, BLANKS) for _ in range(rng.randrange(12))]
        assert found(builder.build(encoded(zones))) == expected(zones)


@pytest.mark.parametrize("seed", range(4))
def test_articles_of_several_languages_are_indexed_in_order(seed: int) -> None:
    rng = random.Random(seed)
    builder = MultilingualIndexBuilder()
    pieces = (
        *PIECES,
        *"Wahlen z. B. Müller élections accusée Dr. выборов т. д. İstanbul IRAK ka\u00adnal किताबें।".split(),
    )
    for _ in range(12):
        articles = rng.randrange(1, 8)
        languages = [rng.choice(LANGUAGES) for _ in range(articles)]
        zones = [" ".join(rng.choices(pieces, k=rng.randrange(20))) for _ in range(2 * articles)]
        forms, ends, sentences, paragraphs = [], [], [], []
        for at, zone in enumerate(zones):
            one = expected([zone], languages[at // 2])
            ends += [end + len(forms) for end in one[1]]
            sentences += [start + len(forms) for start in one[2]]
            paragraphs += one[3]
            forms += one[0]
        assert found(builder.build(encoded(zones), languages)) == (forms, ends, sentences, paragraphs)


def test_cleared_cache_gives_the_same_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_index, "_MAX_CACHED", 20)
    rng = random.Random(9)
    builder = ForwardIndexBuilder(ENGLISH)
    for _ in range(20):
        zones = [text_of(rng, (" ", "\n")) for _ in range(4)]
        assert found(builder.build(encoded(zones))) == expected(zones)


def test_hash_table_grows() -> None:
    """One text has more distinct chunks than the hash table has slots at first."""
    words = [f"{n:x}" for n in range(70_000)]
    random.Random(4).shuffle(words)
    builder = ForwardIndexBuilder(ENGLISH)
    first = [" ".join(words[:100])]
    assert found(builder.build(encoded(first)))[0] == expected(first)[0]
    index = builder.build(encoded([" ".join(words * 2)]))
    printed = [form.decode().split("\0")[2] for form in index.spellings]
    assert [printed[number] for number in index.forms.tolist()] == [*words, *words, ""]
    assert len(printed) == len(set(printed)) == len(words) + 1


def test_every_python_white_space_separates_words() -> None:
    blanks = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    others = "\x00\x08\x1b\x7f\x84\x86\u180e\u200b\u2060\ufeff"
    text = "".join(f"a{blank}b" for blank in [*blanks, *others])
    assert found(ForwardIndexBuilder(ENGLISH).build(encoded([text]))) == expected([text])


ALPHABETS = (
    "aBs1.'`\"(!?,-S\x00é’-)東。Mr",
    "東京都に行った。、「」！？，．ＡＢ１２・ー々〆〇ｶﾞがか\u3099カ\u309a\ufe0f…‥.!?a1'’s»”",
    "กขคงจูุ่้๊๋์ําเแ๑ฯฺฺํ๎฿ลາໍ່ຳ.aS’s\u0300\u0e38",
    "한국어가각ㄱㅏㅎ한\ua960ힰ.a's東!。",
    "\u0627\u064b\u0652\u0651ש\u05b7\u05bcक\u093c\u094dে\u09be\u09c7မြန်\u102eខ្មែ\u17d2ကី。!",
    "ŞУ.С.Ш.А.ſßẞǅﬁ½²™℠ª①㍿㎏ﷺʼ´¨＇′‘s'S’ё\u0308\u0323\u0301",
)
"""Characters that change how their neighbours are split."""


def check_split(chunks: list[str]) -> vectorized_tokenizer.SplitChunks:
    """Split chunks at once, and compare with each one split by `analysis`."""
    text = " ".join(chunks).encode()
    sizes = np.array([len(chunk.encode()) for chunk in chunks])
    starts = np.cumsum(sizes + 1) - sizes - 1
    found = vectorized_tokenizer.split_chunks(np.frombuffer(text + b"\xff", np.uint8), starts, sizes, ENGLISH)
    spelled = [
        found.text[at : at + size].decode()
        for at, size in zip(found.starts.tolist(), found.sizes.tolist(), strict=True)
    ]
    begins = set(found.sentences.tolist())
    for chunk, first, count, flags in zip(chunks, found.first, found.count, found.flags.tolist(), strict=True):
        expected = analysis.split_chunk(chunk)
        words = range(first, first + count)
        assert [spelled[at] for at in words] == [piece.printed for piece in expected.tokens], ascii(chunk)
        assert [at in begins for at in words] == [piece.begins_sentence for piece in expected.tokens], ascii(chunk)
        assert bool(flags & vectorized_tokenizer.CONTINUES_SENTENCE) == expected.continues_sentence, ascii(chunk)
        if flags & vectorized_tokenizer.MAY_END_SENTENCE:
            word = spelled[words[-1]]
            assert expected.ends_sentence != is_abbreviation(word, folding.fold(word)), ascii(chunk)
        else:
            assert bool(flags & vectorized_tokenizer.ENDS_SENTENCE) == expected.ends_sentence, ascii(chunk)
    return found


@pytest.mark.parametrize("alphabet", ALPHABETS, ids=range(len(ALPHABETS)))
def test_difficult_chunks_are_split_as_by_analysis(alphabet: str) -> None:
    rng = random.Random(5)
    chunks = ["".join(rng.choices(alphabet, k=rng.randrange(1, 8))) for _ in range(6_000)]
    found = check_split(["".join(chunk.split()) or "x" for chunk in chunks])
    assert np.mean(found.count != 1) > 0.3


def test_chunks_of_any_script_are_split_as_by_analysis() -> None:
    rng = random.Random(6)
    common = [*range(0x3000), *range(0x4E00, 0x5000), *range(0xAC00, 0xAD00), *range(0xF900, 0x10000), 0x1B001, 0x1D15E]
    letters = [chr(code) for code in common if not chr(code).isspace()]
    check_split(["".join(rng.choices(letters, k=rng.randrange(1, 6))) for _ in range(8_000)])
    check_split([rng.choice(letters) + "\u0301" * rng.randrange(40) + "東" for _ in range(100)])
    chunks = [
        "Mr.",
        "(Mr.)",
        "mr.'",
        "X.",
        "x.",
        "Sat.",
        "sat.",
        "U.S.",
        "a.b",
        "'s",
        "x's",
        "x's.",
        "x'sa",
        ".",
        "É.",
        "Ж.О.",
    ]
    check_split(chunks)
    found = check_split([*chunks, "東京。大阪", "一!二?三", "a。b", "！", "東.", "東京はMr."])
    assert len(found.sentences) == 4
    assert np.mean(found.flags & vectorized_tokenizer.MAY_END_SENTENCE != 0) > 0.2


def test_only_marks_and_jamo_compose_with_the_letter_before() -> None:
    """Other text can be normalized character by character; marks that count as stable do not compose."""
    seconds = set()
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(chr(int(parts[1], 16)))
    assert seconds
    for second in seconds:
        assert unicodedata.category(second)[0] == "M"
        assert not vectorized_tokenizer._is_stable(second)
