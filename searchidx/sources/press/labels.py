"""The labels of press databases in the languages of their pages, and lines that begin with one: `LÄNGE: 355 Wörter`.

Structure comes first: a reader asks for a label only where its format has one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from searchidx.sources.press.printed_dates import fold

_NAMES = {
    "headline": (
        "headline|title|titel|schlagzeile|titre|gros titre|titulo|titular|titolo|kop|overskrift|标题|題名|제목"
    ),
    "byline": (
        "byline|author|authors|autor|autoren|verfasser|von|auteur|auteurs|signature|par|autores|por|firma|"
        "autore|autori|di|naamregel|door|schrijver|forfattare|av|forfatter|作者|署名|저자|바이라인|기자"
    ),
    "section": (
        "section|rubrik|ressort|teil|rubrique|seccion|sectie|rubriek|sezione|rubrica|seccao|secao|caderno|"
        "sektion|avsnitt|avdelning|seksjon|sektion / rubrik|版面|版块|栏目|部分|章节|섹션|면"
    ),
    "length": (
        "length|lange|laenge|umfang|longueur|extension|longitud|lengte|lunghezza|comprimento|extensao|"
        "tamanho|langd|lengde|laengde|word count|wortzahl|nombre de mots|recuento de palabras|"
        "numero de palabras|contagem de palavras|长度|篇幅|字数|길이|분량|단어 수"
    ),
    "dateline": (
        "dateline|datumszeile|ortsmarke|herkunft|origine-depeche|provenance|lieu|fecha y lugar|lugar|"
        "origen|dagtekening|plaats|origine|luogo|origem|datering|电头|데이트라인"
    ),
    "highlight": (
        "highlight|highlights|zusammenfassung|kurzfassung|hervorhebung|encart|resume|chapeau|resumen|"
        "destacado|samenvatting|in evidenza|evidenza|sommario|occhiello|destaque|resumo|sammanfattning|"
        "abstract|摘要|要点|하이라이트|초록"
    ),
    "body": (
        "body|text|full text|haupttext|hauptteil|volltext|textkorper|textteil|corps|corps du texte|texte|"
        "texte integral|cuerpo|cuerpo del texto|texto|texto completo|corpo|corpo do texto|corpo del testo|"
        "testo|testo completo|tekst|volledige tekst|hoofdtekst|platte tekst|brodtext|fulltext|fulltekst|"
        "brodtekst|正文|全文|본문|전체 텍스트|전문"
    ),
    "graphic": (
        "graphic|graphics|grafik|grafiken|graphique|illustration|illustrations|grafico|graficos|grafiek|"
        "afbeelding|grafica|immagine|grafiek/foto|bild|grafikk|image|图表|图形|图像|그래픽|caption|bildunterschrift|"
        "legende"
    ),
    "classification": (
        "classification|klassifikation|klassifizierung|clasificacion|classificatie|classificazione|"
        "classificacao|klassificering|klassifisering|分类|分類|분류"
    ),
    "language": (
        "language|language of publication|sprache|sprache der publikation|veroffentlichungssprache|langue|"
        "langue de publication|idioma|lengua|idioma de la publicacion|idioma de publicacion|taal|"
        "taal van publicatie|lingua|lingua di pubblicazione|idioma da publicacao|idioma de publicacao|"
        "sprak|publikationssprak|"
        "语言|出版物语言|언어|출판 언어|발행 언어"
    ),
    "publication_type": (
        "publication-type|publication type|zeitungstyp|publikationstyp|medientyp|type-publication|"
        "type de publication|tipo de publicacion|tipo-publicacion|publicatietype|soort publicatie|"
        "tipo pubblicazione|tipo di pubblicazione|tipo de publicacao|publikasjonstype|出版物类型|출판물 유형|"
        "source type|quellentyp|type de source|tipo de fuente|tipo di fonte"
    ),
    "subject": (
        "subject|subjects|thema|themen|schlagwort|schlagworter|sujet|sujets|materia|materias|tema|temas|"
        "asunto|onderwerp|onderwerpen|argomento|soggetto|soggetti|assunto|assuntos|amne|amnen|emne|emner|"
        "主题|주제"
    ),
    "keywords": (
        "keywords|identifier / keyword|identifier/keyword|stichworter|mots-cles|palabras clave|trefwoorden|"
        "parole chiave|palavras-chave|nyckelord|关键词|키워드"
    ),
    "company": (
        "company|companies|firma|firmen|unternehmen|entreprise|societe|empresa|bedrijf|azienda|societa|"
        "foretag|selskap|公司|회사|company / organization"
    ),
    "organization": (
        "organization|organisation|organisationen|organizacion|organisatie|organizzazione|organizacao|机构|기관|조직"
    ),
    "person": (
        "person|people|personen|personne|personnes|persona|personas|persoon|persone|pessoa|pessoas|personer|人物|인물"
    ),
    "place": (
        "geographic|location|geografie|geographie|geographisch|localisation-geo|lieu geographique|"
        "geografico|geografisch|ubicacion|localizacao|geografiska|plats|地理|지리|country|land|pays|pais|state|"
        "city|stadt|ville|ciudad|bundesland|etat|staat|paese|region"
    ),
    "industry": (
        "industry|branche|branchen|secteur|industria|bedrijfstak|settore|setor|bransch|行业|산업|industry type"
    ),
    "load_date": (
        "load-date|load date|ladedatum|update|updated|date-chargement|date de chargement|fecha-de-carga|"
        "fecha de carga|laaddatum|laad-datum|data di caricamento|data-caricamento|data de carregamento|"
        "laddningsdatum|lastedato|加载日期|装载日期|로드 날짜|last updated|zuletzt aktualisiert|derniere mise a jour|"
        "ultima actualizacion|ultimo aggiornamento|ultima atualizacao|最近更新|마지막 업데이트"
    ),
    "correction": (
        "correction|correction-date|correction date|korrektur|berichtigung|correctie|correccion|correzione|correcao"
    ),
    "series": "series|serie|reihe",
    "notes": "notes|note|anmerkung|anmerkungen|notas|nota|noten|anteckningar|hinweise|hinweis",
    "ticker": "ticker|ticker symbol|borsenkurzel|bourse",
    "journal_code": (
        "journal-code|journal code|zeitschriften-code|code-journal|code du journal|"
        "codigo de la publicacion|tijdschriftcode|distribution|vertrieb|column|kolumne|kolumnentitel|"
        "acc-no|volume|issue|document-type|document type|dokumententyp|dokumenttyp|type de document|"
        "tipo de documento|tipo documento|doc-type|cite|issn|publisher|verlag|editeur|editorial|editore|"
        "editora|place of publication|database|datenbank|base de donnees|base de datos|banca dati|"
        "base de dados|copyright|links|publication subject|source attribution|pmid|name|"
        "classification code|entry month|number of references|online publication date|contact|provider|"
        "ort der publikation|credit|rights|location"
    ),
    "publication": (
        "publication title|source|publication|titel der publikation|publikationstitel|titre de publication|"
        "titre de la publication|titulo de publicacion|titulo de la publicacion|titolo pubblicazione|"
        "titolo della pubblicazione|titulo da publicacao|quelle|fuente|fonte|出版物名称|出版物标题|출판물 제목|"
        "publicatietitel"
    ),
    "publication_info": (
        "publication info|publikationsinfo|publikationsangaben|infos de publication|"
        "informacion de publicacion|informations sur la publication|informacoes da publicacao|出版信息|출판 정보|"
        "publication information|info pubblicazione"
    ),
    "date": (
        "publication date|publikationsdatum|veroffentlichungsdatum|date de publication|"
        "fecha de publicacion|data di pubblicazione|data pubblicazione|data de publicacao|"
        "data da publicacao|publicatiedatum|datum|date|fecha|data|出版日期|发布日期|출판 날짜|출판일|발행일|발행 날짜"
    ),
    "year": (
        "publication year|publikationsjahr|erscheinungsjahr|annee de publication|ano de publicacion|"
        "anno pubblicazione|anno di pubblicazione|ano de publicacao|ano da publicacao|出版年份|출판 연도|발행 연도|"
        "year"
    ),
    "page": (
        "pages|page|first page|start page|seiten|seite|erste seite|premiere page|paginas|pagina|"
        "primera pagina|prima pagina|pagine|primeira pagina|页|页码|起始页|페이지|첫 페이지|pagination|blz|sida"
    ),
    "edition": "edition|ausgabe|edicion|editie|edizione|edicao|utgava|utgave|版本",
    "id": (
        "proquest document id|proquest-dokument-id|id de document proquest|numero de document proquest|"
        "id del documento de proquest|id de documento de proquest|id documento proquest|"
        "id del documento proquest|id do documento proquest|proquest 文档 id|proquest 문서 id|"
        "proquest-document-id|accession number"
    ),
    "url": (
        "document url|dokument-url|url du document|url de document|url del documento|url de documento|"
        "url documento|url do documento|文档 url|문서 url|url|web address|link"
    ),
}
"""The names of each field, without accents and capitals."""
_LABELS: dict[str, str] = {}
for _field, _all in _NAMES.items():
    for _name in _all.split("|"):
        _LABELS.setdefault(_name, _field)
_TIGHT_LABELS = {name.replace(" ", ""): field for name, field in _LABELS.items() if " " in name}
_LINE = re.compile(r"\s{0,4}([^\W\d_][^:\n]{0,38}[^\W_]|[^\W\d_])\s?[:：](\xa0?)\s*(.*)", re.DOTALL)
_MAX_LABEL = 50
"""Characters up to the colon after a label."""
END_OF_DOCUMENT = frozenset(
    fold(name)
    for name in (
        "End of Document|Ende des Dokuments|Ende des Dokumentes|Dokumentende|Ende Dokument|Fin du document|"
        "Fin de document|Fin del documento|Fin de documento|Final del documento|Einde van document|Einde document|"
        "Einde van het document|Fine del documento|Fine documento|Fim do documento|Final do documento|"
        "Slut på dokumentet|Slut på dokument|Slutt på dokument|Slut på dokumentet|文档结尾|文档结束|文件结尾|文件末尾|"
        "文档末尾|문서 끝|문서의 끝|Ende vom Dokument"
    ).split("|")
)
"""The line after each article of Nexis Uni."""


class LabelLine(NamedTuple):
    """A line with a label: the field it means ("" if unknown), the label as printed, the value.

    `is_marked` says that a no-break space follows the colon, as Nexis prints it after every label.
    """

    field: str
    label: str
    value: str
    is_marked: bool


def find_field(label: str) -> str:
    """The field that a label means; "" for an unknown one."""
    return _LABELS.get(fold(" ".join(label.split())), "")


def find_tight_field(label: str) -> str:
    """The field of a label of several words that has lost its spaces: `Publicationtitle`."""
    return _TIGHT_LABELS.get(fold("".join(label.split())), "")


def parse_label(text: str) -> LabelLine | None:
    """Split a line into its label and value; None if it does not begin as a label does."""
    start = text[:_MAX_LABEL]
    if ":" not in start and "：" not in start:
        return None
    match = _LINE.match(text)
    if match is None:
        return None
    label = " ".join(match[1].split())
    return LabelLine(find_field(label), label, match[3].strip(), match[2] != "")


def is_end_of_document(text: str) -> bool:
    """Whether this is the line after an article of Nexis Uni."""
    return len(text) <= 40 and fold(text.strip()) in END_OF_DOCUMENT
