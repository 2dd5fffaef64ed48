"""Chromium, driven by Playwright, and the server that it opens."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
SIZES = {"wide": (1360, 900), "phone": (390, 844)}
PAGES = {
    "home": "/",
    "answer": "/?q=nato OR strait OR bank",
    "filtered": '/?q=(bank OR election) source:"Harbour Gazette" date:2023',
    "copies": '/?q="repair ship"&copies=together',
    "context": "/?q=nato OR strait&view=context",
    "words": "/?q=japan&view=words",
    "query": "/?q=nato w/5 japan OR (bank date:2023)&view=query",
    "hint": "/?q=NATO Japan",
    "empty": '/?q="Bank Japan" date:2023',
    "error": "/?q=hedline:election AND (japan",
    "dates": "/?q=bank&from=2024-01-01&to=2023-01-01",
    "article": '/article?id=text/kishida-stoltenberg-tokyo.txt&q="Taiwan Strait" OR nato',
    "split": "/article?id=text/kishida-stoltenberg-tokyo.txt&q=nato OR strait OR bank&at=1&layout=split",
    "version": "/article?id=pages/cable-ship-repair.html",
    "foreign": "/article?id=ph-7",
    "several": '/?q=bank (source:="Harbour Gazette" OR source:="Meridian Wire") -section:=World date:2023',
    "values": "/values?q=bank OR election&field=byline",
    "compare": "/compare?q=nato&q=strait&q=bank",
    "sources": "/compare?q=bank&split=source&measure=share",
    "changes": "/changes?id=pages/cable-ship-repair.html",
    "list": "/list",
    "help": "/help",
    "problem": "/article?id=nobody",
}


def _look_up(page: Any, text: str) -> None:
    """Look up a list."""
    page.get_by_label("List", exact=True).fill(text)
    page.get_by_role("button", name="Show the table").click()
    page.wait_for_selector(".scroll")


SCENES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "menu": (PAGES["answer"], lambda page: page.get_by_text("Display").click()),
    "filters": (PAGES["answer"], lambda page: page.evaluate("location.hash = '#filters'")),
    "table": (PAGES["answer"], lambda page: page.locator(".as-table summary").click()),
    "advanced": ("/", lambda page: page.get_by_text("Advanced search").click()),
    "listed": ("/list", lambda page: _look_up(page, 'nato\n"Taiwan Strait"\nbank AND')),
    "marks": (PAGES["answer"], lambda page: [page.locator(".mark-buttons button").nth(at).click() for at in (0, 3, 4)]),
}
"""Pages after something was done on them. The last one leaves marks in the browser."""


@contextmanager
def served(index: Path, *options: str) -> Iterator[str]:
    """Start a server of an index for a `with` block; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "searchidx", "serve", "--index", str(index), "--port", str(port), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:  # it says where it is once it is there
                if "http://" in line:
                    break
            else:
                raise AssertionError("the server ended before it began")
            _await(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.communicate()


def _await(port: int) -> None:
    """Wait until a server listens on a port."""
    for _ in range(1000):
        with socket.socket() as probe:
            probe.settimeout(0.01)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nobody listens")


def written(path: str) -> str:
    """A path as an address has it."""
    return quote(path, safe="/?&=:")


def wait_until(page: Any, condition: str, argument: object = None) -> None:
    """Wait until a function of JavaScript answers true.

    Playwright's ``wait_for_function`` evaluates its text again at each look, and only the first look may do that
    under the page's Content Security Policy.
    """
    page.evaluate(
        f"""(argument) => new Promise((resolve, reject) => {{
            const condition = {condition}, end = performance.now() + 30_000;
            const look = () => {{
                if (condition(argument)) resolve();
                else if (performance.now() > end) reject(Error("30 s went by before " + condition));
                else requestAnimationFrame(look);
            }};
            look();
        }})""",
        argument,
    )
