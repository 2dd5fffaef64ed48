"""Digests and owners of articles behave like dictionaries, whatever is decoded."""

from __future__ import annotations

import random
from typing import Any

import pytest

from searchidx.ingest import article_digests
from searchidx.ingest.article_digests import ArticleOwners, PackedDigests, pack_digests


def random_digests(source: random.Random, prefix: str) -> dict[str, str]:
    ids = [f"{prefix}{source.choice(['', 'é', '/a b', '{'])}{n}" for n in range(source.randint(0, 20))]
    return {id: f"{source.getrandbits(64):016x}" for id in ids}


@pytest.mark.parametrize("seed", range(20))
def test_packed_digests_are_the_digests(seed: int) -> None:
    source = random.Random(seed)
    known = random_digests(source, "x")
    packed = PackedDigests(*pack_digests(known))
    assert (len(packed), bool(packed), packed.packed) == (len(known), bool(known), pack_digests(known))
    assert dict(packed) == known
    assert pack_digests(packed) == pack_digests(known)
    packed["new"] = known["new"] = "0" * 16
    for id in list(known)[::3]:
        assert packed.pop(id) == known.pop(id)
    assert (dict(packed), len(packed)) == (known, len(known))
    assert PackedDigests(*pack_digests(packed)) == known


@pytest.mark.parametrize(("ids", "digests"), [("a", ""), ("", "0" * 15), ("a\nb", "0" * 16), ("a", "0" * 32)])
def test_ids_without_digests_are_damage(ids: str, digests: str) -> None:
    with pytest.raises(ValueError, match="digits of digests"):
        PackedDigests(ids, digests)


@pytest.mark.parametrize("seed", range(40))
def test_owners_are_found_by_search_and_by_dictionary(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(seed)
    monkeypatch.setattr(article_digests, "_MAX_SEARCHES", source.choice([0, 3, 1_000]))
    files = [((f"root{n % 2}", f"file{n}"), random_digests(source, f"{n}-")) for n in range(source.randint(0, 5))]
    packed = [(owner, PackedDigests(*pack_digests(each))) for owner, each in files]
    owners: Any = ArticleOwners(iter(packed if source.random() < 0.5 else files))
    known = {id: owner for owner, digests in files for id in digests}
    ids = [*known, "", "\n", "0-", "unknown"]
    for _ in range(60):
        id = source.choice(ids)
        action = source.randrange(4)
        if action == 0:
            owners[id] = known[id] = ("new", id)
        elif action == 1:
            assert owners.pop(id, None) == known.pop(id, None)
        else:
            assert (owners.get(id), id in owners) == (known.get(id), id in known)
    assert dict(owners) == known
    assert len(owners) == len(known)
