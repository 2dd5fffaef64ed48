"""Lines that are removed from a body as boilerplate, and sentences like them that stay."""

from __future__ import annotations

import pytest

from searchidx.extract.boilerplate import remove_boilerplate

STORY = ["Rain fell for three days.", "Related parties met in the town hall.", "Watch towers were manned, he said."]


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Bridge closes", "[Related: Bridge closes]", "Related:", "SEE MORE: Bridge closes", "DON'T MISS",
        "Most read in world news", "You may also like...", "Lesen Sie auch: Brücke gesperrt",
        "Lire aussi : Le pont ferme", "Te puede interesar: El puente", "Leggi anche: Il ponte",
        "Читайте также: Мост закрыт", "3 min read", "Tempo de leitura: 2 minutos", "PUEDES VER: El puente cierra",
        "Lea: El puente cierra", "Share this:", "Gefällt mir:", "J’aime ça :", "(Noch keine Bewertungen)",
        "This slideshow requires JavaScript.", "This entry was posted in Floods by jdoe. Bookmark the permalink.",
        "Dieser Beitrag wurde am 1. Mai 2023 von jdoe in Fluss veröffentlicht. Schlagwörter: Brücke.",
        "Der Beitrag wurde am Montag, den 1. Mai 2023 um 9:00 Uhr veröffentlicht und wurde unter Fluss abgelegt.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 3])
def test_links_to_other_stories_are_removed(line: str, place: int) -> None:
    assert remove_boilerplate([*STORY[:place], line, *STORY[place:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on Twitter.", "Want more? Sign up here", "Like this story? Share it with a friend!", "Comments",
        "12 comments", "Filed under: Floods", "Copyright The Courier", "Folgen Sie uns", "Suivez-nous sur Facebook",
        "Kommentieren", "Jede kleine Spende hilft den Menschen am Fluss.", "Gefällt dir unser Magazin?",
        "Jane Doe writes about rivers. You can follow her on Twitter.", "The author swims. Find him on Facebook.",
    ],
)  # fmt: skip
def test_calls_at_the_end_are_removed(line: str) -> None:
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
def test_captions_and_requests_to_subscribe_are_removed(line: str, place: int) -> None:
    assert remove_boilerplate([*STORY[:place], line, *STORY[place:]]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Photos shared on Facebook/Instagram showed the bridge. It stood under water.",
        "Der Beitrag wurde kritisiert.", "Gefällt mir: so sagte sie es.", "Lea went home.",
        "The newsletter of the town hall told of the flood.", "Bilder vom Fluss gingen um die Welt.",
        "Image was all that counted for him.", "BILD: Herr Bürgermeister, was nun?",
        "Anzeige erstattete der Bürgermeister nicht.",
        "He wrote an e-mail to the mayor.", "Users in the old town can subscribe to Telegram channels with warnings.",
        "The town hall delivered 400 e-mails to those who live at the river.",
        "Of “our newsletter, delivered to your inbox” the mayor spoke at length.",
    ],
)  # fmt: skip
def test_sentences_about_pictures_and_newsletters_stay(line: str) -> None:
    assert remove_boilerplate([STORY[0], line, *STORY[1:]]) == [STORY[0], line, *STORY[1:]]


def test_date_and_author_at_the_ends_are_removed() -> None:
    authors = ["Jane Doe", "Al"]
    assert remove_boilerplate(["1 February 2023, 13:33", "By Jane Doe, Staff Writer", *STORY], authors) == STORY
    assert remove_boilerplate([*STORY, "Updated: 02.02.2023", "Jane Doe"], authors) == STORY
    assert remove_boilerplate([*STORY, "Jane Doe is a reporter. She lives here.", "She tweets."], authors) == STORY
    assert remove_boilerplate([*STORY, "About the author", "She writes about rivers."], authors) == STORY
    within = [STORY[0], "Jane Doe said so.", "1 February 2023", *STORY[1:], *STORY, *STORY]
    assert remove_boilerplate(within, authors) == within


def test_line_of_unknown_authors_is_removed() -> None:
    for line in ("By Jane Doe and John Roe", "Von Jane Doe", "Por Ana de la Torre"):
        assert remove_boilerplate([line, *STORY]) == STORY
    for line in ("Von Anfang an regnete es", "By the river", "Von Berlin nach Paris"):
        assert remove_boilerplate([line, *STORY]) == [line, *STORY]


def test_contacts_and_sources_after_the_text_are_removed() -> None:
    text = STORY * 4
    assert remove_boilerplate([*text, "Pressekontakt:", "Jane Doe", "Town hall, 5 River Street"]) == text
    assert remove_boilerplate([*text, "Originalpublikation", "Doe J (2023). Rivers."]) == text
    within = [STORY[0], "Kontakt", *text]
    assert remove_boilerplate(within) == within


def test_body_of_only_boilerplate_is_kept() -> None:
    assert remove_boilerplate(["Read more:"]) == ["Read more:"]
