"""What of a page is the headline, the day of publication, the body: each rule by a small page that shows it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from lxml import html

from searchidx.extract.blocks import split_blocks
from searchidx.extract.body import apply_article_body, clean_body
from searchidx.extract.boilerplate import remove_boilerplate
from searchidx.extract.page_headline import find_headline
from searchidx.extract.page_metadata import MetadataValue
from searchidx.extract.publication_date import find_publication_date

SITE = "https://www.dailycourier.example/news/river"


def headline(body: str, url: str | None = SITE, sites: tuple[str, ...] = (), **stated: str) -> str:
    tree = html.fromstring(f"<html><body>{body}</body></html>")
    return find_headline(tree, [MetadataValue(where, text) for where, text in stated.items()], sites, url)[0]


@pytest.mark.parametrize(
    ("body", "stated", "expected"),
    [
        # where a heading and a title agree, the heading is right
        ("<h1>River rises</h1>", {"title": "River rises"}, "River rises"),
        ("<h1>River rises</h1>", {"title": "River rises | The Courier"}, "River rises"),
        ("<h1>River rises</h1>", {"title": "The Courier - River rises"}, "River rises"),
        ("<h1>News</h1><h2>River rises again</h2>", {"title": "River rises again - The Courier"}, "River rises again"),
        ("<h1>The Courier</h1><h2>River rises</h2>", {"title": "River rises - The Courier"}, "River rises"),
        ("<h2>Most read</h2><h1>River rises</h1>", {"og": "River rises"}, "River rises"),
        # a kicker within the heading is not part of what the titles bear out
        ("<h1><i>Floods</i><b>River rises</b></h1>", {"og": "River rises", "title": "River rises"}, "River rises"),
        ("<h1><em>Floods</em> River rises</h1>", {"ld": "Floods: River rises"}, "Floods River rises"),
        ("<h1>Eu<i>ro</i> falls</h1>", {"og": "Euro falls", "title": "Euro falls"}, "Euro falls"),
        ('<h1><b class="article__kicker">Floods</b>: River rises</h1>', {"og": "Floods: River rises"}, "River rises"),
        ('<h1><i class="Dachzeile">Floods in town</i> River rises</h1>', {"og": "Floods in town"}, "River rises"),
        ('<h1><i class="topline">River rises</i></h1>', {"og": "River rises"}, "River rises"),
        ('<h1>River <i class="topline">rises</i> again</h1>', {"og": "River rises again"}, "River rises again"),
        ("<h1><span>Floods</span> River rises</h1>", {"og": "Floods: River rises"}, "River rises"),
        ("<h1><span>Floods</span><i>: </i><span>River rises</span></h1>", {"og": "Floods: River rises"}, "River rises"),
        ("<h1><b><span>Floods</span><br>River rises</b></h1>", {}, "River rises"),
        ("<h1><span>Floods:</span> River rises</h1>", {"og": "Floods: River rises"}, "Floods: River rises"),
        ("<h1><span>River</span> rises again</h1>", {"og": "River rises again"}, "River rises again"),
        ("<h1><span>River rises</span><span>Floods</span></h1>", {"og": "River rises"}, "River rises"),
        # what no reader sees is no part of it
        ("<h1>Hoch\u00adwasser am\u200b Fluss</h1>", {"og": "Hochwasser am Fluss"}, "Hochwasser am Fluss"),
        ("<p>x</p>", {"og": "Hoch\u00adwasser am Fluss"}, "Hochwasser am Fluss"),
        ("<h1>River<style>.css{color:red}</style> rises</h1>", {"og": "River rises"}, "River rises"),
        ("<h1><ruby>川<rt>かわ</rt></ruby>が上がる</h1>", {"og": "川が上がる"}, "川が上がる"),
        # a title in the middle, another spelling of the title, a title with markup
        ("<h1>Floods News</h1><h2>River rises</h2>", {"title": "Courier - River rises - Example"}, "River rises"),
        (
            "<h1>River rises over Old Town</h1><h2>River</h2>",
            {"title": "River rises over the Old Town", "og": "River: what happened"},
            "River rises over Old Town",
        ),
        (
            "<h3>Opinion</h3><h1>The river is not our friend</h1>",
            {"og": "Opinion | The river is not our friend", "title": "Opinion | The river is not our friend - Courier"},
            "The river is not our friend",
        ),
        # a heading that differs from every title is right if it is the only one of its kind
        ("<h1>River rises</h1><h2>Sport</h2>", {"title": "Water in town"}, "River rises"),
        # the site's name is no headline
        ("<h1>Daily Courier Example</h1>", {"title": "River rises - dailycourier.example"}, "River rises"),
        ("<h1>Dailycourier</h1><h2>River rises at last</h2>", {"title": "River rises at last"}, "River rises at last"),
        ('<h1><a href="/">Old Times</a></h1><h2>River rises</h2>', {"title": "Old Times - River rises"}, "River rises"),
        ('<a href="//x.example/"><h1>Times</h1></a><p>River</p>', {"title": "River rises"}, "River rises"),
        ('<h1><a href="/river">River</a></h1>', {"title": "River"}, "River"),
        # no heading: the title for machines, less the site's name
        ("<p>River</p>", {"og": "River rises over its banks - Courier"}, "River rises over its banks"),
        ("<p>River</p>", {"title": "River rises over its banks | Courier"}, "River rises over its banks"),
        ("<p>川</p>", {"title": "有英勇的你，才有英雄的城！-新华网"}, "有英勇的你，才有英雄的城！"),
        ("<p>River</p>", {"title": "River - and sea"}, "River - and sea"),
        ("<p>River</p>", {}, ""),
    ],
)  # fmt: skip
def test_headline(body: str, stated: dict[str, str], expected: str) -> None:
    assert headline(body, **stated) == expected


def test_what_the_page_calls_its_site_is_no_headline() -> None:
    assert headline("<h1>Kurier</h1><h2>Fluss steigt</h2>", sites=("Kurier",), title="Fluss steigt – Kurier") == (
        "Fluss steigt"
    )


def test_headings_without_end_cost_little() -> None:
    many = "".join(f"<h2>Other {n}</h2>" for n in range(50_000))
    assert headline(f"<h1>River rises</h1>{many}", title="River rises - " * 20_000) == "River rises"


def day(
    body: str = "",
    stated: tuple[tuple[str, str], ...] = (),
    times: tuple[str, ...] = (),
    guessed: str | None = None,
    url: str | None = None,
) -> tuple[str, str]:
    tree = html.fromstring(f"<html><body><h1>River rises</h1>{body}</body></html>")
    date, where = find_publication_date(stated, times, split_blocks(tree), "River rises", lambda: guessed, url)
    return str(date or ""), where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-02-01", "2023-02-01"),
        ("Published 2023-02-01 13:33", "2023-02-01"),
        ("01.02.2023, 13:33 Uhr", "2023-02-01"),
        ("1. 2. 2023", "2023-02-01"),
        ("February 1, 2023", "2023-02-01"),
        ("Wed, 1 Feb 2023", "2023-02-01"),
        ("1st February 2023", "2023-02-01"),
        ("1. Februar 2023", "2023-02-01"),
        ("Publié le 1er février 2023 à 13h33", "2023-02-01"),
        ("1 de febrero de 2023", "2023-02-01"),
        ("1 febbraio 2023", "2023-02-01"),
        ("1 lutego 2023", "2023-02-01"),
        ("1 февраля 2023, 13:33", "2023-02-01"),
        ("2023年2月1日", "2023-02-01"),
        ("2023년 2월 1일", "2023-02-01"),
        ("02/03/2023", ""),  # two days, or three months apart
        ("30.02.2023", ""),
        ("28.09.19", "2019-09-28"),
        ("28.09.1912:44", "2019-09-28"),  # a day and an hour, with nothing but markup between them
        ("Version 10.04.19.2", ""),
        ("1 May", ""),
        ("26 | 01 | 2022", "2022-01-26"),
        ("27.1.2022 - At the river " + "it rained " * 20, "2022-01-27"),
        ("Press release of 25 January 2022 | Berlin " + "it rained " * 20, "2022-01-25"),
        ("The bridge of 1 February 1913 " + "was cut off " * 20, ""),
    ],
)
def test_a_day_printed_beside_the_headline(text: str, expected: str) -> None:
    assert day(f"<p>{text}</p>")[0] == expected


def test_what_is_believed_first() -> None:
    stated = ("JSON-LD datePublished", "2023-02-01T13:33:00+09:00")
    url = "https://example.org/2023/02/05/river/"
    printed = "<p>3 February 2023</p>"
    assert day(printed, (stated,), guessed="2023-02-04", url=url) == ("2023-02-01T13:33:00+09:00", stated[0])
    assert day(printed, guessed="2023-02-04", url=url) == ("2023-02-05", "URL")
    assert day(printed, guessed="2023-02-04") == ("2023-02-03", "beside the headline")
    assert day(guessed="2023-02-04", times=("2023-02-06",)) == ("2023-02-06", "time")
    assert day(guessed="2023-02-04") == ("2023-02-04", "htmldate")
    assert day() == ("", "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2019/01/31/river", "2019-01-31"),
        ("/a/2019-1-31-river", "2019-01-31"),
        ("/20190131/river", "2019-01-31"),
        ("/news/31-01-2019", "2019-01-31"),
        ("/news/10-01-2019", ""),  # of October, or January
        ("/2019/13/31/", ""),
    ],
)
def test_a_day_in_the_address(path: str, expected: str) -> None:
    assert day(url=f"https://example.org{path}")[0] == expected


def test_a_day_elsewhere_on_the_page_comes_last() -> None:
    far = "<p>Rain.</p>" * 40 + "<p>3 February 2023</p>"
    assert day(far) == ("2023-02-03", "the text")
    assert day(far, guessed="2023-02-04") == ("2023-02-04", "htmldate")


def test_what_does_not_say_which_date_it_is_gives_way_to_what_readers_see() -> None:
    vague = ("date", "2023-02-09T13:33:00+09:00")
    printed = "<p>3 February 2023</p>"
    assert day(printed, (vague,)) == ("2023-02-03", "beside the headline")
    assert day(stated=(vague,), url="https://example.org/2023/02/05/river/") == ("2023-02-05", "URL")
    assert day(printed, (vague, ("pubdate", "2023-02-08")))[0] == "2023-02-08"
    assert day(printed, (("date", "2023-02-03T13:33:00+09:00"),))[0] == "2023-02-03T13:33:00+09:00"
    assert day(stated=(vague,), guessed="2023-02-04")[0] == vague[1]


def test_what_was_updated_was_published_before() -> None:
    assert day("<p>Updated 9 March 2023</p><p>1 February 2023</p>")[0] == "2023-02-01"
    assert day("<p>Updated 9 March 2023</p>")[0] == "2023-03-09"


def test_a_day_becomes_a_moment_where_the_page_knows_it() -> None:
    assert day(stated=(("date", "2023-02-01"),), times=("2023-02-01T13:33:00+09:00",))[0] == "2023-02-01T13:33:00+09:00"


@pytest.mark.parametrize(
    ("times", "url", "expected"),
    [
        ((), None, "2021-11-04T23:00:00+00:00"),
        (("2021-11-05T00:00:00+01:00",), None, "2021-11-05T00:00:00+01:00"),
        (("2021-11-05 00:00:20",), None, "2021-11-05T00:00:20"),
        (("2021-11-05T01:15:00+00:00",), None, "2021-11-04T23:00:00+00:00"),  # another moment
        (("2021-11-05",), None, "2021-11-04T23:00:00+00:00"),  # of some other story, as like as not
        ((), "https://example.org/2021/11/05/river/", "2021-11-05"),
        ((), "https://example.org/2021/11/04/river/", "2021-11-04T23:00:00+00:00"),
        ((), "https://example.org/2021/11/07/river/", "2021-11-04T23:00:00+00:00"),
    ],
)
def test_a_moment_in_utc_is_of_the_day_that_the_page_shows(
    times: tuple[str, ...], url: str | None, expected: str
) -> None:
    assert day(stated=(("published_time", "2021-11-04T23:00:00Z"),), times=times, url=url)[0] == expected


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("0001-01-01T00:00:00Z", "date 0001-01-01T00:00:00+00:00 is older than newspapers"),
        ("1066-10-14", "date 1066-10-14 is older than newspapers"),
        ("9999-12-31", "date 9999-12-31 is in the future"),
        ("2023-02-30", "date 2023-02-30 is not a date"),
        ("some day", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_is_no_date_and_it_is_said_why(date: str, reason: str) -> None:
    assert day(stated=(("date", date),)) == ("", reason)


def test_what_software_writes_where_nobody_set_a_date_is_none() -> None:
    assert day(stated=(("date", "1970-01-01T00:00:00Z"), ("other", "2023-02-01"))) == ("2023-02-01", "other")


def test_what_is_to_come_is_no_date_of_publication() -> None:
    coming = (dt.date.today() + dt.timedelta(days=30)).isoformat()
    found = day(stated=(("date", coming), ("other", "2023-02-01")))
    assert found == ("2023-02-01", f"other; date {coming} is in the future")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-02-01T13:33:00+09:00", "2023-02-01T13:33:00+09:00"),
        ("2023-2-1 9:05:00", "2023-02-01T09:05:00"),
        ("2023/02/01", "2023-02-01"),
        ("20230201", "2023-02-01"),
        ("20230201T133300+0900", "2023-02-01T13:33:00+09:00"),
        ("2023-02-01T13:33 JST", "2023-02-01T13:33:00+09:00"),
        ("2023-02-01 1:33 PM EST", "2023-02-01T13:33:00-05:00"),
        ("Wed, 01 Feb 2023 13:33:00 GMT", "2023-02-01T13:33:00+00:00"),
        ("Wed Feb 01 2023 13:33:00 GMT+0900 (Japan Standard Time)", "2023-02-01T13:33:00+09:00"),
        ("February 1, 2023 1:33 pm ET", "2023-02-01T13:33:00"),
        ("1. Februar 2023", "2023-02-01"),
        ("2023-02-01T25:00:00Z", "2023-02-01"),
        ("01/02/2023", ""),
    ],
)
def test_dates_for_machines_as_machines_write_them(text: str, expected: str) -> None:
    assert day(stated=(("date", text),))[0] == expected


def test_a_year_or_month_gives_way_to_a_day() -> None:
    assert day(stated=(("date", "2023"),), url="https://example.org/2023/02/05/river/")[0] == "2023-02-05"
    assert day(stated=(("date", "2023-02"), ("other", "2023-02-05")))[0] == "2023-02-05"
    assert day(stated=(("date", "2023-02"),))[0] == "2023-02"


STORY = ["Rain fell for three days.", "Related parties met in the town hall.", "Watch towers were manned, he said."]


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Bridge closes", "[Related: Bridge closes]", "Related:", "SEE MORE: Bridge closes", "DON'T MISS",
        "Most read in world news", "You may also like...", "Lesen Sie auch: Brücke gesperrt",
        "Lire aussi : Le pont ferme", "Te puede interesar: El puente", "Leggi anche: Il ponte",
        "Читайте также: Мост закрыт", "3 min read", "Tempo de leitura: 2 minutos",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 3])
def test_links_to_other_stories_are_left_out(line: str, place: int) -> None:
    assert remove_boilerplate([*STORY[:place], line, *STORY[place:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on Twitter.", "Want more? Sign up here", "Like this story? Share it with a friend!", "Comments",
        "12 comments", "Filed under: Floods", "Copyright The Courier", "Folgen Sie uns", "Suivez-nous sur Facebook",
    ],
)  # fmt: skip
def test_calls_at_the_end_are_left_out(line: str) -> None:
    assert remove_boilerplate([*STORY, line]) == STORY
    assert remove_boilerplate([*STORY, line, "Subscribe"]) == STORY
    assert remove_boilerplate([line, *STORY]) == [line, *STORY]


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement", "Anzeige, enthält Affiliate-Links", "Fot. Jan Kowalski / Agencja", "Abb. 4: Der Fluss.",
        "© 2023 The Courier", "Photo: Jane Doe", "Photo by Jane Doe / Courier", "(Foto: Max Muster/dpa)",
        "The bridge on Monday. (Photo: Jane Doe)", "Der Fluss am Montag. © dpa", "Crédits photos : Agence",
        "PC Courier Newsletter", "We may earn a commission from links here.", "Sign up to get the best of the week.",
        "To read the full story, please subscribe to the Courier.", "Sign up for our newsletter",
        "Suscríbete a nuestro boletín", "Jetzt den Newsletter kostenlos abonnieren!",
        "Never miss a story: get our newsletter delivered to your inbox.", "Recevez notre newsletter, inscrivez-vous",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 3])
def test_captions_and_pleas_are_left_out(line: str, place: int) -> None:
    assert remove_boilerplate([*STORY[:place], line, *STORY[place:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Photos shared on Facebook/Instagram showed the bridge. It stood under water.",
        "The newsletter of the town hall told of the flood.", "Bilder vom Fluss gingen um die Welt.",
        "Image was all that counted for him.", "BILD: Herr Bürgermeister, was nun?",
        "Anzeige erstattete der Bürgermeister nicht.",
        "He wrote an e-mail to the mayor.", "Users in the old town can subscribe to Telegram channels with warnings.",
        "The town hall delivered 400 e-mails to those who live at the river.",
        "Of “our newsletter, delivered to your inbox” the mayor spoke at length.",
    ],
)  # fmt: skip
def test_sentences_about_pictures_and_letters_stay(line: str) -> None:
    assert remove_boilerplate([STORY[0], line, *STORY[1:]]) == [STORY[0], line, *STORY[1:]]


def test_date_and_author_are_left_out_at_the_ends() -> None:
    authors = ["Jane Doe", "Al"]
    assert remove_boilerplate(["1 February 2023, 13:33", "By Jane Doe, Staff Writer", *STORY], authors) == STORY
    assert remove_boilerplate([*STORY, "Updated: 02.02.2023", "Jane Doe"], authors) == STORY
    assert remove_boilerplate([*STORY, "Jane Doe is a reporter. She lives here.", "She tweets."], authors) == STORY
    assert remove_boilerplate([*STORY, "About the author", "She writes about rivers."], authors) == STORY
    within = [STORY[0], "Jane Doe said so.", "1 February 2023", *STORY[1:], *STORY, *STORY]
    assert remove_boilerplate(within, authors) == within


def test_an_unknown_author_is_left_out_where_a_line_names_nobody_else() -> None:
    for line in ("By Jane Doe and John Roe", "Von Jane Doe", "Por Ana de la Torre"):
        assert remove_boilerplate([line, *STORY]) == STORY
    for line in ("Von Anfang an regnete es", "By the river", "Von Berlin nach Paris"):
        assert remove_boilerplate([line, *STORY]) == [line, *STORY]


def test_contacts_and_sources_behind_a_text_are_left_out() -> None:
    text = STORY * 4
    assert remove_boilerplate([*text, "Pressekontakt:", "Jane Doe", "Town hall, 5 River Street"]) == text
    assert remove_boilerplate([*text, "Originalpublikation", "Doe J (2023). Rivers."]) == text
    within = [STORY[0], "Kontakt", *text]
    assert remove_boilerplate(within) == within


def test_a_page_of_nothing_but_furniture_keeps_it() -> None:
    assert remove_boilerplate(["Read more:"]) == ["Read more:"]


def test_the_place_of_each_value_is_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    import searchidx

    linked = {"@type": "NewsArticle", "headline": "River rises", "datePublished": "2023-02-01T13:33:00+09:00"}
    page = tmp_path_factory.mktemp("page") / "river.html"
    paragraphs = "".join(f"<p>Rain fell on the city for {n} days and nights, and the river rose.</p>" for n in range(9))
    page.write_text(
        f"<!doctype html><html><head><title>River rises - Courier</title><script type='application/ld+json'>"
        f"{json.dumps(linked)}</script></head><body><article><h1>River rises</h1>{paragraphs}</article></body></html>"
    )
    (article,) = searchidx.read(page)
    assert article.provenance == {"headline": "h1", "body": "trafilatura", "date": "JSON-LD datePublished"}
    assert (article.headline, str(article.date)) == ("River rises", "2023-02-01T13:33:00+09:00")


LINES = [f"Paragraph {n} of the article tells what happened at the river on day {n} of the flood." for n in range(6)]


def test_tables_are_rows_of_cells() -> None:
    text = "Before.\n| Day | Metres |\n|---|---|\n| Monday | 5 |\n| | |\nA \\| B\n|"
    assert clean_body(text, "", []) == ["Before.", "Day | Metres", "Monday | 5", "A | B"]


def test_a_body_ends_where_the_stated_one_does() -> None:
    tail = ["Follow the Courier wherever you are.", "Three other floods"]
    assert apply_article_body([*LINES, *tail], " ".join(LINES)) == (LINES, "trafilatura, as far as JSON-LD articleBody")
    lead = ["What the flood left."]
    assert apply_article_body([*lead, *LINES, *tail], " ".join(LINES))[0] == [*lead, *LINES]


def test_a_stated_summary_cuts_nothing_off() -> None:
    assert apply_article_body(LINES, " ".join(LINES[:4])) == (LINES, "trafilatura")
    assert apply_article_body(LINES, LINES[0]) == (LINES, "trafilatura")
    assert apply_article_body(LINES, "") == (LINES, "trafilatura")


def test_a_stated_body_may_be_escaped_twice() -> None:
    stated = "".join(f"&lt;p class=x&gt;{line.replace('the', 't&amp;ouml;e')}&lt;/p&gt;" for line in LINES)
    assert apply_article_body([], stated)[0] == [line.replace("the", "töe") for line in LINES]


def test_a_stated_body_stands_in_for_one_that_was_not_found() -> None:
    stated = "".join(f"<p>{line}</p>" for line in LINES)
    assert apply_article_body(LINES[:2], stated) == (LINES, "JSON-LD articleBody")
    assert apply_article_body([], "\n".join(LINES)) == (LINES, "JSON-LD articleBody")
