"""Take pictures of every page at every width, light and dark, and compare them with those of the last accepted run.

    python tests/web/screenshots.py                  pictures to build/screenshots/new, and a page of the differences
    python tests/web/screenshots.py split filters    only these pages
    python tests/web/screenshots.py --accept         what is in new becomes what the next run is compared with

A person looks at build/screenshots/review.html: before, after, and the pixels that differ. It is no test, since fonts
and browsers differ from machine to machine. Needs searchidx[browser] and an installed Chromium.
"""

from __future__ import annotations

import argparse
import html
import shutil
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browsing import CHROMIUM, FLAGS, PAGES, SCENES, served, written
from playwright.sync_api import sync_playwright

import searchidx

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "screenshots"
NEW, LAST, REVIEW = SHOTS / "new", SHOTS / "last", SHOTS / "review.html"
WIDTHS = {320: 640, 390: 844, 768: 1024, 1280: 800, 1920: 1080}
"""The widths of the window, with its heights."""
SCHEMES = ("light", "dark")
MAX_HEIGHT = 6_000
"""The part of a long page that a picture has."""
COUNT = """async ([before, after]) => {
    const load = async (data) => createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const [one, other] = [await load(before), await load(after)];
    const width = Math.max(one.width, other.width), height = Math.max(one.height, other.height);
    const pixels = (image) => {
        const context = new OffscreenCanvas(width, height).getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, width, height).data;
    };
    const [left, right] = [pixels(one), pixels(other)];
    let count = 0;
    for (let at = 0; at < left.length; at += 4) {
        count += Math.abs(left[at] - right[at]) + Math.abs(left[at + 1] - right[at + 1])
            + Math.abs(left[at + 2] - right[at + 2]) + Math.abs(left[at + 3] - right[at + 3]) > 24;
    }
    return count;
}"""
"""The number of pixels that differ in more than the smoothing of a letter."""


def main(arguments: Sequence[str]) -> None:
    """Take the pictures and write the page of differences, or accept what was taken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", choices=[[], *PAGES, *SCENES], metavar="PAGE")
    parser.add_argument("--accept", action="store_true", help="compare the next run with the pictures in new")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        sys.exit("screenshots.py needs Chromium: apt-get install chromium")
    if options.accept:
        LAST.mkdir(parents=True, exist_ok=True)
        for each in NEW.glob("*.png"):
            shutil.copy(each, LAST)
        return
    shutil.rmtree(NEW, ignore_errors=True)
    NEW.mkdir(parents=True)
    with sample() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--hide-scrollbars"])
        for width in WIDTHS:
            for scheme in SCHEMES:
                take(browser, address, width, scheme, options.pages)
        differing = compare(browser.new_page())
        browser.close()
    print(f"{len(list(NEW.glob('*.png')))} pictures in {NEW.relative_to(ROOT)}")
    if LAST.exists():
        print(f"{len(differing)} differ from the last: {REVIEW.relative_to(ROOT)}")


@contextmanager
def sample() -> Iterator[str]:
    """Serve the sample corpus, with a workspace that may be written."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        searchidx.build(ROOT / "corpus", index=index)
        with served(index, "--workspace", str(Path(folder) / "workspace")) as address:
            yield address


def take(browser: Any, address: str, width: int, scheme: str, wanted: Sequence[str]) -> None:
    """Write the pictures of one width and colour scheme."""
    size = {"width": width, "height": WIDTHS[width]}
    context = browser.new_context(
        viewport=size, base_url=address, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    page = context.new_page()
    for name, (path, act) in {**{name: (path, lambda page: None) for name, path in PAGES.items()}, **SCENES}.items():
        if wanted and name not in wanted:
            continue
        page.goto(written(path))
        act(page)
        page.evaluate("document.fonts.ready")
        height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT)
        clip = {"x": 0, "y": 0, "width": width, "height": max(height, WIDTHS[width])}
        is_window = name in ("filters", "marks")
        options = {} if is_window else {"full_page": True, "clip": clip}
        page.screenshot(path=NEW / f"{name}-{width}-{scheme}.png", **options)
    context.close()


def compare(page: Any) -> list[str]:
    """Write the page of differences; return the names of the pictures that differ."""
    counts = {}
    for new in sorted(NEW.glob("*.png")):
        last = LAST / new.name
        if not last.exists():
            continue
        if (before := last.read_bytes()) != (after := new.read_bytes()):
            counts[new.name] = page.evaluate(COUNT, [b64encode(each).decode() for each in (before, after)])
    differing = [name for name in sorted(counts, key=lambda name: -counts[name]) if counts[name]]
    REVIEW.write_text(
        "<!doctype html><meta charset=utf-8><title>Screenshots that differ</title>"
        "<style>body { font: 1rem sans-serif } figure { margin: 2rem 0 } div { display: grid; gap: 1rem;"
        " grid-template-columns: repeat(3, 1fr); align-items: start } img { width: 100%; border: 1px solid }"
        " .difference { position: relative; isolation: isolate } .difference img + img { position: absolute; left: 0;"
        " top: 0; mix-blend-mode: difference }</style>"
        + f"<h1>{len(differing)} differ, {len(counts) - len(differing)} only in the smoothing of letters</h1>"
        + "".join(
            f"<figure><figcaption>{html.escape(name)}: {counts[name]:,} pixels (before, after, difference)</figcaption>"
            f"<div><img src='last/{name}'><img src='new/{name}'><span class=difference><img src='last/{name}'>"
            f"<img src='new/{name}'></span></div></figure>"
            for name in differing
        )
    )
    return differing


if __name__ == "__main__":
    main(sys.argv[1:])
