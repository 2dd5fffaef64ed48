"""Where an index lies, who may ask, and that no password gets anywhere it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

import searchidx
from searchidx import SearchidxError, UnavailableError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.locations import (
    ClusterLocation,
    engine_of,
    folder_of,
    location_of,
)
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.engines.opensearch.cluster_client import Cluster


@pytest.mark.parametrize("index", ["index", "a/b", "/a b", "C:\\x", "opensearch:/x", "x://y", ""])
def test_a_folder(index: str) -> None:
    place = location_of(index)
    assert place == Path(index)
    assert folder_of(place) == place
    assert engine_of(place) is EmbeddedEngine


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("opensearch://host/news", ClusterLocation(("host:9200",), "news")),
        ("opensearch://127.0.0.1:9201/news/", ClusterLocation(("127.0.0.1:9201",), "news")),
        ("opensearchs://one,two:9/a-b_c.2", ClusterLocation(("one:9200", "two:9"), "a-b_c.2", tls=True)),
        ("opensearch://[::1]:9200/news", ClusterLocation(("[::1]:9200",), "news")),
    ],
)
def test_a_cluster(index: str, expected: ClusterLocation) -> None:
    place = location_of(index)
    assert place == expected
    assert folder_of(place) is None
    assert engine_of(place) is OpenSearchEngine
    assert location_of(str(place)) == place
    assert location_of(place) is place


def test_how_a_cluster_s_index_is_made() -> None:
    place = location_of("opensearch://host/news?shards=4&replicas=0&timeout=5")
    assert isinstance(place, ClusterLocation)
    assert (place.shards, place.replicas, place.timeout) == (4, 0, 5)
    assert str(place) == "opensearch://host:9200/news"


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("opensearch://host", "no name follows the host"),
        ("http://host:9200/news", "a cluster is written opensearch://host:9200/name"),
        ("https://host:9200/news", "a cluster is written opensearch://host:9200/name"),
        ("opensearch:///news", "no host is named"),
        ("opensearch://host/News", "lower-case letters"),
        ("opensearch://host/a/b", "lower-case letters"),
        ("opensearch://host/_x", "lower-case letters"),
        ("opensearch://host/news?shard=1", "'shard' is no option; there are shards, replicas, timeout"),
        ("opensearch://host/news?shards=0", "shards is a number from 1 to 1024, not '0'"),
        ("opensearch://host/news?replicas=", "replicas is a number from 0 to 10, not ''"),
    ],
)
def test_a_place_that_cannot_be(index: str, said: str) -> None:
    with pytest.raises(SearchidxError, match=said) as error:
        searchidx.open(index)
    assert "opensearch://host:9200/name" in str(error.value)


def test_a_password_in_a_place_is_refused_and_not_repeated() -> None:
    with pytest.raises(SearchidxError, match="a place on a cluster holds no password") as error:
        searchidx.build(index="opensearch://ann:s3cret@host/news")
    assert "s3cret" not in repr(error.value)


TLS = ClusterLocation(("host:9200",), "news", tls=True)


@pytest.mark.parametrize(
    ("variables", "place", "said"),
    [
        ({"USER": "ann"}, TLS, "PASSWORD_FILE is not set"),
        ({"PASSWORD": "s3cret"}, TLS, "USER is not set"),
        ({"USER": "ann", "PASSWORD_FILE": "/no/such/file"}, TLS, "names /no/such/file, which cannot be read"),
        ({"CA": "/no/such/file"}, TLS, "CA names /no/such/file, and there is no such file"),
        ({"USER": "ann", "PASSWORD": "s3cret"}, ClusterLocation(("host:9200",), "news"), "would be sent in the clear"),
        ({"TOKEN": "s3cret"}, ClusterLocation(("127.evil.example:9200",), "news"), "would be sent in the clear"),
        ({"TOKEN": "s3cret"}, ClusterLocation(("127.0.0.1:1", "host:9200"), "news"), "would be sent in the clear"),
    ],
)
def test_who_asks_is_said_whole_or_not_at_all(
    variables: dict[str, str], place: ClusterLocation, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SEARCHIDX_OPENSEARCH_{name}", value)
    with pytest.raises(SearchidxError, match=said) as error:
        Cluster(place)
    assert "s3cret" not in str(error.value)


def test_who_asks_is_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("abc\n")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_TOKEN_FILE", str(tmp_path / "token"))
    cluster = Cluster(TLS)
    (connection,) = cluster._client.transport.connection_pool.connections
    assert (
        connection.headers["authorization" if "authorization" in connection.headers else "Authorization"]
        == "Bearer abc"
    )
    cluster.close()


def test_nobody_is_there() -> None:
    with pytest.raises(UnavailableError, match="nobody listens there"):
        searchidx.open("opensearch://127.0.0.1:1/news")
