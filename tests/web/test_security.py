"""Rejected requests, security headers and the access log, on real server processes."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import signal
import socket
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from servers import Answer, Server, ask

import searchidx
from searchidx.web import server as server_module
from searchidx.web.middleware import rate_limit, security

Serving = Callable[..., AbstractContextManager[Server]]
Running = Callable[..., AbstractContextManager[int]]
SEARCH = "/api/v1/search?q=nato"


def problem(answer: Answer) -> tuple[int, str]:
    """The status and the type of a problem."""
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == answer.status
    return answer.status, document["type"].removeprefix("urn:searchidx:problem:")


# -- who can reach it --------------------------------------------------------------------------------------------


def test_server_listens_on_loopback_by_default(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index) as server:
        assert server.host == "127.0.0.1"
        assert server.ask(SEARCH).status == 200
        with socket.socket() as other:  # whoever listens on all addresses listens on this one, too
            other.settimeout(5)
            assert other.connect_ex(("127.0.0.2", server.port)) != 0


def test_public_host_requires_a_generated_token(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index, "--host", "0.0.0.0") as server:
        told = re.fullmatch(r"searchidx: the token is (\S{32}) .*\n", server.line())
        assert told is not None
        require_token(server, told[1])


def test_token_file_is_required_of_every_request(serving: Serving, corpus_index: Path, tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text("correct-horse-battery\n")
    for options in (["--host", "0.0.0.0"], []):  # whoever gives one wants it asked for
        with serving(corpus_index, *options, "--token-file", file) as server:
            require_token(server, "correct-horse-battery")


def require_token(server: Server, token: str) -> None:
    """Assert that every path requires the token, as a bearer token or as a password."""

    def basic(text: str) -> str:
        return "Basic " + b64encode(text.encode()).decode()

    for shown in (f"Bearer {token}", f"bearer  {token}", basic(f":{token}"), basic(f"anybody:{token}")):
        assert server.ask(SEARCH, Authorization=shown).status == 200
    for shown in ("", token, f"Bearer {token}x", "Bearer ", f"Bearer {token[:-1]}", basic(token), basic(f"{token}:"),
                  basic("a:b:" + token), "Basic !", "Basic", "Bearer \xff", f"Digest {token}"):  # fmt: skip
        for path in (SEARCH, "/", "/api/v1/openapi.json", "/nowhere"):
            answer = server.ask(path, **({"Authorization": shown} if shown else {}))
            assert problem(answer) == (401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Basic ")


def test_no_auth_allows_requests_without_token(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index, "--host", "0.0.0.0", "--no-auth") as server:
        assert server.ask(SEARCH).status == 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("short", "16 characters"),
        ("x" * 20 + " y", "one word"),
        ("é" * 20, "cannot read the token"),
        (None, "No such file"),
    ],
)
def test_invalid_token_file_is_rejected(
    run: Callable[..., Any], corpus_index: Path, tmp_path: Path, content: str | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content, encoding="utf-8")
    done = run("serve", "--index", corpus_index, "--port", 0, "--token-file", tmp_path / "token")
    assert done.code == 2
    assert reason in done.err


def test_failure_to_start_is_reported(run: Callable[..., Any], corpus_index: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--index", corpus_index, "--port", taken.getsockname()[1])
    assert (done.code, done.out) == (2, "")
    assert "port" in done.err
    done = run("serve", "--index", tmp_path, "--port", 0)
    assert done.code == 2
    assert "there is no index" in done.err


@pytest.mark.skipif(os.name != "posix", reason="by signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_stops_on_signal(serving: Serving, corpus_index: Path, number: signal.Signals) -> None:
    with serving(corpus_index) as server:
        assert server.ask(SEARCH).status == 200
        server.process.send_signal(number)
        _, said = server.process.communicate(timeout=30)
    assert server.process.returncode == -number
    assert re.fullmatch(r"[^\n]* GET /api/v1/search 200 [^\n]*\n", said)


def test_sockets_have_no_delay() -> None:
    """asyncio sets TCP_NODELAY only if `proto` is TCP; without it, later responses of a connection take 40 ms."""
    with server_module.listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as other:
        accepted, _ = listening.accept()
        assert other.getpeername() == accepted.getsockname()
        assert accepted.proto == socket.IPPROTO_TCP
        accepted.close()


# -- under which name --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_server_on_all_addresses_prints_one_that_works(serving: Serving, corpus_index: Path, host: str) -> None:
    if host == "::" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with serving(corpus_index, "--host", host, "--no-auth") as server:
        printed = server.host.strip("[]")
        assert printed not in ("0.0.0.0", "::")
        connection = http.client.HTTPConnection(printed, server.port, timeout=30)
        connection.request("GET", "/help")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize(
    ("options", "host", "status", "said"),
    [
        (["--token-file", "TOKEN"], "127.0.0.1", 401, "the password is the token"),
        ([], "evil.example", 421, "does not answer to the name"),
        (["--rate", "0.01"], "127.0.0.1", 429, "Load this page again in a moment"),
    ],
)
def test_rejected_browser_gets_a_page(
    serving: Serving, corpus_index: Path, tmp_path: Path, options: list[str], host: str, status: int, said: str
) -> None:
    """Programs get a problem document, also from an address of the API."""
    (tmp_path / "token").write_text("correct-horse-battery")
    with serving(corpus_index, *(str(tmp_path / "token") if each == "TOKEN" else each for each in options)) as server:
        if status == 429:
            assert server.ask("/help").status == 200
        page = server.ask("/?q=nato", Host=host, Accept="text/html,*/*;q=0.8")
        assert (page.status, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert said in page.body.decode()
        assert "content-security-policy" in page.headers
        assert page.headers["cache-control"] == "no-store"
        for path, accept in (("/?q=nato", "*/*"), (SEARCH, "text/html")):
            answer = server.ask(path, Host=host, Accept=accept)
            assert (answer.status, problem(answer)[0]) == (status, status)
            assert answer.headers.get("www-authenticate") == page.headers.get("www-authenticate")


def test_unknown_host_header_is_rejected(serving: Serving, corpus_index: Path) -> None:
    """Prevents DNS rebinding."""
    with serving(corpus_index, "--allow-host", "Archive.Example", "--allow-host", "news") as server:
        for host in ("localhost", "LOCALHOST:1234", "127.0.0.1", f"127.0.0.1:{server.port}", "[::1]", "[::1]:80",
                     "192.0.2.7", "archive.example", "archive.example:8000", "news"):  # fmt: skip
            assert server.ask(SEARCH, Host=host).status == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "0x7f.1",
                     "127.0.0.1@evil.example", "[::1].evil.example", "archive.example.", "2130706433", ""):  # fmt: skip
            for path in (SEARCH, "/", "/api/v1/openapi.json"):
                assert problem(server.ask(path, Host=host)) == (421, "unknown-host")


def test_other_sites_may_only_link(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index) as server:
        for site in ("cross-site", "same-site"):
            for mode, dest in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "script")):
                fetch = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
                assert problem(server.ask(SEARCH, **fetch)) == (403, "other-site")
            link = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
            assert server.ask(SEARCH, **link).status == 200
        for site in ("same-origin", "none"):
            assert server.ask(SEARCH, Sec_Fetch_Site=site, Sec_Fetch_Mode="cors").status == 200


def test_every_response_has_security_headers(
    running: Running, corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors and redirects have them, too."""
    monkeypatch.setattr(searchidx.Archive, "stats", lambda archive: 1 / 0)
    with running(corpus_index) as port:
        tag = ask(port, SEARCH).headers["etag"]
        answers = [
            ask(port, SEARCH),
            ask(port, SEARCH, If_None_Match=tag),
            ask(port, "/api/v1/export?q=nato"),
            ask(port, "/api/v1"),
            ask(port, "/api/v1/search?q=("),
            ask(port, "/nowhere"),
            ask(port, SEARCH, "POST"),
            ask(port, SEARCH, Host="evil.example"),
            ask(port, "/api/v1/stats"),
        ]
    assert [answer.status for answer in answers] == [200, 304, 200, 307, 400, 404, 405, 421, 500]
    for answer in answers:
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in str(policy)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


