"""Servers in this process or in one of their own, and requests to them."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A response of a server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """Request a path from a port of this machine; `_` in the name of a header means `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


class Server:
    """A process `searchidx serve`: its port and its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        first = process.stderr.readline()
        found = re.fullmatch(r"searchidx: (http://(.*):(\d+)/) until Ctrl-C\n", first)
        assert found is not None, first + process.stderr.read()
        self.host = found[2]
        self.port = int(found[3])

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return ask(self.port, path, method, **headers)

    def line(self) -> str:
        """The next line of its log."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()
