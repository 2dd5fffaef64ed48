"""Pages that are not articles, recognised by two signs at least."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchidx.sources import Skip, SourceFile, read_file

WORDS = (
    "The lighthouse at Cape Marrow shone again on Tuesday night, forty years after its keeper put out the lamp. "
    "Several hundred people watched from the harbour wall, said the mayor, who had asked for it since 1999."
)
MORE = "".join(
    f"<p>Day {n} of the {n * 7} that the work took was spent on the lamp's part {n}. {WORDS[n:]}</p>" for n in range(12)
)
ARTICLE = '<meta property="og:type" content="article">'
LINKS = "".join(
    f'<p><a href="/a{n}">Story number {n} of the day from the harbour and the coast</a></p>' for n in range(20)
)


def reason_of(
    tmp_path: Path, body: str, title: str = "Lighthouse relit", head: str = "", url: str | None = None
) -> str:
    path = tmp_path / "page.html"
    path.write_text(
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>",
        encoding="utf-8",
    )
    (found,) = read_file(SourceFile(path, "page.html", url))
    return found.reason if isinstance(found, Skip) else ""


@pytest.mark.parametrize(
    "title",
    [
        "404", "404 Not Found", "Page not found", "Error 503", "Access Denied", "Just a moment...",
        "Seite nicht gefunden", "Page introuvable", "Página no encontrada", "Are you a robot?", "Bad Gateway",
        "403 Forbidden",
    ],
)  # fmt: skip
def test_error_page_is_skipped(tmp_path: Path, title: str) -> None:
    assert reason_of(tmp_path, f"<p>{WORDS}</p>", title) == "it is an error page, not an article"


@pytest.mark.parametrize(
    "title",
    [
        "404 people rescued from ferry",
        "Not found in Cape Marrow: the keeper's last log",
        "Robot lighthouse keepers to be introduced",
        "Forbidden fruit: the orchard that nobody may enter",
        "Why the service was unavailable to islanders",
    ],
)
def test_article_about_an_error_is_read(tmp_path: Path, title: str) -> None:
    assert reason_of(tmp_path, MORE, title) == ""


def test_long_article_with_an_error_title_is_read(tmp_path: Path) -> None:
    assert reason_of(tmp_path, MORE, "404") == ""


@pytest.mark.parametrize(
    "call",
    [
        "Subscribe to continue reading.",
        "Sign in to read the full article.",
        "Already a subscriber? Log in here.",
        "Diesen Artikel können Sie weiterlesen mit einem Abo.",
        "La suite est réservée aux abonnés.",
        "Contenido exclusivo para suscriptores",
    ],
)
def test_paywall_stub_is_skipped(tmp_path: Path, call: str) -> None:
    reason = reason_of(tmp_path, f"<p>{WORDS}</p><p>{call}</p>", head=ARTICLE)
    assert reason == "a paywall left only the beginning of the article"
    assert reason_of(tmp_path, f"{MORE}<p>{call}</p>", head=ARTICLE) == ""


def test_list_of_links_is_skipped(tmp_path: Path) -> None:
    assert reason_of(tmp_path, LINKS, "Coast") == "it is a list of links to articles"
    assert reason_of(tmp_path, MORE + MORE.replace("Day", "Night") + MORE.replace("Day", "Hour") + LINKS, "Coast") == ""


@pytest.mark.parametrize(
    ("path", "is_listing"),
    [
        ("/", True), ("", True), ("/tag/coast", True), ("/category/news/", True), ("/author/jo-fenn", True),
        ("/search", True), ("/coast/page/3", True), ("/index.html", True), ("/2023/02/01/lighthouse", False),
        ("/tag/coast/lighthouse-relit-after-forty-years", False), ("/?p=12", False), ("/themen/klima/a/b/c", False),
    ],
)  # fmt: skip
def test_front_page_and_listings_are_skipped(tmp_path: Path, path: str, is_listing: bool) -> None:
    short = "<p>Open from nine until five on every day but Sunday, and from ten on holidays.</p>" * 2
    reason = reason_of(tmp_path, short, "The Marrow Gazette", url=f"https://marrow.example{path}")
    assert reason == ("it is the front page or a listing of a site, not an article" if is_listing else "")
    assert reason_of(tmp_path, short, head=ARTICLE, url=f"https://marrow.example{path}") == ""
