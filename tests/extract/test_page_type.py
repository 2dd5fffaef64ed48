"""Pages that are not articles, recognised by two signs at least."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from searchidx.extract.blocks import outline_page
from searchidx.extract.page_metadata import PageMetadata
from searchidx.extract.page_type import PageType, classify_page
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
        "404", "404 Not Found", "Page not found", "Error 503", "Access Denied", "403 Forbidden", "Bad Gateway",
        "Error 404: Page not found", "HTTP 500", "404 | The Marrow Gazette", "Page not found – The Marrow Gazette",
        "Oops! That page can’t be found.", "Sorry, the page you are looking for was not found", "Site maintenance",
        "Seite nicht gefunden", "Die gewünschte Seite wurde nicht gefunden", "Fehler 404 - Marrow-Anzeiger",
        "Page introuvable", "La page demandée est introuvable", "Página no encontrada", "Pagina non trovata",
        "Página não encontrada", "Pagina niet gevonden", "Sidan hittades inte", "Sivua ei löydy",
        "Nie znaleziono strony",
        "Stránka nenalezena",
        "Az oldal nem található", "Sayfa bulunamadı", "Страница не найдена", "Сторінку не знайдено",
        "Η σελίδα δεν βρέθηκε",
        "הדף לא נמצא", "الصفحة غير موجودة", "صفحه یافت نشد", "पृष्ठ नहीं मिला",
        "ไม่พบหน้าที่คุณต้องการ", "ページが見つかりませんでした", "お探しの記事は存在しません。",
        "页面不存在", "找不到網頁 - 河口报", "페이지를 찾을 수 없습니다",
    ],
)  # fmt: skip
def test_error_page_is_skipped(tmp_path: Path, title: str) -> None:
    assert reason_of(tmp_path, f"<p>{WORDS}</p>", title) == "it is an error page, not an article"


def test_error_that_only_the_markup_names_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<html><body class='error404 wide'><h1>Ahoy</h1><p>{WORDS}</p></body></html>", encoding="utf-8")
    (found,) = read_file(SourceFile(path, "page.html", None))
    assert isinstance(found, Skip)
    assert found.reason == "it is an error page, not an article"


@pytest.mark.parametrize(
    "title",
    [
        "404 people rescued from ferry",
        "Not found in Cape Marrow: the keeper's last log",
        "Access denied: how the island shut its harbour",
        "Robot lighthouse keepers to be introduced",
        "Forbidden fruit: the orchard that nobody may enter",
        "Why the service was unavailable to islanders",
        "The page that was not found for a century",
        "Security check at the harbour takes two hours",
        "Available",
        "The old lighthouse is for sale",
        "Lamp dark tonight | Maintenance",
        "Einen Moment im Licht",
        "We value your privacy, says the lamp's new owner",
    ],
)
def test_article_about_an_error_is_read(tmp_path: Path, title: str) -> None:
    assert reason_of(tmp_path, f"<p>{WORDS}</p>", title) == ""
    assert reason_of(tmp_path, MORE, title) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Just a moment...", "Are you a robot?", "Attention Required! | Cloudflare", "Robot Check", "Security check",
        "Checking your browser before you go on", "Einen Moment, bitte", "Un momento…", "Один момент…", "请稍候…",
        "しばらくお待ちください...", "잠시만 기다리십시오…", "Vérification de sécurité",
    ],
)  # fmt: skip
def test_check_for_robots_is_skipped(tmp_path: Path, title: str) -> None:
    assert reason_of(tmp_path, f"<p>{WORDS}</p>", title) == "it is a check for robots, not an article"


@pytest.mark.parametrize(
    "line",
    [
        "Please verify you are a human to go on to marrow.example.",
        "Enable JavaScript and cookies to continue",
        "Bitte bestätigen Sie, dass Sie kein Roboter sind.",
        "Confirmez que vous n’êtes pas un robot.",
        "Подтвердите, что вы не робот.",
        "ロボットではないことを確認してください。",
        "请完成人机验证以继续访问。",
    ],
)
def test_check_for_robots_under_any_title_is_skipped(tmp_path: Path, line: str) -> None:
    assert reason_of(tmp_path, f"<p>{line}</p>", "marrow.example") == "it is a check for robots, not an article"
    assert reason_of(tmp_path, f"<p>{line}</p>{MORE}") == ""


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Before you continue", ["We use cookies to measure visits.", "Accept all", "Reject all"]),
        ("We value your privacy", ["We and our 842 partners store information on your device.", "Manage preferences"]),
        ("Datenschutz-Einstellungen", ["Wir und unsere 210 Partner verarbeiten Daten.", "Alle akzeptieren"]),
        ("Le respect de votre vie privée", ["Nous et nos 300 partenaires utilisons des cookies.", "Tout accepter"]),
        ("Valoramos su privacidad", ["Nosotros y nuestros 99 socios usamos cookies.", "Aceptar y continuar"]),
        ("Cenimy Twoją prywatność", ["Potrzebujemy Twojej zgody na pliki cookies.", "Akceptuję wszystkie"]),
        ("プライバシーの選択", ["当サイトはクッキーを使用します。", "すべてに同意する"]),
    ],
)  # fmt: skip
def test_form_that_asks_for_consent_is_skipped(tmp_path: Path, title: str, lines: list[str]) -> None:
    form = "".join(f"<p>{line}</p>" for line in lines)
    assert reason_of(tmp_path, form, title) == "it is a form that asks for consent, not an article"
    assert reason_of(tmp_path, MORE + form, title) == ""


def test_article_about_cookies_is_read(tmp_path: Path) -> None:
    text = "".join(f"<p>{n}. The law on cookies asks for consent, said the minister. {WORDS}</p>" for n in range(9))
    assert reason_of(tmp_path, text, "Cookie law passes") == ""


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
        "Artykuł dostępny tylko dla subskrybentów",
        "Чтобы продолжить чтение, оформите подписку",
        "この記事は有料会員限定です。",
        "订阅后继续阅读全文",
        "للمشتركين فقط",
    ],
)
def test_paywall_stub_is_skipped(tmp_path: Path, call: str) -> None:
    reason = reason_of(tmp_path, f"<p>{WORDS}</p><p>{call}</p>", head=ARTICLE)
    assert reason == "a paywall left only the beginning of the article"
    assert reason_of(tmp_path, f"{MORE}<p>{call}</p>", head=ARTICLE) == ""


def test_call_to_subscribe_elsewhere_on_the_page_does_not_hide_a_short_article(tmp_path: Path) -> None:
    text = f"<p>{WORDS}</p><p>{WORDS[:150]}</p>"
    beside = "<aside><p>Subscribe to read our newsletter.</p></aside>"
    assert reason_of(tmp_path, beside + text, head=ARTICLE) == ""


def test_page_that_is_not_free_is_a_stub_if_it_asks_to_subscribe_anywhere(tmp_path: Path) -> None:
    paid = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>'
    page = f"<p>Already a subscriber?</p><p>{WORDS}</p>" + "<p>Weather</p>" * 9
    assert reason_of(tmp_path, page, head=paid) == "a paywall left only the beginning of the article"
    assert reason_of(tmp_path, page.replace("Already a subscriber?", "News"), head=paid) == ""
    assert reason_of(tmp_path, MORE + page, head=paid) == ""


def test_list_of_links_is_skipped(tmp_path: Path) -> None:
    assert reason_of(tmp_path, LINKS, "Coast") == "it is a list of links to articles"
    assert reason_of(tmp_path, MORE + MORE.replace("Day", "Night") + MORE.replace("Day", "Hour") + LINKS, "Coast") == ""


@pytest.mark.parametrize(
    ("path", "page_type"), [("/coast", PageType.LINKS), ("/2020/the-lighthouse-at-cape-marrow/", PageType.ARTICLE)]
)
def test_links_below_a_paragraph_are_notes_where_the_address_has_a_headline(path: str, page_type: PageType) -> None:
    blocks = outline_page(html.document_fromstring(f"<p>{WORDS}</p>{LINKS}")).blocks
    lines = [block.text for block in blocks]
    assert classify_page(blocks, PageMetadata(), "Coast", lines, f"https://marrow.example{path}") is page_type


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


@pytest.mark.parametrize("path", ["/news/202404/bridge/index.html", "/2024/04/09/index.html", "/"])
def test_article_in_a_script_without_spaces_is_read(tmp_path: Path, path: str) -> None:
    text = (
        "河口の町では月曜の夜、町長が大型車の通行を五月から禁じることを決めた。支承の二つに亀裂が見つかったためである。"
    )
    page = f"<p>{text}{text}</p><p>工事には一年かかる。{text}</p>"
    assert reason_of(tmp_path, page, "可動橋、大型車は通行止めに", url=f"https://kawa.example{path}") == ""


@pytest.mark.parametrize("sign", ["address", "body class", "JSON-LD"])
def test_teasers_are_a_listing(tmp_path: Path, sign: str) -> None:
    teasers = "".join(
        f'<article><h2><a href="/a{n}">Lamp {n} relit on the coast</a></h2><p>{WORDS} It is the {n}th.</p></article>'
        for n in range(8)
    )
    path = tmp_path / "page.html"
    names = "archive tag" if sign == "body class" else "wide"
    head = '<script type="application/ld+json">{"@type": "CollectionPage"}</script>' if sign == "JSON-LD" else ""
    path.write_text(
        f"<html><head><title>Coast</title>{head}</head><body class='{names}'><h1>Coast</h1>{teasers}</body>",
        encoding="utf-8",
    )
    url = "https://marrow.example/tag/coast" if sign == "address" else None
    (found,) = read_file(SourceFile(path, "page.html", url))
    assert isinstance(found, Skip)
    assert found.reason in (
        "it is the front page or a listing of a site, not an article", "it is a list of links to articles"
    )  # fmt: skip
