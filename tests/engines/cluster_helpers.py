"""Helpers for tests on a cluster: archives at locations, nodes behind proxies, waiting."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from faulty_proxy import FaultyProxy

import searchidx
from searchidx import Article
from searchidx.engines.testing.random_articles import article_id, random_article
from testcluster.nodes import LocalCluster

QUERIES = (
    "bank",
    "NOT bank",
    '"interest rates"',
    "japan*",
    "bank w/5 rate",
    "headline:general OR date:2023",
    "atleast3(the)",
)


def random_articles(count: int, seed: int) -> list[Article]:
    rng = random.Random(seed)
    return [random_article(rng, article_id(n)) for n in range(count)]


def create_archive(location: str | Path, articles: Sequence[Article]) -> None:
    with searchidx.create(location).writer() as writer:
        for each in articles:
            writer.add(each)


def all_ids(location: str) -> list[str]:
    """The ids of all articles; asserts that every way to count them agrees."""
    with searchidx.open(location) as archive:
        ids = archive.ids("*")
        assert archive.search("*").total == len(archive) == len(ids)
        return ids


def answers(location: str | Path) -> dict[str, list[str]]:
    """The ids that each of `QUERIES` finds; asserts that totals agree."""
    with searchidx.open(location) as archive:
        found = {query: archive.ids(query) for query in QUERIES}
        assert {query: archive.search(query).total for query in QUERIES} == {q: len(ids) for q, ids in found.items()}
        return found


def archive_name(location: str) -> str:
    return location.rpartition("/")[2]


def locate(cluster: LocalCluster, name: str, options: str = "") -> str:
    """The location of an archive on all nodes of a cluster."""
    hosts = ",".join(cluster.url(node).partition("://")[2] for node in cluster.names)
    return f"opensearch{'s' if cluster.is_secure else ''}://{hosts}/{name}{options}"


@contextmanager
def proxied(location: str) -> Iterator[tuple[FaultyProxy, str]]:
    """A proxy before the node of a location, and the location through it."""
    host, _, name = location.removeprefix("opensearch://").partition("/")
    with FaultyProxy(int(host.rpartition(":")[2])) as proxy:
        yield proxy, f"opensearch://127.0.0.1:{proxy.port}/{name}"


def wait_until(condition: Callable[[], bool], timeout: float = 180.0) -> None:
    """Wait for what a cluster does in the background."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        threading.Event().wait(0.1)
