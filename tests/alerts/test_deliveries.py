"""Deliveries to real receivers on the loopback interface: what arrives, what fails, what is tried again."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import io
import json
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import searchidx
from searchidx.alerts import deliveries, run
from searchidx.alerts.deliveries import DeliveryContext, DeliveryError, check_target, deliver
from searchidx.archive import Archive
from searchidx.errors import AlertError
from searchidx.workspace.alerts import Delivery, Target

CERTIFICATE = Path(__file__).with_name("localhost.pem")
HOSTILE = '<script>alert("x")</script> & nato\r\nBcc: victim@example.org'


@pytest.fixture
def alarmed(make_archive: Callable[..., Archive]) -> Callable[..., Archive]:
    """An archive with an alert to some targets, and two articles that it has not reported."""

    def make(*targets: Target) -> Archive:
        archive = make_archive()
        archive.add_alert("nato", "nato", targets=targets)
        with archive.writer() as writer:
            writer.add(
                searchidx.Article(id="a<b>", headline=HOSTILE, body="NATO met.", url="https://example.org/?a=1&b")
            )
            writer.add(
                searchidx.Article(id="b", headline="Talks", body="The Nato talks.", date="2001", source="Ledger")
            )
        archive.refresh()
        return archive

    return make


def _pending(archive: Archive) -> list[Delivery]:
    return archive.workspace.alerts.pending("9999")


# -- standard output, files, commands ----------------------------------------------------------------------------------


def test_digest_is_printed_once(alarmed: Callable[..., Archive]) -> None:
    archive = alarmed({"kind": "stdout"})
    out = io.StringIO()
    done = run(archive, out=out)
    assert (done.delivered, done.failures) == (1, ())
    assert out.getvalue() == (
        "nato: 2 articles for nato\n\n"
        '1. <script>alert("x")</script> & nato Bcc: victim@example.org\n   new · undated\n   NATO met.\n'
        "   https://example.org/?a=1&b\n   a<b>\n\n"
        "2. Talks\n   late arrival · 2001 · Ledger\n   The Nato talks.\n   b\n"
    )
    assert run(archive, out=out).delivered == 0


def test_json_lines_name_alert_delivery_and_reason(alarmed: Callable[..., Archive], tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"a line that a crash cut')
    out = io.StringIO()
    archive = alarmed({"kind": "stdout", "format": "jsonl"}, {"kind": "file", "path": str(path)})
    assert run(archive, out=out).delivered == 2
    cut, *lines = path.read_text().splitlines()
    assert cut == '{"a line that a crash cut'
    rows = [json.loads(line) for line in lines]
    assert [(row["id"], row["reason"], row["alert"], row["version"]) for row in rows] == [
        ("a<b>", "new", "nato", 1),
        ("b", "late", "nato", 1),
    ]
    assert len({row["delivery"] for row in rows}) == 1
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == ["a<b>", "b"]


def test_command_gets_json_and_no_shell(alarmed: Callable[..., Archive], tmp_path: Path) -> None:
    path = tmp_path / "got"
    code = (
        "import json, os, sys; data = json.load(sys.stdin); "
        "print(sys.argv[2:], os.environ['SEARCHIDX_ALERT'], os.environ['SEARCHIDX_DELIVERY'] == data['delivery'], "
        "[each['id'] for each in data['articles']], file=open(sys.argv[1], 'w'))"
    )
    arguments = [sys.executable, "-c", code, str(path), "$(touch x); `touch y`", "*"]
    assert run(alarmed({"kind": "command", "arguments": arguments})).failures == ()
    assert path.read_text() == "['$(touch x); `touch y`', '*'] nato True ['a<b>', 'b']\n"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (
            {"kind": "command", "arguments": [sys.executable, "-c", "import sys; sys.exit('no desk')"]},
            "code 1: no desk",
        ),
        ({"kind": "command", "arguments": ["/no/such/program"]}, "No such file"),
        ({"kind": "file", "path": "/no/such/folder/x"}, "No such file"),
        ({"kind": "feed", "path": "/no/such/folder/x"}, "No such file"),
    ],
)
def test_failed_delivery_is_kept_and_repeated_with_its_id(
    alarmed: Callable[..., Archive], target: dict[str, Any], reason: str
) -> None:
    archive = alarmed(target, {"kind": "stdout"})
    out = io.StringIO()
    done = run(archive, out=out)
    assert done.delivered == 1  # the other target gets its own
    ((name, said),) = done.failures
    assert (name, reason in said) == ("nato", True)
    (alert,) = archive.workspace.alerts.all()
    assert (alert.pending, reason in alert.error) == (1, True)
    assert run(archive, out=out).failures == ()  # it waits before it tries again
    (delivery,) = _pending(archive)
    archive.workspace.alerts.record_failure(delivery, "again")
    assert [each.id for each in _pending(archive)] == [delivery.id]
    assert _pending(archive)[0].payload == delivery.payload


def test_feed_lists_what_was_reported(alarmed: Callable[..., Archive], tmp_path: Path) -> None:
    path = tmp_path / "nato.atom"
    archive = alarmed({"kind": "feed", "path": str(path)})
    run(archive)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = ET.fromstring(path.read_text()).findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}title") for entry in entries] == ["Talks", " ".join(HOSTILE.split())]
    first_ids = [entry.findtext(f"{atom}id") for entry in entries]
    with archive.writer() as writer:
        writer.delete("b")
        writer.add(searchidx.Article(id="c", headline="nato", body="-"))
    archive.refresh()
    run(archive)
    entries = ET.fromstring(path.read_text()).findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}id") for entry in entries][1:] == first_ids
    assert entries[1].findtext(f"{atom}summary") == "b is no longer in the archive"


def test_deleted_articles_leave_deliveries(alarmed: Callable[..., Archive]) -> None:
    archive = alarmed({"kind": "stdout"})
    archive.run_alerts("nato")
    archive.workspace.alerts.forget(["a<b>"])
    assert [each["id"] for each in _pending(archive)[0].payload["articles"]] == ["b"]


# -- webhook -----------------------------------------------------------------------------------------------------------


class Hook:
    """A web server that answers with a list of statuses, the last one for ever."""

    def __init__(self) -> None:
        self.statuses = [204]
        self.requests: list[tuple[dict[str, str], bytes]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(hook.statuses.pop(0) if len(hook.statuses) > 1 else hook.statuses[0])
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def _deliver(archive: Archive) -> list[float]:
    """Make the one pending delivery; returns the seconds that it waited."""
    if not _pending(archive):
        archive.run_alerts("nato")
    waits: list[float] = []
    deliver(_pending(archive)[0], DeliveryContext(archive, io.StringIO(), waits.append))
    return waits


def test_webhook_is_signed(alarmed: Callable[..., Archive], hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key\n")
    archive = alarmed({"kind": "webhook", "url": hook.url, "secret_file": str(tmp_path / "secret")})
    assert _deliver(archive) == []
    ((headers, body),) = hook.requests
    assert headers["x-searchidx-signature"] == f"sha256={hmac.new(b'key', body, hashlib.sha256).hexdigest()}"
    assert headers["content-type"] == "application/json"
    document = json.loads(body)
    assert headers["x-searchidx-delivery"] == document["delivery"] == _pending(archive)[0].id
    assert [each["id"] for each in document["articles"]] == ["a<b>", "b"]


def test_webhook_is_tried_again_with_the_same_id(alarmed: Callable[..., Archive], hook: Hook) -> None:
    hook.statuses = [503, 429, 200]
    archive = alarmed({"kind": "webhook", "url": hook.url})
    assert _deliver(archive) == [1.0, 4.0]
    assert len({headers["x-searchidx-delivery"] for headers, _ in hook.requests}) == 1
    hook.statuses = [500]
    with pytest.raises(DeliveryError, match="answered 500"):
        _deliver(archive)
    assert len(hook.requests) == 6


@pytest.mark.parametrize("status", [400, 404, 301, 307])
def test_refusals_and_redirects_are_not_tried_again(alarmed: Callable[..., Archive], hook: Hook, status: int) -> None:
    hook.statuses = [status]
    with pytest.raises(DeliveryError, match=f"answered {status}"):
        _deliver(alarmed({"kind": "webhook", "url": hook.url}))
    assert len(hook.requests) == 1


def test_unreachable_webhook_fails(alarmed: Callable[..., Archive], hook: Hook) -> None:
    archive = alarmed({"kind": "webhook", "url": hook.url})
    hook.server.server_close()
    hook.server.shutdown()
    with pytest.raises(DeliveryError, match="refused"):
        _deliver(archive)


# -- e-mail ------------------------------------------------------------------------------------------------------------


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it gets."""

    daemon_threads = True

    def __init__(self, implicit_tls: bool, offers_tls: bool = True) -> None:
        self.implicit_tls, self.offers_tls = implicit_tls, offers_tls
        self.messages: list[Any] = []
        self.recipients: list[str] = []
        self.logins: list[str] = []
        self.was_encrypted: list[bool] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATE)
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: object) -> None:
        pass  # a client that does not trust the certificate hangs up


