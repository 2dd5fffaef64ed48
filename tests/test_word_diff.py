"""Word differences: the pieces always join to both texts, differ little from the best, and long texts end in time."""

from __future__ import annotations

import random
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from searchidx.search import word_diff
from searchidx.search.word_diff import compare_words


def joined(pieces: list[word_diff.Piece], left_out: str) -> str:
    return "".join(piece.text for piece in pieces if piece.operation != left_out)


def check(one: str, other: str) -> list[word_diff.Piece]:
    pieces = compare_words(one, other)
    assert joined(pieces, "inserted") == one
    assert joined(pieces, "deleted") == other
    assert all(piece.text for piece in pieces)
    assert not any(a.operation == b.operation for a, b in pairwise(pieces))
    return pieces


@pytest.mark.parametrize("seed", range(5))
def test_pieces_join_to_both_texts(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(300):
        alphabet = rng.choice(("ab .\n", "ab cd\r\n", "東京 a。", "a\u2028b \x0b", "xyz"))
        check(*("".join(rng.choices(alphabet, k=rng.randrange(40))) for _ in range(2)))


@pytest.mark.parametrize("seed", range(5))
def test_difference_is_nearly_as_small_as_that_of_difflib(seed: int) -> None:
    rng = random.Random(seed)
    words = [f"w{n}" for n in range(300)]
    one = rng.choices(words, k=400)
    other = list(one)
    for _ in range(30):
        other[rng.randrange(len(other))] = rng.choice(words)
        at = rng.randrange(len(other))
        other[at:at] = rng.choices(words, k=rng.randrange(3))
    same = sum(block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())
    found = sum(len(p.text.split()) for p in check(" ".join(one), " ".join(other)) if p.operation == "equal")
    assert found >= 0.9 * same


def test_moved_and_removed_paragraphs() -> None:
    lines = [f"Paragraph {n} says something of its own.\n" for n in range(30)]
    pieces = check("".join(lines), "".join([*lines[10:], *lines[:10]]))
    assert sum(len(piece.text) for piece in pieces if piece.operation == "equal") >= sum(map(len, lines[10:]))
    assert [p.operation for p in check("".join(lines), "".join(lines[:5] + lines[6:]))] == ["equal", "deleted", "equal"]


@pytest.mark.parametrize(
    "kind", ["same words", "few words", "reversed", "many changes", "one letter", "no line breaks"]
)
def test_long_texts_compare_few_pairs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    real = SequenceMatcher

    def count(junk: None, one: list[str], other: list[str], autojunk: bool) -> SequenceMatcher[str]:
        nonlocal compared
        compared += len(one) * len(other)
        assert len(one) * len(other) <= word_diff._MAX_PAIRS
        return real(junk, one, other, autojunk)

    monkeypatch.setattr(word_diff, "SequenceMatcher", count)
    rng = random.Random(1)
    size = 20_000
    one = rng.choices([f"w{n}" for n in range(2_000)], k=size)
    other = {
        "same words": ["a"] * size,
        "few words": rng.choices("ab", k=size),
        "reversed": one[::-1],
        "many changes": [rng.choice(one) if rng.random() < 0.2 else word for word in one],
        "one letter": ["".join(one)],
        "no line breaks": one[5:] + one[:5],
    }[kind]
    one = ["a", *rng.choices("ab", k=size)] if kind == "few words" else one
    check(" ".join(one), " ".join(other))
    assert compared <= word_diff._MAX_TOTAL_PAIRS
