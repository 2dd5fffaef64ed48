"""Inflections are found in the language of the article: pairs chosen by hand, for each language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx
from searchidx.analysis import analyze
from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.folding import fold_all
from searchidx.stemming import LANGUAGES, analysis_language, lower_in, stem, stem_all, stem_of_term

INFLECTIONS = {
    "en": "bank banks · election elections · minister ministers · voted voting · cities city · strikes striking · "
    "bank's banks · resigned resigning · protest protests · law laws · price prices · agreed agreeing",
    "de": "Wahl Wahlen · Minister Ministern · Haus Hauses · Zeitung Zeitungen · Müller Mueller · Straße Strassen · "
    "Stadt Stadts · politisch politischen · Frau Frauen · Bank Banken · streiken streikt? · neue neuer · "
    "Gesetz Gesetze · Preis Preise · gewählt gewählte",
    "fr": "journal journaux · élection élections · accusé accusée · général généraux · premier première · "
    "ministre ministres · national nationale · grève grèves · élu élus? · économique économiques · voter votent? · "
    "français françaises · "
    "loi lois? · banque banques · prix Prix · parti partis · pays Pays",
    "es": "elección elecciones · ministro ministra · votar votaron · ciudad ciudades? · huelga huelgas · "
    "económico económica · gobierno gobiernos? · nuevo nuevas · ley leyes · banco bancos · precio precios · "
    "trabajador trabajadores · "
    "partido partidos · periódico periódicos · presidente presidentes",
    "it": "elezione elezioni · ministro ministri · governo governi · sciopero scioperi · nuovo nuova · legge leggi · "
    "banca banche · prezzo prezzi · votare votato · italiano italiane? · giornale giornali · partito partiti · "
    "città citta · nazione nazioni · scuola scuole",
    "pt": "ministro ministra · votar votaram · greve greves · governo governos · novo novas · preço preços · "
    "banco bancos · jornal jornais? · lei leis? · cidade cidades · económico económica · partido partidos · "
    "presidente presidentes · escola escolas · notícia notícias",
    "nl": "verkiezing verkiezingen · minister ministers · staking stakingen · krant kranten · stad steden? · "
    "bank banken · prijs prijzen · wet wetten · nieuw nieuwe? · partij partijen · regering regeringen · stem stemmen · "
    "politiek politieke? · "
    "school scholen · land landen · boek boeken · dag dagen?",
    "sv": "val valet · minister ministern · tidning tidningar · strejk strejker · lag lagar · bank banker · "
    "pris priser · parti partier · ny nya? · regering regeringen · stad staden · Malmö Malmoe · "
    "skola skolor · bil bilar",
    "da": "valg valget · minister ministeren · avis aviser · strejke strejker · lov love · bank banker · "
    "pris priser · parti partier · regering regeringen · by byer? · Århus Aarhus · politisk politiske · "
    "skole skoler · bil biler",
    "no": "valg valget · minister ministeren? · avis aviser · streik streiker · lov lover · bank banker · "
    "pris priser · parti partier · regjering regjeringen · by byer? · Ålesund Aalesund · politisk politiske · "
    "skole skoler · bil biler · krig kriger",
    "fi": "vaali vaalit · ministeri ministerin · lehti lehdet? · lakko lakot · laki lain? · pankki pankin? · "
    "hinta hinnat · puolue puolueet · hallitus hallituksen? · kaupunki kaupungin? · talo talossa · auto autojen · "
    "pankkien pankeissa · presidentti presidentin · sota sodan? · lentokone lentokoneet · maa maat? · "
    "eduskunta eduskunnan · tuomioistuin tuomioistuimet? · koulu kouluissa · poliisi poliisin?",
    "ru": "выборы выборов · министр министра · газета газеты · закон законы · банк банка · цена цены · "
    "партия партии · новый новая · город города · ёлка елки · правительство правительства · голосовать голосовали",
    "pl": "wybory wyborów · minister ministra? · gazeta gazety · ustawa ustawy · bank banku · cena ceny · "
    "partia partii? · nowy nowa · strajk strajku · rząd rządu · prezydent prezydenta · podatek podatku? · "
    "miasto miasta · kraj kraju? · wojna wojny · szkoła szkoły · człowiek człowieka · student studenci?",
    "cs": "volby voleb · volby volbách · ministr ministra · noviny novinách · zákon zákona · banka banky · "
    "cena ceny · strana strany · nový nová · stávka stávky · vláda vlády · prezident prezidenta",
    "tr": "bakan bakanlar? · gazete gazeteler? · yasa yasalar? · banka bankalar · fiyat fiyatlar · parti partiler · "
    "grev grevler · hükümet hükümetler · İstanbul ISTANBUL · ışık IŞIK · şehir şehirler · ev evler · "
    "okul okullar · kitap kitaplar · ülke ülkeler · savaş savaşlar · deprem depremler? · kadın kadınlar?",
    "el": "εκλογές εκλογών · λόγος λόγου · νόμος νόμοι · τράπεζα τράπεζες · τιμή τιμές · κόμμα κόμματα · "
    "κυβέρνηση κυβερνήσεις · απεργία απεργίες? · πρόεδρος πρόεδροι · χώρα χώρες · νέος νέα · πόλεμος πόλεμοι · "
    "σχολείο σχολεία · παιδί παιδιά?",
    "hu": "választás választások · miniszter miniszterek · újság újságok · törvény törvények · bank bankok? · "
    "ár árak · párt pártok? · kormány kormányok · sztrájk sztrájkok? · ház házban · elnök elnökök? · adó adók · "
    "iskola iskolák? · város városok · könyv könyvek · háború háborúk · ország országok · gyerek gyerekek?",
    "ro": "alegere alegeri? · ministru ministrul? · ziar ziare · lege legi · bancă bănci · preț prețuri? · "
    "partid partide · guvern guvernul · grevă greve · președinte președintele · ştire știri · oraș orașe · nou noi? · "
    "școală școli? · carte cărți · președinți președinte · "
    "război războiul? · ministere minister? · parlament parlamentul",
    "ca": "elecció eleccions · ministre ministres? · diari diaris · llei lleis? · banc bancs · preu preus? · "
    "partit partits · govern governs · vaga vagues? · president presidents · carrer carrers · nou nova? · "
    "escola escoles · ciutat ciutats · llibre llibres? · guerra guerres · notícia notícies · dia dies?",
    "ar": "كتاب الكتاب · وزير الوزير? · حكومة الحكومة · قانون القانون? · رئيس الرئيس · بنك البنك · حزب الحزب · "
    "مدينة المدينة · انتخابات الانتخابات? · أمة امة · مُعَلِّم معلم · الـبنك بنك · "
    "كتب كتبهم · مدرسة المدرسة · شعب الشعب · جيش الجيش · سفير السفير",
    "hi": "चुनाव चुनावों · किताब किताबें · मंत्री मंत्रियों · सरकार सरकारें · कानून कानूनों · शहर शहरों · "
    "कीमत कीमतें · दल दलों · बैंक बैंकों · लड़का लड़के · नेता नेताओं · घर घरों",
    "id": "pemilihan pemilihannya · menteri menterinya · membaca dibaca · bank banknya? · harga harganya · "
    "partai partainya · pemerintah pemerintahan · memilih dipilih · kota kotanya · menulis ditulis? · "
    "berita beritanya · kebijakan bijak · "
    "rumahnya rumah · sekolahnya sekolah? · berperang perang · menangkap ditangkap?",
    "fa": "کتاب کتابها · وزیر وزیران? · دولت دولتها · قانون قانونها · بانک بانکها · حزب حزبها · شهر شهرها · "
    "قیمت قیمتها · روزنامه روزنامه · كتاب کتاب · می‌خواهد میخواهد · خبر خبرها · "
    "خانه خانه‌ها · مدرسه مدرسه‌ها",
}
"""Two inflections of a word, pairs separated by dots. ?: Snowball's stemmer does not join these."""
DIFFERENT = {
    "en": "bank bench · general generous · university until",
    "de": "Wahl Wal · Gift Geschenk · Bank Bande · schon Schein",
    "fr": "journal jour · cour cours? · pêche pécher? · marché mar",
    "es": "banco banda · ley leer · voto vaso",
    "it": "banca banco? · legge leggero · partito parte?",
    "nl": "wet water · stad staat · prijs prins",
    "ru": "банк банда · закон конь · цена сцена",
    "pl": "bank banan · rząd rzecz · cena scena",
    "sv": "val vall · bank band · lag lök",
    "tr": "yasa yaş? · ev av · banka bank",
}
"""Different words, which must not find each other. ?: Snowball's stemmer joins these."""