class MailHandler(socketserver.BaseRequestHandler):
    server: MailServer
    connection: Any
    lines: Any

    def handle(self) -> None:
        self.connection, self.lines = self.request, None
        try:
            if self.server.implicit_tls:
                self.encrypt()
            self.lines = self.connection.makefile("rb")
            self.say("220 test")
            while line := self.lines.readline().decode().strip():
                if line.upper() == "QUIT":
                    self.say("221 bye")
                    return
                self.answer(line, line.split()[0].upper())
        finally:
            if self.lines is not None:
                self.lines.close()
            self.connection.close()

    def say(self, line: str) -> None:
        self.connection.sendall(f"{line}\r\n".encode())

    def encrypt(self) -> None:
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def answer(self, line: str, verb: str) -> None:
        if verb == "EHLO":
            self.say("250-test")
            if self.server.offers_tls and not self.is_encrypted:
                self.say("250-STARTTLS")
            self.say("250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self.say("220 go")
            self.lines.close()
            self.encrypt()
            self.lines = self.connection.makefile("rb")
        elif verb == "AUTH":
            self.server.logins.append(line)
            self.say("235 ok")
        elif verb == "DATA":
            self.say("354 go")
            data = b""
            while (more := self.lines.readline()) != b".\r\n":
                data += more
            self.server.messages.append(email.message_from_bytes(data, policy=email.policy.default))
            self.server.was_encrypted.append(self.is_encrypted)
            self.say("250 ok")
        else:
            if verb == "RCPT":
                self.server.recipients.append(line)
            self.say("550 no" if "refused" in line else "250 ok")


def _mail(server: MailServer, **settings: Any) -> dict[str, Any]:
    scheme = "smtps" if server.implicit_tls else "smtp"
    return {
        "kind": "mail",
        "to": ["me@example.org", "desk@example.org"],
        "sender": "archive@example.org",
        "server": f"{scheme}://{settings.pop('user', '')}localhost:{server.port}",
        "ca_file": str(CERTIFICATE),
        **settings,
    }


@pytest.fixture(params=[True, False], ids=["smtps", "starttls"])
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    server = MailServer(request.param)
    yield server
    server.shutdown()
    server.server_close()


def test_mail_has_text_and_html_over_tls(
    alarmed: Callable[..., Archive], mail_server: MailServer, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    target = _mail(mail_server, user="me%40example.org@", password_file=str(tmp_path / "password"))
    archive = alarmed(target)
    _deliver(archive)
    (message,) = mail_server.messages
    assert mail_server.was_encrypted == [True]
    assert len(mail_server.logins) == 1
    assert len(mail_server.recipients) == 2
    assert (message["Subject"], message["From"]) == ("nato: 2 articles", "archive@example.org")
    assert message["Message-ID"] == f"<{_pending(archive)[0].id}@searchidx>"
    assert message["Bcc"] is None
    text, html = (part.get_content() for part in message.iter_parts())
    assert "2. Talks" in text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert '<a href="https://example.org/?a=1&amp;b" rel="noreferrer">' in html
    assert "The <b>Nato</b> talks." in html


def test_untrusted_certificate_is_refused(alarmed: Callable[..., Archive], mail_server: MailServer) -> None:
    target = _mail(mail_server)
    del target["ca_file"]
    with pytest.raises(DeliveryError, match="certificate"):
        _deliver(alarmed(target))
    assert mail_server.messages == []


def test_refused_recipient_and_missing_password_are_failures(
    alarmed: Callable[..., Archive], mail_server: MailServer
) -> None:
    with pytest.raises(DeliveryError, match="refused@"):
        _deliver(alarmed(_mail(mail_server, to=["refused@example.org"])))
    with pytest.raises(DeliveryError, match="password"):
        _deliver(alarmed(_mail(mail_server, user="me@")))


def test_other_machines_must_offer_tls(alarmed: Callable[..., Archive], monkeypatch: pytest.MonkeyPatch) -> None:
    server = MailServer(implicit_tls=False, offers_tls=False)
    target = _mail(server)
    _deliver(alarmed(target))
    assert server.was_encrypted == [False]  # on this machine
    monkeypatch.setattr(deliveries, "is_loopback", lambda host: False)
    with pytest.raises(DeliveryError, match="STARTTLS"):
        _deliver(alarmed(target))
    server.shutdown()
    server.server_close()


# -- targets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"kind": "telegram"},
        {"kind": "file"},
        {"kind": "stdout", "path": "x"},
        {"kind": "command", "arguments": []},
        {"kind": "webhook", "url": "http://example.org/"},
        {"kind": "webhook", "url": "ftp://localhost/"},
        {"kind": "webhook", "url": "https://me:secret@example.org/"},
        {"kind": "webhook", "url": "https:///x"},
        {"kind": "mail", "to": ["a@b"], "sender": "a@b", "server": "mail.example.org"},
        {"kind": "mail", "to": ["a@b"], "sender": "a@b", "server": "smtp://me:secret@host"},
        {"kind": "mail", "to": ["a@b"], "sender": "a@b", "server": "smtp://host:port"},
        {"kind": "mail", "to": ["a@b"], "sender": "a@b", "server": "smtps://user-without-password@host"},
        {"kind": "mail", "to": ["a@b"], "sender": "a@b"},
    ],
)
def test_impossible_targets_are_refused(target: dict[str, Any]) -> None:
    with pytest.raises(AlertError):
        check_target("a", target)


