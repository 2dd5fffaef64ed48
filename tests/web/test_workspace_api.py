"""Labels, notes and alerts over HTTP: what they answer, who may write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

import searchidx
from searchidx.web.operation import PREFIX

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def writer(client_of: Callable[..., TestClient], corpus_index: Path, workspace: Path) -> TestClient:
    """A client of a server that writes."""
    return client_of(corpus_index, workspace=workspace, can_write=True)


def _get(client: TestClient, name: str, /, **parameters: Any) -> Any:
    answer = client.get(f"{PREFIX}/{name}", params=parameters)
    if answer.status_code == 200 and (path := SCHEMAS / f"{name}.json").exists():
        Draft202012Validator(json.loads(path.read_text())).validate(answer.json())
    return answer.json()


def _post(client: TestClient, name: str, /, **parameters: Any) -> Any:
    return client.post(f"{PREFIX}/{name}", params=parameters)


def test_labels_and_notes(writer: TestClient) -> None:
    assert _post(writer, "label", name="seen", q="nato").json() == {"version": 1, "changed": 5, "articles": 5}
    assert _post(writer, "label", name="Seen", id=["hg-1001", "hg-1002"]).json()["changed"] == 2
    assert _post(writer, "unlabel", name="seen", id="hg-1002").json()["changed"] == 1
    assert _post(writer, "annotate", id="hg-1001", text="ask the desk").json()["changed"] == 1
    assert _get(writer, "search", q="label:seen -nato")["total"] == 1
    assert _get(writer, "search", q="note:desk")["hits"][0]["id"] == "hg-1001"
    assert _get(writer, "note", id="hg-1001") == {"version": 1, "id": "hg-1001", "text": "ask the desk"}
    assert _get(writer, "labels")["labels"] == [{"name": "seen", "color": "blue", "articles": 6, "gone": 0}]
    table = writer.get(f"{PREFIX}/labelled", params={"q": "note:desk"}).text
    assert table == "id,label,note\r\nhg-1001,seen,ask the desk\r\n"


def test_agreement(writer: TestClient) -> None:
    _post(writer, "label", name="relevant@anna", q="nato")
    _post(writer, "label", name="relevant@ben", q="nato OR taiwan")
    found = _get(writer, "agreement", label="relevant", among="*")
    assert (found["coders"], found["articles"]) == (["anna", "ben"], 71)
    assert _get(writer, "agreement", label="unknown")["parameter"] == "label"


def test_alert_without_targets_has_a_feed(writer: TestClient, corpus_index: Path, workspace: Path) -> None:
    assert _post(writer, "follow", name="strait", q="label:new").json() == {"version": 1, "changed": 1, "articles": 0}
    assert _post(writer, "follow", name="strait", q="x").status_code == 400
    _post(writer, "label", name="new", id="hg-1001")
    with searchidx.open(corpus_index, workspace=workspace) as archive:
        archive.run_alerts("strait")
    (article,) = _get(writer, "reported", name="strait")["articles"]
    assert (article["id"], article["reason"]) == ("hg-1001", "changed")
    feed = writer.get(f"{PREFIX}/alertfeed", params={"name": "strait"})
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert "hg-1001" in feed.text
    assert _get(writer, "alerts")["alerts"][0]["targets"] == []
    assert _post(writer, "unfollow", name="strait").json()["changed"] == 1
    assert _post(writer, "unfollow", name="strait").status_code == 404


def test_targets_are_not_shown(writer: TestClient, corpus_index: Path, workspace: Path) -> None:
    with searchidx.open(corpus_index, workspace=workspace) as archive:
        archive.add_alert("a", "nato", targets=[{"kind": "webhook", "url": "https://hooks.example.org/secret"}])
    assert _get(writer, "alerts")["alerts"][0]["targets"] == [{"kind": "webhook"}]


def test_server_without_workspace_option_only_reads(
    client_of: Callable[..., TestClient], corpus_index: Path, workspace: Path
) -> None:
    with searchidx.open(corpus_index, workspace=workspace) as archive:
        archive.workspace.labels.add("seen", archive.ids("nato"))
    client = client_of(corpus_index, workspace=workspace)
    assert _get(client, "search", q="label:seen")["total"] == 5
    for name, parameters in {
        "label": {"name": "x", "q": "nato"},
        "unlabel": {"name": "seen", "q": "nato"},
        "annotate": {"id": "hg-1001", "text": "x"},
        "follow": {"name": "x", "q": "nato"},
        "unfollow": {"name": "x"},
    }.items():
        refused = _post(client, name, **parameters)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:searchidx:problem:read-only")
    assert _get(client, "labels")["labels"][0]["articles"] == 5


def test_writing_needs_post_and_the_token(
    client_of: Callable[..., TestClient], corpus_index: Path, workspace: Path
) -> None:
    client = client_of(corpus_index, workspace=workspace, can_write=True, token="t" * 20)
    url = f"{PREFIX}/label?name=x&q=nato"
    assert client.post(url).status_code == 401
    assert client.get(url, headers={"Authorization": f"Bearer {'t' * 20}"}).status_code == 405
    assert client.post(url, headers={"Authorization": f"Bearer {'t' * 20}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_cannot_write(writer: TestClient, headers: dict[str, str]) -> None:
    refused = writer.post(f"{PREFIX}/label?name=x&q=nato", headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:searchidx:problem:other-site")
    assert writer.post(f"{PREFIX}/label?name=x&q=nato", headers={"Origin": "http://127.0.0.1:8000"}).status_code == 200


def test_etag_changes_with_the_workspace(writer: TestClient) -> None:
    def ask(tag: str = "") -> Any:
        return writer.get(f"{PREFIX}/search?q=label:seen", headers={"If-None-Match": tag})

    first = ask()
    assert ask(first.headers["etag"]).status_code == 304
    _post(writer, "label", name="seen", q="nato")
    second = ask(first.headers["etag"])
    assert (second.status_code, second.json()["total"]) == (200, 5)


@pytest.mark.parametrize(
    ("name", "parameters", "status"),
    [
        ("label", {"name": "a b", "q": "nato"}, 400),
        ("label", {"name": "x"}, 400),
        ("label", {"name": "x", "q": "nato", "id": "hg-1001"}, 400),
        ("label", {"name": "x", "id": "unknown"}, 404),
        ("label", {"name": "x", "q": "(nato"}, 400),
        ("annotate", {"id": "unknown", "text": "x"}, 404),
        ("annotate", {"id": "hg-1001", "text": "x" * 20_001}, 400),
        ("follow", {"name": "x", "q": "nato", "every": "soon"}, 400),
    ],
)
def test_bad_requests_change_nothing(
    writer: TestClient, workspace: Path, name: str, parameters: dict[str, str], status: int
) -> None:
    assert _post(writer, name, **parameters).status_code == status
    assert _get(writer, "labels")["labels"] == []
    assert _get(writer, "alerts")["alerts"] == []


def test_page_shows_labels_in_their_colours_and_filters_by_them(writer: TestClient) -> None:
    assert "label-blue" not in writer.get("/?q=nato").text
    _post(writer, "label", name="relevant@anna", id="text/kishida-stoltenberg-tokyo.txt")
    page = writer.get("/?q=nato").text
    assert page.count('class="label label-blue"') == 1
    assert "label%3Arelevant%40anna" in page
    assert ">Label<" in page
    assert writer.get("/?q=nato+label:relevant@anna").text.count('class="label label-blue"') == 1
