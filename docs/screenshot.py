"""Take the pictures of the search page: docs/images/page-light.png and page-dark.png.

    python docs/screenshot.py

Builds an index of corpus/, serves it on a free port of this machine, and photographs a page of results in Chromium.
The query has no relative dates, so a picture changes only with the corpus, the page or the fonts. Needs
searchidx[browser] and an installed Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
QUERY = "(NATO OR strait OR bank) since:2023"
WIDTH, HEIGHT = 1280, 800
"""The size of the window, in CSS pixels."""
SCALE = 1
FLAGS = "--no-sandbox --disable-gpu --num-raster-threads=1 --disable-partial-raster --disable-skia-runtime-opts".split()
"""With one raster thread and no partial redraws, two runs draw the same pixels."""
MAX_BYTES = 250_000
"""The largest picture that the repository takes."""


def main() -> None:
    """Write both pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("screenshot.py needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        searchidx = [sys.executable, "-m", "searchidx"]
        subprocess.run([*searchidx, "build", str(ROOT / "corpus"), "--index", str(index)], cwd=ROOT, check=True)
        serve = [*searchidx, "serve", "--index", str(index), "--port", "0"]
        with subprocess.Popen(serve, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                # The first line is `searchidx: http://127.0.0.1:PORT/ until Ctrl-C`.
                address = next(word for word in server.stderr.readline().split() if word.startswith("http://"))
                with sync_playwright() as driver:
                    browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
                    for scheme in ("light", "dark"):
                        take_picture(browser, f"{address}?{urlencode({'q': QUERY})}", scheme)
                    browser.close()
            finally:
                server.terminate()


def take_picture(browser: Browser, address: str, scheme: str) -> None:
    """Write the picture of an address in a colour scheme, `light` or `dark`."""
    size = {"width": WIDTH, "height": HEIGHT}
    page = browser.new_page(viewport=size, device_scale_factor=SCALE, color_scheme=scheme, locale="en-GB")
    page.goto(address)
    picture = page.screenshot(animations="disabled")
    if len(picture) > MAX_BYTES:
        sys.exit(f"page-{scheme}.png would have {len(picture):,} bytes, more than {MAX_BYTES:,}")
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"page-{scheme}.png").write_bytes(picture)
    page.close()


if __name__ == "__main__":
    main()