def test_targets_of_a_stranger_do_nothing(
    alarmed: Callable[..., Archive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace that comes with somebody's archive must not run commands or write files."""
    path = tmp_path / "written"
    archive = alarmed({"kind": "file", "path": str(path)}, {"kind": "command", "arguments": ["touch", str(path)]})
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other-user"))
    monkeypatch.setenv("HOME", str(tmp_path / "other-user"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "other-user"))
    done = run(archive)
    assert done.delivered == 0
    assert all("not set up by this user" in reason for _, reason in done.failures)
    assert not path.exists()
    monkeypatch.undo()
    with archive.workspace.store.transaction() as connection:
        connection.execute("UPDATE deliveries SET retry_at = '', target = replace(target, 'written', 'elsewhere')")
    assert run(archive).delivered == 0
    assert not (tmp_path / "elsewhere").exists()


def test_two_runs_do_not_overlap(alarmed: Callable[..., Archive], monkeypatch: pytest.MonkeyPatch) -> None:
    from searchidx.alerts import runner
    from searchidx.errors import WorkspaceError
    from searchidx.file_lock import FileLock

    archive = alarmed({"kind": "stdout"})
    lock = FileLock(archive.workspace.path.with_name(archive.workspace.path.name + "-lock"), 0)
    monkeypatch.setattr(runner, "LOCK_SECONDS", 0.05)
    with pytest.raises(WorkspaceError, match="another process"):
        run(archive, out=io.StringIO())
    lock.release()
    assert run(archive, out=io.StringIO()).delivered == 1