def test_paths_do_not_reach_files_on_disk(serving: Serving, corpus_index: Path) -> None:
    """Neither a path, in any encoding, nor an id reaches a file."""
    with serving(corpus_index) as server:
        for begin in ("", "/static", "/api/v1", "/api/v1/article", "/api/v1/export"):
            for name in ("../../../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd",
                         "....//....//etc/passwd", "..\\..\\etc\\passwd", "/etc/passwd", "%00", "manifest.json",
                         f"/{corpus_index}/manifest.json", "app.py", "../app.py"):  # fmt: skip
                answer = server.ask(f"{begin}/{name}")
                assert (answer.status, b"root:" in answer.body, b"import" in answer.body) == (404, False, False)
        for id in (f"{corpus_index}/manifest.json", "../index/manifest.json", "/etc/passwd", "file:///etc/passwd"):
            assert problem(server.ask(f"/api/v1/article?id={id}")) == (404, "unknown-id")


# -- how much ----------------------------------------------------------------------------------------------------


def test_slow_requests_time_out(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index, "--timeout", "0.00001") as server:
        for path in ("search?q=nato+OR+bank*", "groups?q=the", "facets?q=the&field=byline", "terms?q=the",
                     "kwic?q=the", "hits?q=the", "timeline?q=the+w/5+a&count_words=true", "explain?q=a+b",
                     "similar?id=feeds/wire.jsonl%232"):  # fmt: skip
            answer = server.ask(f"/api/v1/{path}")
            assert problem(answer) == (422, "too-much-work")
            assert "1e-05 seconds" in answer.json()["detail"]


