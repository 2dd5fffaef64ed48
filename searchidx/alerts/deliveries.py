"""Kinds of deliveries: standard output, a file, a command, a webhook, e-mail, an Atom feed.

A target is a mapping with its `kind` and the settings of that kind, as `TARGET_KINDS` lists them. Passwords and secrets
are in files that it names. A delivery either succeeds or raises `DeliveryError`; it is then repeated with the same id,
which a webhook gets as a header, a mail as its Message-ID, a command as a variable, and JSON as `delivery`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlsplit

from searchidx.archive import Archive
from searchidx.engines.embedded.segment_file import sync_folder
from searchidx.errors import AlertError
from searchidx.loopback import is_loopback
from searchidx.render.digest import atom_feed, html_digest, subject, text_digest
from searchidx.version import __version__
from searchidx.workspace.alerts import Delivery, Target
from searchidx.workspace.seal import is_sealed

if TYPE_CHECKING:
    import smtplib

NETWORK_SECONDS = 15.0
"""How long a server may take to answer."""
COMMAND_SECONDS = 300.0
"""How long a command may take."""
RETRY_DELAYS = (1.0, 4.0)
"""Seconds before a webhook is tried again within a run, if its server is unreachable or busy."""
FEED_ENTRIES = 100
"""Entries of an Atom feed."""
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class DeliveryError(Exception):
    """Raised for a delivery that fails; the message says why."""


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What deliveries use: the archive, standard output, and a function that waits."""

    archive: Archive
    out: TextIO
    sleep: Callable[[float], None] = time.sleep


def deliver(delivery: Delivery, context: DeliveryContext) -> None:
    """Make a delivery; raises `DeliveryError`."""
    if not is_sealed(delivery.target):
        raise DeliveryError(
            f"the delivery to a {delivery.target['kind']} was not set up by this user on this machine: "
            "if you trust it, add the alert again"
        )
    try:
        TARGET_KINDS[delivery.target["kind"]][1](delivery, context)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DeliveryError(f"{error.filename}: {reason}" if error.filename else reason) from error


def check_target(name: str, target: Target) -> None:
    """Raise `AlertError` if a target has an unknown kind or settings, or cannot work."""
    if target.get("kind") not in TARGET_KINDS:
        raise AlertError(name, f"no kind of delivery {target.get('kind')!r}: use one of {', '.join(TARGET_KINDS)}")
    settings, _ = TARGET_KINDS[target["kind"]]
    if unknown := set(target) - {"kind", *settings}:
        raise AlertError(name, f"a delivery to {target['kind']} has no setting {min(unknown)!r}")
    if missing := [each for each in settings if each not in target and not settings[each]]:
        raise AlertError(name, f"a delivery to {target['kind']} needs the setting {missing[0]!r}")
    try:
        if target["kind"] == "webhook":
            _check_url(target["url"])
        elif target["kind"] == "mail":
            _check_login(target)
        elif target["kind"] == "command" and not target["arguments"]:
            raise DeliveryError("the command is empty")
    except DeliveryError as error:
        raise AlertError(name, str(error)) from None


def delivery_json(delivery: Delivery) -> str:
    """The whole delivery as one JSON document."""
    return json.dumps({**delivery.payload, "delivery": delivery.id}, ensure_ascii=False)


def delivery_lines(delivery: Delivery) -> Iterator[str]:
    """A line of JSON for each article."""
    head = {name: value for name, value in delivery.payload.items() if name != "articles"}
    for article in delivery.payload["articles"]:
        yield json.dumps({**head, "delivery": delivery.id, **article}, ensure_ascii=False)


# -- files and programs ------------------------------------------------------------------------------------------------


def _to_stdout(delivery: Delivery, context: DeliveryContext) -> None:
    lines = delivery_lines(delivery) if delivery.target.get("format") == "jsonl" else text_digest(delivery.payload)
    buffer = getattr(context.out, "buffer", None)
    text = "".join(f"{line}\n" for line in lines)
    if buffer is None:
        context.out.write(text)
    else:
        context.out.flush()
        buffer.write(text.encode(errors="backslashreplace"))
    context.out.flush()


