"""Locations of indexes, credentials of clusters, and that no password leaks."""

from __future__ import annotations

from pathlib import Path

import pytest

import searchidx
from searchidx import SearchidxError, UnavailableError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.locations import (
    ClusterLocation,
    local_folder,
    parse_location,
)
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.engines.opensearch.cluster_client import Cluster
from searchidx.engines.registry import engine_class


@pytest.mark.parametrize("index", ["index", "a/b", "/a b", "C:\\x", "opensearch:/x", "x://y", ""])
def test_path_is_a_folder(index: str) -> None:
    location = parse_location(index)
    assert location == Path(index)
    assert local_folder(location) == location
    assert engine_class(location) is EmbeddedEngine


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("opensearch://host/news", ClusterLocation(("host:9200",), "news")),
        ("opensearch://127.0.0.1:9201/news/", ClusterLocation(("127.0.0.1:9201",), "news")),
        ("opensearchs://one,two:9/a-b_c.2", ClusterLocation(("one:9200", "two:9"), "a-b_c.2", tls=True)),
        ("opensearch://[::1]:9200/news", ClusterLocation(("[::1]:9200",), "news")),
    ],
)
def test_cluster_address_is_parsed(index: str, expected: ClusterLocation) -> None:
    location = parse_location(index)
    assert location == expected
    assert local_folder(location) is None
    assert engine_class(location) is OpenSearchEngine
    assert parse_location(str(location)) == location
    assert parse_location(location) is location


def test_cluster_options_are_parsed() -> None:
    location = parse_location("opensearch://host/news?shards=4&replicas=0&timeout=5")
    assert isinstance(location, ClusterLocation)
    assert (location.shards, location.replicas, location.timeout) == (4, 0, 5)
    assert str(location) == "opensearch://host:9200/news"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("opensearch://host", "the name after the host is missing"),
        ("http://host:9200/news", "a cluster is written opensearch://host:9200/name"),
        ("https://host:9200/news", "a cluster is written opensearch://host:9200/name"),
        ("opensearch:///news", "the host is missing"),
        ("opensearch://host/News", "lower-case letters"),
        ("opensearch://host/a/b", "lower-case letters"),
        ("opensearch://host/_x", "lower-case letters"),
        ("opensearch://host/news?shard=1", "unknown option 'shard'; the options are shards, replicas, timeout"),
        ("opensearch://host/news?shards=0", "shards must be a number from 1 to 1024, not '0'"),
        ("opensearch://host/news?replicas=", "replicas must be a number from 0 to 10, not ''"),
    ],
)
def test_malformed_address_is_an_error_with_an_example(index: str, message: str) -> None:
    with pytest.raises(SearchidxError, match=message) as error:
        searchidx.open(index)
    assert "opensearch://host:9200/name" in str(error.value)


def test_password_in_an_address_is_rejected_and_not_repeated() -> None:
    with pytest.raises(SearchidxError, match="the address of a cluster must not hold a password") as error:
        searchidx.build(index="opensearch://ann:s3cret@host/news")
    assert "s3cret" not in repr(error.value)


TLS = ClusterLocation(("host:9200",), "news", tls=True)


@pytest.mark.parametrize(
    ("variables", "location", "message"),
    [
        ({"USER": "ann"}, TLS, "PASSWORD_FILE is not set"),
        ({"PASSWORD": "s3cret"}, TLS, "USER is not set"),
        ({"USER": "ann", "PASSWORD_FILE": "/no/such/file"}, TLS, "names /no/such/file, which cannot be read"),
        ({"CA": "/no/such/file"}, TLS, "CA names /no/such/file, which is not a file"),
        ({"USER": "ann", "PASSWORD": "s3cret"}, ClusterLocation(("host:9200",), "news"), "would be sent in the clear"),
        ({"TOKEN": "s3cret"}, ClusterLocation(("127.evil.example:9200",), "news"), "would be sent in the clear"),
        ({"TOKEN": "s3cret"}, ClusterLocation(("127.0.0.1:1", "host:9200"), "news"), "would be sent in the clear"),
    ],
)
def test_incomplete_or_unsafe_credentials_are_rejected(
    variables: dict[str, str], location: ClusterLocation, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SEARCHIDX_OPENSEARCH_{name}", value)
    with pytest.raises(SearchidxError, match=message) as error:
        Cluster(location)
    assert "s3cret" not in str(error.value)


def test_token_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("abc\n")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_TOKEN_FILE", str(tmp_path / "token"))
    cluster = Cluster(TLS)
    (connection,) = cluster._client.transport.connection_pool.connections
    assert (
        connection.headers["authorization" if "authorization" in connection.headers else "Authorization"]
        == "Bearer abc"
    )
    cluster.close()


def test_unreachable_cluster_is_reported() -> None:
    with pytest.raises(UnavailableError, match="nothing listens there"):
        searchidx.open("opensearch://127.0.0.1:1/news")