def test_requests_beyond_the_queue_are_rejected(
    running: Running, corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def blocked(*_: object, **__: object) -> Any:
        begun.release()
        assert go_on.wait(30)
        raise searchidx.QueryError("", [])

    monkeypatch.setattr(searchidx.Archive, "explain", blocked)
    found: list[int] = []
    with running(corpus_index, max_running=2, max_waiting=0) as port:
        threads = [
            threading.Thread(target=lambda: found.append(ask(port, "/api/v1/explain?q=a").status)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert begun.acquire(timeout=30)
        turned_away = ask(port, SEARCH)
        go_on.set()
        for thread in threads:
            thread.join(30)
        assert ask(port, SEARCH).status == 200
    assert problem(turned_away) == (503, "busy")
    assert turned_away.headers["retry-after"] == "1"
    assert found == [400, 400]


def test_waiting_requests_time_out(running: Running, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    begun = threading.Event()

    def blocked(*_: object, **__: object) -> Any:
        begun.set()
        assert go_on.wait(30)
        raise searchidx.QueryError("", [])

    monkeypatch.setattr(searchidx.Archive, "explain", blocked)
    with running(corpus_index, max_running=1, timeout=0.2) as port:
        thread = threading.Thread(target=ask, args=(port, "/api/v1/explain?q=a"))
        thread.start()
        assert begun.wait(30)
        answer = ask(port, SEARCH)
        go_on.set()
        thread.join(30)
        assert ask(port, SEARCH).status == 200
    assert problem(answer) == (503, "busy")
    assert "0.2 seconds" in answer.json()["detail"]


def test_rate_limit_applies_per_client(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index, "--rate", "0.01") as server:
        assert server.ask(SEARCH).status == 200
        answer = server.ask(SEARCH)
    assert problem(answer) == (429, "too-many-requests")
    assert 90 <= int(answer.headers["retry-after"]) <= 100


def test_rate_limiter_refills_and_bounds_its_buckets() -> None:
    """With a fake clock: a burst, then a fixed rate per client; the number of remembered clients is bounded."""
    now = 0.0
    limits = rate_limit.RateLimiter(2.0, lambda: now)
    assert [limits.acquire("192.0.2.1") for _ in range(7)] == [0.0] * 6 + [0.5]
    assert limits.acquire("192.0.2.2") == 0.0
    now = 0.5
    assert [limits.acquire("192.0.2.1"), limits.acquire("192.0.2.1")] == [0.0, 0.5]
    now = 1000.0
    assert [limits.acquire("192.0.2.1") for _ in range(7)] == [0.0] * 6 + [0.5]
    six = [limits.acquire(f"2001:db8::{n}") for n in range(7)]  # one client has all of these
    assert six == [0.0] * 6 + [0.5]
    assert limits.acquire("2001:db8:0:1::1") == 0.0
    four = [limits.acquire(f"::ffff:192.0.2.{n}") for n in range(101, 108)]  # as a socket for IPv6, too, tells IPv4
    assert four == [0.0] * 7
    for n in range(rate_limit.MAX_CLIENTS + 10):
        limits.acquire(f"client {n}")
    assert len(limits._buckets) == rate_limit.MAX_CLIENTS
    assert limits.acquire(f"client {n}") == 0.0


def test_large_requests_are_rejected(running: Running, corpus_index: Path) -> None:
    with running(corpus_index) as port:
        longest = "a" * (security.MAX_TARGET_BYTES - len(SEARCH) + 1)  # the question mark does not count
        assert ask(port, SEARCH + longest).status == 200
        assert problem(ask(port, f"{SEARCH}{longest}a")) == (414, "address-too-long")
        too_long = raw(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * server_module.MAX_HEAD_BYTES)
        assert too_long.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in too_long
        for begin in (b"Content-Length: 70000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"):
            answer = raw(port, b"GET /api/v1/stats HTTP/1.1\r\nHost: localhost\r\n" + begin)
            assert answer.startswith(b"HTTP/1.1 413 ")


def raw(port: int, request: bytes) -> bytes:
    """Send bytes; return all that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        found = b""
        while piece := connection.recv(1 << 16):
            found += piece
    return found


def test_malformed_requests_get_a_problem(running: Running, corpus_index: Path) -> None:
    with running(corpus_index) as port:
        for request in (b"hello\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"):
            answer = raw(port, request)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 ")
            assert b"content-security-policy" in head.lower()
            assert json.loads(body)["type"] == "urn:searchidx:problem:bad-request"
        assert ask(port, SEARCH).status == 200


def test_incomplete_request_is_disconnected(
    running: Running, corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "HEAD_TIMEOUT", 0.05)
    with running(corpus_index) as port:
        for begun in (b"", b"GET / HTTP/1.1\r\nHost: loc"):
            assert raw(port, begun) == b""


# -- what is written down ----------------------------------------------------------------------------------------


def test_log_omits_queries_by_default(serving: Serving, corpus_index: Path) -> None:
    with serving(corpus_index) as server:
        server.ask("/api/v1/search?q=whistleblower")
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 127.0.0.1 GET /api/v1/search 200 \d+\.\d ms\n", server.line()
        )
    with serving(corpus_index, "--log-queries") as server:
        server.ask("/api/v1/search?q=whistleblower")
        assert " GET /api/v1/search?q=whistleblower 200 " in server.line()


@pytest.mark.parametrize("log_queries", [False, True])
def test_log_has_traceback_of_internal_errors(
    running: Running,
    corpus_index: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    log_queries: bool,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("whistleblower")

    with running(corpus_index, log_queries=log_queries) as port, caplog.at_level(logging.INFO):
        monkeypatch.setattr(searchidx.Archive, "search", broken)
        assert problem(ask(port, "/api/v1/search?q=whistleblower")) == (500, "fault")
    assert "RuntimeError" in caplog.text
    assert "in broken" in caplog.text
    assert ("whistleblower" in caplog.text.replace('RuntimeError("whistleblower")', "")) is log_queries