def pairs(table: dict[str, str]) -> Iterator[tuple[str, str, str, bool]]:
    for language, text in table.items():
        for pair in text.split(" · "):
            one, other = pair.rstrip("?").split()
            yield language, one, other, pair.endswith("?")


FOUND = [(language, one, other) for language, one, other, is_exception in pairs(INFLECTIONS) if not is_exception]
NOT_FOUND = [(language, one, other) for language, one, other, is_exception in pairs(DIFFERENT) if not is_exception]


@pytest.fixture(scope="module", params=["embedded", "reference"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """One archive with an article for each word of the pairs, stated to be of its language."""
    words = sorted({(pair[0], word) for pair in (*FOUND, *NOT_FOUND) for word in pair[1:]})
    articles = [
        Article(id=f"{language}/{word}", headline="—", body=word, language=language) for language, word in words
    ]
    folder = tmp_path_factory.mktemp(request.param) / "index"
    if request.param == "reference":
        engine = ReferenceEngine.create(folder)
        with engine.writer() as writer:
            for article in articles:
                writer.add(article)
        return Archive(engine)
    with searchidx.create(folder) as created, created.writer() as writer:
        for article in articles:
            writer.add(article)
    return searchidx.open(folder)


def test_a_word_finds_its_inflections_in_the_language_of_the_article(archive: Archive) -> None:
    missed = [
        (language, word, inflection)
        for language, one, other in FOUND
        for word, inflection in ((one, other), (other, one))
        if f"{language}/{inflection}" not in archive.ids(word)
    ]
    assert not missed


def test_a_word_does_not_find_another_word_of_its_language(archive: Archive) -> None:
    confused = [pair for pair in NOT_FOUND if f"{pair[0]}/{pair[2]}" in archive.ids(pair[1])]
    assert not confused


def test_the_exceptions_are_still_those_of_snowball() -> None:
    wrong = [
        (language, one, other)
        for table, joins in ((INFLECTIONS, False), (DIFFERENT, True))
        for language, one, other, is_exception in pairs(table)
        if is_exception and (stem_in(one, language) == stem_in(other, language)) is not joins
    ]
    assert not wrong


def stem_in(word: str, language: str) -> str:
    """The term of the first token of a word in a text of a language."""
    return next(analyze(word, analysis_language(language))).stem


def test_the_same_letters_in_two_languages_are_two_terms(archive: Archive) -> None:
    """`banking` is an inflection of `bank` in an English article; in a German one it is another word."""
    assert stem("bank", "") != stem("bank", "de")
    assert stem_of_term(stem("bank", "de")) == stem_of_term(stem("bank", "")) == "bank"
    assert "en/bank" in archive.ids("banking")
    assert "de/Bank" not in archive.ids("banking")
    assert {"en/bank", "de/Bank"} <= set(archive.ids("bank"))


@pytest.mark.parametrize(
    ("tag", "code"),
    [("", ""), ("en", ""), ("en-GB", ""), ("EN_us", ""), ("de", "de"), ("de-AT", "de"), ("de_ch", "de"), ("nb", "no"),
     ("nn-NO", "no"), ("hr", "sr"), ("ms", "id"), ("zh-Hans", "und"), ("ja", "und"), ("und", "und"),
     ("sw", "und"), (" fr ", "fr")],
)  # fmt: skip
def test_a_tag_decides_about_the_analysis(tag: str, code: str) -> None:
    assert analysis_language(tag) == code


def test_every_language_but_english_marks_its_terms() -> None:
    for language in LANGUAGES:
        assert (stem("word", language) == "word") is (language == "")


@given(st.lists(st.text(min_size=1, max_size=80), max_size=5), st.sampled_from(LANGUAGES))
def test_many_words_are_stemmed_as_each_alone(texts: list[str], language: str) -> None:
    printed = [token.printed for text in texts for token in analyze(text)]
    alone = [stem(lower_in(word, language), language) for word in printed]
    assert stem_all(printed, fold_all(printed), language) == alone