def _to_file(delivery: Delivery, context: DeliveryContext) -> None:
    """Append lines of JSON, durably; a line that a crash cut short is ended first."""
    with open(delivery.target["path"], "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write("".join(f"{line}\n" for line in delivery_lines(delivery)).encode())
        file.flush()
        os.fsync(file.fileno())


def _to_command(delivery: Delivery, context: DeliveryContext) -> None:
    """Run a command with the delivery on its standard input, without a shell."""
    variables = {"SEARCHIDX_ALERT": delivery.alert, "SEARCHIDX_DELIVERY": delivery.id}
    arguments = list(delivery.target["arguments"])
    try:
        done = subprocess.run(
            arguments,
            input=delivery_json(delivery).encode(),
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DeliveryError(f"{arguments[0]} took more than {COMMAND_SECONDS:g} seconds") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        detail = f": {said[-1][:200]}" if said else ""
        raise DeliveryError(f"{arguments[0]} ended with code {done.returncode}{detail}")


def _to_feed(delivery: Delivery, context: DeliveryContext) -> None:
    """Write the Atom feed of the alert in place of the former one, atomically."""
    path = Path(delivery.target["path"])
    new = path.with_name(path.name + ".new")
    text = alert_feed(context.archive, delivery.alert)
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    sync_folder(path.parent)


def alert_feed(archive: Archive, name: str, url: str = "") -> str:
    """The Atom feed of an alert: the articles that it reported, the latest first."""
    alerts = archive.workspace.alerts
    matches = alerts.matches(name, FEED_ENTRIES)
    return atom_feed(alerts.get(name), [(match, archive.get(match.id)) for match in matches], url)


# -- webhook -----------------------------------------------------------------------------------------------------------


def _to_webhook(delivery: Delivery, context: DeliveryContext) -> None:
    """POST the delivery as JSON, signed with the secret if there is one."""
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:  # it might leave TLS, or the host that was named
            return None

    url = delivery.target["url"]
    _check_url(url)
    body = delivery_json(delivery).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"searchidx/{__version__}",
        "X-Searchidx-Delivery": delivery.id,
    }
    if secret_file := delivery.target.get("secret_file"):
        digest = hmac.new(_read_secret(secret_file).encode(), body, hashlib.sha256).hexdigest()
        headers["X-Searchidx-Signature"] = f"sha256={digest}"
    proxies: dict[str, str] | None = {} if is_loopback(urlsplit(url).hostname or "") else None
    opener = build_opener(NoRedirect, HTTPSHandler(context=ssl.create_default_context()), ProxyHandler(proxies))
    for delay in (*RETRY_DELAYS, None):
        try:
            opener.open(Request(url, body, headers, method="POST"), timeout=NETWORK_SECONDS).close()
            return
        except HTTPError as error:
            error.close()
            reason, is_transient = f"{url} answered {error.code} {error.reason}", error.code in _TRANSIENT
        except (URLError, OSError) as error:
            reason, is_transient = f"{url}: {getattr(error, 'reason', None) or error}", True
        if delay is None or not is_transient:
            raise DeliveryError(reason)
        context.sleep(delay)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise DeliveryError(f"{url}: a webhook needs https, or http on this machine")
    if not parts.hostname or parts.username or parts.password:
        raise DeliveryError("the address of a webhook needs a host, and must not hold a password")


# -- e-mail ------------------------------------------------------------------------------------------------------------


def _to_mail(delivery: Delivery, context: DeliveryContext) -> None:
    """Send a digest as text and HTML, over TLS."""
    import smtplib
    from email.message import EmailMessage
    from email.utils import format_datetime, localtime

    target = delivery.target
    message = EmailMessage()
    try:
        message["From"], message["To"] = target["sender"], ", ".join(target["to"])
    except ValueError as error:
        raise DeliveryError(f"an address is invalid: {error}") from None
    message["Subject"] = subject(delivery.payload)
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{delivery.id}@searchidx>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(text_digest(delivery.payload)) + "\n")
    message.add_alternative(html_digest(delivery.payload), subtype="html")
    try:
        with _connect(target) as connection:
            refused = connection.send_message(message)
    except (smtplib.SMTPException, ssl.SSLError) as error:
        raise DeliveryError(f"{target['server']}: {error}") from error
    if refused:
        raise DeliveryError(f"{target['server']} refused {', '.join(refused)}")


def _connect(target: Target) -> smtplib.SMTP:
    """A connection to the mail server, over TLS unless the server is on this machine."""
    import smtplib

    scheme, host, port, user = _smtp_address(target["server"])
    context = ssl.create_default_context(cafile=target.get("ca_file"))
    if scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=NETWORK_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, port, timeout=NETWORK_SECONDS)
    try:
        connection.ehlo()
        if scheme == "smtp" and (connection.has_extn("starttls") or not is_loopback(host)):
            connection.starttls(context=context)
            connection.ehlo()
        if user:
            _check_login(target)
            connection.login(user, _read_secret(target["password_file"]))
    except BaseException:
        connection.close()
        raise
    return connection


def _check_login(target: Target) -> None:
    """Raise `DeliveryError` if the server of a mail is none, or asks for a password that no file has."""
    *_, user = _smtp_address(target["server"])
    if user and "password_file" not in target:
        raise DeliveryError(f"{target['server']} names a user: name the file with the password by --smtp-password-file")


def _smtp_address(server: str) -> tuple[str, str, int, str]:
    """The scheme, host, port and user of a mail server: `smtps://user@host:465`, `smtp://host:587`."""
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.password or parts.path.strip("/"):
        raise DeliveryError(f"{server!r} is not a mail server: write smtps://USER@HOST or smtp://HOST:587")
    from urllib.parse import unquote

    default = 465 if parts.scheme == "smtps" else 587
    return parts.scheme, parts.hostname, port or default, unquote(parts.username or "")


def _read_secret(path: str) -> str:
    secret = Path(path).read_text("utf-8").strip()
    if not secret:
        raise DeliveryError(f"{path} is empty")
    return secret


TARGET_KINDS: dict[str, tuple[dict[str, bool], Callable[[Delivery, DeliveryContext], None]]] = {
    "stdout": ({"format": True}, _to_stdout),
    "file": ({"path": False}, _to_file),
    "command": ({"arguments": False}, _to_command),
    "webhook": ({"url": False, "secret_file": True}, _to_webhook),
    "mail": ({"to": False, "sender": False, "server": False, "password_file": True, "ca_file": True}, _to_mail),
    "feed": ({"path": False}, _to_feed),
}
"""For each kind: its settings and whether each may be missing, and the function that delivers."""
