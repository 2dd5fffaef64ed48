"""Similar articles, groups of near-duplicates and versions, through the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx import Article

STORY = (
    "The central bank of Norway raised its rate by a quarter of a point on Thursday and said that prices rise faster "
    "than it had hoped. Its governor told reporters that another step may follow in May, if wages do not calm down."
)


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> searchidx.Archive:
    """One story in three papers, another in two, and one alone."""
    archive = searchidx.create(tmp_path_factory.mktemp("wires") / "index")
    with archive.writer() as writer:
        for id, headline, body, date, source in (
            ("post", "Norway Raises Rate", STORY, "2023-03-23", "Post"),
            (
                "snow",
                "Snow in Oslo",
                "Heavy snow fell on the capital of Norway and closed its airport.",
                "2023-01-02",
                "Post",
            ),
            ("wire", "Norwegian bank lifts rates", f"{STORY} (Meridian Wire)", "2023-03-23", "Meridian Wire"),
            ("mail", "Rates up", STORY.replace("a quarter of a point", "25 basis points"), "2023-03-24", "Mail"),
            (
                "fish",
                "Cod quota cut",
                "Norway and Russia agree to cut the quota of cod in the Barents Sea by a fifth.",
                None,
                "Post",
            ),
        ):
            writer.add(Article(id, headline, body, date, source=source))
    archive.refresh()
    return archive


@pytest.mark.parametrize(
    "ask",
    [
        lambda archive, **page: archive.search("rate", **page),
        lambda archive, **page: archive.groups("rate", **page),
        lambda archive, **page: archive.terms("rate", **page),
        lambda archive, **page: archive.similar(archive.ids("rate")[0], **page),
    ],
)
def test_negative_limit_raises(wires: searchidx.Archive, ask: Callable[..., object]) -> None:
    ask(wires, limit=0)
    with pytest.raises(ValueError, match="0 or more"):
        ask(wires, limit=-1)


@pytest.mark.parametrize("name", ["search", "groups"])
def test_negative_offset_and_unknown_order_raise(wires: searchidx.Archive, name: str) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        getattr(wires, name)("rate", offset=-1)
    with pytest.raises(
        ValueError, match="cannot sort hits by 'up': use one of relevance, best, fresh, newest, oldest, headline"
    ):
        getattr(wires, name)("rate", sort="up")


def test_reprints_are_one_group_in_hit_order(wires: searchidx.Archive) -> None:
    found = wires.groups("norway OR rate", 0.7, sort="newest")
    assert [[hit.id for hit in group.hits] for group in found] == [["mail", "post", "wire"], ["snow"], ["fish"]]
    assert (found.total, found.distinct, found.threshold) == (5, 3, 0.7)
    first = found.to_dicts()[0]
    assert (first["id"], [member["id"] for member in first["members"]]) == ("mail", ["post", "wire"])


def test_threshold_decides_the_number_of_groups(wires: searchidx.Archive) -> None:
    assert [wires.groups("rate", threshold).distinct for threshold in (0.6, 0.9, 1.0)] == [1, 2, 3]


def test_group_pages_follow_each_other(wires: searchidx.Archive) -> None:
    every = [group.hits[0].id for group in wires.groups("norway OR rate", 0.7, limit=None)]
    paged = [group.hits[0].id for n in range(4) for group in wires.groups("norway OR rate", 0.7, limit=1, offset=n)]
    assert paged == every
    assert len(every) == 3


def test_groups_hold_every_hit(wires: searchidx.Archive) -> None:
    grouped = [hit.id for group in wires.groups("norway OR rate", 0.5, limit=None) for hit in group.hits]
    assert sorted(grouped) == sorted(wires.ids("norway OR rate"))


@pytest.mark.parametrize("threshold", [0.0, -1, 1.01, float("nan")])
def test_threshold_is_above_0_and_at_most_1(wires: searchidx.Archive, threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold must be above 0 and at most 1"):
        wires.groups("rate", threshold)


def test_most_similar_articles_come_first(wires: searchidx.Archive) -> None:
    found = wires.similar("post")
    assert {hit.id for hit in found[:2]} == {"wire", "mail"}
    assert "post" not in [hit.id for hit in found]
    assert found.total == len(found)


def test_similar_to_an_unknown_id_raises(wires: searchidx.Archive) -> None:
    with pytest.raises(KeyError):
        wires.similar("nobody")


def test_similar_articles_are_sorted_by_score(corpus_index: Path) -> None:
    archive = searchidx.open(corpus_index)
    found = archive.similar("text/kishida-stoltenberg-tokyo.txt", limit=5)
    assert len(found) == 5
    assert any("nato" in archive.get(hit.id).body.casefold() for hit in found)
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_single_article_has_no_similar_ones(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        writer.add(Article("a", "Rain", "Rain fell."))
    archive.refresh()
    assert list(archive.similar("a")) == []


def test_notebook_table_highlights_matches(wires: searchidx.Archive) -> None:
    shown = wires.search('"central bank"')._repr_html_()
    assert shown.startswith("<table>")
    assert "<mark>central bank</mark>" in shown


def test_versions_equal_the_group_of_an_article(wires: searchidx.Archive) -> None:
    for id in ("post", "wire", "mail", "snow", "fish"):
        for threshold in (0.5, 0.8, 1.0):
            group = next(group for group in wires.groups("norway OR rates", threshold, limit=None)
                         if id in {hit.id for hit in group.hits})  # fmt: skip
            found = wires.versions(id, threshold)
            assert {hit.id for hit in found} == {hit.id for hit in group.hits} - {id}, (id, threshold)
            assert found.total == len(found)
    with pytest.raises(KeyError):
        wires.versions("nobody")
    with pytest.raises(ValueError, match="threshold must be"):
        wires.versions("post", 0)
